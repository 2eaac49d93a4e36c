"""Formulas with the steps below them, copied as they stand into another graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glassprop.formula.graph import Graph
from glassprop.formula.nodes import (
    Add,
    Apart,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    OneHot,
    Reduce,
    Select,
    Symbol,
    walk,
)


def copy(roots: Sequence[Node], graph: Graph) -> list[Node]:
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


def _image(node: Node, done: dict[Node, Node], graph: Graph) -> Node:
    parts = [done[part] for part in node.parts]
    if isinstance(node, Symbol):
        return _symbol(node, done, graph)
    if isinstance(node, Const):
        return graph.const(node.value)
    if isinstance(node, Contract):
        factors = [
            Factor(part, factor.labels) for part, factor in zip(parts, node.factors, strict=True)
        ]
        return graph.contract(node.coefficient, factors, node.axes)
    if isinstance(node, Add):
        return graph.add(parts)
    if isinstance(node, Map):
        return graph.map(node.function, *parts)
    if isinstance(node, Reduce):
        return graph.reduce(node.kind, parts[0], node.over)
    if isinstance(node, OneHot):
        return graph.one_hot(parts[0], node.axes[-1])
    if isinstance(node, Apart):
        return graph.apart(*node.axes)
    if isinstance(node, Select):
        h, i, p = node.axes
        return graph.select(h, i, p, node.stride, node.dilation, node.pad)
    raise AssertionError(f"{type(node).__name__} is not a node of the language")


def _symbol(node: Symbol, done: dict[Node, Node], graph: Graph) -> Symbol:
    step = node.graph.steps.get(node)
    role = node.role
    made = graph.symbol(node.name, node.axes, role, node.probability)
    if step is not None:
        wrt = done.get(step.wrt) if step.wrt is not None else None
        graph.steps[made] = replace(
            step, symbol=made, formula=done[step.formula], wrt=wrt, rewrites=()
        )
    return made
