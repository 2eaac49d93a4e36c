"""Formulas as array expressions: what has names becomes positions.

Decided here once; the emitters and the printers of matrix forms ask it. Products are laid out in
`contraction`, their selectors in `selectors`; `Lowered` keeps arrays and names together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from glassprop.compile.layout.array_expressions import (
    Array,
    call_function,
    elementwise,
    full,
    helper,
    length,
    name,
    negated,
    number,
    real,
)
from glassprop.compile.layout.contraction import Product
from glassprop.compile.layout.named_dimensions import Lowered, aligned, permuted
from glassprop.formula.axes import Axes
from glassprop.formula.nodes import (
    SELECTORS,
    Add,
    Apart,
    Const,
    Contract,
    Map,
    Node,
    OneHot,
    Reduce,
    Step,
    Symbol,
    walk,
)

LookUp = Callable[[Symbol], Array]
WEAK = ("hyper", "counter", "size")
"""Roles of quantities that are Python numbers, which leave the number type of arrays alone."""


def by_name(symbol: Symbol) -> Array:
    """The variable that stands for a symbol: its name."""
    shape = tuple(length(axis) for axis in symbol.axes)
    return name(symbol.name, shape, weak=symbol.role in WEAK and not shape)


class Layout:
    """Lowers formulas to array expressions.

    Args:
        look_up: gives each symbol's array.
        indices: the symbols whose values are whole numbers that index; where they are used as
            numbers they are converted.
        infinite: the symbols of adjoints that may be infinite.
    """

    def __init__(
        self,
        look_up: LookUp = by_name,
        indices: frozenset[Symbol] = frozenset(),
        infinite: frozenset[Symbol] = frozenset(),
    ) -> None:
        self.look_up, self.indices, self.infinite = look_up, indices, infinite
        self.done: dict[Node, Lowered] = {}
        self.order: dict[Node, Axes] = {}

    def _prefer(self, root: Node, axes: Axes) -> None:
        """Note the order that the axes of a formula are wanted in, and those of its terms."""
        for node in (root, *(root.terms if isinstance(root, Add) else ())):
            self.order[node] = tuple(axis for axis in axes if axis in node.axes)

    def axes(self, node: Node) -> Axes:
        """The axes of a formula in the order that they are wanted in."""
        return self.order.get(node, node.axes)

    def step(self, step: Step) -> Array:
        """The array of a step; where it is a Python number, later uses of its name know that."""
        self._prefer(step.formula, step.symbol.axes)
        array = self.full(step.formula, step.symbol.axes)
        if array.weak and step.kind != "update":
            self.done[step.symbol] = Lowered(name(step.name, weak=True), ())
        return array

    def lower(self, root: Node) -> Lowered:
        """The array expression of a formula."""
        if root not in self.done:
            for node in walk([root]):
                if node not in self.done and not isinstance(node, SELECTORS):
                    self.done[node] = self._one(node)
        return self.done[root]

    def full(self, root: Node, axes: Axes) -> Array:
        """The array of a formula with all the axes asked for, in their order."""
        lowered = self.lower(root)
        array = aligned(lowered, axes)
        if set(lowered.labels) == set(axes):
            return real(array)
        return full(array, tuple(length(axis) for axis in axes))

    def index(self, node: Node) -> Array:
        """The array of whole numbers that a one-hot selector takes, over its own axes."""
        if isinstance(node, Symbol):
            return Array("name", value=node.name, shape=self.look_up(node).shape, kind="index")
        if isinstance(node, Const):
            return number(node.value)
        whole = permuted(self.lower(node), node.axes)
        return Array("cast", (whole.array,), shape=whole.array.shape, kind="index")

    def _one(self, node: Node) -> Lowered:
        if isinstance(node, Symbol):
            array = self.look_up(node)
            if node in self.indices:
                array = real(Array("name", value=node.name, shape=array.shape, kind="index"))
            return Lowered(array, node.axes)
        if isinstance(node, Const):
            return Lowered(number(node.value), ())
        if isinstance(node, Add):
            return self._add(node)
        if isinstance(node, Map):
            operands = [self.done[u] for u in node.operands]
            target = operands[0].labels
            if len(operands) > 1:
                target = _present(self.axes(node), operands)
            arrays = tuple(aligned(u, target) for u in operands)
            return Lowered(call_function(node.function, arrays), target)
        if isinstance(node, Reduce):
            return self._reduce(node)
        if isinstance(node, Apart):
            size = length(node.axes[0])
            return Lowered(helper("apart", (), (size,), (size, size)), node.axes)
        negative, value = Product(self, cast(Contract, node)).lower()
        return Lowered(negated(value.array), value.labels) if negative else value

    def _signed(self, term: Node) -> tuple[bool, Lowered]:
        """A term of a sum, and whether it is subtracted."""
        if isinstance(term, Contract) and term.coefficient < 0:
            return Product(self, term).lower()
        if isinstance(term, Const) and term.value < 0:
            return True, Lowered(number(-term.value), ())
        return False, self.done[term]

    def _add(self, node: Add) -> Lowered:
        terms = [self._signed(term) for term in node.terms]
        terms.sort(key=lambda term: term[0])  # what is added comes before what is subtracted
        target = _present(self.axes(node), [u for _, u in terms])
        negative, first = terms[0]
        result = aligned(first, target)
        if negative:
            result = negated(result)
        for negative, term in terms[1:]:
            result = elementwise("-" if negative else "+", result, aligned(term, target))
        return Lowered(result, target)

    def _reduce(self, node: Reduce) -> Lowered:
        operand = self.done[node.operand]
        if not set(node.over) <= set(operand.labels):  # it reduces along a broadcast
            operand = Lowered(self.full(node.operand, node.operand.axes), node.operand.axes)
        keep = tuple(axis for axis in operand.labels if axis not in node.over)
        positions = tuple(operand.labels.index(axis) for axis in node.over)
        array, shape = real(operand.array), tuple(length(axis) for axis in keep)
        if not positions:
            return Lowered(array, keep)
        if node.kind == "max":
            return Lowered(Array("max", (array,), positions, shape), keep)
        text = str(positions[0] if len(positions) == 1 else positions)
        return Lowered(helper("logsumexp", (array,), (text,), shape), keep)


def _present(axes: Axes, operands: Sequence[Lowered]) -> Axes:
    return tuple(axis for axis in axes if any(axis in u.labels for u in operands))


def indices_of(roots: Sequence[Node]) -> frozenset[Symbol]:
    """The symbols that choose by index somewhere in some formulas."""
    return frozenset(
        node.index
        for node in walk(roots)
        if isinstance(node, OneHot) and isinstance(node.index, Symbol)
    )
