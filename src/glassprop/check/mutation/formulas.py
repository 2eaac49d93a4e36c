"""A formula with one mistake in it: what people leave out, take twice, mix up or turn round.

The mistakes are of the operations of the language, not of any network: a factor that is missing or
taken twice, a wrong sign, a factor 2, a term left out, another quantity of the same shape, a
transpose, a derivative that is missing or taken at the wrong place.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glassprop.formula.algebra import fit_axes, rebuild
from glassprop.formula.derivatives import by_output, partial
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import Add, Contract, Factor, Map, Node, Number, Symbol, walk

KINDS = {
    "sign": "the sign is wrong",
    "twice as large": "a factor 2 too much",
    "half as large": "a factor 2 too little",
    "sum for mean": "a sum over the examples stands where a mean should",
    "mean twice": "the number of examples divides once too often",
    "missing factor": "a factor is missing",
    "factor twice": "a factor is taken twice",
    "missing term": "a term is missing",
    "sign of a term": "a term has the wrong sign",
    "wrong quantity": "another quantity of the same shape is taken",
    "transpose": "a matrix is taken for its transpose",
    "function for its derivative": "a function stands where its derivative should",
    "derivative of the output": "a derivative is taken at the output of the function",
    "form of the output": "the form of a derivative in the output is taken of the argument",
    "another function": "the derivative of another function is taken",
    "wrong form": "the form of a derivative in the output is wrong",
    "slope too much": "a factor a (1 − a) is too much",
}
"""Kinds of mistakes, and what is said of them."""
FORMS = ("sigmoid", "tanh")
"""Functions whose form of the derivative in the output is taken for another's."""
OTHERS = ("sigmoid", "tanh", "relu")
"""Functions whose derivative is taken for another's."""


@dataclass(frozen=True)
class Mistake:
    """A formula with a mistake.

    Attributes:
        kind: of `KINDS`.
        formula: with the mistake.
        what: the part that it is made with, such as a factor that is missing.
        instead: what is taken in place of that, if something is.
    """

    kind: str
    formula: Node
    what: Node
    instead: Node | None = None


def mistakes(formula: Node, known: Sequence[Symbol]) -> Iterator[Mistake]:
    """The formula with one mistake, in every way.

    Args:
        formula: of a step.
        known: the quantities that stand before it, which may be taken by mistake.
    """
    seen: set[Node] = {formula}
    for node in walk([formula]):
        found = _at(node, known)
        if node is formula:
            found = itertools.chain(found, _with_a_slope(formula, known))
        for made in found:
            whole = _with(formula, node, made.formula)
            if whole not in seen and set(whole.axes) == set(formula.axes):
                seen.add(whole)
                yield replace(made, formula=whole)


def _with(root: Node, old: Node, new: Node) -> Node:
    """A formula with another part in place of one, wherever that stands."""
    done: dict[Node, Node] = {}
    for node in walk([root]):
        if node is old:
            done[node] = new
            continue
        parts = [done[part] for part in node.parts]
        same = all(part is kept for part, kept in zip(parts, node.parts, strict=True))
        done[node] = node if same else rebuild(node, parts)
    return done[root]


def _at(node: Node, known: Sequence[Symbol]) -> Iterator[Mistake]:
    if isinstance(node, Contract):
        yield from _of_a_product(node, known)
    elif isinstance(node, Map):
        yield from _of_a_function(node, known)
    elif isinstance(node, Add):
        yield from _of_a_sum(node)


