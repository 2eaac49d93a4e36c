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

from collections.abc import Sequence
from functools import cached_property

from glassprop.formula.algebra import largest, logsumexp, plus, total, where
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
from glassprop.formula.stability.exponents import (
    Scaled,
    cancels,
    counted,
    decaying,
    exponential_below,
    is_one,
    joined,
    log_of_sum,
    logarithm,
    multiple,
    positive_number,
    scaled_by,
    softplus_of,
    uncancelled,
)

LARGEST = 30
"""Parts of a product up to which its exponents cancel exactly, which takes about twice the text."""


def without_overflow(root: Node) -> Node:
    """An equal formula that does not overflow on the way; itself where nothing can."""
    return _Scaling().plain(root)


class _Scaling:
    """Takes formulas apart.

    Args:
        smooth: whether ln(eᵘ + eᵛ) is taken as an exponent, u + softplus(v − u); else the larger
            one of u and v is, so that exponents that cancel do so exactly.
        decays: whether what decays like an exponential, such as σ(u), is one by itself.
    """

    def __init__(self, smooth: bool = True, decays: bool = False) -> None:
        self.smooth, self.decays = smooth, decays
        self.usual = self
        self.plains: dict[Node, Node] = {}
        self.scaleds: dict[Node, Scaled] = {}

    @cached_property
    def exactly(self) -> _Scaling:
        """The same with exponents that cancel exactly."""
        return _Scaling(smooth=False)

    @cached_property
    def decaying(self) -> _Scaling:
        """The same with an exponent for what decays like an exponential."""
        made = _Scaling(decays=True)
        made.usual = self
        return made

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
            return joined(self.scaled(node))
        return self._with(node, [self.plain(part) for part in node.parts])

    def _plain_map(self, node: Map) -> Node:
        name = node.function.name
        if name == "log":
            m, r = self.scaled(node.operands[0])
            if not self.decays and any(decaying(part)[0] is not None for part in walk([r])):
                m, r = self.decaying.scaled(node.operands[0])
            if m is not None and is_one(r):
                return m
            if m is not None:
                c = positive_number(r)
                return plus(
                    node.graph, [m, logarithm(node, c) if c else node.graph.apply("log", r)]
                )
        falls = name in ("reciprocal", "power", "root", "sqrt")
        if falls and self.scaled(node)[0] is not None:
            return joined(self.scaled(node))
        return self._with(node, [self.plain(part) for part in node.parts])

    def _meets(self, node: Contract) -> bool:
        """Whether an exponential meets another one, or something that decays, in a product."""
        found = [self.scaled(part)[0] is not None for part in node.parts]
        if not any(found):
            return False
        others = [part for part, scaled in zip(node.parts, found, strict=True) if not scaled]
        if sum(found) > 1 or any(decaying(part)[0] is not None for part in others):
            return True
        (part,) = (part for part, scaled in zip(node.parts, found, strict=True) if scaled)
        if isinstance(part, Contract):
            return self._meets(part)
        alone = is_call(part, "exp") or is_call(part, "where") or isinstance(part, Add)
        return not alone

    # -- as r times e to the m

    def scaled(self, node: Node) -> Scaled:
        """The m and r of the formula."""
        if node not in self.scaleds:
            self.scaleds[node] = self._scaled(node)
        return self.scaleds[node]

    def _scaled(self, node: Node) -> Scaled:
        if self.decays and decaying(node)[0] is not None:
            return self.decayed(node, node)
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
                m, r = self.decayed(node.operands[0], r)
            if m is None:
                return None, graph.map(node.function, r)
            p = node.function.parameters["p"] if name in ("power", "root") else powers.get(name, 1)
            one = is_one(r) and name != "relu"
            return multiple(m, p), r if one else graph.map(node.function, r)
        return None, self.plain(node)

    def decayed(self, node: Node, r: Node) -> Scaled:
        """The m and r of what decays like an exponential, of anything else no m and what it is."""
        log, rest = decaying(node)
        if log is None:
            return None, r
        plain = self.usual.plain
        v = None if self.smooth else softplus_of(log)
        if v is None:
            return plain(log), plain(rest)
        # σ(−v) is e to the −max(v, 0), times σ(|v|)
        graph, v = node.graph, plain(v)
        tamed = graph.apply("sigmoid", graph.apply("abs", v))
        return -graph.apply("maximum", v, graph.const(0)), scaled_by(plain(rest), tamed)

    def plain_of(self, node: Node) -> Node:
        """The node with its parts as numbers."""
        return self._with(node, [self.plain(part) for part in node.parts])

    def _scaled_sum(self, node: Add) -> Scaled:
        terms = [self.scaled(term) for term in node.terms]
        exponents = list(dict.fromkeys(m for m, _ in terms if m is not None))
        if not exponents:
            return None, self.plain_of(node)
        graph = node.graph
        constants = [positive_number(r) for _, r in terms]
        apart = len(exponents) + any(m is None for m, _ in terms) == len(terms)
        if self.smooth and apart and all(constants):
            return log_of_sum(node, terms, constants), graph.const(1)
        zero = graph.const(0)
        counting = [zero if m is None else counted(m, r) for m, r in terms]
        top, *others = dict.fromkeys(counting)
        for m in others:
            top = graph.apply("maximum", top, m)
        tamed = [exponential_below(m, top) for m in counting]
        return top, plus(graph, [scaled_by(r, e) for (_, r), e in zip(terms, tamed, strict=True)])

    def _scaled_product(self, node: Contract) -> Scaled:
        parts = [self.scaled(part) for part in node.parts]
        if all(m is None for m, _ in parts):
            return None, self.plain_of(node)
        exponents: list[Node] = []
        factors: list[Factor] = []
        for (m, r), factor in zip(parts, node.factors, strict=True):
            if m is None:
                m, r = self.decayed(factor.node, r)
            if m is not None:
                exponents.append(m)
            names = dict(zip(factor.node.axes, factor.labels, strict=True))
            factors.append(Factor(r, tuple(names[axis] for axis in r.axes)))
        if node.summed:
            return self._scaled_total(node, exponents, factors)
        if any(factor.labels != factor.node.axes for factor in node.factors):
            return None, self.plain_of(node)
        m = uncancelled(plus(node.graph, exponents))
        if self.smooth and sum(1 for _ in walk([node])) <= LARGEST and cancels(m):
            return self.exactly.scaled(node)
        present = {k for f in factors if not isinstance(f.node, Const) for k in f.labels}
        labels = tuple(axis for axis in node.axes if axis in present)
        return m, node.graph.contract(node.coefficient, factors, labels)

    def _scaled_total(self, node: Contract, exponents: list[Node], factors: list[Factor]) -> Scaled:
        """Σ r eᵐ, by log-sum-exp where there is no r, else with the largest m taken out."""
        graph = node.graph
        straight = all(factor.labels == factor.node.axes for factor in node.factors)
        if not straight:
            return None, self.plain_of(node)
        m = uncancelled(plus(graph, exponents))
        over = tuple(axis for axis in node.summed if axis in m.axes)
        if set(over) != set(node.summed) or not set(m.axes) <= {*node.axes, *over}:
            return None, self.plain_of(node)
        factors = [factor for factor in factors if not is_one(factor.node)]
        if not factors and self.smooth:
            return logsumexp(m, over), graph.const(node.coefficient)
        if not factors:
            top = largest(m, over)
            return top, node.coefficient * total(exponential_below(m, top), over)
        labels = {label for factor in factors for label in factor.labels}
        r = graph.contract(1, factors, tuple(k for k in (*node.axes, *over) if k in labels))
        m = counted(m, r)
        top = largest(m, over)
        inner = scaled_by(r, exponential_below(m, top))
        axes = tuple(k for k in node.axes if k in inner.axes)
        return top, graph.contract(node.coefficient, [Factor(inner, inner.axes)], axes)

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
