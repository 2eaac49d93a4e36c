"""Rewriting formulas of one number so that they give neither ∞/∞ nor 0 · ∞ far from zero.

A few identities of the exponential, used wherever they apply: 1/(1 + eᵘ) = σ(−u), 1 − σ(u) = σ(−u),
eᵘ σ(−u) = σ(u), ln(1 + eᵘ) = softplus(u), σ(u) − σ(−u) = tanh(u/2), eᵘ eᵛ = eᵘ⁺ᵛ, 1/eᵘ = e⁻ᵘ and
ln eᵘ = u.
"""

from __future__ import annotations

from collections.abc import Callable

from glassprop.formula.algebra import multiply_out, negative, plus, rewrite, tidy, times
from glassprop.formula.derivatives import is_zero
from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, Number, walk
from glassprop.formula.stability.exponents import opposite
from glassprop.formula.stability.logarithms import declared

GROWTH = 2
"""How many times as long a formula may become: distributing products over sums can double it each
time."""

MOST_FACTORS = 8
"""Products of more factors than this are not distributed over sums among them."""


def stabilised(root: Node) -> Node:
    """An equal formula that stays finite where its value does, as far as the identities reach."""
    return _settled(tidy(root), lambda node: tidy(rewrite(node, _identities)))


def with_logarithms(root: Node) -> Node:
    """An equal formula, perhaps of tensors, with its logarithms in forms that keep their digits.

    These are the forms that the records of the functions declare, of ln σ for instance, once
    1/(1 + eᵘ) and 1 − σ(u) are sigmoids.
    """
    return _settled(root, lambda node: rewrite(node, _of_tensors))


def _settled(root: Node, change: Callable[[Node], Node]) -> Node:
    """What a change comes to when it is made until nothing changes any more."""
    longest = GROWTH * _length(root) + 100
    before, after = None, root
    while after is not before:
        before, after = after, change(after)
        if _length(after) > longest:
            return before
    return after


def _length(root: Node) -> int:
    return sum(1 + len(node.parts) for node in walk([root]))


def _of_tensors(node: Node) -> Node | None:
    """The identities that hold for tensors as they stand."""
    if isinstance(node, Map):
        if node.function.name == "reciprocal":
            return _reciprocal_of_sigmoid(node.operands[0])
        return declared(node) if node.function.name == "log" else None
    return _complement(node) if isinstance(node, Add) else None


def _identities(node: Node) -> Node | None:
    if isinstance(node, Map):
        (u, *_) = node.operands
        if node.function.name == "reciprocal":
            return _reciprocal(u)
        if node.function.name == "power" and node.function.parameters["p"] < 0:
            inner = _reciprocal(u)
            return None if inner is None else inner ** -node.function.parameters["p"]
        if node.function.name == "log":
            return declared(node)
        if node.function.name == "exp" and is_zero(u):
            return node.graph.const(1)
    if isinstance(node, Contract) and not node.axes:
        return _product(node)
    if isinstance(node, Add):
        complement = _complement(node)
        return _difference_of_sigmoids(node) if complement is None else complement
    return None


def _call(node: Node | None, name: str) -> Node | None:
    """The operand of a call of the function, else None."""
    if isinstance(node, Map) and node.function.name == name:
        return node.operands[0]
    return None


def _one_plus_exp(node: Node) -> Node | None:
    """The u of 1 + eᵘ."""
    if isinstance(node, Add) and len(node.terms) == 2:
        for one, other in (node.terms, node.terms[::-1]):
            if isinstance(one, Const) and one.value == 1:
                return _call(other, "exp")
    return None


def _apply(name: str, u: Node) -> Node:
    return u.graph.apply(name, u)


def _same(u: Node, v: Node) -> bool:
    return is_zero(multiply_out(tidy(plus(u.graph, [u, negative(v)]))))


def _reciprocal_of_sigmoid(u: Node) -> Node | None:
    """The quotients 1/(1 + eᵛ) = σ(−v) and 1/σ(v) = 1 + e⁻ᵛ."""
    exponent = _one_plus_exp(u)
    if exponent is not None:
        return _apply("sigmoid", opposite(exponent))
    v = _call(u, "sigmoid")
    return None if v is None else plus(u.graph, [u.graph.const(1), _apply("exp", opposite(v))])


def _reciprocal(u: Node) -> Node | None:
    """The quotient 1/u without the quotient."""
    made = _reciprocal_of_sigmoid(u)
    if made is not None:
        return made
    exponent = _call(u, "exp")
    if exponent is not None:
        return _apply("exp", opposite(exponent))
    base = _call(u, "square")
    if base is not None:
        inner = _reciprocal(base)
        return None if inner is None else _apply("square", inner)
    if isinstance(u, Contract) and u.coefficient != 0 and u.factors and not u.axes:
        inner = [_reciprocal(factor.node) for factor in u.factors]
        if u.coefficient != 1 or any(part is not None for part in inner):
            parts = [
                u.graph.reciprocal(factor.node) if part is None else part
                for factor, part in zip(u.factors, inner, strict=True)
            ]
            return _multiplied(u, 1 / u.coefficient, parts)
    return None


