"""The pass that keeps the first layer's weights transposed, so that its products add up rows.

Backwards, x @ W1.T has no product with W1: it is only updated. So W1, its gradient and the states
of its update rule are kept transposed while an epoch runs, and the product forwards goes along the
rows of W1.T. Weights of later layers are needed both ways, and are transposed in each mini-batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from glassprop.compile.layout.array_expressions import Array, name
from glassprop.compile.loops.assignments import Assignment

ENDING = "_T"


@dataclass(frozen=True)
class TransposedWeights:
    """Assignments in which some quantities are kept transposed.

    Attributes:
        assignments: in their order.
        names: the quantities, by their names before; each has the ending `_T` now.
    """

    assignments: list[Assignment]
    names: frozenset[str]


def transpose_weights(assignments: Sequence[Assignment], x: str) -> TransposedWeights:
    """The assignments with the weights that x is multiplied by transposed, where that can be."""
    multiplied = [one for one in assignments if is_forward(one, x)]
    forward = [one for one in multiplied if one.array.args[1].op == "transpose"]
    if len(forward) != 1:
        return TransposedWeights(list(assignments), frozenset())
    weights = forward[0].array.args[1].args[0]
    names = _companions(assignments, forward[0], x)
    if names is None:
        return TransposedWeights(list(assignments), frozenset())
    shape = weights.shape
    return TransposedWeights([_turn(one, names, shape) for one in assignments], frozenset(names))


def is_forward(one: Assignment, x: str) -> bool:
    """Whether it is x @ W.T, or x @ W_T where the transpose is what is kept."""
    if one.kind != "product":
        return False
    left, right = one.array.args
    weights = right.args[0] if right.op == "transpose" else right
    return named(left) == x and named(weights) != ""


def is_backward(one: Assignment, x: str) -> bool:
    """Whether it is δ.T @ x, or x.T @ δ where the gradient is kept transposed."""
    if one.kind != "product":
        return False
    left, right = one.array.args
    return left.op == "transpose" and x in (named(left.args[0]), named(right))


def named(array: Array) -> str:
    """The name of an array, or "" for an expression."""
    return str(array.value) if array.op == "name" else ""


def _companions(assignments: Sequence[Assignment], forward: Assignment, x: str) -> set[str] | None:
    """The weights and all that is computed entry by entry with them, or None if it is more."""
    shape = forward.array.args[1].args[0].shape
    found = {named(forward.array.args[1].args[0])}
    waiting = [one for one in assignments if one is not forward]
    changed = True
    while changed:
        changed = False
        for one in waiting:
            touched = {one.target, *(u for u, _ in one.reads())}
            if not touched & found or touched <= found:
                continue
            if is_backward(one, x) and one.target in found and one.shape == shape:
                continue
            if one.kind != "elementwise" or one.shape != shape:
                return None
            for u, index in ((one.target, ("i", "j")), *one.reads()):
                if index not in ((), ("i", "j")):
                    return None
                if index and u not in found:
                    found.add(u)
                    changed = True
    return found


def _turn(one: Assignment, names: set[str], shape: tuple[str, ...]) -> Assignment:
    if one.target in names:
        array, target, turned_shape = one.array, one.target + ENDING, one.shape[::-1]
        if one.kind == "product":
            left, right = array.args
            (delta,) = left.args
            array = replace(array, args=(transposed(right), delta), shape=turned_shape)
        else:
            array = _tree(array, names)
        return replace(one, target=target, shape=turned_shape, array=array)
    if any(u in names for u, _ in one.reads()):
        left, right = one.array.args
        weights = name(named(right.args[0]) + ENDING, shape[::-1])
        return replace(one, array=replace(one.array, args=(left, weights)))
    return one


def transposed(array: Array) -> Array:
    """The transpose of a matrix."""
    return Array("transpose", (array,), (1, 0), array.shape[::-1])


def _tree(array: Array, names: set[str]) -> Array:
    """An elementwise expression over transposed quantities."""
    if array.op == "name" and array.value in names:
        return replace(array, value=f"{array.value}{ENDING}", shape=array.shape[::-1])
    args = tuple(_tree(arg, names) for arg in array.args)
    return replace(
        array, args=args, shape=array.shape[::-1] if len(array.shape) == 2 else array.shape
    )
