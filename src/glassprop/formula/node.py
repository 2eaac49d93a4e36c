"""What all nodes share: arithmetic on them builds formulas, anything else is refused clearly."""

from __future__ import annotations

from numbers import Number as AnyNumber
from typing import TYPE_CHECKING, Any

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axes
from glassprop.formula.refusals import Refused, instead_of

if TYPE_CHECKING:
    from glassprop.formula.graph import Graph

Number = int | float

NUMPY_ARITHMETIC = {
    "add": "__add__",
    "subtract": "__sub__",
    "multiply": "__mul__",
    "divide": "__truediv__",
    "power": "__pow__",
}


class Node(Refused):
    """A formula. Arithmetic operators build larger ones; `*` is elementwise, by axis name."""

    __slots__ = ("axes", "graph", "uid")
    graph: Graph
    uid: int
    axes: Axes

    @property
    def parts(self) -> tuple[Node, ...]:
        """The formulas that this one is directly made of."""
        return ()

    def __add__(self, other: Node | Number) -> Node:
        return self.graph.add((self, self.graph.node(other)))

    def __radd__(self, other: Number) -> Node:
        return self.graph.add((self.graph.node(other), self))

    def __neg__(self) -> Node:
        return self.graph.negative(self)

    def __pos__(self) -> Node:
        return self

    def __sub__(self, other: Node | Number) -> Node:
        return self.graph.add((self, -self.graph.node(other)))

    def __rsub__(self, other: Number) -> Node:
        return self.graph.add((self.graph.node(other), -self))

    def __mul__(self, other: Node | Number) -> Node:
        return self.graph.multiply(1, (self, self.graph.node(other)))

    def __rmul__(self, other: Number) -> Node:
        return self.graph.multiply(1, (self.graph.node(other), self))

    def __truediv__(self, other: Node | Number) -> Node:
        return self.graph.multiply(1, (self, self.graph.reciprocal(self.graph.node(other))))

    def __rtruediv__(self, other: Number) -> Node:
        return self.graph.multiply(1, (self.graph.node(other), self.graph.reciprocal(self)))

    def __pow__(self, exponent: object, modulus: object = None) -> Node:
        if modulus is not None:
            raise FormulaError("pow(z, p, m) has no meaning for formulas; a power is z ** p")
        return self.graph.power(self, exponent)

    def __rpow__(self, base: Number) -> Node:
        return self.graph.power(self.graph.node(base), self)

    def __abs__(self) -> Node:
        return self.graph.apply("abs", self)

    def __bool__(self) -> bool:
        raise FormulaError(
            "a formula is neither true nor false; write gp.where(z > 0, u, v) instead of if, "
            "and one comparison at a time"
        )

    def __gt__(self, other: Node | Number) -> Node:
        return self.graph.apply("greater", self, self.graph.node(other))

    def __lt__(self, other: Node | Number) -> Node:
        return self.graph.apply("greater", self.graph.node(other), self)

    def __ge__(self, other: Node | Number) -> Node:
        return 1 - (self < other)

    def __le__(self, other: Node | Number) -> Node:
        return 1 - (self > other)

    def __eq__(self, other: object) -> bool:
        """Whether it is the same formula; that of its values is not known yet."""
        if self is other:
            return True
        if isinstance(other, AnyNumber) or (isinstance(other, Node) and self.graph.limit):
            raise FormulaError("z == w has no value yet; 1 where they are equal is gp.equal(z, w)")
        return NotImplemented

    __hash__ = object.__hash__

    def __reduce__(self) -> tuple[Any, ...]:
        return _at, (self.graph, self.uid)  # the graph has all of them, in a flat list

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **settings: Any) -> Node:
        """NumPy's numbers are numbers here; its arrays and functions are refused."""
        name = str(function.__name__)
        if any(getattr(value, "shape", ()) for value in inputs):
            raise FormulaError(
                f"np.{name} of a formula and an array: make a symbol for the array, and give its "
                "values when the formula is computed"
            )
        if name not in NUMPY_ARITHMETIC or method != "__call__":
            raise FormulaError(f"np.{name} of a formula: {instead_of(name)}")
        left, right = (self.graph.node(value) for value in inputs)
        return getattr(left, NUMPY_ARITHMETIC[name])(right)

    @property
    def kind_name(self) -> str:
        """What kind of node this is, in messages."""
        return type(self).__name__

    def outline(self, depth: int) -> str:
        """The formula in messages, with … for what lies deep: exp(Add(z(j), …))."""
        if not depth:
            return f"{self.kind_name}(…)"
        inner = [part.outline(depth - 1) for part in self.parts[:4]]
        return f"{self.kind_name}({', '.join(inner)}{', …' if len(self.parts) > 4 else ''})"

    def __repr__(self) -> str:
        """The formula as text, cut where it is long; an outline of what text cannot say."""
        from glassprop.formula.text.preview import shown  # which is made of nodes

        return shown(self)


def _at(graph: Graph, uid: int) -> Node:
    return graph.at(uid)
