"""The logarithm of a quotient as a difference: ln(u / v) = ln u − ln v.

As it stands its derivative has u / v² in it, which overflows long before u / v does, and ln u and
ln v may have a form of their own (softmax, σ). It holds where both are positive; where all factors
but one are known not to be negative, one side has no value just where the other has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from glassprop.formula.algebra import negative, plus
from glassprop.formula.nodes import Contract, Node, Step, Symbol, is_call
from glassprop.formula.positivity import is_not_negative


def log_of_quotient(node: Node, steps: Mapping[Symbol, Step]) -> Node | None:
    """The logarithm of a product with a divisor, as logarithms added and subtracted."""
    if not is_call(node, "log"):
        return None
    inside = node.operands[0]
    alone, below = _divisor(inside)
    if below:
        return negative(node.graph.apply("log", alone))
    if not isinstance(inside, Contract) or inside.summed or inside.coefficient <= 0:
        return None
    if not inside.is_straight:
        return None
    parts = [_divisor(part) for part in inside.parts]
    if not any(below for _, below in parts):
        return None
    if sum(not is_not_negative(part) for part, _ in parts) > 1:
        return None
    graph = node.graph
    terms: list[Node] = []
    for part, below in parts:
        log = graph.apply("log", part)
        terms.append(negative(log) if below else log)
    if inside.coefficient != 1:
        terms.append(graph.apply("log", graph.const(inside.coefficient)))
    made = plus(graph, terms)
    return made if set(made.axes) == set(node.axes) else None


def _divisor(part: Node) -> tuple[Node, bool]:
    """A factor, and whether the product is divided by it."""
    if is_call(part, "reciprocal"):
        return part.operands[0], True
    return part, False
