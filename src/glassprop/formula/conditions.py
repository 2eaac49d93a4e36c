"""Conditions as numbers: factors such as [z > 0], which annihilate whatever they are 0 for.

A weight is made of functions that are constant between their jumps (step, sign, equal, greater)
and of numbers, by sums and products. In a product a weight that is 0 is a *strong zero*: it makes
the product 0 though other factors be infinite or undefined. That is Iverson's convention as Knuth
states it (Two notes on notation, Amer. Math. Monthly 99, 1992): a term with a false condition does
not count, whatever it is. So a branch that is not taken counts in neither direction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glassprop.formula.canonical import real_product
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, Number


def is_locally_constant(function: ScalarFunction) -> bool:
    """Whether a function is constant between its jumps: its derivatives are declared as 0."""
    return bool(function.derivative) and all(text == "0" for text in function.derivative)


WIDEST = 16
"""How many factors of nested products are looked at: u ← u · u, k times over, would have 2ᵏ."""


def is_weight(root: Node) -> bool:
    """Whether a formula is a weight: of conditions and numbers, with a condition at least."""
    return _look(root)[0]


def _look(root: Node) -> tuple[bool, bool]:
    """Whether a formula is a weight, and whether it is one or a product with one in it.

    What is found is kept with the graph, so that each node is looked at once.
    """
    known = root.graph.weights
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in known:
            continue
        below = _below(node)
        if ready or not below:
            weight = _is_weight(node, [known[part][0] for part in below])
            product = isinstance(node, Contract) and not node.summed
            known[node] = weight, weight or (product and any(known[part][1] for part in below))
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in below)
    return known[root]


def _below(node: Node) -> tuple[Node, ...]:
    """The parts that decide whether a formula is a weight."""
    if isinstance(node, Map):
        return node.operands[1:] if node.function.name == "where" else ()
    return node.parts if isinstance(node, (Add, Contract)) else ()


def _is_weight(node: Node, parts: list[bool]) -> bool:
    if isinstance(node, Map) and node.function.name != "where":
        return is_locally_constant(node.function)
    if isinstance(node, Contract) and node.summed:
        return False
    numbers = [isinstance(part, Const) for part in _below(node)]
    if not parts or (all(numbers) and not isinstance(node, Map)):
        return False
    return all(weight or number for weight, number in zip(parts, numbers, strict=True))


def is_condition(node: Node) -> bool:
    """Whether a formula is 0 or 1: a comparison, its complement, or a product of conditions."""
    known = node.graph.conditions
    if node not in known:
        known[node] = is_weight(node) and _is_condition(node)
    return known[node]


def _is_condition(node: Node) -> bool:
    if isinstance(node, Map):
        return is_locally_constant(node.function) and node.function.range == (0.0, 1.0)
    if isinstance(node, Contract):
        plain = node.coefficient == 1 and not node.summed and bool(node.factors)
        return plain and all(is_condition(part) for part in node.parts)
    return complement(node) is not None


def strong_zeros(found: Mapping[Node, Any]) -> set[Node]:
    """The formulas of one number that are 0 whatever else is infinite or undefined in them.

    Args:
        found: the values of some formulas, each after its parts.
    """
    zeros: set[Node] = set()
    for node, value in found.items():
        if value != 0:
            continue
        if isinstance(node, Contract):
            strong = not node.factors or any(part in zeros for part in node.parts)
        elif isinstance(node, Add):
            strong = all(part in zeros for part in node.terms)
        else:
            strong = isinstance(node, Const)
        if strong or is_weight(node):
            zeros.add(node)
    return zeros


def flat_factors(node: Contract) -> tuple[Number, list[Factor]]:
    """The number and the factors of a product, those of products with weights within it included.

    A weight decides about all of a product, however it is nested: (z [z > 0]) / z.
    """
    coefficient, factors = node.coefficient, list[Factor]()
    stack = list(reversed(node.factors))
    while stack:
        factor = stack.pop()
        inner = factor.node
        if len(factors) + len(stack) > WIDEST or not _look(inner)[1]:
            factors.append(factor)
            continue
        if isinstance(inner, Contract) and not inner.summed and inner.factors:
            names = dict(zip(inner.axes, factor.labels, strict=True))
            covered = {label for f in inner.factors for label in f.labels}
            if covered >= set(inner.axes) and not is_weight(inner):
                coefficient = real_product(coefficient, inner.coefficient)
                stack += [
                    Factor(f.node, tuple(names[k] for k in f.labels))
                    for f in reversed(inner.factors)
                ]
                continue
        factors.append(factor)
    return coefficient, factors


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
