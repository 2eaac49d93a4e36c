"""The seed's algorithm as printed: one example at a time, columns, σ and σ′ of each z, float64."""

from __future__ import annotations

import numpy as np

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job

EXAMPLES = 2_000
"""How many examples of an epoch it goes through; its time is scaled up."""


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z: np.ndarray) -> np.ndarray:
    return sigmoid(z) * (1 - sigmoid(z))


class Seed(Trainer):
    """`backprop` and `update_mini_batch` of the seed."""

    def __init__(self, job: Job, data: Data) -> None:
        self.job, self.data = job, data
        self.reset()

    def reset(self) -> None:
        values = [value.astype("float64") for value in self.data.weights]
        self.W, self.b = values[::2], [b[:, None] for b in values[1::2]]

    def weights(self) -> list[np.ndarray]:
        return [v for W, b in zip(self.W, self.b, strict=True) for v in (W, b[:, 0])]

    def arrange(self, order: np.ndarray) -> None:
        rows = order[:EXAMPLES]
        self.share = len(rows) / len(order)
        self.remark = f"float64, as printed; timed on {len(rows):,} examples and scaled up"
        pairs = zip(self.data.x[rows], self.data.y[rows], strict=True)
        self.examples = [
            (x.astype("float64")[:, None], y.astype("float64")[:, None]) for x, y in pairs
        ]

    def backprop(self, x: np.ndarray, y: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        of_w, of_b = [np.zeros(W.shape) for W in self.W], [np.zeros(b.shape) for b in self.b]
        a, kept, zs = x, [x], []
        for b, W in zip(self.b, self.W, strict=True):
            z = np.dot(W, a) + b
            zs.append(z)
            a = sigmoid(z)
            kept.append(a)
        delta = (kept[-1] - y) * sigmoid_prime(zs[-1])
        of_w[-1], of_b[-1] = np.dot(delta, kept[-2].T), delta
        for layer in range(2, len(self.W) + 1):
            delta = np.dot(self.W[-layer + 1].T, delta) * sigmoid_prime(zs[-layer])
            of_w[-layer], of_b[-layer] = np.dot(delta, kept[-layer - 1].T), delta
        return of_w, of_b

    def epoch(self) -> None:
        size, rate = self.job.batch_size, self.job.learning_rate
        for start in range(0, len(self.examples), size):
            batch = self.examples[start : start + size]
            sum_w = [np.zeros(W.shape) for W in self.W]
            sum_b = [np.zeros(b.shape) for b in self.b]
            for x, y in batch:
                of_w, of_b = self.backprop(x, y)
                sum_w = [s + g for s, g in zip(sum_w, of_w, strict=True)]
                sum_b = [s + g for s, g in zip(sum_b, of_b, strict=True)]
            self.W = [W - rate / len(batch) * s for W, s in zip(self.W, sum_w, strict=True)]
            self.b = [b - rate / len(batch) * s for b, s in zip(self.b, sum_b, strict=True)]


def trainer(job: Job, data: Data) -> Trainer:
    return Seed(job, data)