def _of_a_product(node: Contract, known: Sequence[Symbol]) -> Iterator[Mistake]:
    factors = node.factors

    def made(coefficient: Number, given: Sequence[Factor]) -> Node:
        return node.graph.contract(coefficient, given, node.axes)

    for kind, times in (("sign", -1), ("twice as large", 2), ("half as large", 0.5)):
        yield Mistake(kind, made(node.coefficient * times, factors), node)
    for axis in (axis for axis in node.summed if isinstance(axis.size, str)):
        count = node.graph.size(axis)
        for kind, other in (("sum for mean", count), ("mean twice", node.graph.reciprocal(count))):
            formula = made(node.coefficient, [*factors, Factor(other, ())])
            yield Mistake(kind, formula, node)
    for k, factor in enumerate(factors):
        rest = [*factors[:k], *factors[k + 1 :]]
        if rest:
            yield Mistake("missing factor", made(node.coefficient, rest), factor.node)
        if set(factor.labels) <= set(node.axes):
            yield Mistake("factor twice", made(node.coefficient, [*factors, factor]), factor.node)
        sizes = [label.size for label in factor.labels]
        if len(sizes) == 2 and sizes[0] == sizes[1]:
            turned = Factor(factor.node, factor.labels[::-1])
            changed = [*factors[:k], turned, *factors[k + 1 :]]
            yield Mistake("transpose", made(node.coefficient, changed), factor.node)
        if isinstance(factor.node, Symbol):
            for other in _alike(factor.node, known):
                changed = [*factors[:k], Factor(other, factor.labels), *factors[k + 1 :]]
                formula = made(node.coefficient, changed)
                yield Mistake("wrong quantity", formula, factor.node, other)


def _with_a_slope(node: Node, known: Sequence[Symbol]) -> Iterator[Mistake]:
    """A factor a (1 − a) too much, as σ′ beside a softmax and its cross-entropy."""
    graph = node.graph
    for a in known:
        if a.role == "step" and a.axes == node.axes and a.axes:
            rest = graph.add([fit_axes(graph.const(1), a.axes), graph.negative(a)])
            factors = [Factor(u, u.axes) for u in (node, a, rest)]
            slope = graph.contract(1, factors[1:], a.axes)
            yield Mistake("slope too much", graph.contract(1, factors, node.axes), slope)


def _of_a_function(node: Map, known: Sequence[Symbol]) -> Iterator[Mistake]:
    graph, function = node.graph, node.function
    if function.primitive is not None:
        plain = graph.map(function.primitive, *node.operands)
        yield Mistake("function for its derivative", plain, node, plain)
        if len(node.operands) == 1:
            yield Mistake("derivative of the output", graph.map(function, plain), node, plain)
            if function.primitive.output_form:
                found = by_output(function.primitive, node.operands[0])
                yield Mistake("form of the output", found, node, found)
            for name in FORMS:
                found = by_output(FUNCTIONS[name], plain)
                yield Mistake("another function", found, node, found)
            for found in (1 - plain, 1 + plain, plain * (1 + plain)):
                yield Mistake("wrong form", found, node, found)
        for name in OTHERS:
            if name != function.primitive.name and len(node.operands) == 1:
                found = partial(FUNCTIONS[name], 0, node.operands)
                yield Mistake("another function", found, node, found)
    for k, operand in enumerate(node.operands):
        if isinstance(operand, Symbol):
            for other in _alike(operand, known):
                if other.axes == operand.axes:
                    operands = [*node.operands[:k], other, *node.operands[k + 1 :]]
                    yield Mistake("wrong quantity", graph.map(function, *operands), operand, other)


def _of_a_sum(node: Add) -> Iterator[Mistake]:
    graph = node.graph
    for k, term in enumerate(node.terms):
        rest = [*node.terms[:k], *node.terms[k + 1 :]]
        without = graph.add(rest) if len(rest) > 1 else rest[0]
        if set(without.axes) == set(node.axes):
            yield Mistake("missing term", without, term)
        yield Mistake("sign of a term", graph.add([*rest, graph.negative(term)]), term)


def _alike(symbol: Symbol, known: Sequence[Symbol]) -> Iterator[Symbol]:
    """Other quantities of the same shape."""
    sizes = [axis.size for axis in symbol.axes]
    for other in known:
        if other is not symbol and sizes and [axis.size for axis in other.axes] == sizes:
            yield other
