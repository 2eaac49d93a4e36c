"""Activations as somebody's file may compute them, by which their values are recognised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import erf, pi, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


LARGEST_SOFTMAX = 200_000


def _sigmoid(z: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-z))


def softmax(z: Numbers, axis: int) -> Numbers:
    """Exp z / Σ exp z along an axis."""
    shifted = np.exp(z - z.max(axis, keepdims=True))
    return shifted / shifted.sum(axis, keepdims=True)


ELEMENTWISE: dict[str, Callable[[Numbers], Numbers]] = {
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "softplus": lambda z: np.logaddexp(0, z),
    "silu": lambda z: z * _sigmoid(z),
    "gelu": lambda z: z * 0.5 * (1 + np.vectorize(erf)(z / sqrt(2))),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "sin": np.sin,
    "square": np.square,
    "exp(-z**2)": lambda z: np.exp(-(z**2)),
    "z / (1 + abs(z))": lambda z: z / (1 + np.abs(z)),
    "atan": np.arctan,
    "1.7159 * tanh(2 * z / 3)": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "gelu by tanh": lambda z: 0.5 * z * (1 + np.tanh(sqrt(2 / pi) * (z + 0.044715 * z**3))),
    "(1 - exp(-z)) / (1 + exp(-z))": lambda z: np.tanh(z / 2),
    "clip(z, -1, 1)": lambda z: np.clip(z, -1, 1),
}


def candidates(z: Numbers, rows: bool) -> Iterator[tuple[str, Numbers]]:
    """What activations that go by rows give for z, by their names.

    Args:
        z: of shape (examples, units), or (units, examples).
        rows: whether each row is an example.
    """
    axis = z.ndim - 1 if rows else 0
    with np.errstate(all="ignore"):
        if z.size > 1 and z.shape[axis] > 1:
            yield "softmax", softmax(z, axis)
        if z.ndim == 2 and z.shape[1 - axis] > 1:
            yield "softmax over the examples", softmax(z, 1 - axis)
            yield "softmax over everything", softmax(z.ravel(), 0).reshape(z.shape)


class Expected:
    """Recognises what activations give for z, at a few entries first.

    Args:
        z: of shape (examples, units), or (units, examples).
        rows: whether each row is an example.
    """

    def __init__(self, z: Numbers, rows: bool) -> None:
        self.z = z
        self.whole = dict(candidates(z, rows)) if z.size <= LARGEST_SOFTMAX else {}
        self.some = np.unique(np.linspace(0, z.size - 1, 5).astype(int))
        few = z.ravel()[self.some]
        with np.errstate(all="ignore"):
            values = {"identity": few}
            values |= {name: array.ravel()[self.some] for name, array in self.whole.items()}
            values |= {name: function(few) for name, function in ELEMENTWISE.items()}
        self.names = list(values)
        self.table = np.array(list(values.values()))
        self.scales = 1e-6 * np.abs(self.table).max(1) + 1e-300
        self.above = few > 0

    def name(self, u: Numbers) -> tuple[str, float] | None:
        """The activation that gives u, with the slope of a leaky relu."""
        if u.shape != self.z.shape:
            return None
        few = u.ravel()[self.some]
        for k in np.flatnonzero(np.abs(self.table - few).max(1) <= self.scales):
            name = self.names[k]
            if close(u, self._given(name)):
                return name, 0.0
        if (few[self.above] != self.table[0][self.above]).any():
            return None
        slope = leak(self.z, u)
        return None if slope is None else ("leaky_relu", slope)

    def _given(self, name: str) -> Numbers:
        if name == "identity":
            return self.z
        if name in self.whole:
            return self.whole[name]
        with np.errstate(all="ignore"):
            return ELEMENTWISE[name](self.z)


def activated(name: str, slope: float, z: Numbers) -> Numbers:
    """What an activation gives for z of shape (examples, units)."""
    if name == "identity":
        return z
    if name == "leaky_relu":
        return np.where(z > 0, z, slope * z)
    return ELEMENTWISE[name](z) if name in ELEMENTWISE else dict(candidates(z, True))[name]


def leak(z: Numbers, a: Numbers) -> float | None:
    """The slope of a leaky relu that takes z to a, if it does."""
    below = z < 0
    if not below.any() or not (~below).any() or not close(a[~below], z[~below]):
        return None
    slopes = a[below] / z[below]
    slope = float(np.median(slopes))
    return slope if 0 < slope < 1 and close(slopes, np.full_like(slopes, slope)) else None


def close(a: Any, b: Any, tolerance: float = 1e-6) -> bool:
    """Whether two arrays are equal but for rounding."""
    if a.shape != b.shape:
        return False
    scale = float(np.abs(b).max(initial=0.0))
    first = abs(float(a.flat[0]) - float(b.flat[0])) if a.size else 0.0
    if not first <= tolerance * scale + 1e-300:
        return False
    return bool(np.abs(a - b).max(initial=0.0) <= tolerance * scale + 1e-300)
