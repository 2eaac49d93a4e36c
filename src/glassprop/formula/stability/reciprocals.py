"""Divisions by a square as two divisions: u/v² is finite where v² is not."""

from __future__ import annotations

from math import inf

from glassprop.formula.nodes import Contract, Factor, Map, Node, is_call


def divided_twice(node: Node) -> Node | None:
    """The product u/v² as (1/v) u (1/v), or None for any other formula.

    One division comes where 1/v² stood, and one after all else: so two factors that are both
    large, or both small, do not meet where it can be helped.
    """
    if not isinstance(node, Contract) or len(node.factors) < 2:
        return None
    first: list[Factor] = []
    last: list[Factor] = []
    for factor in node.factors:
        base = _base(factor.node)
        if base is None:
            first.append(factor)
            continue
        names = dict(zip(factor.node.axes, factor.labels, strict=True))
        inverse = node.graph.reciprocal(base)
        once = Factor(inverse, tuple(names[axis] for axis in inverse.axes))
        first.append(once)
        last.append(once)
    return node.graph.contract(node.coefficient, first + last, node.axes) if last else None


def _base(node: Node) -> Node | None:
    """The v of 1/v² where v² may overflow though v does not."""
    if is_call(node, "reciprocal"):
        (inner,) = node.operands
        if is_call(inner, "square") and not _is_moderate(inner.operands[0]):
            return inner.operands[0]
    return None


def _is_moderate(node: Node) -> bool:
    """Whether the square of a formula is a number where its parts are."""
    if not isinstance(node, Map):
        return False
    bounded = max(map(abs, node.function.range)) < inf
    return bounded or node.function.name in ("sqrt", "root", "log")
