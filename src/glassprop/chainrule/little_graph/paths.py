"""A derivation of numbers, with numbers in it: values, local derivatives, paths, both modes.

The chain rule as a sum over paths: de/db is the sum, over all paths from b to e, of the product of
the local derivatives along the path. Forward mode collects these sums from b onwards, reverse mode
from e backwards; each looks at an edge once, however many paths there are.

Source: Griewank & Walther, Evaluating Derivatives (2008), ch. 3 (both modes) and ch. 8 (paths).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from html import escape

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.infix import infix, number
from glassprop.chainrule.little_graph.forward_and_reverse import Edge, Mode, Net, Path
from glassprop.chainrule.little_graph.values_at_point import Point, checked_values
from glassprop.errors import FormulaError, nearest
from glassprop.formula.algebra import rewrite
from glassprop.formula.derivatives import by_output, derivative
from glassprop.formula.nodes import Map, Node, Symbol, symbols

NOT_COUNTED = (
    "what is infinite or undefined does not count here: a condition leaves it out, or 0 · ∞ has "
    "the limit 0"
)


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
        if not all(map(math.isfinite, self.values.values())):
            lines.append(NOT_COUNTED)
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
    at = Point(derivation, checked_values(derivation, values))
    edges, unknown = _edges(derivation, at, _reached(derivation, starts))
    order = tuple(dict.fromkeys([*at.given, *_given_names(derivation), *_steps(derivation)]))
    net = Net(order, edges, derivation.cost.name)
    forward = {start: net.forward(start) for start in starts}
    reverse = net.reverse()
    for start, mode in forward.items():
        at.check(edges, {(name, start): mode.derivatives[name] for name in mode.doubtful})
        at.require(edges, mode.derivatives[net.result])
    back = reverse.derivatives
    at.check(edges, {(net.result, name): back[name] for name in reverse.doubtful})
    known = {name: d for name, d in back.items() if name not in unknown and math.isfinite(d)}
    return Evaluation(
        derivation,
        at.values | {name: known[of] for name, of in at.undefined.items() if of in known},
        edges,
        {start: net.paths(start) for start in starts},
        {start: net.count(start) for start in starts},
        forward,
        replace(reverse, derivatives=known),
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
) -> tuple[tuple[Edge, ...], set[str]]:
    """The local derivatives, and the quantities with respect to which the result has none here.

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

    found: list[tuple[str, str, Node]] = []
    formulas: list[Node] = []
    for step in derivation.forward:
        if not isinstance(step.formula, Symbol):
            known.setdefault(step.formula, step.symbol)
        for source in symbols(step.formula):
            formulas.append(derivative(step.formula, source))
            found.append((source.name, step.name, rewrite(formulas[-1], named)))
    numbers = at.numbers(formulas)
    edges = [
        Edge(*names, value, strong) for names, (value, strong) in zip(found, numbers, strict=True)
    ]
    kept = [edge for edge in edges if edge.source in needed or math.isfinite(edge.value)]
    unknown = {edge.source for edge in edges if edge not in kept}
    for edge in reversed(kept):
        if edge.target in unknown:
            unknown.add(edge.source)
    return tuple(kept), unknown
