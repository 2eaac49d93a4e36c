"""What all nodes share: arithmetic on them builds formulas, anything else is refused clearly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Number as AnyNumber
from typing import Any, Literal, Protocol

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axes, Axis, spell
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.refusals import Refused, instead_of

Number = int | float
Role = Literal[
    "parameter", "input", "target", "state", "hyper", "counter", "size", "variable", "step"
]
Kind = Literal["forward", "backward", "gradient", "update"]

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
    graph: AnyGraph
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
        return self.graph.shown(self)


def _at(graph: AnyGraph, uid: int) -> Node:
    return graph.at(uid)


class Symbol(Node):
    """A named quantity. `probability` declares that its entries sum to 1 over its last axis."""

    __slots__ = ("name", "probability", "role")
    name: str
    role: Role
    probability: bool

    def outline(self, depth: int) -> str:
        """The name and axes."""
        return self.name + (spell(self.axes) if self.axes else "")


class Const(Node):
    """A number."""

    __slots__ = ("value",)
    value: Number

    def outline(self, depth: int) -> str:
        """The number."""
        return repr(self.value)


@dataclass(frozen=True, slots=True)
class Factor:
    """An operand of a Contract: labels rename its axes, one by one, within that product."""

    node: Node
    labels: Axes


def walk(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node below the roots once, parts before wholes; iterative, so depth has no limit."""
    seen: set[int] = set()
    for root in roots:
        stack: list[tuple[Node, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if ready:
                yield node
            elif node.uid not in seen:
                seen.add(node.uid)
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(node.parts))


def symbols(*roots: Node) -> list[Symbol]:
    """The symbols in some formulas, in order of first appearance."""
    return [node for node in walk(roots) if isinstance(node, Symbol)]


@dataclass(frozen=True)
class Rewriting:
    """One named rewriting of a formula: the identity used, in words, and what it was before."""

    rule: str
    reason: str
    before: Node


@dataclass(frozen=True, repr=False)
class Step:
    """A named formula: what it is, how it came about, and from which steps.

    Attributes:
        symbol: the name and axes of the result.
        formula: what it equals, by the names of earlier steps.
        kind: forward, backward, gradient or update.
        meaning: what the quantity is ("weighted input of layer 1").
        rule: the rule that gave it ("chain rule through z2").
        reason: the rule in a sentence.
        wrt: for a derivative, the quantity that it is with respect to.
        through: for a derivative, names of the steps through which that quantity changes the cost.
        rewrites: how the formula was rewritten before it took this form, in order.
    """

    symbol: Symbol
    formula: Node
    kind: Kind = "forward"
    meaning: str = ""
    rule: str = "definition"
    reason: str = ""
    wrt: Node | None = None
    rewrites: tuple[Rewriting, ...] = ()
    through: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} = {self.formula!r}"

    def __repr__(self) -> str:
        return f"<step {self}{f': {self.meaning}' if self.meaning else ''}>"

    @property
    def name(self) -> str:
        """The name of the result."""
        return self.symbol.name

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes of the axes of the result."""
        return tuple(axis.size for axis in self.symbol.axes)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the symbols that the formula is made of, in order of appearance."""
        return tuple(symbol.name for symbol in symbols(self.formula))


class AnyGraph(Protocol):
    """What formulas ask of the graph that made them, which is a `graph.Graph`: there it is told."""

    steps: dict[Symbol, Step]
    adjoints: dict[Symbol, Node]
    weights: dict[Node, tuple[bool, bool]]
    conditions: dict[Node, bool]
    limit: int

    def node(self, value: Node | Number) -> Node: ...
    def const(self, value: Number) -> Const: ...
    def symbol(
        self, name: str, axes: Sequence[Axis] = (), role: Role = "input", probability: bool = False
    ) -> Symbol: ...
    def let(
        self, name: str, formula: Node, meaning: str = "", axes: Sequence[Axis] | None = None
    ) -> Symbol: ...
    def fresh(self, stem: str) -> str: ...
    def taken(self, name: str) -> bool: ...
    def find(self, name: str) -> Symbol | None: ...
    def size(self, axis: Axis) -> Node: ...
    def contract(self, coefficient: Number, factors: Sequence[Factor], axes: Axes) -> Node: ...
    def multiply(self, coefficient: Number, nodes: Sequence[Node]) -> Node: ...
    def negative(self, node: Node) -> Node: ...
    def add(self, terms: Sequence[Node]) -> Node: ...
    def map(self, function: ScalarFunction, *operands: Node) -> Node: ...
    def apply(self, name: str, *operands: Node) -> Node: ...
    def reciprocal(self, node: Node) -> Node: ...
    def power(self, node: Node, exponent: object) -> Node: ...
    def reduce(self, kind: Literal["max", "logsumexp"], operand: Node, over: Axes) -> Node: ...
    def apart(self, k: Axis, j: Axis) -> Node: ...
    def one_hot(self, index: Node, axis: Axis) -> Node: ...
    def select(
        self, h: Axis, i: Axis, p: Axis, stride: int = 1, dilation: int = 1, pad: int = 0
    ) -> Node: ...
    def shown(self, node: Node) -> str: ...
    def at(self, uid: int) -> Node: ...
