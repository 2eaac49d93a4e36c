"""The limit of u ln u at u = 0, which is 0: there NumPy's 0 · ln 0 is no number.

Where a factor u stands beside a logarithm of something that has u in it, as in the
Kullback–Leibler divergence Σ y ln(y / a), the product is taken as 0 where u is 0. Source: Cover &
Thomas, Elements of Information Theory, eq. (2.1): 0 ln 0 = 0, by continuity.
"""

from __future__ import annotations

from glassprop.formula.algebra import rewrite, where
from glassprop.formula.conditions import is_weight
from glassprop.formula.nodes import Const, Contract, Factor, Node, is_call, walk


def with_limits_at_zero(root: Node) -> Node:
    """The formula with each u ln(u …) as a choice: 0 where u is 0."""
    return rewrite(root, _change)


def _change(node: Node) -> Node | None:
    if not isinstance(node, Contract) or len(node.factors) < 2:
        return None
    for place, factor in enumerate(node.factors):
        u = factor.node
        if isinstance(u, Const) or is_weight(u) or is_call(u, "log"):
            continue
        beside = [
            other
            for k, other in enumerate(node.factors)
            if k != place and set(other.labels) <= set(factor.labels) and _has_log_of(other.node, u)
        ]
        straight = all(f.labels == f.node.axes for f in (factor, *beside))
        if not beside or not straight:
            continue
        graph = node.graph
        product = graph.multiply(1, [u, *(other.node for other in beside)])
        chosen = where(graph.apply("equal", u, graph.const(0)), 0, product)
        rest = [f for f in node.factors if f is not factor and f not in beside]
        return graph.contract(node.coefficient, [Factor(chosen, factor.labels), *rest], node.axes)
    return None


def _has_log_of(root: Node, u: Node) -> bool:
    return any(is_call(node, "log") and u in set(walk(node.parts)) for node in walk([root]))
