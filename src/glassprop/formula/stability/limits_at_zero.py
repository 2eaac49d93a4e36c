"""Products that are 0 where one factor is 0, though another one be infinite or undefined there.

Two kinds of them. The limit of u ln u at u = 0 is 0, where NumPy's 0 · ln 0 is no number: a factor
u beside a logarithm of something that has u in it, as in the Kullback–Leibler divergence
Σ y ln(y / a), is taken as 0 where u is 0. (Cover & Thomas, Elements of Information Theory,
eq. (2.1): 0 ln 0 = 0, by continuity.) And a target, or a relu, that is 0 beside an exponential that
overflows: y eᵃ is 0 where y is 0, whatever a is.
"""

from __future__ import annotations

from glassprop.formula.algebra import rewrite, times, where
from glassprop.formula.conditions import is_weight
from glassprop.formula.nodes import Const, Contract, Factor, Map, Node, Symbol, is_call, walk
from glassprop.formula.stability.exponents import is_flat_at_zero, of_positive_part
from glassprop.formula.stability.logarithms import is_at_most_zero


def with_limits_at_zero(root: Node) -> Node:
    """The formula with such products as a choice: 0 where the factor is 0."""
    return rewrite(root, _change)


def _change(node: Node) -> Node | None:
    if not isinstance(node, Contract) or len(node.factors) < 2:
        return None
    node = times(node.graph, node.coefficient, node.factors, node.axes)
    if not isinstance(node, Contract):
        return None
    places = range(len(node.factors))
    for place in places:
        u = node.factors[place].node
        if isinstance(u, Const) or is_weight(u) or is_call(u, "log"):
            continue
        beside = [k for k in places if k != place and _has_log_of(node.factors[k].node, u)]
        made = _chosen(node, [place], beside)
        if made is not None:
            return made
    zeros = [k for k in places if _may_be_zero(node.factors[k].node)]
    others = [k for k in places if k not in zeros and _may_overflow(node.factors[k].node)]
    return _chosen(node, zeros, others)


def _chosen(node: Contract, zeros: list[int], beside: list[int]) -> Node | None:
    """The product with some factors as one, that is 0 where one of the first of them is.

    They are given by their places, for two of them may be the same formula.
    """
    factors = node.factors
    labels = {label for place in zeros for label in factors[place].labels}
    beside = [place for place in beside if set(factors[place].labels) <= labels]
    taken = [*zeros, *beside]
    if not zeros or not beside or any(factors[k].labels != factors[k].node.axes for k in taken):
        return None
    graph = node.graph
    made = graph.multiply(1, [factors[place].node for place in taken])
    for place in zeros:
        u = factors[place].node
        v = of_positive_part(u)
        if v is None:
            made = where(graph.apply("equal", u, graph.const(0)), 0, made)
        else:
            made = where(graph.apply("step", v), made, 0)
    rest = [factor for k, factor in enumerate(factors) if k not in taken]
    return graph.contract(node.coefficient, [Factor(made, made.axes), *rest], node.axes)


def _may_be_zero(u: Node) -> bool:
    """Whether a factor makes a product 0, and is not seen to elsewhere, as conditions are."""
    return is_flat_at_zero(u) and not is_weight(u)


def _may_overflow(root: Node) -> bool:
    """Whether there is an exponential whose exponent may be large."""
    calls = (node for node in walk([root]) if is_call(node, "exp"))
    return any(not is_at_most_zero(call.operands[0]) for call in calls)


def _has_log_of(root: Node, u: Node) -> bool:
    """Whether there is a logarithm that may be infinite where u is 0.

    At a 0 of what is trained u ln v has a slope, unless v is 0 there too.
    """
    logs = (node for node in walk([root]) if is_call(node, "log"))
    if any(node.role != "target" for node in walk([u]) if isinstance(node, Symbol)):
        return any(_is_zero_with(log.operands[0], u) for log in logs)
    return any(u in set(walk(log.parts)) for log in logs)


def _is_zero_with(v: Node, u: Node) -> bool:
    """Whether a formula is 0 where u is: u itself, |u|, a product with it."""
    if isinstance(v, Contract) and not v.summed:
        return any(_is_zero_with(part, u) for part in v.parts)
    if isinstance(v, Map) and v.function.name in ("abs", "square", "sqrt", "root", "relu"):
        return _is_zero_with(v.operands[0], u)
    return v is u
