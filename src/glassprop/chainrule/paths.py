"""A derivation of numbers, with numbers in it: values, local derivatives, paths, both modes.

The chain rule as a sum over paths: de/db is the sum, over all paths from b to e, of the product of
the local derivatives along the path. Forward mode collects these sums from b onwards, reverse mode
from e backwards; each looks at an edge once, however many paths there are.

Source: Griewank & Walther, Evaluating Derivatives (2008), ch. 3 (both modes) and ch. 8 (paths).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.infix import infix, number
from glassprop.chainrule.point import Point, checked_values, point
from glassprop.errors import FormulaError, nearest
from glassprop.formula.algebra import rewrite
from glassprop.formula.calculus import by_output, derivative
from glassprop.formula.nodes import Map, Node, Symbol, symbols

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
        value: the number that this is.
    """

    source: str
    target: str
    formula: Node = field(repr=False)
    value: float

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


@dataclass(frozen=True)
class Mode:
    """One way of working derivatives out, in the order in which they come, and what it costs.

    One multiplication for each edge that is passed, one addition for each edge beyond the first
    that arrives at the same quantity.
    """

    derivatives: Mapping[str, float]
    multiplications: int
    additions: int

    @property
    def cost(self) -> str:
        """The count in words: "4 multiplications, 1 addition"."""
        counts = ((self.multiplications, "multiplication"), (self.additions, "addition"))
        return ", ".join(f"{k} {word}{'' if k == 1 else 's'}" for k, word in counts)


@dataclass(frozen=True, repr=False)
class Evaluation:
    """A derivation at one point.

    Attributes:
        derivation: whose formulas these are the numbers of.
        values: the number that each given quantity and each step is, by name.
        edges: all local derivatives of the forward steps, in order.
        paths: for each quantity asked for, its paths to the result, the first of them.
        path_counts: how many paths there are in all.
        forward: for each quantity asked for, the derivatives of every quantity with respect to it.
        reverse: the derivatives of the result with respect to every quantity.
    """

    derivation: Derivation = field(repr=False)
    values: Mapping[str, float]
    edges: tuple[Edge, ...]
    paths: Mapping[str, tuple[Path, ...]]
    path_counts: Mapping[str, int]
    forward: Mapping[str, Mode]
    reverse: Mode

    @property
    def result(self) -> str:
        """Name of the quantity that is differentiated."""
        return self.derivation.cost.name

    @property
    def derivatives(self) -> dict[str, float]:
        """The derivative with respect to each quantity asked for: the sum over its paths."""
        return {name: mode.derivatives[self.result] for name, mode in self.forward.items()}

    def __str__(self) -> str:
        lines = ["values", *self._values(), "local derivatives"]
        lines += [f"  {edge}" for edge in self.edges]
        for name in self.forward:
            lines += self._paths(name)
        for name, mode in self.forward.items():
            lines.append(f"forward mode, derivatives with respect to {name}: {mode.cost}")
            lines += [f"  d{node}/d{name} = {number(v)}" for node, v in mode.derivatives.items()]
        lines.append(f"reverse mode, derivatives of {self.result}: {self.reverse.cost}")
        found = self.reverse.derivatives.items()
        lines += [f"  d{self.result}/d{node} = {number(value)}" for node, value in found]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """The same in a notebook."""
        return f"<pre>{escape(str(self))}</pre>"

    def _values(self) -> list[str]:
        formulas = {step.name: infix(step.formula) for step in self.derivation.forward}
        derivatives = {step.name for step in self.derivation.backward}
        lines: list[str] = []
        for name, value in self.values.items():
            if name in derivatives:
                continue  # a derivative: it stands among those of reverse mode
            lines.append(f"  {' = '.join([name, *_other(formulas.get(name), number(value))])}")
        return lines

    def _paths(self, name: str) -> list[str]:
        count, shown = self.path_counts[name], self.paths[name]
        title = f"paths from {name} to {self.result}: {count}"
        if len(shown) < count:
            title += f", of which {len(shown)} are listed"
        total = number(self.derivatives[name])
        return [title, *(f"  {path}" for path in shown), f"  sum over all paths: {total}"]


def _other(formula: str | None, value: str) -> list[str]:
    return [value] if formula is None or formula == value else [formula, value]


def _factor(value: float) -> str:
    return number(value) if value >= 0 else f"({number(value)})"


