"""Logarithms of what a function gives, by the identities that its record declares.

ln f(z) and ln(1 − f(z)) of a value near 0 or 1 lose all digits or are −∞; the logarithm as a
formula in z is neither. The same holds where the value is scaled or shifted, ln(½ + ½ tanh z), or
is a user's function that a function of the table stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from glassprop.formula.algebra import logsumexp_but_one, negative, plus
from glassprop.formula.derivatives import expand, state
from glassprop.formula.functions.record import Logarithm, ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Map,
    Node,
    Number,
    Reduce,
    Step,
    Symbol,
    is_call,
    softmax_total,
)
from glassprop.formula.positivity import is_not_negative

Steps = Mapping[Symbol, Step]


@dataclass(frozen=True)
class Line:
    """offset + slope · f(z): a formula that is linear in what one function gives."""

    offset: Number
    slope: Number
    value: Map


def definition(node: Node, steps: Steps) -> Node:
    """What a name stands for, or the node itself."""
    while isinstance(node, Symbol) and node in steps:
        node = steps[node].formula
    return node


def line(node: Node, steps: Steps) -> Line | None:
    """A formula as a number plus a number times a function of the table; None if it is none."""
    offset: Number = 0
    slope: Number = 1
    while True:
        node = definition(node, steps)
        if isinstance(node, Map):
            known = FUNCTIONS.get(node.function.name)
            if known is not None and known.formula == node.function.formula:
                return Line(offset, slope, node)
            node = expand(node.function, node.operands)
        elif isinstance(node, Contract) and _is_multiple(node):
            slope, node = slope * node.coefficient, node.factors[0].node
        elif isinstance(node, Add) and len(node.terms) == 2 and _number(node) is not None:
            number, rest = node.terms if isinstance(node.terms[0], Const) else reversed(node.terms)
            assert isinstance(number, Const)
            offset, node = offset + slope * number.value, rest
        else:
            return None


def _is_multiple(node: Contract) -> bool:
    if len(node.factors) != 1:
        return False
    (factor,) = node.factors
    return factor.labels == factor.node.axes and set(factor.labels) == set(node.axes)


def _number(node: Add) -> Const | None:
    return next((term for term in node.terms if isinstance(term, Const)), None)


def logarithm(node: Node, steps: Steps, function: ScalarFunction, form: Logarithm) -> Node | None:
    """The logarithm of c f(z), or of c (1 ± f(z)), by a form that the record of f declares."""
    if not is_call(node, "log"):
        return None
    found = line(node.operands[0], steps)
    if found is None or found.value.function.name != function.name:
        return None
    scale = found.offset if form.offset else found.slope
    if scale <= 0 or found.offset != form.offset * scale or found.slope != form.sign * scale:
        return None
    made = state(form.formula, found.value.function, found.value.operands)
    graph = node.graph
    return made if scale == 1 else plus(graph, [made, graph.apply("log", graph.const(scale))])


def declared(node: Node) -> Node | None:
    """A logarithm by whichever form a record declares."""
    found = line(node.operands[0], {}) if isinstance(node, Map) else None
    if found is None:
        return None
    function = found.value.function
    forms = (logarithm(node, {}, function, form) for form in function.logarithms)
    return next((made for made in forms if made is not None), None)


def log_of_one_minus_softmax(node: Node, steps: Steps) -> Node | None:
    """Stable form of ln(1 − aₖ) = −softplus(oₖ) for a softmax a of v, o the log odds."""
    if not is_call(node, "log"):
        return None
    found = line(node.operands[0], steps)
    if found is None or found.offset <= 0 or found.slope != -found.offset:
        return None
    odds = log_odds(found.value)
    if odds is None:
        return None
    made = negative(node.graph.apply("softplus", odds))
    scale = node.graph.apply("log", node.graph.const(found.offset))
    return made if found.offset == 1 else plus(node.graph, [made, scale])


def log_odds(node: Node) -> Node | None:
    """For a softmax of v the formula ln(aₖ / (1 − aₖ)) = vₖ − ln Σ exp of the other entries."""
    total = softmax_total(node)
    if total is None or len(total.over) != 1:
        return None
    others = logsumexp_but_one(total.operand, total.over[0])
    return plus(node.graph, [total.operand, negative(others)])


def is_at_most_zero(u: Node) -> bool:
    """Whether a formula is surely not positive: −v², v − ln Σ exp v, v − max v."""
    if is_not_negative(negative(u)):
        return True
    return any(
        (isinstance(most, Reduce) and most.operand is v) or v in _compared(most)
        for v, most in _differences(u)
    )


def _differences(u: Node) -> Iterator[tuple[Node, Node]]:
    """The ways to read a sum as v − w."""
    if not isinstance(u, Add):
        return
    for place, term in enumerate(u.terms):
        if isinstance(term, Contract) and term.coefficient == -1 and _is_multiple(term):
            rest = [*u.terms[:place], *u.terms[place + 1 :]]
            yield plus(u.graph, rest), term.factors[0].node


def _compared(u: Node) -> set[Node]:
    """The formulas of which a nest of maxima is the largest."""
    if not is_call(u, "maximum"):
        return {u}
    return set[Node]().union(*(_compared(part) for part in u.operands))
