"""The names that quantities of a derivation get: δ for ∂C/∂z, dC_dW for the rest."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from glassprop.formula.algebra import rebuild
from glassprop.formula.conditions import is_condition
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import SELECTORS, Const, Contract, Map, Node, Symbol, symbols, walk


def adjoint_name(graph: AnyGraph, cost: Symbol, of: Symbol) -> str:
    """`delta2` for the error ∂C/∂z2 of a network, otherwise `dC_dW2`; always new."""
    match = re.fullmatch(r"z(\d*)", of.name)
    if match and cost.name == "C":
        return graph.fresh(f"delta{match[1]}")
    return graph.fresh(f"d{cost.name}_d{of.name}")


def temporary_name(graph: AnyGraph) -> str:
    """t1, t2, … for a quantity that the mathematics has no name for."""
    number = 1
    while graph.taken(f"t{number}"):
        number += 1
    return f"t{number}"


def name_all(root: Node) -> Symbol:
    """Name every node of a formula, so that each becomes a step: a, b given, then c, d, e.

    A formula that is just a symbol or a number becomes a step as well.
    """
    graph = root.graph
    free = _free_names(graph, [symbol.name for symbol in symbols(root)])
    conditions = _conditions(root)
    done: dict[Node, Node] = {}
    for node in walk([root]):
        made = rebuild(node, [done[part] for part in node.parts]) if node.parts else node
        if node is root:
            return graph.let(next(free), made)
        silent = isinstance(node, (Symbol, *SELECTORS)) or _part_of_arithmetic(node)
        silent = silent or node in conditions
        done[node] = made if silent else graph.let(next(free), made)
    raise AssertionError("a formula has at least one node")


def _conditions(root: Node) -> set[Node]:
    """What the cases of a formula are chosen by: that is a part of the choice, not a quantity."""
    found: set[Node] = set()
    for node in reversed(list(walk([root]))):
        if isinstance(node, Map) and node.function.name == "where":
            found.add(node.operands[0])
        elif node in found:
            found.update(part for part in node.parts if is_condition(part))
    return found


def _part_of_arithmetic(node: Node) -> bool:
    """Numbers, signs and 1/v belong to the operation that uses them."""
    if isinstance(node, Const):
        return True
    if isinstance(node, Contract):
        return len(node.factors) == 1 and not node.summed
    return isinstance(node, Map) and node.function.name == "reciprocal"


def _free_names(graph: AnyGraph, used: list[str]) -> Iterator[str]:
    letters = string.ascii_lowercase
    latin = [name for name in used if len(name) == 1 and name in letters]
    if latin and all(len(name) == 1 and name.islower() for name in used):
        for letter in letters[letters.index(max(latin)) + 1 :]:
            if not graph.taken(letter):
                yield letter
    number = 1
    while True:
        if not graph.taken(f"v{number}"):
            yield f"v{number}"
        number += 1
