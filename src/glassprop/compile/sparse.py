"""The pass for sparse inputs: the first layer's products go over the non-zero entries of x.

Forwards, z1 adds up the rows of W1.T where x is not zero. Backwards there are three cases, all
exact but for rounding; W is W1.T here, and g = xᵀδ1:

- W ← W − β g, plain gradient descent: only rows where x is not zero change, in place.
- W ← α W − β g, descent with L2: W is kept as s V with one number s. Then s ← α s and
  V ← V − (β / s) g, and again only rows where x is not zero change. (Bottou 2012, Stochastic
  Gradient Descent Tricks, 5.1.)
- anything else (momentum, Adam, …) moves all of W. g is added up over the non-zero entries, and
  the update goes over all entries: exact, at the cost of one pass over W and its states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from glassprop.compile.arrays import Array
from glassprop.compile.linear import coefficients, opposite
from glassprop.compile.loops import Assignment
from glassprop.compile.turned import named

DENSEST = 0.25
"""Up to which share of non-zero entries sparse products are taken.
Measured with bench/densities.py."""


@dataclass(frozen=True)
class SparseProducts:
    """Assignments with sparse products.

    Attributes:
        assignments: in their order.
        scaled: the weights that are kept as a number times an array, or "".
    """

    assignments: list[Assignment]
    scaled: str


def sparse_products(assignments: Sequence[Assignment], x: str) -> SparseProducts | None:
    """The assignments with products over the non-zeros of x, or None if x is used otherwise."""
    reading = [one for one in assignments if any(u == x for u, _ in one.reads())]
    forward = [one for one in reading if _is_forward(one, x)]
    backward = [one for one in reading if _is_backward(one, x)]
    if len(reading) != 2 or len(forward) != 1 or len(backward) != 1:
        return None
    weights = named(forward[0].array.args[1])
    changed: dict[Assignment, Assignment | None] = {
        forward[0]: replace(forward[0], kind="gather"),
        backward[0]: replace(backward[0], kind="spread"),
    }
    scaled = _in_place(assignments, forward[0], backward[0], changed)
    kept = [changed.get(one, one) for one in assignments]
    return SparseProducts([one for one in kept if one is not None], weights if scaled else "")


def _in_place(
    assignments: Sequence[Assignment],
    forward: Assignment,
    backward: Assignment,
    changed: dict[Assignment, Assignment | None],
) -> bool:
    """Merge the gradient and the update where it is W ← α W − β g; says whether α is not 1."""
    weights, gradient = named(forward.array.args[1]), backward.target
    makers = [one for one in assignments if one.target == weights]
    if len(makers) != 1 or makers[0].kind != "elementwise":
        return False
    between = _between(assignments, makers[0])
    known: Mapping[str, Array] = {name: one.array for name, one in between.items()}
    found = coefficients(makers[0].array, known)
    if found is None or set(found) != {weights, gradient}:
        return False
    users = {forward, backward, makers[0], *between.values()}
    touching = {weights, gradient, *between}
    if any(one not in users and touching & _names(one) for one in assignments):
        return False
    for one in between.values():
        changed[one] = None
    decay = found[weights]
    plain = decay.op == "number" and decay.value == 1
    delta = backward.array.args[1]
    parts = (delta, opposite(found[gradient]), *(() if plain else (decay,)))
    changed[backward] = None
    array = Array("scatter", parts, None, makers[0].shape)
    changed[makers[0]] = replace(makers[0], kind="scatter", array=array)
    return not plain


def _between(assignments: Sequence[Assignment], maker: Assignment) -> dict[str, Assignment]:
    """What an update is computed from entry by entry, back to what is not."""
    made = {
        one.target: one
        for one in assignments
        if one.kind == "elementwise" and not one.updates and one.shape == maker.shape
    }
    found: dict[str, Assignment] = {}
    waiting = [maker]
    while waiting:
        for u, _ in waiting.pop().reads():
            if u in made and u not in found:
                found[u] = made[u]
                waiting.append(made[u])
    return found


def _names(one: Assignment) -> set[str]:
    return {one.target, *(u for u, _ in one.reads())}


def _is_forward(one: Assignment, x: str) -> bool:
    """Whether it is x @ W.T with W.T kept as an array."""
    return one.kind == "product" and named(one.array.args[0]) == x and bool(_right(one))


def _is_backward(one: Assignment, x: str) -> bool:
    """Whether it is x.T @ δ."""
    if one.kind != "product" or one.array.args[0].op != "transpose":
        return False
    return named(one.array.args[0].args[0]) == x and bool(_right(one))


def _right(one: Assignment) -> str:
    return named(one.array.args[1])
