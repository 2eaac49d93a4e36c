"""What the formulas of a graph say about its quantities, for whoever writes them as matrices."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Contract, Node, Symbol, symbols, walk


@dataclass(frozen=True)
class QuantityKinds:
    """Names only, so that nothing here keeps a graph alive.

    Attributes:
        steps: how many steps the graph had.
        data: the forward quantities that differ from example to example.
        weights: the matrices of parameters that act from the left, W x: their last axis is summed
            over and their first is not.
        costs: the numbers that no other formula uses.
        batch: whether the formulas are stated for a mini-batch already.
    """

    steps: int
    data: frozenset[str]
    weights: frozenset[str]
    costs: frozenset[str]
    batch: bool


_known: WeakKeyDictionary[AnyGraph, QuantityKinds] = WeakKeyDictionary()


def quantity_kinds(graph: AnyGraph) -> QuantityKinds:
    """The facts of a graph, collected once."""
    known = _known.get(graph)
    if known is None or known.steps != len(graph.steps):
        known = _known[graph] = _collect(graph)
    return known


def _collect(graph: AnyGraph) -> QuantityKinds:
    data: set[str] = set()
    weights: set[str] = set()
    numbers: dict[str, None] = {}
    batch = False
    for step in graph.steps.values():
        used = symbols(step.formula)
        batch = batch or any(symbol.role == "size" for symbol in used)
        data.update(symbol.name for symbol in used if symbol.role in ("input", "target"))
        for symbol in used:
            numbers.pop(symbol.name, None)
        if not step.symbol.axes:
            numbers[step.name] = None
        if any(symbol.name in data for symbol in used):
            data.add(step.name)
        for node in walk([step.formula]):
            if isinstance(node, Contract):
                weights.update(_acting(node))
    return QuantityKinds(
        len(graph.steps),
        frozenset(data - set(numbers)),
        frozenset(weights),
        frozenset(numbers),
        batch,
    )


def _acting(node: Contract) -> list[str]:
    summed = set(node.summed)
    return [
        factor.node.name
        for factor in node.factors
        if isinstance(factor.node, Symbol)
        and factor.node.role == "parameter"
        and [label in summed for label in factor.labels] == [False, True]
    ]


def of_data(node: Node) -> bool:
    """Whether the value of a formula differs from example to example.

    A derivative is of the data if the quantity is that it is with respect to.
    """
    graph = node.graph
    forward = quantity_kinds(graph).data
    waiting = [node]
    while waiting:
        for symbol in symbols(waiting.pop()):
            by = graph.adjoints.get(symbol)
            if by is not None:
                waiting.append(by)
            elif symbol.role in ("input", "target") or symbol.name in forward:
                return True
    return False


def is_cost(symbol: Symbol) -> bool:
    """Whether a quantity is a number that no other formula uses."""
    return symbol.name in quantity_kinds(symbol.graph).costs
