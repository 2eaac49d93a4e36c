"""The names that quantities of a derivation get: δ for ∂C/∂z, dC_dW for the rest."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from glassprop.formula.algebra import rebuild, substitute
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Const, Contract, Map, Node, Symbol, symbols, walk


def adjoint_name(graph: Graph, cost: Symbol, of: Symbol) -> str:
    """`delta2` for the error ∂C/∂z2 of a network, otherwise `dC_dW2`; always new."""
    match = re.fullmatch(r"z(\d*)", of.name)
    if match and cost.name == "C":
        return graph.fresh(f"delta{match[1]}")
    return graph.fresh(f"d{cost.name}_d{of.name}")


def temporary_name(graph: Graph) -> str:
    """t1, t2, … for a quantity that the mathematics has no name for."""
    number = 1
    while graph.taken(f"t{number}"):
        number += 1
    return f"t{number}"


def name_all(root: Node) -> Symbol:
    """Name every node of a formula, so that each becomes a step: a, b given, then c, d, e."""
    graph = root.graph
    letters = [s.name for s in symbols(root)]
    free = _free_names(graph, letters)
    named: dict[Node, Node] = {}
    for node in walk([root]):
        if isinstance(node, Symbol) or (_part_of_arithmetic(node) and node is not root):
            continue
        parts = [substitute(part, named) for part in node.parts]
        made = rebuild(node, parts) if parts else node
        named[node] = graph.let(next(free), made)
    last = named[root] if root in named else root
    assert isinstance(last, Symbol)
    return last


def _part_of_arithmetic(node: Node) -> bool:
    """Numbers, signs and 1/v belong to the operation that uses them."""
    if isinstance(node, Const):
        return True
    if isinstance(node, Contract):
        return len(node.factors) == 1 and not node.summed
    return isinstance(node, Map) and node.function.name == "reciprocal"


def _free_names(graph: Graph, used: list[str]) -> Iterator[str]:
    if used and all(len(name) == 1 and name.islower() for name in used):
        for letter in string.ascii_lowercase[string.ascii_lowercase.index(max(used)) + 1 :]:
            if not graph.taken(letter):
                yield letter
    number = 1
    while True:
        if not graph.taken(f"v{number}"):
            yield f"v{number}"
        number += 1
