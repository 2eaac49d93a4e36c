"""PyTorch as one writes it: autograd, a fused optimiser, index_select from a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn import functional as fn

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job
from bench.peers.torch_threads import DEFAULT, fastest

HIDDEN = {"sigmoid": torch.sigmoid, "relu": torch.relu}
ENDS = {
    "sigmoid": torch.sigmoid,
    "softmax": lambda z: torch.softmax(z, -1),
    "identity": lambda z: z,
}


def cost_of_outputs(job: Job, z: Any, y: Any) -> Any:
    """The mean cost from the weighted inputs of the last layer; y are labels for cross-entropy."""
    if job.cost == "cross_entropy":
        return fn.cross_entropy(z, y)
    if job.cost == "binary_cross_entropy":
        return fn.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(y)
    return fn.mse_loss(ENDS[job.output](z), y, reduction="sum") / (2 * len(y))


def last_z(job: Job, parameters: Any, z: Any) -> Any:
    """On from the first layer's weighted input."""
    for W, b in zip(parameters[::2], parameters[1::2], strict=True):
        z = fn.linear(HIDDEN[job.hidden](z), W, b)
    return z


def targets(job: Job, data: Data) -> Any:
    return torch.from_numpy(data.labels if job.cost == "cross_entropy" else data.y)


class Eager(Trainer):
    """Dense inputs."""

    threads = DEFAULT

    def __init__(self, job: Job, data: Data) -> None:
        self.job, self.data = job, data
        self.inputs = self.take(data)
        self.y = targets(job, data)
        self.parameters = [torch.nn.Parameter(torch.from_numpy(w)) for w in self.start()]
        self.reset()

    def take(self, data: Data) -> tuple[Any, ...]:
        return (torch.from_numpy(data.x),)

    def start(self) -> list[np.ndarray]:
        return self.data.initial()

    def tune(self, order: np.ndarray) -> None:
        self.reset()
        self.arrange(order)
        self.threads = fastest(self.epoch)
        self.reset()

    def reset(self) -> None:
        torch.set_num_threads(self.threads)
        with torch.no_grad():
            for parameter, value in zip(self.parameters, self.start(), strict=True):
                parameter.copy_(torch.from_numpy(value))
        self.optimizer = self.make_optimizer()

    def make_optimizer(self) -> Any:
        rate = self.job.learning_rate
        if self.job.optimizer == "adam":
            self.remark = f"eager, fused Adam, threads: {self.threads}"
            return torch.optim.Adam(self.parameters, lr=rate, fused=True)
        self.remark = f"eager, fused SGD, threads: {self.threads}"
        groups = [
            {"params": self.parameters[::2], "weight_decay": self.job.l2},
            {"params": self.parameters[1::2]},
        ]
        return torch.optim.SGD(groups, lr=rate, fused=True)

    def arrange(self, order: np.ndarray) -> None:
        self.order = torch.from_numpy(order).split(self.job.batch_size)

    def first_z(self, rows: Any) -> Any:
        W, b = self.parameters[:2]
        return fn.linear(self.inputs[0].index_select(0, rows), W, b)

    def epoch(self) -> None:
        for rows in self.order:
            z = last_z(self.job, self.parameters[2:], self.first_z(rows))
            cost = cost_of_outputs(self.job, z, self.y.index_select(0, rows))
            self.optimizer.zero_grad()
            cost.backward()
            self.optimizer.step()

    def weights(self) -> list[np.ndarray]:
        return [value.detach().numpy().copy() for value in self.parameters]


class Bags(Eager):
    """Sparse inputs as an EmbeddingBag, whose gradient is sparse: W1 is kept transposed."""

    def take(self, data: Data) -> tuple[Any, ...]:
        return torch.from_numpy(data.columns.astype(np.int64)), torch.from_numpy(data.values)

    def start(self) -> list[np.ndarray]:
        W1, *rest = self.data.initial()
        return [np.ascontiguousarray(W1.T), *rest]

    def make_optimizer(self) -> Any:
        self.remark = f"EmbeddingBag with sparse gradients, SGD, threads: {self.threads}"
        return torch.optim.SGD(self.parameters, lr=self.job.learning_rate)

    def first_z(self, rows: Any) -> Any:
        words, values = (part.index_select(0, rows) for part in self.inputs)
        W1, b1 = self.parameters[:2]
        bags = fn.embedding_bag(words, W1, mode="sum", sparse=True, per_sample_weights=values)
        return bags + b1

    def weights(self) -> list[np.ndarray]:
        W1, *rest = super().weights()
        return [W1.T, *rest]


class Dense(Eager):
    """Sparse inputs made dense, a mini-batch at a time."""

    def take(self, data: Data) -> tuple[Any, ...]:
        self.x = torch.from_numpy(np.zeros((self.job.batch_size, self.job.sizes[0]), data.y.dtype))
        return torch.from_numpy(data.columns.astype(np.int64)), torch.from_numpy(data.values)

    def first_z(self, rows: Any) -> Any:
        words, values = (part.index_select(0, rows) for part in self.inputs)
        self.x.zero_().scatter_(1, words, values)
        return fn.linear(self.x, *self.parameters[:2])


def eager(job: Job, data: Data) -> Trainer:
    return Bags(job, data) if data.sparse else Eager(job, data)


def dense(job: Job, data: Data) -> Trainer:
    return Dense(job, data)


def predictor(job: Job, data: Data, compiled: bool = False) -> Any:
    """A function of a tensor, in inference mode."""
    parameters = [torch.from_numpy(value) for value in data.initial()]

    def outputs(x: Any) -> Any:
        return ENDS[job.output](last_z(job, parameters[2:], fn.linear(x, *parameters[:2])))

    function = torch.compile(outputs, dynamic=False) if compiled else outputs
    return torch.inference_mode()(function), torch.from_numpy