def evaluate(
    derivation: Derivation,
    wrt: Symbol | str | Iterable[Symbol | str],
    values: Mapping[str, object],
) -> Evaluation:
    """Put numbers into a derivation of numbers.

    Args:
        derivation: steps without axes, as from `derive_apart`.
        wrt: the quantities that paths and forward mode start from; a symbol counts by its name,
            so that it may be of the graph that the derivation was made from.
        values: a finite number for each given quantity by name.

    Raises:
        FormulaError: for a missing or unknown name, a value that is not a finite number, a step
            with axes, or a point where a step or its derivative is not defined (a division by
            zero, the logarithm of a number that is not positive).
    """
    starts = _starts(derivation, wrt)
    given = checked_values(derivation, values)
    at = point(derivation, given)
    edges, unknown = _edges(derivation, at, _reached(derivation, starts))
    order = tuple(dict.fromkeys([*given, *_given_names(derivation), *_steps(derivation)]))
    net = _Net(order, edges, derivation.cost.name, unknown)
    return Evaluation(
        derivation,
        at.values,
        edges,
        {start: net.paths(start) for start in starts},
        {start: net.count(start) for start in starts},
        {start: net.forward(start) for start in starts},
        net.reverse(),
    )


def _given_names(derivation: Derivation) -> list[str]:
    return [symbol.name for symbol in (*derivation.givens, *derivation.gradients)]


def _steps(derivation: Derivation) -> list[str]:
    return [step.name for step in derivation.forward]


def _starts(derivation: Derivation, wrt: Symbol | str | Iterable[Symbol | str]) -> list[str]:
    listed = [wrt] if isinstance(wrt, (str, Node)) else list(wrt)
    names = [item if isinstance(item, str) else item.name for item in listed]
    known = list(dict.fromkeys([*_given_names(derivation), *_steps(derivation)]))
    for name in names:
        if name not in known:
            raise FormulaError(f"the derivation has no {name!r}; {nearest(name, known)}")
    return list(dict.fromkeys(names))


def _reached(derivation: Derivation, starts: Iterable[str]) -> set[str]:
    """Some quantities with all steps that depend on them."""
    reached = set(starts)
    for step in derivation.forward:
        if any(symbol.name in reached for symbol in symbols(step.formula)):
            reached.add(step.name)
    return reached


def _edges(
    derivation: Derivation, at: Point, needed: set[str]
) -> tuple[tuple[Edge, ...], tuple[str, ...]]:
    """The local derivatives, and the quantities with respect to which a step has none here.

    Those are not asked for: ∂(aᵇ)/∂b needs ln a, which ∂(aᵇ)/∂a does without.
    """
    known: dict[Node, Symbol] = {}

    def named(node: Node) -> Node | None:
        """What has a name by that name, and σ′ of a step by its output: a (1 − a)."""
        if isinstance(node, Map) and node.function.primitive is not None:
            function = node.function.primitive
            output = known.get(node.graph.map(function, *node.operands))
            if output is not None and function.output_form:
                return by_output(function, output)
        return known.get(node)

    edges: list[Edge] = []
    unknown: list[str] = []
    for step in derivation.forward:
        if not isinstance(step.formula, Symbol):
            known.setdefault(step.formula, step.symbol)
        for source in symbols(step.formula):
            local = derivative(step.formula, source)
            try:
                value = at.slope(step, source, local)
            except FormulaError:
                if source.name in needed:
                    raise
                unknown.append(source.name)
                continue
            edges.append(Edge(source.name, step.name, rewrite(local, named), value))
    return tuple(edges), tuple(unknown)


class _Net:
    """The quantities in order and the edges between them."""

    def __init__(
        self,
        order: tuple[str, ...],
        edges: tuple[Edge, ...],
        result: str,
        unknown: tuple[str, ...] = (),
    ) -> None:
        self.order, self.edges, self.result = order, edges, result
        self.unknown = set(unknown)
        """Quantities with respect to which the result has no known derivative."""
        for edge in reversed(edges):
            if edge.target in self.unknown:
                self.unknown.add(edge.source)
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
        found = dict.fromkeys(self.order, 0.0)
        found[start] = 1.0
        reached = {start}
        additions = multiplications = 0
        for edge in self.edges:
            if edge.source not in reached or edge.target == start:
                continue
            multiplications += 1
            additions += edge.target in reached
            reached.add(edge.target)
            found[edge.target] += edge.value * found[edge.source]
        return Mode(found, multiplications, additions)

    def reverse(self) -> Mode:
        """The derivative of the result with respect to every quantity."""
        found = dict.fromkeys(reversed(self.order), 0.0)
        found[self.result] = 1.0
        reached = {self.result}
        additions = multiplications = 0
        for edge in reversed(self.edges):
            if edge.target not in reached or edge.source == self.result:
                continue
            multiplications += 1
            additions += edge.source in reached
            reached.add(edge.source)
            found[edge.source] += edge.value * found[edge.target]
        known = {name: value for name, value in found.items() if name not in self.unknown}
        return Mode(known, multiplications, additions)


def _path(start: str, trail: tuple[Edge, ...]) -> Path:
    product = 1.0
    for edge in trail:
        product *= edge.value
    return Path((start, *(edge.target for edge in trail)), trail, product)
