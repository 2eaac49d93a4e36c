"""The matrix products of an epoch and nothing else, by NumPy's BLAS with all its threads."""

from __future__ import annotations

import numpy as np

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job


class Products(Trainer):
    """For each mini-batch x W₁ᵀ and so on, δᵀ a for each layer, and δ W for all but the first."""

    remark = "on one mini-batch again and again; nothing else of the training"
    checked = False

    def __init__(self, job: Job, data: Data) -> None:
        self.job = job
        rows = job.batch_size
        self.pairs = []
        below = np.ascontiguousarray(data.x[:rows])
        for layer, W in enumerate(data.weights[::2]):
            out, back, step = np.empty((rows, len(W)), W.dtype), np.empty_like(below), W.copy()
            np.dot(below, W.T, out=out)
            self.pairs += [(below, W.T, out), (out.copy().T, below, step)]
            if layer:
                self.pairs.append((out.copy(), W, back))
            below = out.copy()

    def reset(self) -> None:
        pass

    def weights(self) -> list[np.ndarray]:
        return []

    def epoch(self) -> None:
        for _ in range(0, len(self.order), self.job.batch_size):
            for left, right, out in self.pairs:
                np.dot(left, right, out=out)


def trainer(job: Job, data: Data) -> Trainer:
    return Products(job, data)
