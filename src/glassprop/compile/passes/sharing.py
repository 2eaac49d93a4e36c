"""The pass that computes once what is used twice, and keeps formulas from growing too deep.

What is costly is computed once for speed, and what is compared for its bits: a gradient asks where
the operand of a maximum equals the maximum, and the answer is right if both were made from one
stored value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.layout.array_expressions import compares, is_costly
from glassprop.compile.passes.shape_keeping import rewritten, uses
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import (
    SELECTORS,
    Const,
    Contract,
    Map,
    Node,
    Reduce,
    Step,
    Symbol,
    walk,
)

LARGE = 6
"""How many operations, of which costly ones count as many, are named when they are used twice."""

DEEPEST = 40
"""How many operations may be nested in one line."""

Names = dict[Node, Symbol]
"""The names given so far, so that all routines of a program call a formula by the same name."""


def share(derivation: Derivation, names: Names) -> Derivation:
    """What is costly or compared and used twice is computed once, under a name: t1, t2, …."""
    sharing = _Sharing(derivation.graph, names, _mentions(derivation.steps))
    return derivation.with_steps(sharing.steps(derivation.steps))


def share_each(steps: Sequence[Step], graph: AnyGraph, names: Names) -> list[Step]:
    """The same within each step alone: an update changes what later formulas see."""
    made: list[Step] = []
    for step in steps:
        made += _Sharing(graph, names, _mentions([step])).step(step)
    return made


def _mentions(steps: Sequence[Step]) -> Counter[Node]:
    """How often each node is written: once for each use, or as often as a function names it."""
    count = uses(steps)
    for node in walk(step.formula for step in steps):
        if isinstance(node, Map) and node.function.numpy:
            for name, operand in zip(node.function.operands, node.operands, strict=True):
                count[operand] += max(0, len(_words(name, node.function.numpy)) - 1)
    return count


@lru_cache(maxsize=256)
def _words(name: str, text: str) -> tuple[str, ...]:
    """Where a text names an operand."""
    return tuple(re.findall(rf"\b{name}\b", text))


class _Sharing:
    def __init__(self, graph: AnyGraph, names: Names, count: Counter[Node]) -> None:
        self.graph, self.names, self.count, self.number = graph, names, count, 0
        self.known: dict[Node, Node] = {}
        self.weight: dict[Node, int] = {}
        self.depth: dict[Node, int] = {}
        self.compared = set(_compared(count))

    def steps(self, steps: Sequence[Step]) -> list[Step]:
        made: list[Step] = []
        for step in steps:
            made += self.step(step)
            if not isinstance(step.formula, Symbol) and step.symbol.axes == step.formula.axes:
                self.known.setdefault(step.formula, step.symbol)
        return made

    def step(self, step: Step) -> list[Step]:
        """One step, after the parts of it that get a name."""
        hoisted: list[Step] = []
        for node in _unknown(step.formula, self.known):
            self.depth[node] = 1 + self._most(node, self.depth)
            below = sum(self.weight.get(part, 0) for part in node.parts)
            self.weight[node] = below + (LARGE if _is_costly(node) else 1)
            if node is step.formula or isinstance(node, SELECTORS):
                continue
            deep = self.depth[node] > DEEPEST and bool(node.axes)
            matters = self.weight[node] >= LARGE or node in self.compared
            if not (deep or (self.count[node] > 1 and matters)):
                continue
            why = "nested deep" if deep else "used more than once"
            symbol = self._symbol(node)
            kind = "backward" if step.kind == "update" else step.kind
            hoisted.append(Step(symbol, self._named(node), kind, "", "share", why))
            self.known[node] = symbol
            self.depth[node] = self.weight[node] = 0
        return [*hoisted, replace(step, formula=self._named(step.formula))]

    def _most(self, node: Node, of: Mapping[Node, int]) -> int:
        return max((of.get(part, 0) for part in node.parts), default=0)

    def _symbol(self, node: Node) -> Symbol:
        if node not in self.names:
            self.number += 1
            while self.graph.taken(f"t{self.number}"):
                self.number += 1
            self.names[node] = self.graph.symbol(f"t{self.number}", node.axes, "step")
        return self.names[node]

    def _named(self, root: Node) -> Node:
        """The formula with known parts called by name; the largest known part wins."""
        return rewritten(root, self.known.get)


def _compared(nodes: Iterable[Node]) -> Iterator[Node]:
    """The operands of maxima and comparisons."""
    for node in nodes:
        if isinstance(node, Reduce) and node.kind == "max":
            yield node.operand
        elif isinstance(node, Map) and compares(node.function):
            yield from node.operands


def _is_costly(node: Node) -> bool:
    if isinstance(node, Map):
        return bool(node.axes) and is_costly(node.function)
    if isinstance(node, Contract):
        inner = any(not isinstance(f.node, SELECTORS) and f.node.axes for f in node.factors)
        return bool(node.summed) and inner
    return isinstance(node, Reduce)


def _unknown(root: Node, known: Mapping[Node, Node]) -> Iterator[Node]:
    """Operations below a formula that have no name yet, parts before wholes."""
    stack: list[tuple[Node, bool]] = [(root, False)]
    seen: set[Node] = set()
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif node not in seen and node not in known and not isinstance(node, (Symbol, Const)):
            seen.add(node)
            stack.append((node, True))
            stack.extend((part, False) for part in reversed(node.parts))
