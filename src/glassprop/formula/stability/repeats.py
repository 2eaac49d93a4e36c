"""Numbers that are repeated along an axis, as where a sum loses the terms that had it, as numbers.

Text says nothing of repeating: in it a sum or a function has the axes of all its operands.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.formula.algebra import plus, rebuild, with_parts
from glassprop.formula.nodes import Contract, Factor, Node, Reduce, walk


def without_repeats(root: Node) -> Node:
    """The formula without axes that none of its parts have; they may be fewer in the end."""
    done: dict[Node, Node] = {}
    for node in walk([root]):
        done[node] = _without(node, [done[part] for part in node.parts])
    return done[root]


def _without(node: Node, parts: Sequence[Node]) -> Node:
    if isinstance(node, Contract):
        return _product(node, parts)
    if isinstance(node, Reduce):
        return _reduction(node, parts[0])
    if all(part is old for part, old in zip(parts, node.parts, strict=True)):
        return node
    return rebuild(node, parts)


def _reduction(node: Reduce, operand: Node) -> Node:
    """The largest of equal numbers is each of them, and ln Σ exp u over K of them is u + ln K."""
    graph = node.graph
    over = tuple(axis for axis in node.over if axis in operand.axes)
    found = graph.reduce(node.kind, operand, over) if over else operand
    lost = [graph.size(axis) for axis in node.over if axis not in over]
    if node.kind == "max" or not lost:
        return found
    return plus(graph, [found, *(graph.apply("log", size) for size in lost)])


def _product(node: Contract, parts: Sequence[Node]) -> Node:
    """A product over the axes that its factors have, times the sizes of those it sums over."""
    factors = with_parts(node, parts)
    kept = {label for factor in factors for label in factor.labels}
    if kept == {*node.axes, *node.summed} and all(map(_same, factors, node.factors)):
        return node
    factors += [Factor(node.graph.size(axis), ()) for axis in node.summed if axis not in kept]
    axes = tuple(axis for axis in node.axes if axis in kept)
    return node.graph.contract(node.coefficient, factors, axes)


def _same(one: Factor, other: Factor) -> bool:
    return one.node is other.node
