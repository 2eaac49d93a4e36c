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

from glassprop.formula.algebra import largest, logsumexp, plus, same_operation, total, where
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
    softmax_total,
    walk,
)
from glassprop.formula.stability.exponents import (
    Scaled,
    cancels,
    counted,
    decaying,
    exponential_below,
    falls,
    is_one,
    joined,
    larger,
    log_of_sum,
    logarithm,
    multiple,
    positive_number,
    power_of,
    scaled_by,
    softplus_of,
    uncancelled,
)
from glassprop.formula.stability.logarithms import log_of_one_minus_softmax

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
        made = _Scaling(self.smooth, decays=True)
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
            if node.summed:
                return self._summed(node)
            averaged = self._averaged(node)
            return joined(self.scaled(node)) if averaged is None else averaged
        return _with(node, [self.plain(part) for part in node.parts])

    def _summed(self, node: Contract) -> Node:
        """A sum with each of its terms as a number: it is too large only if one of them is."""
        if not node.is_straight:
            return self.plain_of(node)
        labels = {label for factor in node.factors for label in factor.labels}
        axes = tuple(label for label in (*node.axes, *node.summed) if label in labels)
        term = self.plain(node.graph.contract(1, node.factors, axes))
        return node.graph.contract(node.coefficient, [Factor(term, term.axes)], node.axes)

    def _plain_map(self, node: Map) -> Node:
        name = node.function.name
        if name == "log":
            if log_of_one_minus_softmax(node, {}) is not None:
                return node  # the derivation has a form for it
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
        return _with(node, [self.plain(part) for part in node.parts])

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
        calls = isinstance(part, Map) and part.function.name in ("exp", "where", "maximum")
        return not (calls or isinstance(part, (Add, Reduce)))

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
        if isinstance(node, Reduce) and node.kind == "max":
            return self._largest_entry(node)
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
        if name == "maximum":
            return self._largest(node)
        p = power_of(node)
        if p:
            m, r = self.scaled(node.operands[0])
            if m is None and name not in ("abs", "relu", "square"):
                m, r = self.decayed(node.operands[0], r)
            if m is None:
                return None, graph.map(node.function, r)
            c = positive_number(r)  # of which relu and |·| are the number itself
            return multiple(m, p), graph.const(c**p) if c else graph.map(node.function, r)
        return None, self.plain(node)

    def _largest(self, node: Map) -> Scaled:
        """The larger of two, the larger exponent taken out; of exponentials, one of those."""
        graph = node.graph
        both = [self.scaled(part) for part in node.operands]
        if all(m is None for m, _ in both):
            return None, self.plain_of(node)
        constants = [positive_number(r) for _, r in both]
        if all(constants):
            given = [[] if m is None else [m] for m, _ in both]
            logs = [[*m, logarithm(node, c)] for m, c in zip(given, constants, strict=True)]
            return larger([plus(graph, terms) for terms in logs]), graph.const(1)
        top, tamed = self._tamed(both)
        return top, larger(tamed)

    def _largest_entry(self, node: Reduce) -> Scaled:
        """The largest of r eᵐ, the largest m taken out."""
        m, r = self.scaled(node.operand)
        if m is None or set(m.axes) != set(node.operand.axes):
            return None, self.plain_of(node)
        if positive_number(r):
            return largest(m, node.over), node.graph.const(positive_number(r))
        m = counted(m, r)
        top = largest(m, node.over)
        return top, largest(scaled_by(r, exponential_below(m, top)), node.over)

    def _tamed(self, parts: Sequence[Scaled]) -> tuple[Node, list[Node]]:
        """The largest of the exponents, and each r with what is left of its own."""
        counting = [r.graph.const(0) if m is None else counted(m, r) for m, r in parts]
        top = larger(counting)
        left = [exponential_below(m, top) for m in counting]
        return top, [scaled_by(r, e) for (_, r), e in zip(parts, left, strict=True)]

    def decayed(self, node: Node, r: Node) -> Scaled:
        """The m and r of what decays like an exponential, of anything else no m and what it is."""
        log, rest = decaying(node)
        if log is None:
            apart = isinstance(node, (Add, Contract)) and not self.decays and falls(node)
            return self.decaying.scaled(node) if apart else (None, r)
        plain = self.usual.plain
        if not self.smooth and isinstance(node, Map) and (p := power_of(node)) > 0:
            m, r = self.decayed(node.operands[0], node.operands[0])
            if m is not None:
                return multiple(m, p), node.graph.map(node.function, r)
        v = None if self.smooth else softplus_of(log)
        if v is None:
            return plain(log), plain(rest)
        # σ(−v) is e to the −max(v, 0), times σ(|v|)
        graph, v = node.graph, plain(v)
        tamed = graph.apply("sigmoid", graph.apply("abs", v))
        return -graph.apply("maximum", v, graph.const(0)), scaled_by(plain(rest), tamed)

    def plain_of(self, node: Node) -> Node:
        """The node with its parts as numbers."""
        return _with(node, [self.plain(part) for part in node.parts])

    def _scaled_sum(self, node: Add) -> Scaled:
        terms = [self.scaled(term) for term in node.terms]
        none = [term for term, (m, _) in zip(node.terms, terms, strict=True) if m is None]
        if 0 < len(none) < len(terms) and not self.decays and all(map(falls, none)):
            terms = [self.decaying.scaled(term) for term in node.terms]
        exponents = list(dict.fromkeys(m for m, _ in terms if m is not None))
        if not exponents:
            return None, self.plain_of(node)
        graph = node.graph
        constants = [positive_number(r) for _, r in terms]
        apart = len(exponents) + any(m is None for m, _ in terms) == len(terms)
        if self.smooth and apart and all(constants):
            return log_of_sum(node, terms, constants), graph.const(1)
        top, tamed = self._tamed(terms)
        return top, plus(graph, tamed)

    def _scaled_product(self, node: Contract) -> Scaled:
        if all(self.scaled(part)[0] is None for part in node.parts):
            return None, self.plain_of(node)
        if node.summed:
            return self._scaled_total(node)
        if not node.is_straight:
            return None, self.plain_of(node)
        parts = [self._part(part) for part in node.parts]
        m = uncancelled(plus(node.graph, [m for m, _ in parts if m is not None]))
        if self.smooth and sum(1 for _ in walk([node])) <= LARGEST and cancels(m):
            return self.exactly.scaled(node)
        present = {k for _, r in parts if not isinstance(r, Const) for k in r.axes}
        labels = tuple(axis for axis in node.axes if axis in present)
        factors = [Factor(r, r.axes) for _, r in parts]
        return m, node.graph.contract(node.coefficient, factors, labels)

    def _inside(self, node: Contract) -> tuple[Node, Node | None] | None:
        """For a sum Σ r eᵐ over all axes of m but the free ones, m and r, no r where it is 1."""
        if not node.is_straight:
            return None
        parts = [self._part(part) for part in node.parts]
        exponents = [m for m, _ in parts if m is not None]
        if not exponents:
            return None
        m = uncancelled(plus(node.graph, exponents))
        if not set(node.summed) <= set(m.axes) <= {*node.axes, *node.summed}:
            return None
        factors = [Factor(r, r.axes) for _, r in parts if not is_one(r)]
        if not factors:
            return m, None
        labels = {label for factor in factors for label in factor.labels}
        over = [axis for axis in m.axes if axis in node.summed]
        axes = tuple(k for k in (*node.axes, *over) if k in labels)
        return m, node.graph.contract(1, factors, axes)

    def _part(self, part: Node) -> Scaled:
        """The m and r of a factor beside an exponential."""
        m, r = self.scaled(part)
        return self.decayed(part, r) if m is None else (m, r)

    def _scaled_total(self, node: Contract) -> Scaled:
        """Σ r eᵐ, by log-sum-exp where there is no r, else with the largest m taken out."""
        graph = node.graph
        inside = self._inside(node)
        if inside is None:
            return None, self.plain_of(node)
        m, r = inside
        over = tuple(axis for axis in node.summed if axis in m.axes)
        if r is None and self.smooth:
            return logsumexp(m, over), graph.const(node.coefficient)
        if r is None:
            top = largest(m, over)
            return top, node.coefficient * total(exponential_below(m, top), over)
        m = counted(m, r)
        top = largest(m, over)
        return top, self._total(node, scaled_by(r, exponential_below(m, top)))

    def _total(self, node: Contract, inner: Node) -> Node:
        """The number and the sum of a contraction with all its factors as one."""
        axes = tuple(k for k in node.axes if k in inner.axes)
        return node.graph.contract(node.coefficient, [Factor(inner, inner.axes)], axes)

    def _averaged(self, node: Contract) -> Node | None:
        """A sum divided by Σ eᵐ, Σ r eᵐ / Σ eᵐ, as Σ r softmax(m), which has no exponent left."""
        if node.summed or not node.is_straight:
            return None
        for place, part in enumerate(node.parts):
            inside = self._inside(part) if isinstance(part, Contract) and part.summed else None
            if inside is None or inside[1] is None:
                continue
            assert isinstance(part, Contract)
            others = [self._part(u) for k, u in enumerate(node.parts) if k != place]
            exponents = [m for m, _ in others if m is not None]
            weight = node.graph.apply("exp", plus(node.graph, [inside[0], *exponents]))
            found = softmax_total(weight)
            if found is not None and set(found.over) == set(part.summed):
                mean = self._total(part, inside[1] * weight)
                rest = [r for _, r in others if not is_one(r)]
                return node.graph.multiply(node.coefficient, [mean, *rest])
        return None


def _with(node: Node, parts: Sequence[Node]) -> Node:
    """The same operation on other parts, sums written out."""
    if all(part is old for part, old in zip(parts, node.parts, strict=True)):
        return node
    if isinstance(node, Add):
        return plus(node.graph, list(parts))
    if is_call(node, "where"):
        return where(parts[0], parts[1], parts[2])
    return same_operation(node, parts, node.graph)
