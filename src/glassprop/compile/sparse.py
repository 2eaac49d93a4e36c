"""The pass for sparse inputs: the first layer's products go over the non-zero entries of x.

z1 = x W1ᵀ adds up the rows of W1ᵀ where x is not zero, and W1 ← W1 − η δ1ᵀ x changes those rows
only. That is exact where the update of W1 is a step along its gradient and nothing else: a row
whose gradient is zero stays as it is. Momentum and L2 move all rows, so there the products stay
dense. Where the first layer takes s x, the sums and the step are multiplied by s instead of x, so
that a scale costs nothing for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glassprop.compile.arrays import Array, elementwise, name
from glassprop.compile.loops import Assignment

DENSEST, DENSEST_WIDE, WIDE = 0.25, 0.1, 50_000
"""Up to which share of non-zero entries the sparse products are faster; less where the width of
the layer times the examples in a mini-batch is from WIDE on, as BLAS is at its best there.
Measured with bench/compiled_engine.py --densities."""


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
    scaled = _scaled(assignments, x)
    inputs = scaled.target if scaled else x
    reading = [one for one in assignments if any(u == inputs for u, _ in one.reads())]
    forward = [one for one in reading if _is_forward(one, inputs)]
    backward = [one for one in reading if _is_backward(one, inputs)]
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
    if scaled:
        rate = _times(scaled.array, inputs=rate)
    delta, rows = backward[0].array.args
    given = replace(rows, value=x)
    scatter = Array("scatter", (delta, given, rate), None, using[0].shape)
    changed = {
        forward[0]: _gathered(forward[0], given, scaled, _free(assignments)),
        using[0]: [replace(using[0], kind="scatter", array=scatter)],
        backward[0]: [],
    }
    if scaled:
        changed[scaled] = []
    kept = [made for one in assignments for made in changed.get(one, [one])]
    return SparseProducts(kept, parameter, int(forward[0].shape[1]))


def _scaled(assignments: Sequence[Assignment], x: str) -> Assignment | None:
    """The assignment of s x or x / d, for a number, if nothing else reads x."""
    reading = [one for one in assignments if any(u == x for u, _ in one.reads())]
    if len(reading) != 1 or reading[0].kind != "elementwise" or reading[0].updates:
        return None
    array = reading[0].array
    if array.op not in ("*", "/"):
        return None
    named = [_name(arg) == x for arg in array.args]
    numbers = [arg.op == "number" for arg in array.args]
    fits = named == [True, False] or (array.op == "*" and named == [False, True])
    return reading[0] if fits and any(numbers) else None


def _times(scale: Array, inputs: Array) -> Array:
    """Another array scaled in the place of x."""
    return elementwise(scale.op, *(arg if arg.op == "number" else inputs for arg in scale.args))


def _gathered(
    forward: Assignment, x: Array, scaled: Assignment | None, free: str
) -> list[Assignment]:
    """The product over the non-zeros; with a scale, its sums are multiplied by it afterwards."""
    product = replace(forward.array, args=(x, forward.array.args[1]))
    if scaled is None:
        return [replace(forward, kind="gather", array=product)]
    sums = replace(forward, target=free, kind="gather", array=product, about="")
    result = _times(scaled.array, inputs=name(free, forward.shape))
    return [sums, replace(forward, kind="elementwise", array=result)]


def _free(assignments: Sequence[Assignment]) -> str:
    """A name for a result in between that nothing has."""
    taken = {one.target for one in assignments}
    taken |= {read for one in assignments for read, _ in one.reads()}
    return next(f"t{k}" for k in range(1, len(taken) + 2) if f"t{k}" not in taken)


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
