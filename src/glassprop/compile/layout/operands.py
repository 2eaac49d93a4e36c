"""What a product is made of while it is lowered: the operands that are still to be multiplied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from glassprop.compile.layout.array_expressions import Array
from glassprop.compile.layout.named_dimensions import Lowered
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.nodes import SELECTORS, Contract, Node, Select, Symbol


class Lowering(Protocol):
    """What lowers the formulas that a product is made of."""

    @property
    def done(self) -> Mapping[Node, Lowered]:
        """The formulas that are lowered already, and their arrays."""
        ...

    @property
    def infinite(self) -> frozenset[Symbol]:
        """The symbols that may be infinite."""
        ...

    def axes(self, node: Node) -> Axes:
        """The axes of a formula in the order that they are wanted in."""
        ...

    def lower(self, root: Node) -> Lowered:
        """The array expression of a formula."""
        ...

    def index(self, node: Node) -> Array:
        """The array of whole numbers that a one-hot selector takes."""
        ...


class Operands:
    """The operands of one Contract.

    Attributes:
        out: the labels of the result, in the order that they are wanted in.
        operands: arrays with labels that are still to be multiplied.
        above: numbers to multiply with.
        below: numbers to divide by.
        folds: the overlaps that are added up at the end.
        coefficient: the number in front.
    """

    def __init__(self, layout: Lowering, node: Contract) -> None:
        self.layout, self.node = layout, node
        self.out: list[Axis] = list(layout.axes(node))
        self.operands: list[Lowered] = []
        self.above: list[Array] = []
        self.below: list[Array] = []
        self.folds: list[tuple[Select, Axes]] = []
        self.coefficient = node.coefficient

    def uses(self, axis: Axis) -> list[int]:
        """The places of the operands that have a label."""
        return [k for k, u in enumerate(self.operands) if axis in u.labels]

    def selects(self, axis: Axis, but: object) -> bool:
        """Whether another selector has a label."""
        return any(
            axis in f.labels
            for f in self.node.factors
            if isinstance(f.node, SELECTORS) and f.node is not but
        )
