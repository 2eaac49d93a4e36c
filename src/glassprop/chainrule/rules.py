"""The chain rule, one rule for each kind of node, each a formula with a sentence.

For u = f(…, v, …) and the adjoint ū = ∂C/∂u, a rule states the part of v̄ = ∂C/∂v that comes
through this u. Axes need not fit: `fit_axes` undoes broadcasts for all rules in one place.

Source: reverse accumulation, Griewank & Walther, Evaluating Derivatives (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from glassprop.formula.algebra import negative, plus, times
from glassprop.formula.derivatives import partial
from glassprop.formula.nodes import Add, Contract, Factor, Map, Node, Reduce

Adjoint = Callable[[Node, Node, int], Node]
"""(u, ū, place of v among the parts of u) → the part of v̄ that comes through u."""


@dataclass(frozen=True)
class Rule:
    """How adjoints pass through one kind of node."""

    name: str
    sentence: str
    adjoint: Adjoint


def through_sum(u: Node, adjoint: Node, place: int) -> Node:
    """From u = v + w follows v̄ = ū."""
    assert isinstance(u, Add)
    return adjoint


def through_product(u: Node, adjoint: Node, place: int) -> Node:
    """From u = c Σ v w follows v̄ = c Σ ū w, summed over the labels that v does not have."""
    assert isinstance(u, Contract)
    target = u.factors[place]
    others = [factor for k, factor in enumerate(u.factors) if k != place]
    product = times(u.graph, u.coefficient, [Factor(adjoint, adjoint.axes), *others], target.labels)
    return times(u.graph, 1, [Factor(product, target.node.axes)], target.node.axes)


def through_map(u: Node, adjoint: Node, place: int) -> Node:
    """From u = f(v) follows v̄ = ū f′(v), entry by entry."""
    assert isinstance(u, Map)
    slope = partial(u.function, place, u.operands)
    return times(
        u.graph, 1, [Factor(adjoint, adjoint.axes), Factor(slope, slope.axes)], adjoint.axes
    )


def through_max(u: Node, adjoint: Node, place: int) -> Node:
    """From u = max v follows v̄ = ū [v = u] / (number of entries where v = u)."""
    assert isinstance(u, Reduce)
    hit = u.graph.apply("equal", u.operand, u)
    ties = times(u.graph, 1, [Factor(hit, hit.axes)], u.axes)
    share = u.graph.reciprocal(ties)
    return times(
        u.graph,
        1,
        [Factor(adjoint, adjoint.axes), Factor(hit, hit.axes), Factor(share, share.axes)],
        u.operand.axes,
    )


def through_logsumexp(u: Node, adjoint: Node, place: int) -> Node:
    """From u = ln Σ exp v follows v̄ = ū exp(v − u)."""
    assert isinstance(u, Reduce)
    weight = u.graph.apply("exp", plus(u.graph, [u.operand, negative(u)]))
    return times(
        u.graph, 1, [Factor(adjoint, adjoint.axes), Factor(weight, weight.axes)], u.operand.axes
    )


RULES: Mapping[str, Rule] = {
    "sum": Rule(
        "sum rule", "the derivative of a sum with respect to one of its terms is 1", through_sum
    ),
    "product": Rule(
        "product rule",
        "the derivative of a product with respect to one factor is the product of the others",
        through_product,
    ),
    "map": Rule(
        "derivative of a function of each entry",
        "the derivative of f(v) with respect to v is f′(v), entry by entry",
        through_map,
    ),
    "max": Rule(
        "maximum rule",
        "the maximum changes only with its largest entry; entries that tie share equally",
        through_max,
    ),
    "logsumexp": Rule(
        "log-sum-exp rule",
        "the derivative of ln Σ exp v with respect to v is softmax(v)",
        through_logsumexp,
    ),
}


def rule_for(node: Node) -> str:
    """Which rule of the table a node takes."""
    if isinstance(node, Add):
        return "sum"
    if isinstance(node, Contract):
        return "product"
    if isinstance(node, Map):
        return "map"
    if isinstance(node, Reduce):
        return node.kind
    raise AssertionError(f"{type(node).__name__} has no adjoint")
