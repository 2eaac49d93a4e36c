"""The pass that lets a condition decide beyond a name.

A condition that does not hold is a strong zero, and so is a product with one: where t1 = [y > 0] u,
t1 v is 0 though v be infinite. A name hides that. So where another factor may be infinite, a name
for a condition is spelled out, and the conditions that make a named product 0 become factors as
well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.layout.choices import infinite_symbols, may_be_infinite
from glassprop.compile.passes.shape_keeping import parts_first
from glassprop.formula.conditions import flat_factors, is_condition, is_weight
from glassprop.formula.nodes import Contract, Factor, Node, Step, Symbol

Known = Mapping[Symbol, tuple[Factor, ...]]
"""The conditions that make named products 0, by their names."""


def decide(derivation: Derivation) -> Derivation:
    """Products with named strong zeros, and what those are 0 by, where it matters."""
    infinite, known = infinite_symbols(derivation.steps), _conditions(derivation.steps)
    weights: dict[Node, Node] = {
        step.symbol: step.formula for step in derivation.steps if is_weight(step.formula)
    }
    return parts_first(derivation, lambda node: _decided(node, infinite, known, weights))


def _decided(
    node: Node, infinite: frozenset[Symbol], known: Known, weights: Mapping[Node, Node]
) -> Node | None:
    if not isinstance(node, Contract):
        return None
    factors = node.factors
    wild = [factor for factor in factors if may_be_infinite(factor.node, infinite)]
    if not wild:
        return None
    # what a factor is 0 by has been seen to in itself: it matters for the others
    beside = [factor for factor in factors if any(other is not factor for other in wild)]
    plain = [Factor(weights.get(f.node, f.node), f.labels) if f in beside else f for f in factors]
    given = dict.fromkeys(
        f for factor in beside if factor.node not in weights for f in _of(factor, known)
    )
    more = [factor for factor in given if factor not in plain]
    changed = more or tuple(plain) != factors
    return node.graph.contract(node.coefficient, [*plain, *more], node.axes) if changed else None


def _conditions(steps: Iterable[Step]) -> Known:
    found: dict[Symbol, tuple[Factor, ...]] = {}
    for step in steps:
        formula = step.formula
        if is_condition(formula):
            given = [Factor(formula, formula.axes)]
        elif isinstance(formula, Contract) and not formula.summed:
            given = _of_product(formula, found)
        else:
            continue
        if given and step.symbol.axes == formula.axes:
            found[step.symbol] = tuple(dict.fromkeys(given))
    return found


def _of_product(product: Contract, known: Known) -> list[Factor]:
    """The conditions that make a product 0."""
    visible = [factor for factor in flat_factors(product)[1] if is_condition(factor.node)]
    return visible + _named_in(product, known)


def _named_in(product: Contract, known: Known) -> list[Factor]:
    """Those of them that names hide."""
    return [f for factor in flat_factors(product)[1] for f in _of(factor, known)]


def _of(factor: Factor, known: Known) -> list[Factor]:
    """The conditions that make a factor 0, hidden by its name or by names in it."""
    node = factor.node
    if isinstance(node, Symbol) and node in known:
        found: Iterable[Factor] = known[node]
    elif isinstance(node, Contract) and not node.summed:
        found = _named_in(node, known)
    else:
        return []
    names = dict(zip(node.axes, factor.labels, strict=True))
    given = [f for f in found if names.keys() >= {*f.labels}]
    return [Factor(f.node, tuple(names[k] for k in f.labels)) for f in given]
