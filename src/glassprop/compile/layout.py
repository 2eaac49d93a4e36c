"""Which contraction is which matrix product, sum, outer product or broadcast.

Decided here once; the emitters and the printers of matrix forms ask it. Dimensions of arrays are
positions, formulas have names: `Lowered` keeps both together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from glassprop.compile.arrays import (
    Array,
    broadcast,
    call_function,
    elementwise,
    full,
    length,
    name,
    negated,
    number,
    real,
)
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    OneHot,
    Reduce,
    Select,
    Symbol,
    walk,
)


@dataclass(frozen=True, eq=False)
class Lowered:
    """An array and the label of each of its dimensions; broadcast axes may be left out."""

    array: Array
    labels: Axes


NOMINAL_BATCH = 32


def _volume(labels: Iterable[Axis]) -> int:
    product = 1
    for axis in labels:
        product *= axis.size if isinstance(axis.size, int) else NOMINAL_BATCH
    return product


def permuted(u: Lowered, labels: Sequence[Axis]) -> Lowered:
    """The dimensions in another order."""
    order = tuple(u.labels.index(axis) for axis in labels)
    if order == tuple(range(len(order))):
        return u
    shape = tuple(u.array.shape[k] for k in order)
    return Lowered(Array("transpose", (u.array,), order, shape, u.array.kind), tuple(labels))


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
    shape = tuple(u.array.shape[k] for k in keep)
    array = Array("sum", (real(u.array),), positions, shape)
    return Lowered(array, tuple(u.labels[k] for k in keep))


def product(operands: Sequence[Lowered], order: Sequence[Axis]) -> Lowered:
    """The elementwise product, its dimensions in the order given."""
    target = tuple(axis for axis in order if any(axis in u.labels for u in operands))
    arrays = [aligned(u, target) for u in operands]
    result = arrays[0]
    for array in arrays[1:]:
        result = elementwise("*", result, array)
    return Lowered(result, target)


def matrix_product(left: Lowered, right: Lowered, over: Axes, out: Sequence[Axis]) -> Lowered:
    """Σ over some labels that both operands have, as `@` on suitable views of both."""
    rank = {axis: k for k, axis in enumerate(out)}
    shared = [a for a in left.labels if a in right.labels and a not in over]
    shared.sort(key=lambda a: rank.get(a, len(rank)))

    def own(u: Lowered) -> list[Axis]:
        mine = [a for a in u.labels if a not in over and a not in shared]
        return sorted(mine, key=lambda a: rank.get(a, len(rank)))

    first = [rank.get(a, len(rank)) for a in own(left)]
    second = [rank.get(a, len(rank)) for a in own(right)]
    if second and (not first or min(second) < min(first)):
        left, right = right, left
    rows, columns = own(left), own(right)
    if not rows and not columns:
        return summed(product([left, right], [*shared, *over]), over)
    inner = [axis for axis in left.labels if axis in over]
    flat_left = _matrix(left, shared, rows, inner)
    flat_right = _matrix(right, shared, inner, columns)
    a, b = flat_left.shape, flat_right.shape
    if shared and not columns:  # a batch of matrix · vector products
        flat_right = Array("insert", (flat_right,), (*(True,) * len(b), False), (*b, "1"))
        made = Array("matmul", (flat_left, flat_right), shape=(*a[:-1], "1"))
        made = Array("at", (made,), -1, made.shape[:-1])
    elif shared and not rows:
        pattern = (*(True,) * (len(a) - 1), False, True)
        flat_left = Array("insert", (flat_left,), pattern, (*a[:-1], "1", a[-1]))
        made = Array("matmul", (flat_left, flat_right), shape=(*a[:-1], "1", b[-1]))
        made = Array("at", (made,), -2, (*made.shape[:-2], b[-1]))
    else:
        made = Array("matmul", (flat_left, flat_right), shape=_matmul_shape(a, b))
    labels = (*shared, *rows, *columns)
    shape = tuple(length(axis) for axis in labels)
    if made.shape != shape:
        made = Array("reshape", (made,), shape, shape)
    return Lowered(made, labels)


def _matmul_shape(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    if len(a) == 1:
        return b[:-2] + b[-1:]
    if len(b) == 1:
        return a[:-1]
    return (*broadcast(a[:-2], b[:-2]), a[-2], b[-1])


def _matrix(u: Lowered, shared: list[Axis], rows: list[Axis], columns: list[Axis]) -> Array:
    """The operand as a stack of matrices: shared labels, then rows and columns, each as one."""
    ordered = permuted(u, [*shared, *rows, *columns])
    groups = [[axis] for axis in shared] + [group for group in (rows, columns) if group]
    if all(len(group) == 1 for group in groups):
        return ordered.array
    shape = tuple("*".join(length(axis) for axis in group) for group in groups)
    return Array("reshape", (ordered.array,), shape, shape)


class Layout:
    """Lowers formulas to array expressions; `names` gives each symbol's array."""

    def __init__(self, look_up: Callable[[Symbol], Array] | None = None) -> None:
        self.look_up = look_up or (lambda s: name(s.name, tuple(length(a) for a in s.axes)))
        self.done: dict[Node, Lowered] = {}

    def lower(self, root: Node) -> Lowered:
        """The array expression of a formula."""
        for node in walk([root]):
            if node not in self.done and not isinstance(node, (Select, OneHot)):
                self.done[node] = self.one(node)
        return self.done[root]

    def full(self, root: Node, axes: Axes) -> Array:
        """The array of a formula with all the axes asked for, in their order."""
        lowered = self.lower(root)
        array = aligned(lowered, axes)
        if set(lowered.labels) == set(axes):
            return real(array)
        return full(array, tuple(length(axis) for axis in axes))

    def one(self, node: Node) -> Lowered:
        if isinstance(node, Symbol):
            return Lowered(self.look_up(node), node.axes)
        if isinstance(node, Const):
            return Lowered(number(node.value), ())
        if isinstance(node, Add):
            return self.add(node)
        if isinstance(node, Map):
            operands = [self.done[u] for u in node.operands]
            target = tuple(a for a in node.axes if any(a in u.labels for u in operands))
            arrays = tuple(aligned(u, target) for u in operands)
            return Lowered(call_function(node.function, arrays), target)
        if isinstance(node, Reduce):
            return self.reduce(node)
        assert isinstance(node, Contract)
        negative, value = _Product(self, node).lower()
        return Lowered(negated(value.array), value.labels) if negative else value

    def signed(self, term: Node) -> tuple[bool, Lowered]:
        """A term of a sum, and whether it is subtracted."""
        if isinstance(term, Contract) and term.coefficient < 0:
            return _Product(self, term).lower()
        if isinstance(term, Const) and term.value < 0:
            return True, Lowered(number(-term.value), ())
        return False, self.done[term]

    def add(self, node: Add) -> Lowered:
        terms = [self.signed(term) for term in node.terms]
        terms.sort(key=lambda term: term[0])  # what is added comes before what is subtracted
        target = tuple(a for a in node.axes if any(a in u.labels for _, u in terms))
        negative, first = terms[0]
        result = aligned(first, target)
        if negative:
            result = negated(result)
        for negative, term in terms[1:]:
            result = elementwise("-" if negative else "+", result, aligned(term, target))
        return Lowered(result, target)

    def reduce(self, node: Reduce) -> Lowered:
        operand = self.done[node.operand]
        over = [axis for axis in node.over if axis in operand.labels]
        keep = tuple(axis for axis in operand.labels if axis not in over)
        positions = tuple(operand.labels.index(axis) for axis in over)
        shape = tuple(length(axis) for axis in keep)
        if node.kind == "max":
            return Lowered(Array("max", (operand.array,), positions, shape), keep)
        value = ("logsumexp", (_tuple(tuple(map(str, positions))),))
        return Lowered(Array("call", (operand.array,), value, shape), keep)


