"""Formulas with the steps below them, copied as they stand into another graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from glassprop.formula.algebra import same_operation
from glassprop.formula.graph import Graph
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import (
    Node,
    Step,
    Symbol,
    walk,
)


def copy(roots: Sequence[Node], graph: AnyGraph) -> list[Node]:
    """The images of some formulas in a graph that has none of their names.

    Definitions of steps come along. Nothing is tidied: the copy has the shape of the original.
    """
    done: dict[Node, Node] = {}
    stack = list(reversed(roots))
    while stack:
        root = stack[-1]
        below = list(walk([root]))
        source = root.graph
        needed = [
            source.steps[node].formula
            for node in below
            if isinstance(node, Symbol) and node in source.steps and node not in done
        ]
        missing = [formula for formula in needed if formula not in done]
        if missing:
            stack.extend(reversed(missing))
            continue
        stack.pop()
        for node in below:
            if node not in done:
                done[node] = _image(node, done, graph)
    return [done[root] for root in roots]


class Unfolding:
    """Formulas with what their steps are made of written in place of the names.

    Nothing is tidied, and parts stay shared: it is as long as the steps are together.

    Args:
        steps: what stands in place of names, in their order.
        kept: the name of a step that stays a symbol.
    """

    def __init__(self, steps: Iterable[Step], kept: str = "") -> None:
        self.graph = Graph()
        self.done: dict[Node, Node] = {}
        for step in steps:
            if step.name != kept:
                self.done[step.symbol] = self.image(step.formula)

    def named(self, name: str) -> Node:
        """What stands for a name; a symbol if it is kept or given."""
        found = {node.name: image for node, image in self.done.items() if isinstance(node, Symbol)}
        return found[name]

    def image(self, root: Node) -> Node:
        """The formula, unfolded, in the graph of its own that they all share."""
        for node in walk([root]):
            if node in self.done:
                continue
            if isinstance(node, Symbol):
                made = self.graph.symbol(node.name, node.axes, node.role, node.probability)
            else:
                made = _image(node, self.done, self.graph)
            self.done[node] = made
        return self.done[root]


def _image(node: Node, done: dict[Node, Node], graph: AnyGraph) -> Node:
    parts = [done[part] for part in node.parts]
    if isinstance(node, Symbol):
        return _symbol(node, done, graph)
    return same_operation(node, parts, graph)


def _symbol(node: Symbol, done: dict[Node, Node], graph: AnyGraph) -> Symbol:
    step = node.graph.steps.get(node)
    role = node.role
    made = graph.symbol(node.name, node.axes, role, node.probability)
    if step is not None:
        wrt = done.get(step.wrt) if step.wrt is not None else None
        graph.steps[made] = replace(
            step, symbol=made, formula=done[step.formula], wrt=wrt, rewrites=()
        )
    return made
