"""Exponents apart from the numbers that they multiply: the parts of r eᵐ, and how they are joined.

`scaled_exponentials` has the method; these are its steps.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassprop.formula.algebra import fit_axes, multiply_out, negative, plus, times, where
from glassprop.formula.axes import union
from glassprop.formula.conditions import is_weight
from glassprop.formula.derivatives import is_zero
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Reduce,
    Symbol,
    is_call,
    walk,
)
from glassprop.formula.positivity import is_positive

Scaled = tuple[Node | None, Node]
"""m and r of r eᵐ; no m for what has no exponential in it."""


def positive_number(r: Node) -> float:
    """A number that is greater than 0, else 0."""
    if isinstance(r, Const):
        return max(float(r.value), 0.0)
    bare = isinstance(r, Contract) and not r.factors
    return max(float(r.coefficient), 0.0) if bare and isinstance(r, Contract) else 0.0


def log_of_sum(node: Add, terms: Sequence[Scaled], constants: Sequence[float]) -> Node:
    """The logarithm of a sum of c eᵐ with c > 0, by ln(eᵘ + eᵛ) = u + softplus(v − u)."""
    graph = node.graph
    logs: list[Node] = []
    for (m, _), c in zip(terms, constants, strict=True):
        own = [] if m is None else [m]
        logs.append(plus(graph, [*own, logarithm(node, c)]))
    logs.sort(key=lambda u: not isinstance(u, Const))
    total = logs[0]
    for log in logs[1:]:
        soft = graph.apply("softplus", plus(graph, [log, opposite(total)]))
        total = (
            soft if isinstance(total, Const) and total.value == 0 else plus(graph, [total, soft])
        )
    return total


def decaying(node: Node) -> tuple[Node | None, Node]:
    """What decays like an exponential, σ(u), softplus(u), φ(u), 1 − tanh²(u), …, as r eᵐ."""
    graph = node.graph
    one = graph.const(1)
    name = node.function.name if isinstance(node, Map) else ""
    if isinstance(node, Map) and name in ("sigmoid", "silu"):
        (u,) = node.operands
        return negative(graph.apply("softplus", opposite(u))), one if name == "sigmoid" else u
    if isinstance(node, Map) and name in ("softplus", "Phi", "gelu"):
        (u,) = node.operands
        log = graph.apply("log_softplus" if name == "softplus" else "log_Phi", u)
        return log, u if name == "gelu" else one
    if isinstance(node, Map) and (p := power_of(node)) > 0:
        log, rest = decaying(node.operands[0])
        if log is not None:
            return multiple(log, p), rest if is_one(rest) else graph.map(node.function, rest)
    if is_call(node, "phi"):
        return graph.apply("square", node.operands[0]) * -0.5 - 0.9189385332046728, one
    if isinstance(node, Add) and len(node.terms) == 2:
        for first, other in (node.terms, node.terms[::-1]):
            u = _tanh_squared(first, other)
            if u is None:
                continue
            soft = graph.apply("softplus", u * 2) + graph.apply("softplus", u * -2)
            return 1.3862943611198906 - soft, graph.const(1)
    return None, node


POWERS = {"reciprocal": -1.0, "square": 2.0, "sqrt": 0.5, "abs": 1.0, "relu": 1.0}


def power_of(node: Map) -> float:
    """The p of uᵖ, which is 1 of |u| and relu(u); 0 of any other function."""
    if node.function.name in ("power", "root"):
        return node.function.parameters["p"]
    return POWERS.get(node.function.name, 0.0)


def falls(node: Node) -> bool:
    """Whether a formula decays on one side as a whole: σ(u) + 2 eᵘ, Σ softplus(u)."""
    if isinstance(node, Add) and decaying(node)[0] is None:
        return all(map(falls, node.terms))
    if isinstance(node, Contract):
        return any(map(falls, node.parts))
    return is_call(node, "exp") or decaying(node)[0] is not None


def _tanh_squared(one: Node, other: Node) -> Node | None:
    """The u of 1 − tanh²(u), else None."""
    if not (isinstance(one, Const) and one.value == 1 and isinstance(other, Contract)):
        return None
    if other.coefficient != -1 or len(other.factors) != 1 or other.summed:
        return None
    inner = other.factors[0].node
    if is_call(inner, "square"):
        base = inner.operands[0]
        if is_call(base, "tanh"):
            return base.operands[0]
    return None


def is_one(node: Node) -> bool:
    """Whether a formula is the number 1, perhaps repeated along axes."""
    if isinstance(node, Const):
        return node.value == 1
    return isinstance(node, Contract) and not node.factors and node.coefficient == 1


def opposite(u: Node) -> Node:
    """The formula with the other sign, term by term: −(u − v) is −u + v."""
    return multiple(u, -1)


def multiple(u: Node, p: float) -> Node:
    """A number times a formula, term by term."""
    if p == 1:
        return u
    return plus(u.graph, [times(u.graph, p, [Factor(t, t.axes)], t.axes) for t in _terms(u)])


def logarithm(node: Node, value: float) -> Node:
    """The logarithm of a number, in the graph of a formula."""
    return node.graph.const(math.log(value))


def _softplus(term: Node) -> tuple[float, Factor] | None:
    """The c and v of c softplus(v), v with its labels in the term; None for any other formula."""
    c, only = 1.0, Factor(term, term.axes)
    if isinstance(term, Contract) and len(term.factors) == 1 and not term.summed:
        c, (only,) = float(term.coefficient), term.factors
    if not is_call(only.node, "softplus"):
        return None
    names = dict(zip(only.node.axes, only.labels, strict=True))
    (v,) = only.node.operands
    return c, Factor(v, tuple(names[axis] for axis in v.axes))


def softplus_of(term: Node) -> Node | None:
    """The v of −softplus(v)."""
    c, v = _softplus(term) or (0.0, None)
    return v.node if v is not None and c == -1 and v.labels == term.axes == v.node.axes else None


def cancels(m: Node) -> bool:
    """Whether the terms of an exponent may take each other's size away, beside a softplus.

    That is where softplus terms have both signs, or one is of a sum, or what grows cancels once
    each softplus is what it is for a large operand.
    """
    terms = [term for term in _terms(m) if not isinstance(term, Const)]
    soft = {term: found for term in terms if (found := _softplus(term)) is not None}
    if not soft or len(terms) == 1:
        return False
    if len({c > 0 for c, _ in soft.values()}) > 1:
        return True
    if any(isinstance(node, Reduce) for node in walk(soft)):
        return True
    rest = [term for term in terms if term not in soft]
    grown = [times(m.graph, c, [v], term.axes) for term, (c, v) in soft.items()]
    return bool(rest) and not _growing(plus(m.graph, [*rest, *grown]))


def _growing(m: Node) -> list[Node]:
    """The terms of an exponent that are no numbers."""
    return (
        []
        if is_zero(m)
        else [term for term in _terms(multiply_out(m)) if not isinstance(term, Const)]
    )


def uncancelled(m: Node) -> Node:
    """A sum with v − softplus(v) as −softplus(−v), which does not cancel."""
    made = m
    for term in _terms(m):
        v = softplus_of(term)
        rest = [u for u in _terms(made) if u is not term]
        if v is None or not rest:
            continue
        less = plus(m.graph, [*rest, opposite(v)])
        if _count(less) < len(rest):
            soft = negative(m.graph.apply("softplus", opposite(v)))
            made = soft if is_zero(less) else plus(m.graph, [less, soft])
    return made


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _count(node: Node) -> int:
    return 0 if is_zero(node) else len(_terms(node))


def exponential_below(m: Node, top: Node) -> Node:
    """The value of e to the m − top; 1 where both are one."""
    graph = top.graph
    if m is top:
        return graph.const(1)
    if isinstance(m, Const) and m.value == 0:
        return graph.apply("exp", -top)
    return graph.apply("exp", m - top)


LEAST = -1e30
"""The exponent of what does not count: less than any that a number of either type is reached by."""


def larger(parts: Sequence[Node]) -> Node:
    """The largest of some formulas, each looked at once."""
    top, *others = dict.fromkeys(parts)
    for part in others:
        top = top.graph.apply("maximum", top, part)
    return top


def counted(m: Node, r: Node) -> Node:
    """The exponent m of r eᵐ where r is not 0, and a very small one where it is.

    A term that is 0 must not be the one that the others are compared with. Only those factors of r
    are asked that have no slope where they are 0, made of targets, conditions or relu: at a
    single 0 of what is trained, the term has a slope and its exponent counts.
    """
    factors = r.factors if isinstance(r, Contract) and not r.summed else (Factor(r, r.axes),)
    flat = [factor for factor in factors if is_flat_at_zero(factor.node)]
    if not flat:
        return m
    graph = r.graph
    axes = tuple(axis for axis in r.axes if any(axis in factor.labels for factor in flat))
    weight = graph.contract(1, flat, axes)
    return where(graph.apply("equal", weight, graph.const(0)), LEAST, m)


def is_flat_at_zero(u: Node) -> bool:
    """Whether a formula may be 0 for more than single values of what is trained, without slope.

    It is made of targets, which are not trained, or of conditions, or it is a positive part.
    """
    if is_positive(u) or isinstance(u, Const):
        return False
    if is_weight(u) or of_positive_part(u) is not None:
        return True
    found = [node for node in walk([u]) if isinstance(node, Symbol) and node.axes]
    return bool(found) and all(node.role == "target" for node in found)


def of_positive_part(u: Node) -> Node | None:
    """The v of relu(v), or of the maximum of v and 0."""
    if is_call(u, "relu"):
        return u.operands[0]
    if is_call(u, "maximum"):
        for v, other in (u.operands, u.operands[::-1]):
            if isinstance(other, Const) and other.value == 0:
                return v
    return None


def scaled_by(r: Node, factor: Node) -> Node:
    """The product of two formulas of which one may be 1."""
    if is_one(factor):
        return r
    return factor if is_one(r) and set(r.axes) <= set(factor.axes) else r * factor


def joined(scaled: Scaled) -> Node:
    """The formula r eᵐ; σ(v) where m is −softplus(−v)."""
    m, r = scaled
    if m is None:
        return r
    graph = r.graph
    if is_zero(m):
        return fit_axes(r, union((r.axes, m.axes), "a product"))
    v = softplus_of(m)
    exponential = graph.apply("exp", m) if v is None else graph.apply("sigmoid", opposite(v))
    return exponential if is_one(r) and set(r.axes) <= set(m.axes) else r * exponential