def _tuple(items: tuple[str, ...]) -> str:
    return "(" + ", ".join(items) + ("," if len(items) == 1 else "") + ")"


class _Product:
    """Lowers one Contract."""

    def __init__(self, layout: Layout, node: Contract) -> None:
        self.layout, self.node = layout, node
        self.out: list[Axis] = list(node.axes)
        self.operands: list[Lowered] = []
        self.above: list[Array] = []
        self.below: list[Lowered] = []
        self.folds: list[tuple[Select, Axes]] = []
        self.coefficient = node.coefficient

    def lower(self) -> tuple[bool, Lowered]:
        selectors: list[Factor] = []
        for factor in self.node.factors:
            if isinstance(factor.node, (Select, OneHot)):
                selectors.append(factor)
            else:
                self.take(factor)
        for factor in selectors:
            if isinstance(factor.node, OneHot):
                self.one_hot(factor.node, factor.labels)
        for factor in selectors:
            if isinstance(factor.node, Select):
                self.select(factor.node, factor.labels)
        self.sizes()
        self.contract()
        return self.finish()

    def take(self, factor: Factor) -> None:
        node, names = factor.node, dict(zip(factor.node.axes, factor.labels, strict=True))
        if isinstance(node, Map) and node.function.name == "reciprocal":
            inner = self.layout.done[node.operands[0]]
            labels = tuple(names[axis] for axis in inner.labels)
            if all(axis in self.node.axes for axis in labels):
                self.below.append(Lowered(inner.array, labels))
                return
        lowered = self.layout.done[node]
        labels = tuple(names[axis] for axis in lowered.labels)
        if labels:
            self.operands.append(Lowered(lowered.array, labels))
        else:
            self.above.append(lowered.array)

    def sizes(self) -> None:
        """A label that is summed over but that no array has counts as its size."""
        present = {a for u in self.operands for a in u.labels}
        folded = {a for _, labels in self.folds for a in labels}
        given = {a for f in self.node.factors for a in f.labels}
        for axis in given - present - folded - set(self.node.axes):
            if isinstance(axis.size, int):
                if not self._selected(axis):
                    self.coefficient *= axis.size
            elif not self._selected(axis):
                self.above.append(name(axis.size))

    def _selected(self, axis: Axis) -> bool:
        return any(
            axis in f.labels for f in self.node.factors if isinstance(f.node, (Select, OneHot))
        )

    def _uses(self, axis: Axis) -> list[int]:
        return [k for k, u in enumerate(self.operands) if axis in u.labels]

    def _free(self, axis: Axis) -> bool:
        return axis in self.out or any(axis in u.labels for u in self.below)

    # -- selectors

    def one_hot(self, node: OneHot, labels: Axes) -> None:
        """[k = v]: indexing where k is summed over, adding up where v's axes are."""
        k, positions = labels[-1], labels[:-1]
        index = self.layout.lower(node.index).array
        uses = self._uses(k)
        if len(uses) == 1 and not self._free(k) and not self._in_selector(k, node):
            table = self.operands[uses[0]]
            rest = [axis for axis in table.labels if axis != k]
            if not set(rest) & set(positions):
                first = permuted(table, [k, *rest])
                shape = (*index.shape, *first.array.shape[1:])
                made = Array("call", (first.array, index), ("choose", ()), shape)
                self.operands[uses[0]] = Lowered(made, (*positions, *rest))
                return
            if set(positions) <= set(rest):
                extra = [axis for axis in rest if axis not in positions]
                last = permuted(table, [*positions, *extra, k])
                shape = last.array.shape[:-1]
                made = Array("call", (last.array, index), ("pick", ()), shape)
                self.operands[uses[0]] = Lowered(made, (*positions, *extra))
                return
        sums = all(not self._free(axis) for axis in positions)
        inside = [u for u in range(len(self.operands)) if set(self.operands[u].labels) & set(positions)]
        if sums and k in self.out and not uses and len(inside) == 1 and not self.folds:
            value = self.operands[inside[0]]
            rest = [axis for axis in value.labels if axis not in positions]
            if set(positions) <= set(value.labels):
                first = permuted(value, [*positions, *rest])
                shape = (length(k), *first.array.shape[len(positions) :])
                made = Array("call", (first.array, index), ("scatter", (length(k),)), shape)
                self.operands[inside[0]] = Lowered(made, (k, *rest))
                return
        whole = Array("call", (index,), ("one_hot", (length(k),)), (*index.shape, length(k)))
        self.operands.append(Lowered(whole, labels))

    def _in_selector(self, axis: Axis, but: Node) -> bool:
        return any(
            axis in f.labels
            for f in self.node.factors
            if isinstance(f.node, (Select, OneHot)) and f.node is not but
        )

    def select(self, node: Select, labels: Axes) -> None:
        """[h = s·i + d·p − pad]: windows where h is summed over, overlaps where i and p are."""
        h, i, p = labels
        settings = (str(node.stride), str(node.dilation), str(node.pad))
        uses = self._uses(h)
        if len(uses) == 1 and not self._free(h):
            u = self.operands[uses[0]]
            if i not in u.labels and p not in u.labels:
                at = u.labels.index(h)
                shape = (*u.array.shape[:at], length(i), length(p), *u.array.shape[at + 1 :])
                args = (str(at), length(i), length(p), *settings)
                made = Array("call", (u.array,), ("windows", args), shape)
                self.operands[uses[0]] = Lowered(made, (*u.labels[:at], i, p, *u.labels[at + 1 :]))
                return
        if h in self.out and not uses and not self._free(i) and not self._free(p):
            if self._uses(i) and self._uses(p):
                at = self.out.index(h)
                self.out[at : at + 1] = [i, p]
                self.folds.append((node, labels))
                return
        whole = Array(
            "call", (), ("selector", (length(h), length(i), length(p), *settings)),
            (length(h), length(i), length(p)),
        )
        self.operands.append(Lowered(whole, labels))

    # -- sums

    def contract(self) -> None:
        """Sum over labels one group at a time, the cheapest product first."""
        while True:
            self.sum_alone()
            groups = {
                axis: self._uses(axis)
                for u in self.operands
                for axis in u.labels
                if not self._free(axis)
            }
            if not groups:
                return
            pairs = {tuple(uses) for uses in groups.values()}
            simple = [pair for pair in pairs if len(pair) == 2]
            if simple:
                a, b = min(simple, key=self.cost)
                over = tuple(axis for axis, uses in groups.items() if uses == [a, b])
                left, right = self.operands[a], self.operands[b]
                made = matrix_product(left, right, over, self.out)
            else:
                uses = min(pairs, key=len)
                a, b = sorted(uses, key=lambda k: _volume(self.operands[k].labels))[:2]
                a, b = min(a, b), max(a, b)
                both = [self.operands[a], self.operands[b]]
                order = dict.fromkeys([*self.out, *both[0].labels, *both[1].labels])
                made = product(both, tuple(order))
            self.operands[a] = made
            del self.operands[b]

    def cost(self, pair: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        a, b = pair
        labels = set(self.operands[a].labels) | set(self.operands[b].labels)
        return _volume(labels), pair

    def sum_alone(self) -> None:
        for k, u in enumerate(self.operands):
            alone = [a for a in u.labels if not self._free(a) and len(self._uses(a)) == 1]
            if alone:
                self.operands[k] = summed(u, alone)
        scalars = [u for u in self.operands if not u.labels]
        self.above.extend(u.array for u in scalars)
        self.operands = [u for u in self.operands if u.labels]

    def finish(self) -> tuple[bool, Lowered]:
        negative = self.coefficient < 0
        coefficient = -self.coefficient if negative else self.coefficient
        below = list(self.below)
        inverse = 1 / coefficient if coefficient else 0
        if 0 < coefficient < 1 and float(inverse).is_integer() and 1 / inverse == coefficient:
            below.insert(0, Lowered(number(int(inverse)), ()))
            coefficient = 1
        scale = list(self.above)
        if coefficient != 1:
            scale.insert(0, number(coefficient))
        everything = [*self.operands, *below]
        target = tuple(a for a in self.out if any(a in u.labels for u in everything))
        arrays = scale + [aligned(u, target) for u in self.operands]
        result = arrays[0] if arrays else number(1)
        for array in arrays[1:]:
            result = elementwise("*", result, array)
        scalars = [u.array for u in below if not u.labels]
        if len(scalars) > 1:
            whole = scalars[0]
            for array in scalars[1:]:
                whole = elementwise("*", whole, array)
            below = [u for u in below if u.labels] + [Lowered(whole, ())]
        for u in below:
            result = elementwise("/", result, aligned(u, target))
        value = Lowered(result, target)
        for node, labels in reversed(self.folds):
            value = _overlap(value, node, labels)
        return negative, value


def _overlap(u: Lowered, node: Select, labels: Axes) -> Lowered:
    h, i, p = labels
    rest = [axis for axis in u.labels if axis not in (i, p)]
    at = sum(1 for axis in u.labels[: u.labels.index(i)] if axis != p)
    ordered = permuted(u, [*rest[:at], i, p, *rest[at:]])
    shape = (*ordered.array.shape[:at], length(h), *ordered.array.shape[at + 2 :])
    args = (str(at), length(h), str(node.stride), str(node.dilation), str(node.pad))
    made = Array("call", (ordered.array,), ("overlap", args), shape)
    return Lowered(made, (*rest[:at], h, *rest[at:]))


