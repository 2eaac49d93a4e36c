"""Numbers carried along the edges of a graph: paths, forward mode and reverse mode.

A local derivative that is a strong zero (`formula/conditions.py`) makes each product with it 0,
though another factor be infinite or undefined. Where a plain 0 meets ∞, 0 is taken, and the
derivative is noted as one that has to be compared with something that does not overflow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from glassprop.chainrule.infix import infix, number
from glassprop.formula.nodes import Node

MOST_PATHS = 1000
MOST_EDGES = 500_000
"""How much of the paths is listed: so many paths, with so many edges in all."""


@dataclass(frozen=True)
class Edge:
    """The use of one quantity in the formula of another, with the local derivative.

    Attributes:
        source: name of the quantity that is used.
        target: name of the step that uses it.
        formula: ∂target/∂source.
        value: the number that this is; infinite or undefined only where it does not count.
        strong: whether it is 0 by a condition that does not hold, whatever comes before it.
    """

    source: str
    target: str
    formula: Node = field(repr=False)
    value: float
    strong: bool = False

    def __str__(self) -> str:
        text, value = infix(self.formula), number(self.value)
        return f"∂{self.target}/∂{self.source} = {value if text == value else f'{text} = {value}'}"


@dataclass(frozen=True)
class Path:
    """One way from a given quantity to the result; the product of the local derivatives on it."""

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    product: float

    def __str__(self) -> str:
        factors = " · ".join(_factor(edge.value) for edge in self.edges)
        return f"{' → '.join(self.nodes)}: {factors} = {number(self.product)}"


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


@dataclass(frozen=True)
class Mode:
    """One way of working derivatives out, in the order in which they come, and what it costs.

    One multiplication for each edge that is passed, one addition for each edge beyond the first
    that arrives at the same quantity.

    Attributes:
        derivatives: by the name of the quantity.
        doubtful: the names of those in which 0 was taken for 0 · ∞.
    """

    derivatives: Mapping[str, float]
    multiplications: int
    additions: int
    doubtful: frozenset[str] = frozenset()

    @property
    def cost(self) -> str:
        """The count in words: "4 multiplications, 1 addition"."""
        counts = ((self.multiplications, "multiplication"), (self.additions, "addition"))
        return ", ".join(f"{k} {word}{'' if k == 1 else 's'}" for k, word in counts)


class Net:
    """The quantities in order and the edges between them."""

    def __init__(self, order: Sequence[str], edges: Sequence[Edge], result: str) -> None:
        self.order, self.edges, self.result = order, edges, result
        self.out: dict[str, list[Edge]] = {name: [] for name in order}
        for edge in edges:
            self.out[edge.source].append(edge)
        self.ways = dict.fromkeys(order, 0)
        self.ways[result] = 1
        for name in reversed(order):
            self.ways[name] += sum(self.ways[edge.target] for edge in self.out[name])

    def count(self, start: str) -> int:
        """How many paths lead from a quantity to the result."""
        return self.ways[start]

    def paths(self, start: str) -> tuple[Path, ...]:
        """The first paths from a quantity to the result."""
        if start == self.result:
            return (_path(start, ()),)
        found: list[Path] = []
        trail: list[Edge] = []
        onward = [self.onward(start)]
        edges = 0
        while onward and len(found) < MOST_PATHS and edges < MOST_EDGES:
            edge = next(onward[-1], None)
            if edge is None:
                onward.pop()
                del trail[-1:]
            elif edge.target == self.result:
                found.append(_path(start, (*trail, edge)))
                edges += len(trail) + 1
            else:
                trail.append(edge)
                onward.append(self.onward(edge.target))
        return tuple(found)

    def onward(self, name: str) -> Iterator[Edge]:
        """The edges from a quantity that lead to the result."""
        return (edge for edge in self.out[name] if self.ways[edge.target])

    def forward(self, start: str) -> Mode:
        """The derivative of every quantity with respect to one of them."""
        passed = _Pass(dict.fromkeys(self.order, 0.0), start)
        for edge in self.edges:
            if edge.target != start:
                passed.carry(edge, edge.source, edge.target)
        return passed.mode()

    def reverse(self) -> Mode:
        """The derivative of the result with respect to every quantity."""
        passed = _Pass(dict.fromkeys(reversed(self.order), 0.0), self.result)
        for edge in reversed(self.edges):
            if edge.source != self.result:
                passed.carry(edge, edge.target, edge.source)
        return passed.mode()


class _Pass:
    """Derivatives as they are collected, edge by edge, from where it begins."""

    def __init__(self, found: dict[str, float], start: str) -> None:
        self.found = found
        self.found[start] = 1.0
        self.reached = {start}
        self.counting = {start}
        """Those that are not strong zeros."""
        self.doubtful: set[str] = set()
        self.additions = self.multiplications = 0

    def carry(self, edge: Edge, known: str, to: str) -> None:
        """Add to one derivative what comes along an edge from one that is known."""
        if known not in self.reached:
            return
        self.multiplications += 1
        self.additions += to in self.reached
        self.reached.add(to)
        if edge.strong or known not in self.counting:
            return
        product, doubt = _product(edge.value, self.found[known])
        self.counting.add(to)
        if doubt or known in self.doubtful:
            self.doubtful.add(to)
        self.found[to] += product

    def mode(self) -> Mode:
        return Mode(self.found, self.multiplications, self.additions, frozenset(self.doubtful))


def _product(u: float, v: float) -> tuple[float, bool]:
    """The product, and whether it is 0 · ∞, which is taken for 0."""
    if (u == 0 and math.isinf(v)) or (v == 0 and math.isinf(u)):
        return 0.0, True
    return u * v, False


def _path(start: str, trail: tuple[Edge, ...]) -> Path:
    product = 0.0 if any(edge.strong for edge in trail) else 1.0
    for edge in trail if product else ():
        product, _ = _product(product, edge.value)
    return Path((start, *(edge.target for edge in trail)), trail, product)
