"""What the definitions are computed with: NumPy, with care or by complex steps, and PyTorch.

All arrays have the shape (…, n, k): n examples, k entries; one number for an example has k = 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from .operations import NEAR, OPERATIONS
from .tree import Tree

LARGEST = {"float64": 1e6, "float32": 1e4}
"""Quantities beyond it are not compared."""


class NumPy:
    """Real or complex numbers; comparisons are those of real parts, so that complex steps work."""

    pi = math.pi
    exp, log, sqrt = staticmethod(np.exp), staticmethod(np.log), staticmethod(np.sqrt)
    tanh, sin, cos = staticmethod(np.tanh), staticmethod(np.sin), staticmethod(np.cos)
    erf = staticmethod(special.erf)

    def number(self, value: float) -> Any:
        """A number."""
        return value

    def away(self, u: Any) -> Any:
        """What must not be near 0."""
        return u

    positive = away

    def seen(self, u: Any) -> Any:
        """What each node is worth."""
        return u

    def sigmoid(self, z: Any) -> Any:
        return 1 / (1 + np.exp(-z))

    def softplus(self, z: Any) -> Any:
        return np.log(1 + np.exp(z))

    def power(self, z: Any, p: float) -> Any:
        return z ** (int(p) if p % 1 == 0 else p)

    def where(self, condition: Any, u: Any, v: Callable[[], Any]) -> Any:
        return np.where(condition, u, v())

    def choose(self, gap: Any, u: Callable[[], Any], v: Callable[[], Any]) -> Any:
        """u where the gap is above 0, v elsewhere."""
        return np.where(np.real(gap) > 0, u(), v())

    def flag(self, condition: Any, like: Any) -> Any:
        return condition + 0.0 * np.real(like)

    def maximum(self, z: Any, w: Any) -> Any:
        return np.where(np.real(z) > np.real(w), z, w)

    def minimum(self, z: Any, w: Any) -> Any:
        return np.where(np.real(z) < np.real(w), z, w)

    def abs(self, z: Any) -> Any:
        return np.where(np.real(z) < 0, -z, z)

    def sum(self, u: Any) -> Any:
        return u.sum(-1, keepdims=True)

    def mean(self, u: Any) -> Any:
        return self.sum(u) / u.shape[-1]

    def largest(self, u: Any) -> Any:
        place = np.real(u).argmax(-1)[..., None]
        return np.take_along_axis(u, place, -1)

    def logsumexp(self, u: Any) -> Any:
        most = np.real(u).max(-1, keepdims=True)
        return most + np.log(np.exp(u - most).sum(-1, keepdims=True))


class Careful(NumPy):
    """Notes in `good` which examples lie away from kinks, in all domains, and are not huge."""

    def __init__(self, examples: int, dtype: str = "float64") -> None:
        self.good, self.limit = np.ones((examples, 1), bool), LARGEST[dtype]

    def note(self, condition: Any) -> None:
        condition = np.broadcast_to(condition, np.broadcast_shapes(np.shape(condition), (1, 1)))
        self.good = self.good & condition.all(-1, keepdims=True)

    def away(self, u: Any) -> Any:
        self.note(np.abs(u) > NEAR)
        return u

    def positive(self, u: Any) -> Any:
        self.note(np.asarray(u) > NEAR)
        return np.maximum(u, NEAR)

    def seen(self, u: Any) -> Any:
        self.note(np.isfinite(u) & (np.abs(u) < self.limit))
        return u

    def choose(self, gap: Any, u: Callable[[], Any], v: Callable[[], Any]) -> Any:
        self.away(gap)
        above, before, found = np.asarray(gap) > 0, self.good, []
        for taken, branch in ((above, u), (~above, v)):
            self.good = np.ones_like(before)
            found.append(branch())
            before = before & (self.good | ~taken.any(-1, keepdims=True))
        self.good = before
        return np.where(above, *found)

    def largest(self, u: Any) -> Any:
        if u.shape[-1] > 1:
            ordered = np.sort(u, -1)
            self.note(ordered[..., -1:] - ordered[..., -2:-1] > NEAR)
        return u.max(-1, keepdims=True)


class Torch:
    """PyTorch's own functions and gradients."""

    pi = math.pi

    def __init__(self) -> None:
        import torch

        self.torch = torch
        for name in ("exp", "log", "sqrt", "tanh", "sin", "cos", "erf", "sigmoid", "abs"):
            setattr(self, name, getattr(torch, name))
        self.softplus = torch.nn.functional.softplus
        self.power = torch.pow

    def number(self, value: float) -> Any:
        return self.torch.tensor(value, dtype=self.torch.float64)

    def away(self, u: Any) -> Any:
        return u

    positive = seen = away

    def where(self, condition: Any, u: Any, v: Callable[[], Any]) -> Any:
        return self.torch.where(condition, u, v())

    def choose(self, gap: Any, u: Callable[[], Any], v: Callable[[], Any]) -> Any:
        return self.torch.where(gap > 0, u(), v())

    def flag(self, condition: Any, like: Any) -> Any:
        return condition.to(like.dtype)

    def maximum(self, z: Any, w: Any) -> Any:
        return self.torch.maximum(z, self.torch.as_tensor(w, dtype=z.dtype))

    def minimum(self, z: Any, w: Any) -> Any:
        return self.torch.minimum(z, self.torch.as_tensor(w, dtype=z.dtype))

    def sum(self, u: Any) -> Any:
        return u.sum(-1, keepdim=True)

    def mean(self, u: Any) -> Any:
        return u.mean(-1, keepdim=True)

    def largest(self, u: Any) -> Any:
        return u.amax(-1, keepdim=True)

    def logsumexp(self, u: Any) -> Any:
        return self.torch.logsumexp(u, -1, keepdim=True)


def value(root: Tree, library: Any, names: Mapping[str, Any], size: int) -> Any:
    """What a formula is worth: `size` is the number of entries of its vectors."""
    if root.op == "number":
        return library.number(root.numbers[0])
    if root.op == "size":
        return library.number(float(size))
    if root.op in names:
        return names[root.op]
    if root.op == "where":
        greater, less, *branches = root.parts
        gap = value(greater, library, names, size) - value(less, library, names, size)
        u, v = (lambda part=part: value(part, library, names, size) for part in branches)
        return library.seen(library.choose(gap, u, v))
    parts = [value(part, library, names, size) for part in root.parts]
    return library.seen(_applied(root, library, parts))


def _applied(root: Tree, library: Any, parts: list[Any]) -> Any:
    match root.op:
        case "+":
            return parts[0] + parts[1]
        case "-":
            return parts[0] - parts[1]
        case "*":
            return parts[0] * parts[1]
        case "/":
            return parts[0] / library.away(parts[1])
        case "neg":
            return -parts[0]
        case _:
            return OPERATIONS[root.op].define(library, *parts, *root.numbers)
