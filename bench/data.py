"""The examples and the initial weights of a job, the same for everyone who does it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import scipy.sparse

import glassprop as gp
from bench.jobs import Job

ENTRIES = 20
"""Non-zero entries in a row of the text: 0.1 % of 20,000 features."""
PIECE = 250_000


@dataclass
class Data:
    """Inputs (a scipy CSR array for the text), target rows, labels if any, and weights.

    `weights` are W1, b1, W2, b2 and so on, W of shape (outputs, inputs); nobody changes them.
    """

    x: Any
    y: np.ndarray
    labels: np.ndarray | None
    weights: list[np.ndarray]

    @property
    def sparse(self) -> bool:
        return scipy.sparse.issparse(self.x)

    @property
    def columns(self) -> np.ndarray:
        """The features that are not zero, as many for each example, of shape (n, entries)."""
        return self.x.indices.reshape(len(self.y), -1)

    @property
    def values(self) -> np.ndarray:
        """The values of `columns`."""
        return self.x.data.reshape(len(self.y), -1)

    def initial(self) -> list[np.ndarray]:
        """Copies of the initial weights."""
        return [value.copy() for value in self.weights]


def data_of(job: Job) -> Data:
    """The data of a job."""
    makers = {
        "digits": digits,
        "table": table,
        "tiny": table,
        "random": classes,
        "text": text,
    }
    x, y, labels = makers[job.data](job)
    return Data(x, y, labels, initial_weights(job))


def initial_weights(job: Job) -> list[np.ndarray]:
    random = np.random.default_rng(7)
    weights = []
    for below, units in zip(job.sizes, job.sizes[1:], strict=False):
        scale = {"normal": 1.0, "fan_in": below**-0.5, "he": (2 / below) ** 0.5}[job.initial]
        bias = random.normal(size=units) * (job.initial != "he")
        weights += [(scale * random.normal(size=(units, below))).astype(job.dtype)]
        weights += [bias.astype(job.dtype)]
    return weights


@cache
def _mnist() -> Any:
    return gp.data.mnist().train


def digits(job: Job) -> tuple[Any, Any, Any]:
    x, labels = _mnist()
    x, labels = x[: job.examples], np.asarray(labels[: job.examples], np.intp)
    return np.ascontiguousarray(x, job.dtype), one_hot(labels, 10, job), labels


def table(job: Job) -> tuple[Any, Any, Any]:
    """Standardised columns; the target is a smooth function of a few of them, with noise."""
    n, features = job.examples, job.sizes[0]
    x, y = room(job, features), room(job, 1)
    random = np.random.default_rng(3)
    for at in range(0, n, PIECE):
        part = random.standard_normal((min(PIECE, n - at), features), np.float32)
        x[at : at + PIECE] = part
        noise = random.standard_normal(len(part), np.float32)
        target = np.sin(part[:, 0]) + 0.5 * part[:, 1] * part[:, -1] + 0.1 * noise
        if job.output == "sigmoid":
            target = target > 0
        y[at : at + PIECE, 0] = target
    return x, y, None


def room(job: Job, columns: int) -> np.ndarray:
    """An array in memory, or one mapped from a file that is gone with the process."""
    shape = (job.examples, columns)
    if job.mapped:
        with tempfile.TemporaryFile() as file:
            return np.memmap(file, job.dtype, "w+", shape=shape)
    return np.empty(shape, job.dtype)


def classes(job: Job) -> tuple[Any, Any, Any]:
    """Random inputs with the class that a random linear map likes best."""
    random = np.random.default_rng(5)
    x = random.standard_normal((job.examples, job.sizes[0]), np.float32)
    labels = (x @ random.standard_normal((job.sizes[0], job.sizes[-1]), np.float32)).argmax(1)
    return x.astype(job.dtype), one_hot(labels, job.sizes[-1], job), labels


def text(job: Job) -> tuple[Any, Any, Any]:
    """Rows of 20 different words, common ones more often, with weights that make up length 1."""
    random = np.random.default_rng(11)
    n, features = job.examples, job.sizes[0]
    columns = np.empty((n, ENTRIES), np.int32)
    for row in columns:
        drawn = np.unique((features * random.random(4 * ENTRIES) ** 2).astype(np.int32))
        row[:] = np.sort(random.permutation(drawn)[:ENTRIES])
    values = random.random((n, ENTRIES)) + 0.1
    values /= np.sqrt(np.square(values).sum(1, keepdims=True))
    liked = random.normal(size=features)
    labels = ((values * liked[columns]).sum(1) > 0).astype(np.intp)
    starts = np.arange(0, columns.size + 1, ENTRIES)
    rows = (values.ravel().astype(job.dtype), columns.ravel(), starts)
    return scipy.sparse.csr_array(rows, shape=(n, features)), one_hot(labels, 2, job), labels


def one_hot(labels: np.ndarray, count: int, job: Job) -> np.ndarray:
    return np.eye(count, dtype=job.dtype)[labels]
