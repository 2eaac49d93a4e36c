"""ln [k ≠ j] + u under an exponential, which readers know as [k ≠ j] exp u."""

from __future__ import annotations

from glassprop.formula.algebra import fit_axes
from glassprop.formula.axes import Axes
from glassprop.formula.nodes import Add, Apart, Contract, Map, Node


def apart(node: Node) -> tuple[Axes, Node] | None:
    """For a sum ln [k ≠ j] + u its k and j, and u; else None."""
    if not isinstance(node, Add):
        return None
    for place, term in enumerate(node.terms):
        labels = _labels(term)
        if labels:
            rest = [*node.terms[:place], *node.terms[place + 1 :]]
            axes = tuple(dict.fromkeys(axis for u in rest for axis in u.axes))
            if not any(set(u.axes) == set(axes) for u in rest):
                rest[0] = fit_axes(rest[0], axes)
            return labels, node.graph.add(rest)
    return None


def _labels(term: Node) -> Axes:
    """The k and j of ln [k ≠ j], perhaps repeated along further axes."""
    if isinstance(term, Apart):
        return term.axes
    if isinstance(term, Contract) and term.coefficient == 1 and len(term.factors) == 1:
        (factor,) = term.factors
        return factor.labels if isinstance(factor.node, Apart) else ()
    return ()


def apart_exponential(node: Node) -> tuple[Axes, Node] | None:
    """For exp(ln [k ≠ j] + u) its k and j, and exp u; else None."""
    if not (isinstance(node, Map) and node.function.name == "exp"):
        return None
    found = apart(node.operands[0])
    return None if found is None else (found[0], node.graph.apply("exp", found[1]))
