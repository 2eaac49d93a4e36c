"""The pass that lets a condition decide beyond the name of a product that it is a factor of.

A product with a condition that does not hold is a strong zero: t1 = [y > 0] u, and t1 v is 0 there
though v be infinite. A name hides the condition, so it becomes a factor of t1 v as well, where
another factor may be infinite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.layout.choices import infinite_symbols, may_be_infinite
from glassprop.compile.passes.shape_keeping import parts_first
from glassprop.formula.conditions import flat_factors, is_condition
from glassprop.formula.nodes import Contract, Factor, Node, Step, Symbol

Known = Mapping[Symbol, tuple[Factor, ...]]
"""The conditions that make named products 0, by their names."""


def decide(derivation: Derivation) -> Derivation:
    """Products with named strong zeros, and what those are 0 by, where it matters."""
    infinite, known = infinite_symbols(derivation.steps), _conditions(derivation.steps)
    return parts_first(derivation, lambda node: _decided(node, infinite, known))


def _decided(node: Node, infinite: frozenset[Symbol], known: Known) -> Node | None:
    if not isinstance(node, Contract) or not any(factor.node in known for factor in node.factors):
        return None
    factors = node.factors
    wild = [factor for factor in factors if may_be_infinite(factor.node, infinite)]
    # what a factor is 0 by has been seen to in itself: it matters for the others
    beside = [factor for factor in factors if any(other is not factor for other in wild)]
    given = dict.fromkeys(f for factor in beside for f in _of(factor, known))
    more = [factor for factor in given if factor not in factors]
    return node.graph.contract(node.coefficient, [*factors, *more], node.axes) if more else None


def _conditions(steps: Iterable[Step]) -> Known:
    found: dict[Symbol, tuple[Factor, ...]] = {}
    for step in steps:
        product = step.formula
        if isinstance(product, Contract) and not product.summed:
            _, factors = flat_factors(product)
            given = [factor for factor in factors if is_condition(factor.node)]
            given += [f for factor in factors for f in _of(factor, found)]
            if given:
                found[step.symbol] = tuple(dict.fromkeys(given))
    return found


def _of(factor: Factor, known: Known) -> list[Factor]:
    """The conditions that make a factor 0, if that is a name."""
    if not isinstance(factor.node, Symbol) or factor.node not in known:
        return []
    names = dict(zip(factor.node.axes, factor.labels, strict=True))
    given = [f for f in known[factor.node] if names.keys() >= {*f.labels}]
    return [Factor(f.node, tuple(names[k] for k in f.labels)) for f in given]
