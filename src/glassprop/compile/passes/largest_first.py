"""The pass that takes the largest entry out of ln Σ exp u where that stands in a sum.

ln Σ exp u = max u + ln Σ exp(u − max u). Where u is large, z − ln Σ exp z is the small difference
of two large numbers, and each of them is rounded. So max u joins the terms that it cancels, which
is exact or nearly so, before what remains is subtracted: z − ln Σ exp z is v − ln Σ exp v with
v = z − max z. Both are at most 0 there, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.passes.shape_keeping import flattened, images, uses
from glassprop.formula.nodes import Add, Contract, Factor, Node, Reduce, Step, Symbol

Steps = Mapping[Symbol, Node]


def shift(derivation: Derivation, results: Collection[Symbol]) -> Derivation:
    """Sums with a log-sum-exp, the largest entry first; steps that nothing needs then go."""
    known: dict[Symbol, Node] = {}
    made: list[Step] = []
    for step in derivation.steps:
        made.append(replace(step, formula=_shifted(step.formula, known)))
        if _logsumexp(step.formula, {}) is not None:
            known[step.symbol] = step.formula
    used = uses(made)
    kept = [s for s in made if s.symbol not in known or s.symbol in results or used[s.symbol]]
    return derivation.with_steps(kept)


def _shifted(root: Node, known: Steps) -> Node:
    return images([root], lambda node: _parted(node, known))[root]


def _parted(node: Node, known: Steps) -> Node | None:
    """A sum with each ±ln Σ exp u among its terms in its two parts; None where there is none."""
    if not isinstance(node, Add):
        return None
    large: list[Node] = []
    small: list[Node] = []
    largest: list[Node] = []
    for term in (_written_out(term, known) for term in node.terms):
        found = _logsumexp(term, known)
        if found is None:
            large.append(term)
            continue
        place, total = found
        top = node.graph.reduce("max", total.operand, total.over)
        rest = node.graph.add([*_terms(total.operand), node.graph.negative(top)])
        small.append(_with(term, place, node.graph.reduce("logsumexp", rest, total.over)))
        largest.append(_with(term, place, top))
    if not small:
        return None
    return node.graph.add([node.graph.add([*large, *largest]), *small])


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Add) else (node,)


def _written_out(term: Node, known: Steps) -> Node:
    """A term with the multiple of a log-sum-exp that it names, or that a factor of it names."""
    if isinstance(term, Symbol):
        return known.get(term, term)
    if isinstance(term, Contract) and any(factor.node in known for factor in term.factors):
        values = [
            known.get(part, part) if isinstance(part, Symbol) else part for part in term.parts
        ]
        return flattened(term, values)
    return term


def _logsumexp(term: Node, known: Steps) -> tuple[int | None, Reduce] | None:
    """The log-sum-exp that a term is, perhaps by name, or that is a factor of it, and its place."""
    if isinstance(term, Contract):
        for place, factor in enumerate(term.factors):
            inner = _definition(factor.node, known)
            if inner is not None:
                return place, inner
        return None
    inner = _definition(term, known)
    return None if inner is None else (None, inner)


def _definition(node: Node, known: Steps) -> Reduce | None:
    found = known.get(node, node) if isinstance(node, Symbol) else node
    return found if isinstance(found, Reduce) and found.kind == "logsumexp" else None


def _with(term: Node, place: int | None, node: Node) -> Node:
    """The term with another factor at a place."""
    if place is None:
        return node
    assert isinstance(term, Contract)
    factors = list(term.factors)
    names = dict(zip(factors[place].node.axes, factors[place].labels, strict=True))
    factors[place] = Factor(node, tuple(names[axis] for axis in node.axes))
    return term.graph.contract(term.coefficient, factors, term.axes)
