"""The strength of an L2 penalty, which formulas have as a number and readers know as λ."""

from __future__ import annotations

from math import isclose

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Add, Contract, Map, Node, Number, Symbol
from glassprop.models.update_rules import UpdateRule


def penalty(derivation: Derivation, rule: type[UpdateRule]) -> float:
    """λ for a cost with the terms ½ λ Σ W² over weights, else 0.

    Where a quantity or the update rule has the letter already, the number stays a number.
    """
    graph = derivation.graph
    if hasattr(rule, "weight_decay") or graph.taken("lambda") or graph.taken("λ"):
        return 0.0
    cost = next((step for step in derivation.steps if step.symbol is derivation.cost), None)
    formula = cost.formula if cost else None
    terms = formula.terms if isinstance(formula, Add) else ()
    numbers = {term.coefficient for term in terms if isinstance(term, Contract) and _weighs(term)}
    return 2.0 * numbers.pop() if len(numbers) == 1 else 0.0


def share(node: Contract, strength: float) -> Number:
    """1 for λ W, ½ for ½ λ Σ W², and 0 for any other product."""
    if not strength or len(node.factors) != 1:
        return 0
    if _weighs(node) and isclose(node.coefficient, strength / 2):
        return 0.5
    plain = isinstance(node.factors[0].node, Symbol) and not node.summed
    weights = plain and _is_weights(node.factors[0].node)
    return 1 if weights and isclose(node.coefficient, strength) else 0


def _weighs(term: Contract) -> bool:
    """Whether a term is a number times the sum of the squares of weights."""
    if term.axes or len(term.factors) != 1:
        return False
    inner = term.factors[0].node
    square = isinstance(inner, Map) and inner.function.name == "square"
    return square and _is_weights(inner.parts[0])


def _is_weights(node: Node) -> bool:
    return isinstance(node, Symbol) and node.role == "parameter"