def _product(node: Contract) -> Node | None:
    """Exponentials among the factors as one, and into the factor that tames it: eᵘ σ(−u) = σ(u)."""
    factors: list[Node] = []
    for factor in node.factors:
        base = _call(factor.node, "square")
        opened = base is not None and isinstance(base, Map)
        factors += [base, base] if base is not None and opened else [factor.node]
    whole = _with_mills(factors)
    if whole is not factors:
        return _multiplied(node, node.coefficient, whole)
    exponents = _exponents(factors)
    rest = [factor for factor in factors if _call(factor, "exp") is None]
    outer = [_apply("exp", plus(node.graph, exponents))] if exponents else []
    for place, factor in enumerate(rest):
        others = [*rest[:place], *rest[place + 1 :]]
        for used in ([True] * len(exponents), *_each(len(exponents))):
            tamed = _tamed(factor, [u for u, use in zip(exponents, used, strict=True) if use])
            if tamed is not None:
                left = [_apply("exp", u) for u, use in zip(exponents, used, strict=True) if not use]
                return _multiplied(node, node.coefficient, [*others, *left, tamed])
        few = len(rest) <= MOST_FACTORS
        if few and isinstance(factor, Add) and _is_tamed_by(others, factor, exponents):
            terms = [
                _multiplied(node, node.coefficient, [*others, *outer, term])
                for term in factor.terms
            ]
            return plus(node.graph, terms)
    if len(exponents) > 1:
        return _multiplied(node, node.coefficient, [*rest, *outer])
    return None


def _with_mills(factors: list[Node]) -> list[Node]:
    """The factors with φ(u)/Φ(u) as one, the inverse Mills ratio."""
    for density in factors:
        u = _call(density, "phi")
        for divisor in factors:
            v = _call(_call(divisor, "reciprocal"), "Phi")
            if u is not None and v is not None and (_same(u, v) or _same(u, negative(v))):
                rest = [factor for factor in factors if factor not in (density, divisor)]
                return [*rest, _apply("mills", v)]
    return factors


def _each(count: int) -> list[list[bool]]:
    return [[place == k for place in range(count)] for k in range(count)]


def _exponents(factors: list[Node]) -> list[Node]:
    return [u for u in (_call(factor, "exp") for factor in factors) if u is not None]


def _tamed(factor: Node, exponents: list[Node]) -> Node | None:
    """The factor times e to the sum of the exponents, where that is a sigmoid."""
    if not exponents:
        return None
    exponent = plus(factor.graph, exponents)
    z = _call(factor, "sigmoid")
    if z is not None and _same(z, negative(exponent)):
        return _apply("sigmoid", exponent)
    below = _call(factor, "reciprocal")
    if isinstance(below, Add) and len(below.terms) == 2:
        a, b = (_call(term, "exp") for term in below.terms)
        if a is not None and b is not None:  # eᵃ / (eᵃ + eᵇ) = σ(a − b)
            for one, other in ((a, b), (b, a)):
                if _same(exponent, one):
                    return _apply("sigmoid", tidy(plus(factor.graph, [one, opposite(other)])))
    return None


def _is_tamed_by(factors: list[Node], total: Add, exponents: list[Node]) -> bool:
    for term in total.terms:
        own = _exponents(list(term.parts) if isinstance(term, Contract) else [term])
        if own and any(_tamed(factor, [*exponents, *own]) is not None for factor in factors):
            return True
    return False


def _complement(node: Add) -> Node | None:
    """The numbers 1 − σ(u) = σ(−u) and 1 − Φ(u) = Φ(−u), which keep their digits near 0."""
    if len(node.terms) == 2:
        for one, other in (node.terms, node.terms[::-1]):
            for name in ("sigmoid", "Phi"):
                c, u = _weighted(other, name)
                if isinstance(one, Const) and one.value == 1 and c == -1 and u is not None:
                    return _apply(name, opposite(u))
    return None


def _difference_of_sigmoids(node: Add) -> Node | None:
    """The sum with c σ(u) − c σ(−u) as c tanh(u/2), which keeps its digits near zero."""
    weighted = [_weighted(term, "sigmoid") for term in node.terms]
    for i, (c, u) in enumerate(weighted):
        for j, (d, v) in enumerate(weighted):
            if i < j and u is not None and v is not None and c == -d and _same(u, negative(v)):
                made = _multiplied(node, c, [_apply("tanh", tidy(u / 2))])
                rest = [term for k, term in enumerate(node.terms) if k not in (i, j)]
                return plus(node.graph, [made, *rest])
    return None


def _weighted(term: Node, name: str) -> tuple[Number, Node | None]:
    """The c and u of c f(u); no u where it is something else."""
    if isinstance(term, Contract) and len(term.factors) == 1:
        return term.coefficient, _call(term.factors[0].node, name)
    return 1, _call(term, name)


def _multiplied(node: Node, coefficient: Number, factors: list[Node]) -> Node:
    return times(node.graph, coefficient, [Factor(u, ()) for u in factors], ())
