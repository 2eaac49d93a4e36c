"""Conditions as numbers: factors such as [z > 0], which annihilate whatever they are 0 for.

A weight is made of functions that are constant between their jumps (step, sign, equal, greater)
and of numbers, by sums and products. In a product a weight that is 0 is a *strong zero*: it makes
the product 0 though other factors be infinite or undefined. That is Iverson's convention as Knuth
states it (Two notes on notation, Amer. Math. Monthly 99, 1992): a term with a false condition does
not count, whatever it is. So a branch that is not taken counts in neither direction.
"""

from __future__ import annotations

from glassprop.formula.nodes import Add, Const, Contract, Map, Node
from glassprop.formula.scalar import ScalarFunction


def is_locally_constant(function: ScalarFunction) -> bool:
    """Whether a function is constant between its jumps: its derivatives are declared as 0."""
    return bool(function.derivative) and all(text == "0" for text in function.derivative)


def is_weight(node: Node) -> bool:
    """Whether a formula is a weight: of conditions and numbers, with a condition at least."""
    if isinstance(node, Map):
        if node.function.name == "where":
            return all(is_weight(u) or isinstance(u, Const) for u in node.operands[1:])
        return is_locally_constant(node.function)
    if isinstance(node, Add):
        return _of_weights(node.terms)
    if isinstance(node, Contract):
        return not node.summed and _of_weights(node.parts)
    return False


def _of_weights(parts: tuple[Node, ...]) -> bool:
    rest = [part for part in parts if not isinstance(part, Const)]
    return bool(rest) and all(is_weight(part) for part in rest)


def is_condition(node: Node) -> bool:
    """Whether a formula is 0 or 1: a comparison, its complement, or a product of conditions."""
    if isinstance(node, Map):
        return is_locally_constant(node.function) and node.function.range == (0.0, 1.0)
    if isinstance(node, Contract):
        plain = node.coefficient == 1 and not node.summed and bool(node.factors)
        return plain and all(is_condition(part) for part in node.parts)
    return complement(node) is not None


def complement(node: Node) -> Node | None:
    """The condition c of 1 − c, or None for any other formula."""
    if not (isinstance(node, Add) and len(node.terms) == 2):
        return None
    for one, other in (node.terms, node.terms[::-1]):
        if isinstance(one, Const) and one.value == 1 and isinstance(other, Contract):
            if other.coefficient != -1 or len(other.factors) != 1 or other.summed:
                continue
            condition = other.factors[0].node
            if is_condition(condition) and other.factors[0].labels == condition.axes:
                return condition
    return None
