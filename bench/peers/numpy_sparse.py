"""NumPy and SciPy by hand on compressed rows: only the weights of words that occur are touched."""

from __future__ import annotations

import numpy as np

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job


class HandWrittenSparse(Trainer):
    """Two layers, relu and softmax with cross-entropy, plain descent; W1 is kept transposed."""

    remark = "SciPy's CSR products"

    def __init__(self, job: Job, data: Data) -> None:
        self.job, self.data = job, data
        self.reset()

    def reset(self) -> None:
        W1, self.b1, self.W2, self.b2 = self.data.initial()
        self.W1 = np.ascontiguousarray(W1.T)

    def weights(self) -> list[np.ndarray]:
        return [self.W1.T.copy(), self.b1.copy(), self.W2.copy(), self.b2.copy()]

    def epoch(self) -> None:
        size = self.job.batch_size
        for start in range(0, len(self.order), size):
            rows = self.order[start : start + size]
            self.step(self.data.x[rows], self.data.y[rows])

    def step(self, x: np.ndarray, y: np.ndarray) -> None:
        a1 = x @ self.W1
        a1 += self.b1
        np.maximum(a1, 0, out=a1)
        d2 = a1 @ self.W2.T
        d2 += self.b2
        d2 -= d2.max(1, keepdims=True)
        np.exp(d2, out=d2)
        d2 /= d2.sum(1, keepdims=True)
        d2 -= y
        d2 *= self.job.learning_rate / len(y)
        d1 = d2 @ self.W2
        d1 *= a1 > 0
        self.W2 -= d2.T @ a1
        self.b2 -= d2.sum(0)
        words, places = np.unique(x.indices, return_inverse=True)
        used = type(x)((x.data, places, x.indptr), shape=(len(y), len(words)))
        self.W1[words] -= used.T @ d1
        self.b1 -= d1.sum(0)
