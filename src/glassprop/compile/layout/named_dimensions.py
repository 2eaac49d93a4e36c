"""Arrays whose dimensions have names, and how they are brought together: order, sums, products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from glassprop.compile.layout.array_expressions import Array, elementwise, length, number, real
from glassprop.formula.axes import Axes, Axis

NOMINAL_BATCH = 32
"""What a size that is known only when data comes counts as, where costs are compared."""


@dataclass(frozen=True, eq=False, slots=True)
class Lowered:
    """An array and the label of each of its dimensions; broadcast axes may be left out.

    An inverse stands for 1/array: a product divides by it.
    """

    array: Array
    labels: Axes
    inverse: bool = False


def volume(labels: Iterable[Axis]) -> int:
    """The number of entries over some labels, in a mini-batch of ordinary size."""
    product = 1
    for axis in labels:
        product *= axis.size if isinstance(axis.size, int) else NOMINAL_BATCH
    return product


def merged(labels: Iterable[Axis]) -> str:
    """The size of several axes taken as one, as source: "n*25"."""
    names, known = list[str](), 1
    for axis in labels:
        if isinstance(axis.size, int):
            known *= axis.size
        else:
            names.append(axis.size)
    return "*".join(names if names and known == 1 else [*names, str(known)])


def plain(u: Lowered) -> Lowered:
    """The array itself, 1/u if it is an inverse."""
    if not u.inverse:
        return u
    return Lowered(elementwise("/", number(1), u.array), u.labels)


def permuted(u: Lowered, labels: Sequence[Axis]) -> Lowered:
    """The dimensions in another order."""
    array = u.array
    order = tuple(u.labels.index(axis) for axis in labels)
    if array.op == "transpose":
        before = cast(tuple[int, ...], array.value)
        order, array = tuple(before[k] for k in order), array.args[0]
    if order != tuple(range(len(order))):
        shape = tuple(array.shape[k] for k in order)
        array = Array("transpose", (array,), order, shape, array.kind)
    return Lowered(array, tuple(labels), u.inverse)


def aligned(u: Lowered, target: Sequence[Axis]) -> Array:
    """The array with its dimensions where broadcasting against `target` expects them."""
    ordered = permuted(u, [axis for axis in target if axis in u.labels])
    if not ordered.labels:
        return ordered.array
    first = min(target.index(axis) for axis in ordered.labels)
    pattern = tuple(axis in ordered.labels for axis in target[first:])
    if all(pattern):
        return ordered.array
    sizes = iter(ordered.array.shape)
    shape = tuple(next(sizes) if there else "1" for there in pattern)
    return Array("insert", (ordered.array,), pattern, shape, ordered.array.kind)


def summed(u: Lowered, over: Iterable[Axis]) -> Lowered:
    """The sum over some labels."""
    over = set(over)
    positions = tuple(k for k, axis in enumerate(u.labels) if axis in over)
    if not positions:
        return u
    keep = [k for k in range(len(u.labels)) if k not in positions]
    array = Array("sum", (real(plain(u).array),), positions, tuple(u.array.shape[k] for k in keep))
    return Lowered(array, tuple(u.labels[k] for k in keep))


def multiplied(operands: Sequence[Lowered], target: Sequence[Axis]) -> Array:
    """The elementwise product, divided by what is inverse, aligned with `target`."""
    above = [aligned(u, target) for u in operands if not u.inverse]
    result = above[0] if above else number(1)
    for array in above[1:]:
        result = elementwise("*", result, array)
    for u in operands:
        if u.inverse:
            result = elementwise("/", result, aligned(u, target))
    return result


def product(operands: Sequence[Lowered], order: Iterable[Axis]) -> Lowered:
    """The elementwise product, its dimensions in the order given."""
    target = tuple(axis for axis in order if any(axis in u.labels for u in operands))
    return Lowered(multiplied(operands, target), target)


@dataclass(frozen=True)
class _Plan:
    """Which labels of a matrix product are stacked, which are rows, summed and columns."""

    left: Lowered
    right: Lowered
    left_stack: list[Axis]
    right_stack: list[Axis]
    rows: list[Axis]
    columns: list[Axis]

    def result(self) -> list[list[Axis]]:
        longer = max(self.left_stack, self.right_stack, key=len)
        return [*([axis] for axis in longer), self.rows, self.columns]


def matrix_product(left: Lowered, right: Lowered, over: Axes, out: Sequence[Axis]) -> Lowered:
    """Σ over some labels that both operands have, as `@` on suitable views of both."""
    shared = [axis for axis in left.labels if axis in right.labels and axis not in over]
    rank = {axis: place for place, axis in enumerate(out)}
    for axis in (*left.labels, *right.labels):
        rank.setdefault(axis, len(rank))
    shared.sort(key=rank.__getitem__)
    own = {*left.labels, *right.labels} - set(over) - set(shared)
    last = max(own, key=rank.__getitem__, default=None)
    if not own or (shared and not (own & set(left.labels) and own & set(right.labels))):
        order = sorted([*shared, *own], key=rank.__getitem__)
        return summed(product([left, right], [*order, *over]), over)
    has_own = [bool(own & set(u.labels)) for u in (left, right)]
    if not has_own[0] or (has_own[1] and last in left.labels):
        left, right = right, left
    if len(over) > 1 and not all(has_own):
        return summed(product([left, right], left.labels), over)
    left, right = plain(left), plain(right)
    plan = _plan(left, right, shared, sorted(own, key=rank.__getitem__), over, rank)
    inner = min(
        ([axis for axis in u.labels if axis in over] for u in (left, right)),
        key=lambda order: _copied(plan, order),
    )
    a = _matrix(plan.left, plan.left_stack, plan.rows, inner)
    b = _matrix(plan.right, plan.right_stack, inner, plan.columns)
    groups = [group for group in plan.result() if group]
    made = Array("matmul", (real(a), real(b)), shape=tuple(merged(group) for group in groups))
    labels = tuple(axis for group in groups for axis in group)
    shape = tuple(length(axis) for axis in labels)
    if any(len(group) > 1 for group in groups):
        made = Array("reshape", (made,), None, shape)
    return Lowered(made, labels)


def _plan(
    left: Lowered,
    right: Lowered,
    shared: list[Axis],
    own: list[Axis],
    over: Axes,
    rank: dict[Axis, int],
) -> _Plan:
    """Stacks, rows and columns such that the result needs no transpose, where that is possible."""
    rest, columns = _tail(own, right)
    stack, rows = _tail(rest, left)
    if stack:
        of_left = [axis for axis in stack if axis in left.labels]
        in_order = all(rank[s] < rank[t] for s in stack for t in shared)
        if rows and in_order and of_left == stack:
            return _Plan(left, right, [*stack, *shared], shared, rows, columns)
        if rows and in_order and not of_left:
            return _Plan(left, right, shared, [*stack, *shared], rows, columns)
        rows = [axis for axis in own if axis in left.labels]
        columns = [axis for axis in own if axis in right.labels]
    if len(rows) == 2 and not shared:
        return _Plan(left, right, rows[:1], [], rows[1:], columns)  # x @ W.T, for a stack x
    return _Plan(left, right, shared, shared, rows, columns)


def _tail(axes: list[Axis], u: Lowered) -> tuple[list[Axis], list[Axis]]:
    """The axes split where the last run of those that an array has begins."""
    at = len(axes)
    while at and axes[at - 1] in u.labels:
        at -= 1
    return axes[:at], axes[at:]


def _copied(plan: _Plan, inner: list[Axis]) -> int:
    """How many entries have to be copied to see both operands as matrices."""
    total = 0
    for u, rows, columns in ((plan.left, plan.rows, inner), (plan.right, inner, plan.columns)):
        if not (_is_run(u, rows) and _is_run(u, columns)):
            total += volume(u.labels)
    return total


def _is_run(u: Lowered, group: list[Axis]) -> bool:
    places = [u.labels.index(axis) for axis in group]
    return not places or places == list(range(places[0], places[0] + len(places)))


def _matrix(u: Lowered, stack: list[Axis], rows: list[Axis], columns: list[Axis]) -> Array:
    """The operand as a stack of matrices: rows and columns each as one axis."""
    groups = [*([axis] for axis in stack), *(group for group in (rows, columns) if group)]
    if all(len(group) == 1 for group in groups):
        return permuted(u, [axis for group in groups for axis in group]).array
    if not all(_is_run(u, group) for group in groups):
        u = permuted(u, [axis for group in groups for axis in group])
    groups = sorted(groups, key=lambda group: u.labels.index(group[0]))
    sizes = tuple(merged(group) for group in groups)
    array = u.array
    if any(len(group) > 1 for group in groups):
        array = Array("reshape", (array,), None, sizes)
    firsts = tuple(group[0] for group in groups)
    order = [*stack, *(group[0] for group in (rows, columns) if group)]
    return permuted(Lowered(array, firsts), order).array
