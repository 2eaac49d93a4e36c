"""The pass for sparse inputs: the first layer's products go over the non-zero entries of x.

z1 = x W1ᵀ adds up the rows of W1ᵀ where x is not zero, and W1 ← W1 − η δ1ᵀ x changes those rows
only. That is exact where the update of W1 is a step along its gradient and nothing else: a row
whose gradient is zero stays as it is. Momentum and L2 move all rows, so there the products stay
dense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glassprop.compile.arrays import Array
from glassprop.compile.loops import Assignment

DENSEST, DENSEST_WIDE, WIDE = 0.25, 0.1, 50_000
"""Up to which share of non-zero entries the sparse products are faster; less where the width of
the layer times the examples in a mini-batch is from WIDE on, as BLAS is at its best there.
Measured with bench/densities.py."""


def pays(density: float, width: int, batch_size: int) -> bool:
    """Whether products over the non-zero entries are faster than dense ones."""
    return density <= (DENSEST_WIDE if width * batch_size >= WIDE else DENSEST)


@dataclass(frozen=True)
class SparseProducts:
    """Assignments with sparse products, and the parameter that they use transposed.

    `width` is the number of entries in a row of it, the width of the first layer.
    """

    assignments: list[Assignment]
    parameter: str
    width: int


def sparse_products(assignments: Sequence[Assignment], x: str) -> SparseProducts | None:
    """The assignments with products over the non-zeros of x, or None where it is not exact."""
    reading = [one for one in assignments if any(u == x for u, _ in one.reads())]
    forward = [one for one in reading if _is_forward(one, x)]
    backward = [one for one in reading if _is_backward(one, x)]
    if len(reading) != 2 or len(forward) != 1 or len(backward) != 1:
        return None
    gradient = backward[0].target
    parameter = _name(forward[0].array.args[1].args[0])
    using = [one for one in assignments if any(u == gradient for u, _ in one.reads())]
    touching = [
        one
        for one in assignments
        if one.target == parameter or any(u == parameter for u, _ in one.reads())
    ]
    if len(using) != 1 or {*touching} != {forward[0], using[0]}:
        return None
    rate = step_size(using[0].array, parameter, gradient)
    if rate is None:
        return None
    scatter = Array("scatter", (*backward[0].array.args, rate), None, using[0].shape)
    changed = {
        forward[0]: replace(forward[0], kind="gather"),
        using[0]: replace(using[0], kind="scatter", array=scatter),
    }
    kept = [changed.get(one, one) for one in assignments if one is not backward[0]]
    return SparseProducts(kept, parameter, int(forward[0].shape[1]))


def _is_forward(one: Assignment, x: str) -> bool:
    """Whether it is x @ W.T for a parameter W, which only the update names."""
    left, right = one.array.args if one.kind == "product" else (None, None)
    if left is None or right is None:
        return False
    return _name(left) == x and right.op == "transpose" and right.args[0].op == "name"


def _is_backward(one: Assignment, x: str) -> bool:
    """Whether it is δ.T @ x."""
    left, right = one.array.args if one.kind == "product" else (None, None)
    if left is None or right is None:
        return False
    return _name(right) == x and left.op == "transpose"


def _name(array: Array) -> str:
    return str(array.value) if array.op == "name" else ""


def step_size(array: Array, parameter: str, gradient: str) -> Array | None:
    """η where an update is W − η g."""
    if array.op != "-" or _name(array.args[0]) != parameter or array.args[1].op != "*":
        return None
    first, second = array.args[1].args
    rate, direction = (first, second) if first.weak else (second, first)
    return rate if rate.weak and _name(direction) == gradient else None
