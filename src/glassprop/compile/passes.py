"""The passes over named steps: each takes steps and gives steps, and can be shown.

None of them changes a value by more than rounding; `verify` runs after each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace

from glassprop.compile.arrays import is_costly
from glassprop.derive.derivation import Derivation
from glassprop.derive.naming import temporary_name
from glassprop.formula.algebra import rebuild, rewrite, substitute
from glassprop.formula.calculus import by_output, expand
from glassprop.formula.nodes import (
    SELECTORS,
    Contract,
    Map,
    Node,
    Reduce,
    Step,
    Symbol,
    symbols,
    walk,
)

LONGEST_FORMULA = 24


def reuse(derivation: Derivation) -> Derivation:
    """f′(z) by the value a = f(z) where it is known: σ′(z1) becomes a1 (1 − a1)."""
    values: dict[Node, Symbol] = {}
    for step in derivation.steps:
        if step.kind == "forward":
            values.setdefault(step.formula, step.symbol)

    def change(node: Node) -> Node | None:
        if not isinstance(node, Map) or node.function.primitive is None:
            return None
        function = node.function.primitive
        output = values.get(node.graph.map(function, *node.operands))
        if output is None or not function.output_form:
            return None
        return by_output(function, output)

    return derivation.with_steps(
        [replace(step, formula=rewrite(step.formula, change)) for step in derivation.steps]
    )


def unfold(derivation: Derivation) -> Derivation:
    """Functions without a NumPy form of their own by their formulas: silu(z) becomes z σ(z)."""

    def change(node: Node) -> Node | None:
        if isinstance(node, Map) and not node.function.numpy:
            return rewrite(expand(node.function, node.operands), change)
        return None

    return derivation.with_steps(
        [replace(step, formula=rewrite(step.formula, change)) for step in derivation.steps]
    )


def prune(derivation: Derivation, results: Collection[Symbol]) -> Derivation:
    """Only the steps that some results need."""
    needed = set(results)
    kept: list[Step] = []
    for step in reversed(derivation.steps):
        if step.symbol in needed:
            kept.append(step)
            needed |= set(symbols(step.formula))
    return derivation.with_steps(kept[::-1])


def inline(derivation: Derivation, results: Collection[Symbol]) -> Derivation:
    """Backward steps that are used once are written where they are used, errors δ excepted."""
    uses = _uses(derivation)
    values: dict[Node, Node] = {}
    kept: list[Step] = []
    for step in derivation.steps:
        formula = substitute(step.formula, values) if values else step.formula
        step = replace(step, formula=formula)
        small = sum(1 for _ in walk([formula])) <= LONGEST_FORMULA
        passing = step.kind == "backward" and not step.name.startswith("delta")
        same_axes = step.symbol.axes == formula.axes
        if passing and small and same_axes and uses[step.symbol] == 1 and step.symbol not in results:
            values[step.symbol] = formula
        else:
            kept.append(step)
    return derivation.with_steps(kept)


def _uses(derivation: Derivation) -> Counter[Node]:
    """How often each node is an operand, or a whole formula, in some steps."""
    uses: Counter[Node] = Counter()
    for node in walk(step.formula for step in derivation.steps):
        uses.update(node.parts)
    uses.update(step.formula for step in derivation.steps)
    return uses


def share(derivation: Derivation) -> Derivation:
    """What is costly and used twice is computed once, under a name: t1, t2, …."""
    uses = _uses(derivation)
    known: dict[Node, Node] = {}
    steps: list[Step] = []
    for step in derivation.steps:
        hoisted: list[Step] = []
        for node in walk([step.formula]):
            if node is step.formula or node in known or uses[node] < 2 or not _is_worth(node):
                continue
            symbol = node.graph.symbol(temporary_name(node.graph), node.axes, "step")
            formula = _replace_inside(node, known)
            hoisted.append(Step(symbol, formula, step.kind, "", "share", "used more than once"))
            known[node] = symbol
        formula = _replace_inside(step.formula, known)
        steps += [*hoisted, replace(step, formula=formula)]
        if not isinstance(step.formula, Symbol) and step.symbol.axes == step.formula.axes:
            known.setdefault(step.formula, step.symbol)
    return derivation.with_steps(steps)


def _replace_inside(root: Node, known: Mapping[Node, Node]) -> Node:
    """The formula with known parts called by name; the largest known part wins."""
    done: dict[Node, Node] = {}
    for node in walk([root]):
        if node in known:
            done[node] = known[node]
            continue
        parts = [done[part] for part in node.parts]
        same = all(part is old for part, old in zip(parts, node.parts, strict=True))
        done[node] = node if same else rebuild(node, parts)
    return done[root]


def _is_worth(node: Node) -> bool:
    if isinstance(node, Map):
        return bool(node.axes) and is_costly(node.function)
    if isinstance(node, Contract):
        inner = any(not isinstance(f.node, SELECTORS) and f.node.axes for f in node.factors)
        return bool(node.summed) and inner
    return isinstance(node, Reduce)
