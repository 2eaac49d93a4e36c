"""What a careful NumPy programmer writes: batched, in place, all parameters in one array."""

from __future__ import annotations

import numpy as np

from bench.contender import Trainer
from bench.data import Data
from bench.jobs import Job
from bench.peers.numpy_sparse import HandWrittenSparse


def sigmoid(z: np.ndarray) -> None:
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def softmax(z: np.ndarray) -> None:
    z -= z.max(1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(1, keepdims=True)


ACTIVATIONS = {
    "sigmoid": sigmoid,
    "softmax": softmax,
    "relu": lambda z: np.maximum(z, 0, out=z),
    "identity": lambda z: None,
}


def views(flat: np.ndarray, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    ends = np.cumsum([np.prod(shape) for shape in shapes])
    parts = np.split(flat, ends[:-1])
    return [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]


class Adam:
    """Kingma & Ba 2015, algorithm 1."""

    def __init__(self, rate: float, theta: np.ndarray) -> None:
        self.rate = rate
        self.m, self.v, self.work = (np.zeros_like(theta) for _ in range(3))
        self.t = 0

    def reset(self) -> None:
        self.m[:], self.v[:], self.t = 0, 0, 0

    def step(self, theta: np.ndarray, g: np.ndarray) -> None:
        self.t += 1
        np.subtract(g, self.m, out=self.work)
        self.work *= 0.1
        self.m += self.work
        np.square(g, out=g)
        g -= self.v
        g *= 0.001
        self.v += g
        np.multiply(self.v, 1 / (1 - 0.999**self.t), out=g)
        np.sqrt(g, out=g)
        g += 1e-8
        np.divide(self.m, g, out=g)
        g *= self.rate / (1 - 0.9**self.t)
        theta -= g


class HandWritten(Trainer):
    """For plain descent the step size is folded into δ, so that gradients are steps."""

    def __init__(self, job: Job, data: Data) -> None:
        self.job, self.data = job, data
        shapes = [value.shape for value in data.weights]
        self.start = np.concatenate([value.ravel() for value in data.weights])
        self.theta, self.g = self.start.copy(), np.empty_like(self.start)
        values, gradients = views(self.theta, shapes), views(self.g, shapes)
        self.W, self.b = values[::2], values[1::2]
        self.dW, self.db = gradients[::2], gradients[1::2]
        rows, kind = job.batch_size, job.dtype
        self.a = [np.empty((rows, len(b)), kind) for b in self.b]
        self.d = [np.empty((rows, len(b)), kind) for b in self.b]
        self.mask = [np.empty((rows, len(b)), bool) for b in self.b]
        self.xb = np.empty((rows, job.sizes[0]), kind)
        self.yb = np.empty((rows, job.sizes[-1]), kind)
        self.adam = Adam(job.learning_rate, self.theta) if job.optimizer == "adam" else None
        self.activations = [job.hidden] * (len(self.W) - 1) + [job.output]

    def reset(self) -> None:
        self.theta[:] = self.start
        if self.adam:
            self.adam.reset()

    def weights(self) -> list[np.ndarray]:
        return [v.copy() for pair in zip(self.W, self.b, strict=True) for v in pair]

    def epoch(self) -> None:
        size = self.job.batch_size
        with np.errstate(over="ignore"):
            for start in range(0, len(self.order), size):
                rows = self.order[start : start + size]
                self.data.x.take(rows, 0, self.xb, "clip")
                self.data.y.take(rows, 0, self.yb, "clip")
                self.step()

    def step(self) -> None:
        self.forward()
        self.backward()
        if self.adam:
            self.adam.step(self.theta, self.g)
            return
        if self.job.l2:
            for W in self.W:
                W *= 1 - self.job.learning_rate * self.job.l2
        self.theta -= self.g

    def forward(self) -> None:
        below = self.xb
        for W, b, out, kind in zip(self.W, self.b, self.a, self.activations, strict=True):
            np.dot(below, W.T, out=out)
            out += b
            ACTIVATIONS[kind](out)
            below = out

    def backward(self) -> None:
        a, d, job = self.a, self.d, self.job
        np.subtract(a[-1], self.yb, out=d[-1])
        if (job.output, job.cost) == ("sigmoid", "quadratic"):
            self.times_slope(len(d) - 1)
        d[-1] *= (1 if self.adam else job.learning_rate) / job.batch_size
        for layer in range(len(d) - 1, -1, -1):
            below = a[layer - 1] if layer else self.xb
            np.dot(d[layer].T, below, out=self.dW[layer])
            d[layer].sum(0, out=self.db[layer])
            if layer:
                np.dot(d[layer], self.W[layer], out=d[layer - 1])
                self.times_slope(layer - 1)

    def times_slope(self, layer: int) -> None:
        """δ times the slope of the activation; a is not needed after this."""
        a, d = self.a[layer], self.d[layer]
        if self.activations[layer] == "relu":
            np.greater(a, 0, out=self.mask[layer])
            d *= self.mask[layer]
        else:
            d *= a
            np.subtract(1, a, out=a)
            d *= a


def trainer(job: Job, data: Data) -> Trainer:
    return HandWrittenSparse(job, data) if data.sparse else HandWritten(job, data)


def outputs(job: Job, weights: list[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The outputs for some inputs, in float64."""
    W, b = weights[::2], weights[1::2]
    a = x.astype("float64")
    for layer, kind in enumerate([job.hidden] * (len(W) - 1) + [job.output]):
        a = a @ W[layer].T.astype("float64") + b[layer]
        with np.errstate(over="ignore"):
            ACTIVATIONS[kind](a)
    return a


def mean_cost(job: Job, weights: list[np.ndarray], data: Data) -> float:
    """The mean cost, without the L2 term, on up to 5,000 examples, in float64."""
    a = outputs(job, weights, data.x[:5000])
    y = data.y[:5000].astype("float64")
    if job.cost == "quadratic":
        return float(np.square(a - y).sum(1).mean() / 2)
    a = a.clip(1e-300, 1)
    if job.cost == "cross_entropy":
        return float(-(y * np.log(a)).sum(1).mean())
    return float(-(y * np.log(a) + (1 - y) * np.log((1 - a).clip(1e-300))).sum(1).mean())
