"""scikit-learn's multi-layer perceptron, an epoch as one partial_fit on shuffled examples.

It has no squared error on sigmoid outputs and no two-unit softmax, and an Adam of its own; where
a job asks for those, its nearest model is timed without a comparison of weights.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier, MLPRegressor

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job

HIDDEN = {"sigmoid": "logistic", "relu": "relu"}


def model(job: Job) -> tuple[Any, str]:
    """The model of a job, and how it differs from it."""
    kind = MLPRegressor if job.cost == "quadratic" and job.output == "identity" else MLPClassifier
    made = kind(
        hidden_layer_sizes=job.sizes[1:-1],
        activation=HIDDEN[job.hidden],
        solver=job.optimizer,
        alpha=job.l2 * job.batch_size,  # it divides its penalty by the examples of a mini-batch
        batch_size=job.batch_size,
        learning_rate_init=job.learning_rate,
        momentum=0.0,
        nesterovs_momentum=False,
        shuffle=False,
        max_iter=1,
    )
    if job.cost == "quadratic" and job.output == "sigmoid":
        return made, "softmax with cross-entropy instead of sigmoid with squared error; not checked"
    if job.cost == "cross_entropy" and job.sizes[-1] == 2:
        return made, "one logistic output for two classes instead of a softmax of two; not checked"
    if job.optimizer == "adam":
        return made, "its Adam adds ε before it corrects the bias; not checked"
    return made, ""


class Sklearn(Trainer):
    """The shuffling is not timed; the costs that it adds up on the way cannot be turned off."""

    def __init__(self, job: Job, data: Data) -> None:
        self.data, self.batch = data, job.batch_size
        self.model, differs = model(job)
        self.checked, self.remark = not differs, differs or "shuffling not timed"
        if job.cost == "quadratic" and job.output == "identity":
            self.y = data.y[:, 0]
        elif job.cost == "binary_cross_entropy":
            self.y = data.y.astype(int)
        else:
            self.y = data.labels
        self.given = {} if isinstance(self.model, MLPRegressor) else {"classes": self.classes()}
        self.arrange(np.arange(job.batch_size))
        self.epoch()
        self.own = [np.ascontiguousarray(W.T) for W in self.model.coefs_]
        self.reset()

    def classes(self) -> np.ndarray:
        assert self.y is not None
        return np.arange(self.data.y.shape[1]) if self.y.ndim > 1 else np.unique(self.y)

    def reset(self) -> None:
        """To the job's weights; where the model has other shapes, to its own first ones."""
        weights, biases = self.data.initial()[::2], self.data.initial()[1::2]
        if [W.shape for W in weights] != [W.shape for W in self.own]:
            weights, biases = self.own, [np.zeros(len(W), W.dtype) for W in self.own]
        self.model.coefs_ = [W.T.copy() for W in weights]
        self.model.intercepts_ = [b.copy() for b in biases]
        self.model.__dict__.pop("_optimizer", None)

    def arrange(self, order: np.ndarray) -> None:
        assert self.y is not None
        self.x, self.targets = self.data.x[order], self.y[order]

    def epoch(self) -> None:
        with warnings.catch_warnings(action="ignore"):
            self.model.partial_fit(self.x, self.targets, **self.given)

    def weights(self) -> list[np.ndarray]:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [value for W, b in pairs for value in (W.T, b)]


def trainer(job: Job, data: Data) -> Trainer:
    return Sklearn(job, data)


def predictor(job: Job, data: Data) -> Any:
    """`predict_proba` of a classifier with the job's weights and output activation."""
    made = MLPClassifier(job.sizes[1:-1], activation=HIDDEN[job.hidden], max_iter=1)
    labels = np.arange(10) if job.output == "softmax" else np.eye(10, dtype=int)
    classes = np.arange(10)
    made.partial_fit(data.x[:10], labels, classes=classes)
    made.coefs_ = [np.ascontiguousarray(W.T) for W in data.weights[::2]]
    made.intercepts_ = data.weights[1::2]
    return made.predict_proba, np.atleast_2d
