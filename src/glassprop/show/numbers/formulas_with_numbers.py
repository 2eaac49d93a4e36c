"""Formulas with numbers put in: δ¹₂ = (0.31 · (−0.082) + …) · 0.24 = −0.0061.

The numbers are put into the tree of the formula, with each index bound to a value; what comes out
is a formula of plain numbers, which any printer writes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import (
    SELECTORS,
    Add,
    Contract,
    Factor,
    Map,
    Node,
    Reduce,
    Step,
    Symbol,
    softmax_total,
    walk,
)
from glassprop.show.formulas.printer import Printer, Writing
from glassprop.show.notation.function_names import PLAIN
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.precedence import Level, Piece, Product
from glassprop.show.notation.quantity_names import Name

Numbers = npt.NDArray[Any]
Binding = Mapping[Axis, int]

FIGURES = 3
"""Significant figures of a number that is shown."""
TERMS = 3
"""Terms up to which a sum is written whole; of a longer one the largest are."""
LARGEST = 60
"""Parts of a formula up to which numbers are put into it."""


@dataclass(frozen=True)
class Worked:
    """One entry of a step with its numbers.

    Attributes:
        indices: which entry, from 1.
        root: the formula of numbers.
        exact: the value of each symbol in it.
        rests: the symbols that stand for the terms that are not written.
        value: the value of the entry.
    """

    indices: tuple[int, ...]
    root: Node
    exact: Mapping[str, float]
    rests: frozenset[str]
    value: float


def worked(step: Step, formula: Node, values: Mapping[str, Numbers]) -> Worked | None:
    """The entry of a step that is largest in size, worked out; None for a formula too large."""
    if sum(1 for _ in walk([formula])) > LARGEST:
        return None
    found = evaluate([formula], values)
    array = np.transpose(found[formula], [formula.axes.index(axis) for axis in step.symbol.axes])
    place = np.unravel_index(int(np.argmax(np.abs(array))), array.shape) if array.ndim else ()
    binding = {axis: int(at) for axis, at in zip(step.symbol.axes, place, strict=True)}
    filling = _Filling(found)
    root = filling.whole(formula, binding)
    indices = tuple(at + 1 for at in binding.values())
    return Worked(indices, root, filling.exact, frozenset(filling.rests), float(array[place]))


class _Filling:
    def __init__(self, found: Mapping[Node, Numbers]) -> None:
        self.found = found
        self.graph = Graph()
        self.exact: dict[str, float] = {}
        self.rests: set[str] = set()

    def figure(self, value: float, rest: bool = False) -> Symbol:
        name = f"v{len(self.exact)}"
        self.exact[name] = float(value)
        if rest:
            self.rests.add(name)
        return self.graph.symbol(name, (), "variable")

    def value(self, node: Node, at: Binding) -> float:
        return float(self.found[node][tuple(at[axis] for axis in node.axes)])

    def whole(self, node: Node, at: Binding) -> Node:
        """The formula of a step: its own function is written, others inside are worked out."""
        total = softmax_total(node)
        if total is not None:
            above = self.graph.apply("exp", self.part(total.operand, at))
            return above / self.exponentials(total, at)
        if isinstance(node, Map):
            return self.graph.map(node.function, *(self.part(u, at) for u in node.operands))
        return self.part(node, at)

    def part(self, node: Node, at: Binding) -> Node:
        if isinstance(node, Add):
            terms = [self.part(term, at) for term in node.terms]
            return self.graph.add(
                [u for t in terms for u in (t.terms if isinstance(t, Add) else (t,))]
            )
        if isinstance(node, Map) and node.function.name in PLAIN:
            return self.whole(node, at)
        if isinstance(node, Contract):
            return self.product(node, at)
        if isinstance(node, Reduce) and node.kind == "logsumexp":
            return self.graph.apply("log", self.exponentials(node, at))
        return self.figure(self.value(node, at))

    def exponentials(self, node: Reduce, at: Binding) -> Node:
        """The Σ exp u of ln Σ exp u."""
        u = node.operand
        places = np.ndindex(*(self.found[u].shape[u.axes.index(axis)] for axis in node.over))
        bindings = [{**at, **dict(zip(node.over, place, strict=True))} for place in places]
        sizes = np.exp([self.value(u, binding) for binding in bindings])

        def term(k: int) -> Node:
            return self.graph.apply("exp", self.part(u, bindings[k]))

        return self.sum(sizes, term)

    def sum(self, sizes: Numbers, term: Callable[[int], Node]) -> Node:
        """All terms of a short sum, the two largest of a longer one; zeros only if all are."""
        chosen = np.flatnonzero(sizes)
        if len(chosen) <= TERMS:
            terms = [term(int(k)) for k in chosen]
            return self.graph.add(terms) if terms else self.figure(0.0)
        first, second = sorted(int(k) for k in np.argsort(-np.abs(sizes))[: TERMS - 1])
        rest = float(sizes.sum() - sizes[first] - sizes[second])
        return self.graph.add([term(first), term(second), self.figure(rest, rest=True)])

    def product(self, node: Contract, at: Binding) -> Node:
        summed = node.summed
        bound = {axis: at[axis] for axis in node.axes}
        inner = [f for f in node.factors if set(f.labels) & set(summed)]
        outer = [f for f in node.factors if f not in inner]
        if any(isinstance(f.node, SELECTORS) and not self.at(f, bound) for f in outer):
            return self.figure(0.0)
        made = [] if abs(node.coefficient) == 1 else [self.figure(abs(node.coefficient))]
        if summed:
            values = self.terms(inner, summed, bound)
            shape = values.shape

            def term(k: int) -> Node:
                place = dict(zip(summed, np.unravel_index(k, shape), strict=True))
                here = bound | {axis: int(number) for axis, number in place.items()}
                return self.graph.multiply(1, self.factors(inner, here) or [self.figure(1.0)])

            made += _factors(self.sum(values.ravel(), term))
        made += self.factors(outer, bound)
        sign = -1 if node.coefficient < 0 else 1
        return self.graph.multiply(sign, made or [self.figure(1.0)])

    def factors(self, listed: Sequence[Factor], bound: Binding) -> list[Node]:
        """Some factors with their numbers; selectors are 1 where they count, and not written."""
        made: list[Node] = []
        for factor in listed:
            if not isinstance(factor.node, SELECTORS):
                names = zip(factor.node.axes, factor.labels, strict=True)
                made += _factors(self.part(factor.node, {k: bound[label] for k, label in names}))
        return made

    def at(self, factor: Factor, bound: Binding) -> float:
        return float(self.found[factor.node][tuple(bound[label] for label in factor.labels)])

    def terms(self, inner: Sequence[Factor], summed: Sequence[Axis], bound: Binding) -> Numbers:
        """The value of each term of a sum."""
        numbers = {axis: place for place, axis in enumerate(summed)}
        arguments: list[Any] = []
        for factor in inner:
            index = tuple(bound.get(label, slice(None)) for label in factor.labels)
            arguments.append(np.asarray(self.found[factor.node], dtype=float)[index])
            arguments.append([numbers[label] for label in factor.labels if label in numbers])
        return np.einsum(*arguments, list(numbers.values()))


def _factors(node: Node) -> list[Node]:
    """The factors of a product of numbers, so that products do not stand in products."""
    if isinstance(node, Contract) and node.coefficient == 1:
        return list(node.parts)
    return [node]


class _Figures(Printer):
    """Writes the symbols of a formula of numbers as their numbers, with a dot between factors."""

    worked: Worked

    def visit(self, node: Node, scope: Scope) -> Writing:
        if isinstance(node, Symbol):
            return self.figure(node)
        if isinstance(node, Contract):
            return self.dotted(node, scope)
        return super().visit(node, scope)

    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """With commas where figures would run together with others."""
        apart = any(len(index) > 1 for index in indices) or (name.below and indices)
        return super().marked(name, (",".join(indices),) if apart else indices)

    def figure(self, node: Symbol) -> Writing:
        yield from ()
        if node.name in self.worked.rests:
            return Piece(self.ellipsis, Level.ATOM)
        value = rounded(self.worked.exact[node.name])
        return Piece(self.plain(abs(value)), Level.ATOM, value < 0)

    def dotted(self, node: Contract, scope: Scope) -> Writing:
        above: list[Piece] = []
        below: list[Piece] = []
        for part in node.parts:
            divides = isinstance(part, Map) and part.function.name == "reciprocal"
            piece = yield (part.parts[0] if divides else part), scope
            (below if divides else above).append(piece)
        if len(above) == 1 and not below:
            return self.opposite(above[0]) if node.coefficient < 0 else above[0]
        text = self.times.join(self.inside(piece, Level.FRACTION) for piece in above)
        made = Piece(text, Level.PRODUCT if len(above) > 1 else Level.ATOM)
        if below:
            made = self.product(Product(1, (), (), (made,) if above else (), tuple(below), True))
        return made.negated() if node.coefficient < 0 else made


@cache
def _figured(kind: type[Printer]) -> type[Printer]:
    return type(f"Figures{kind.__name__}", (_Figures, kind), {})


def equation(printer: Printer, step: Step, entry: Worked) -> tuple[str, str, str]:
    """An entry with its numbers: left side, sign, and the numbers with what they come to."""
    writer = copy.copy(printer)
    writer.__class__ = _figured(type(printer))
    cast(_Figures, writer).worked = entry
    at = dict(zip(step.symbol.axes, entry.indices, strict=True))
    order = printer.notation.axes(step.symbol)
    left = writer.named(step.symbol, tuple(str(at[axis]) for axis in order)).text
    value = printer.plain(rounded(entry.value))
    right = writer.formula(entry.root)
    same = isinstance(entry.root, Symbol)
    return left, printer.equals, right if same else f"{right} {printer.equals} {value}"


def rounded(value: float) -> float:
    """A number with a few significant figures."""
    return float(f"{value:.{FIGURES}g}")
