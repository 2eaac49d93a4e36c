"""Products with conditions as choices: [z > 0] u becomes np.where(z > 0, u, 0) where it must.

A weight that is 0 makes a product 0 whatever the other factors are (`formula/conditions.py`). Where
those are finite, multiplying says the same and reads better; where one of them divides, takes a
logarithm or an exponential, it may be infinite, and the product is a choice.
"""

from __future__ import annotations

from collections.abc import Iterable

from glassprop.compile.layout.array_expressions import Array, elementwise, number, where
from glassprop.compile.layout.named_dimensions import Lowered, aligned, permuted
from glassprop.compile.layout.operands import Lowering
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.conditions import complement, flat_factors, is_weight
from glassprop.formula.nodes import SELECTORS, Contract, Factor, Map, Node, Step, Symbol, walk
from glassprop.formula.positivity import is_not_negative

UNBOUNDED = ("reciprocal", "log", "exp", "raised")
"""Functions that may be infinite, or undefined, where their operand is a finite number."""


def may_be_infinite(root: Node, infinite: frozenset[Symbol]) -> bool:
    """Whether a formula can be infinite or undefined though what the network computes is finite."""
    for node in walk([root]):
        if node in infinite:
            return True
        if isinstance(node, Map) and not _is_count(node.operands[0]) and _is_unbounded(node):
            return True
    return False


def _is_unbounded(node: Map) -> bool:
    name = node.function.name
    if name in ("sqrt", "root"):
        return not is_not_negative(node.operands[0])
    if name == "power":
        p = node.function.parameters["p"]
        return p < 0 or (p % 1 != 0 and not is_not_negative(node.operands[0]))
    return name in UNBOUNDED


def _is_count(node: Node) -> bool:
    return isinstance(node, Symbol) and node.role in ("size", "counter")


def infinite_symbols(steps: Iterable[Step]) -> frozenset[Symbol]:
    """The adjoints, and parts of formulas with a name, that may be infinite."""
    found: frozenset[Symbol] = frozenset()
    for step in steps:
        passing = step.kind in ("backward", "gradient") or step.rule == "share"
        if passing and may_be_infinite(step.formula, found):
            found |= {step.symbol}
    return found


class Conditions:
    """The weights of a product, and the factors that they decide about.

    Attributes:
        coefficient: the number in front.
        weights: the factors that are weights.
        decided: the factors whose product is 0 where a weight is.
        others: the factors that are finite in any case.
        needed: whether there is something to decide about that may be infinite.
        labels: of the product of the weights and of what they decide about.
    """

    def __init__(self, node: Contract, infinite: frozenset[Symbol]) -> None:
        self.node = node
        self.coefficient, factors = flat_factors(node)
        self.weights = [factor for factor in factors if is_weight(factor.node)]
        rest = [factor for factor in factors if not is_weight(factor.node)]
        selects = any(isinstance(factor.node, SELECTORS) for factor in factors)
        wild: list[Factor] = []
        if self.weights and not selects:
            wild = [factor for factor in rest if may_be_infinite(factor.node, infinite)]
        self.needed = bool(wild)
        reach = {label for factor in (*self.weights, *wild) for label in factor.labels}
        self.decided = [factor for factor in rest if set(factor.labels) <= reach]
        self.others = [factor for factor in rest if not set(factor.labels) <= reach]
        self.labels: Axes = tuple(
            dict.fromkeys(
                label
                for label in (*node.axes, *(k for f in factors for k in f.labels))
                if label in reach
            )
        )

    @property
    def is_whole(self) -> bool:
        """Whether they decide about all of the product."""
        return not self.others and not self.node.summed

    def choice(self, layout: Lowering, coefficient: float) -> Lowered:
        """What is decided about, times a number, or 0."""
        graph = self.node.graph
        inner = layout.lower(graph.contract(coefficient, self.decided, self._own(self.decided)))
        array, labels = inner.array, list(inner.labels)
        for factor in self.weights:
            condition = complement(factor.node)
            lowered = layout.lower(factor.node if condition is None else condition)
            names = dict(zip(factor.node.axes, factor.labels, strict=True))
            given = Lowered(lowered.array, tuple(names[axis] for axis in lowered.labels))
            both = {*labels, *given.labels}
            order = [label for label in self.labels if label in both]
            weight = aligned(permuted(given, [k for k in order if k in given.labels]), order)
            value = aligned(
                permuted(Lowered(array, tuple(labels)), [k for k in order if k in labels]), order
            )
            array, labels = _decided(weight, value, condition is not None), order
        return Lowered(array, tuple(labels))

    def _own(self, factors: list[Factor]) -> Axes:
        present: set[Axis] = {label for factor in factors for label in factor.labels}
        return tuple(label for label in self.labels if label in present)


def _decided(weight: Array, value: Array, opposite: bool) -> Array:
    """The product of a weight, or of 1 less it, and a value; 0 where the weight is 0."""
    if opposite:
        return where(weight, number(0), value)
    if weight.kind == "bool":
        return where(weight, value, number(0))
    return where(weight, elementwise("*", weight, value), number(0))
