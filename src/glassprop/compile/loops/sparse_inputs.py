"""The pass for sparse inputs: the first layer's products go over the non-zero entries of x.

Forwards, z1 adds up the rows of W1.T where x is not zero. Backwards there are three cases, all
exact but for rounding; W is W1.T here, and g = xᵀδ1:

- W ← W − β g, plain gradient descent: only rows where x is not zero change, in place.
- W ← α W − β g, descent with L2: W is kept as s V with one number s. Then s ← α s and
  V ← V − (β / s) g, and again only rows where x is not zero change. (Bottou 2012, Stochastic
  Gradient Descent Tricks, 5.1.)
- anything else (momentum, Adam, …) moves all of W. g is added up over the non-zero entries, and
  the update goes over all entries: exact, at the cost of one pass over W and its states.

Where the first layer takes s x, the sums and the step are multiplied by s instead of x, so that a
scale costs nothing for each entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from glassprop.compile.layout.array_expressions import Array, elementwise, name
from glassprop.compile.loops.assignments import Assignment
from glassprop.compile.loops.linear_updates import coefficients, opposite
from glassprop.compile.loops.transposed_weights import is_backward, is_forward, named

Changes = dict[Assignment, list[Assignment]]
"""What takes the place of an assignment."""
DENSEST = 0.25
"""Up to which share of non-zero entries sparse products are taken. Measured with
bench/densities.py; an entry costs about twice what it costs in a dense product."""


@dataclass(frozen=True)
class SparseProducts:
    """Assignments with sparse products.

    Attributes:
        assignments: in their order.
        scaled: the weights that are kept as a number times an array, or "".
    """

    assignments: list[Assignment]
    scaled: str


def sparse_products(
    assignments: Sequence[Assignment], x: str, scale: Assignment | None = None
) -> SparseProducts | None:
    """The assignments with products over the non-zeros of x, or None if x is used otherwise.

    Args:
        assignments: with the first layer's weights kept transposed.
        x: the input.
        scale: the assignment of s x, if that is what the first layer takes.
    """
    inputs = scale.target if scale else x
    reading = [one for one in assignments if any(u == inputs for u, _ in one.reads())]
    by_rows = [one for one in reading if one.kind == "product" and named(one.array.args[1])]
    forward = [one for one in by_rows if is_forward(one, inputs)]
    backward = [one for one in by_rows if is_backward(one, inputs) and not _has(one, inputs)]
    if len(forward) != 1 or len(backward) > 1 or len(reading) != 1 + len(backward):
        return None
    weights = named(forward[0].array.args[1])
    free = _free(assignments)
    changed: Changes = {forward[0]: _scaled(forward[0], x, "gather", scale, next(free))}
    if scale:
        changed[scale] = []
    decays = False
    for one in backward:  # none where nothing is trained
        changed[one] = _scaled(one, x, "spread", scale, next(free))
        decays = _in_place(assignments, forward[0], one, scale, changed)
    kept = [made for one in assignments for made in changed.get(one, [one])]
    return SparseProducts(kept, weights if decays else "")


def scale_of(assignments: Sequence[Assignment], x: str) -> Assignment | None:
    """The assignment of s x or x / d, for a number, if nothing else reads x."""
    reading = [one for one in assignments if any(u == x for u, _ in one.reads())]
    if len(reading) != 1 or reading[0].kind != "elementwise" or reading[0].updates:
        return None
    array = reading[0].array
    if array.op not in ("*", "/"):
        return None
    of_x = [named(arg) == x for arg in array.args]
    numbers = [arg.op == "number" for arg in array.args]
    fits = of_x == [True, False] or (array.op == "*" and of_x == [False, True])
    return reading[0] if fits and any(numbers) else None


def _times(scale: Array, other: Array) -> Array:
    """Another array scaled as x is."""
    return elementwise(scale.op, *(arg if arg.op == "number" else other for arg in scale.args))


def _scaled(
    product: Assignment,
    x: str,
    kind: Literal["gather", "spread"],
    scale: Assignment | None,
    free: str,
) -> list[Assignment]:
    """The product over the non-zeros; with a scale, its sums are multiplied by it afterwards."""
    left, right = product.array.args
    inner = left.args[0] if left.op == "transpose" else left
    given = replace(inner, value=x)
    left = replace(left, args=(given,)) if left.op == "transpose" else given
    array = replace(product.array, args=(left, right))
    if scale is None:
        return [replace(product, kind=kind, array=array)]
    sums = replace(product, target=free, kind=kind, array=array, about="")
    result = _times(scale.array, name(free, product.shape))
    return [sums, replace(product, kind="elementwise", array=result)]


def _free(assignments: Sequence[Assignment]) -> Iterator[str]:
    """Names for results in between that nothing has."""
    taken = {one.target for one in assignments}
    taken |= {read for one in assignments for read, _ in one.reads()}
    return (f"t{k}" for k in count(1) if not {f"t{k}", f"t{k}_T"} & taken)


def _in_place(
    assignments: Sequence[Assignment],
    forward: Assignment,
    backward: Assignment,
    scale: Assignment | None,
    changed: Changes,
) -> bool:
    """Merge the gradient and the update where it is W ← α W − β g; says whether α is not 1."""
    weights, gradient = named(forward.array.args[1]), backward.target
    makers = [one for one in assignments if one.target == weights]
    if len(makers) != 1 or makers[0].kind != "elementwise":
        return False
    between = _between(assignments, makers[0])
    known: Mapping[str, Array] = {target: one.array for target, one in between.items()}
    found = coefficients(makers[0].array, known)
    if found is None or set(found) != {weights, gradient}:
        return False
    users = {forward, backward, makers[0], *between.values()}
    touching = {weights, gradient, *between}
    if any(one not in users and touching & _names(one) for one in assignments):
        return False
    for one in (backward, *between.values()):
        changed[one] = []
    decay = found[weights]
    plain = decay.op == "number" and decay.value == 1
    delta = backward.array.args[1]
    step = opposite(found[gradient])
    step = _times(scale.array, step) if scale else step
    array = Array("scatter", (delta, step, *(() if plain else (decay,))), None, makers[0].shape)
    changed[makers[0]] = [replace(makers[0], kind="scatter", array=array)]
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


def _has(one: Assignment, x: str) -> bool:
    """Whether x is the second factor of a product."""
    return named(one.array.args[1]) == x


def _names(one: Assignment) -> set[str]:
    return {one.target, *(u for u, _ in one.reads())}
