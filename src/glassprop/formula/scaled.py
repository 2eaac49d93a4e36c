"""Formulas with exponentials, computed with an exponent apart: u = r eᵐ.

Where a quotient, a logarithm or a product meets an exponential that may overflow, each of its parts
is taken as r eᵐ, with r of moderate size and m a formula. Products add the m, powers multiply them,
a sum takes out the largest one, ln u is m + ln r; and only what comes out in the end is an
exponential again. So neither ∞/∞ nor 0 · ∞ comes about: a value is infinite or lost only if it is
too large or too small itself. (Numbers of this kind: log-sum-exp and the extended-exponent
arithmetic of Clenshaw & Olver 1984.)

This holds for formulas made of numbers, symbols, + − · /, constant powers, exp, ln, |·|, relu, σ,
softplus, tanh and where, and of sums over axes, as long as every m, and every part without
exponentials, is a finite number itself. It does not mend cancellation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassprop.formula.algebra import largest, logsumexp, negative, plus, times, where
from glassprop.formula.calculus import is_zero
from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, Reduce, Symbol

Scaled = tuple[Node | None, Node]
"""m and r of r eᵐ; no m for what has no exponential in it."""


def without_overflow(root: Node) -> Node:
    """An equal formula that does not overflow on the way; itself where nothing can."""
    return _Scaling().plain(root)


class _Scaling:
    def __init__(self) -> None:
        self.plains: dict[Node, Node] = {}
        self.scaleds: dict[Node, Scaled] = {}

    # -- as one number

    def plain(self, node: Node) -> Node:
        """The formula itself, its parts rewritten."""
        if node not in self.plains:
            self.plains[node] = self._plain(node)
        return self.plains[node]

    def _plain(self, node: Node) -> Node:
        if isinstance(node, (Symbol, Const)) or not node.parts:
            return node
        if isinstance(node, Map):
            return self._plain_map(node)
        if isinstance(node, Contract) and self._meets(node):
            return _joined(self.scaled(node))
        return self._with(node, [self.plain(part) for part in node.parts])

    def _plain_map(self, node: Map) -> Node:
        name = node.function.name
        if name == "log":
            m, r = self.scaled(node.operands[0])
            if m is not None:
                c = _positive(r)
                return plus(node.graph, [m, _log(node, c) if c else node.graph.apply("log", r)])
        falls = name == "reciprocal" or (
            name in ("power", "root", "sqrt") and not _is_exponential(node.operands[0])
        )
        if falls and self.scaled(node)[0] is not None:
            return _joined(self.scaled(node))
        return self._with(node, [self.plain(part) for part in node.parts])

    def _meets(self, node: Contract) -> bool:
        """Whether an exponential meets another one, or something that decays, in a product."""
        found = [self.scaled(part)[0] is not None for part in node.parts]
        if not any(found):
            return False
        others = [part for part, scaled in zip(node.parts, found, strict=True) if not scaled]
        if sum(found) > 1 or any(_decaying(part)[0] is not None for part in others):
            return True
        (part,) = (part for part, scaled in zip(node.parts, found, strict=True) if scaled)
        return not _is_exponential(part) and not isinstance(part, Add)

    # -- as r times e to the m

    def scaled(self, node: Node) -> Scaled:
        """The m and r of the formula."""
        if node not in self.scaleds:
            self.scaleds[node] = self._scaled(node)
        return self.scaleds[node]

    def _scaled(self, node: Node) -> Scaled:
        if isinstance(node, Map):
            return self._scaled_map(node)
        if isinstance(node, Add):
            return self._scaled_sum(node)
        if isinstance(node, Contract):
            return self._scaled_product(node)
        return None, self.plain(node)

    def _scaled_map(self, node: Map) -> Scaled:
        graph, name = node.graph, node.function.name
        if name == "exp":
            return self.plain(node.operands[0]), graph.const(1)
        if name == "where":
            condition, *cases = node.operands
            both = [self.scaled(case) for case in cases]
            if all(m is None for m, _ in both):
                return None, self.plain(node)
            exponents = [graph.const(0) if m is None else m for m, _ in both]
            chosen = self.plain(condition)
            return where(chosen, *exponents), where(chosen, *(r for _, r in both))
        powers = {"reciprocal": -1, "square": 2, "sqrt": 0.5, "power": 0, "root": 0}
        if name in powers or name in ("abs", "relu"):
            m, r = self.scaled(node.operands[0])
            if m is None and name not in ("abs", "relu", "square"):
                log, rest = _decaying(node.operands[0])
                if log is not None:
                    m, r = self.plain(log), self.plain(rest)
            if m is None:
                return None, graph.map(node.function, r)
            p = node.function.parameters["p"] if name in ("power", "root") else powers.get(name, 1)
            one = _is_one(r) and name != "relu"
            return _multiple(m, p), r if one else graph.map(node.function, r)
        return None, self.plain(node)

    def plain_of(self, node: Node) -> Node:
        """The node with its parts as numbers."""
        return self._with(node, [self.plain(part) for part in node.parts])

    def _scaled_sum(self, node: Add) -> Scaled:
        terms = [self.scaled(term) for term in node.terms]
        exponents = list(dict.fromkeys(m for m, _ in terms if m is not None))
        if not exponents:
            return None, self.plain_of(node)
        graph = node.graph
        constants = [_positive(r) for _, r in terms]
        if len(exponents) + any(m is None for m, _ in terms) == len(terms) and all(constants):
            return _log_of_sum(node, terms, constants), graph.const(1)
        if any(m is None for m, _ in terms):
            exponents.append(graph.const(0))
        top = exponents[0]
        for m in exponents[1:]:
            top = graph.apply("maximum", top, m)
        parts = [
            _times(r, _exponential(graph.const(0) if m is None else m, top)) for m, r in terms
        ]
        return top, plus(graph, parts)

    def _scaled_product(self, node: Contract) -> Scaled:
        parts = [self.scaled(part) for part in node.parts]
        if all(m is None for m, _ in parts):
            return None, self.plain_of(node)
        exponents: list[Node] = []
        factors: list[Factor] = []
        for (m, r), factor in zip(parts, node.factors, strict=True):
            if m is None:
                log, rest = _decaying(factor.node)
                if log is not None:
                    m, r = self.plain(log), self.plain(rest)
            if m is not None:
                exponents.append(m)
            factors.append(Factor(r, factor.labels))
        if node.summed:
            return self._scaled_total(node, exponents, factors)
        if any(factor.labels != factor.node.axes for factor in node.factors):
            return None, self.plain_of(node)
        m = _exponent(plus(node.graph, exponents))
        present = {k for f in factors if not isinstance(f.node, Const) for k in f.labels}
        labels = tuple(axis for axis in node.axes if axis in present)
        return m, node.graph.contract(node.coefficient, factors, labels)

    def _scaled_total(
        self, node: Contract, exponents: list[Node], factors: list[Factor]
    ) -> Scaled:
        """Σ r eᵐ, by log-sum-exp where there is no r, else with the largest m taken out."""
        graph = node.graph
        straight = all(factor.labels == factor.node.axes for factor in node.factors)
        if not straight:
            return None, self.plain_of(node)
        m = _exponent(plus(graph, exponents))
        over = tuple(axis for axis in node.summed if axis in m.axes)
        if set(over) != set(node.summed) or not set(m.axes) <= {*node.axes, *over}:
            return None, self.plain_of(node)
        factors = [factor for factor in factors if not _is_one(factor.node)]
        if not factors:
            return logsumexp(m, over), graph.const(node.coefficient)
        top = largest(m, over)
        tamed = _exponential(m, top)
        return top, graph.contract(
            node.coefficient, [*factors, Factor(tamed, tamed.axes)], node.axes
        )

    def _with(self, node: Node, parts: Sequence[Node]) -> Node:
        """The same operation on other parts, nothing tidied."""
        if all(part is old for part, old in zip(parts, node.parts, strict=True)):
            return node
        graph = node.graph
        if isinstance(node, Contract):
            factors = [Factor(part, f.labels) for part, f in zip(parts, node.factors, strict=True)]
            return graph.contract(node.coefficient, factors, node.axes)
        if isinstance(node, Add):
            return plus(graph, list(parts))
        if isinstance(node, Map):
            if node.function.name == "where":
                return where(parts[0], parts[1], parts[2])
            return graph.map(node.function, *parts)
        assert isinstance(node, Reduce)
        return graph.reduce(node.kind, parts[0], node.over)


def _positive(r: Node) -> float:
    """A number that is greater than 0, else 0."""
    if isinstance(r, Const):
        return max(float(r.value), 0.0)
    bare = isinstance(r, Contract) and not r.factors
    return max(float(r.coefficient), 0.0) if bare and isinstance(r, Contract) else 0.0


def _log_of_sum(node: Add, terms: Sequence[Scaled], constants: Sequence[float]) -> Node:
    """The logarithm of a sum of positive numbers times exponentials: ln(eᵘ + eᵛ) = u + softplus(v − u)."""
    graph = node.graph
    logs: list[Node] = []
    for (m, _), c in zip(terms, constants, strict=True):
        own = [] if m is None else [m]
        logs.append(plus(graph, [*own, _log(node, c)]))
    logs.sort(key=lambda u: not isinstance(u, Const))
    total = logs[0]
    for log in logs[1:]:
        soft = graph.apply("softplus", plus(graph, [log, _minus(total)]))
        total = soft if isinstance(total, Const) and total.value == 0 else plus(graph, [total, soft])
    return total


def _is_exponential(node: Node) -> bool:
    return isinstance(node, Map) and node.function.name == "exp"


def _decaying(node: Node) -> tuple[Node | None, Node]:
    """What decays like an exponential, σ(u), softplus(u), φ(u), 1 − tanh²(u), …, as r eᵐ."""
    graph = node.graph
    one = graph.const(1)
    name = node.function.name if isinstance(node, Map) else ""
    if isinstance(node, Map) and name in ("sigmoid", "silu"):
        (u,) = node.operands
        return negative(graph.apply("softplus", _minus(u))), one if name == "sigmoid" else u
    if isinstance(node, Map) and name in ("softplus", "Phi", "gelu"):
        (u,) = node.operands
        log = graph.apply("log_softplus" if name == "softplus" else "log_Phi", u)
        return log, u if name == "gelu" else one
    if isinstance(node, Map) and name == "phi":
        return graph.apply("square", node.operands[0]) * -0.5 - 0.9189385332046728, one
    if isinstance(node, Add) and len(node.terms) == 2:
        for first, other in (node.terms, node.terms[::-1]):
            u = _tanh_squared(first, other)
            if u is None:
                continue
            soft = graph.apply("softplus", u * 2) + graph.apply("softplus", u * -2)
            return 1.3862943611198906 - soft, graph.const(1)
    return None, node


def _tanh_squared(one: Node, other: Node) -> Node | None:
    """The u of 1 − tanh²(u), else None."""
    if not (isinstance(one, Const) and one.value == 1 and isinstance(other, Contract)):
        return None
    if other.coefficient != -1 or len(other.factors) != 1 or other.summed:
        return None
    inner = other.factors[0].node
    if isinstance(inner, Map) and inner.function.name == "square":
        base = inner.operands[0]
        if isinstance(base, Map) and base.function.name == "tanh":
            return base.operands[0]
    return None


def _is_one(node: Node) -> bool:
    if isinstance(node, Const):
        return node.value == 1
    return isinstance(node, Contract) and not node.factors and node.coefficient == 1


def _minus(u: Node) -> Node:
    return _multiple(u, -1)


def _multiple(u: Node, p: float) -> Node:
    """A number times a formula, term by term."""
    if p == 1:
        return u
    terms = u.terms if isinstance(u, Add) else (u,)
    return plus(u.graph, [times(u.graph, p, [Factor(t, t.axes)], t.axes) for t in terms])


def _log(node: Node, value: float) -> Node:
    return node.graph.const(math.log(value))


def _softplus_of(term: Node) -> Node | None:
    """The v of −softplus(v)."""
    if isinstance(term, Contract) and term.coefficient == -1 and len(term.factors) == 1:
        inner = term.factors[0].node
        straight = term.factors[0].labels == term.axes == inner.axes
        if straight and isinstance(inner, Map) and inner.function.name == "softplus":
            return inner.operands[0]
    return None


def _exponent(m: Node) -> Node:
    """A sum with v − softplus(v) as −softplus(−v), which does not cancel."""
    terms = m.terms if isinstance(m, Add) else (m,)
    for term in terms:
        v = _softplus_of(term)
        rest = [u for u in terms if u is not term]
        if v is None or not rest:
            continue
        less = plus(m.graph, [*rest, _minus(v)])
        if _count(less) < len(rest):
            soft = negative(m.graph.apply("softplus", _minus(v)))
            m = soft if is_zero(less) else plus(m.graph, [less, soft])
            terms = m.terms if isinstance(m, Add) else (m,)
    return m


def _count(node: Node) -> int:
    return 0 if is_zero(node) else len(node.terms) if isinstance(node, Add) else 1


def _exponential(m: Node, top: Node) -> Node:
    """The value of e to the m − top; 1 where both are one."""
    graph = top.graph
    if m is top:
        return graph.const(1)
    if isinstance(m, Const) and m.value == 0:
        return graph.apply("exp", -top)
    return graph.apply("exp", m - top)


def _times(r: Node, factor: Node) -> Node:
    if _is_one(factor):
        return r
    return factor if _is_one(r) and set(r.axes) <= set(factor.axes) else r * factor


def _joined(scaled: Scaled) -> Node:
    m, r = scaled
    if m is None:
        return r
    graph = r.graph
    if isinstance(m, Const) and m.value == 0:
        return r
    v = _softplus_of(m)
    exponential = graph.apply("exp", m) if v is None else graph.apply("sigmoid", _minus(v))
    return exponential if _is_one(r) and set(r.axes) <= set(m.axes) else r * exponential
