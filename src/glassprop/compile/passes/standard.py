"""The passes over named steps: each takes steps and gives steps, and can be shown.

None of them changes a value by more than rounding; `verify` runs after each.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.passes.shape_keeping import flattened, parts_first, rewritten, uses
from glassprop.compile.passes.windows import windows as windows
from glassprop.formula.algebra import rewrite
from glassprop.formula.derivatives import by_output, expand
from glassprop.formula.nodes import (
    SELECTORS,
    Contract,
    Map,
    Node,
    Step,
    Symbol,
    symbols,
    walk,
)
from glassprop.formula.stability.reciprocals import divided_twice

LONGEST_FORMULA = 24


def reuse(derivation: Derivation) -> Derivation:
    """f′(z) by the value a = f(z) where it is known already: σ′(z1) becomes a1 (1 − a1)."""
    values: dict[Node, Symbol] = {}

    def change(node: Node) -> Node | None:
        if not isinstance(node, Map) or node.function.primitive is None:
            return None
        function = node.function.primitive
        output = values.get(node.graph.map(function, *node.operands))
        if output is None or not function.output_form:
            return None
        return by_output(function, output)

    made: list[Step] = []
    for step in derivation.steps:
        made.append(replace(step, formula=rewrite(step.formula, change)))
        if step.kind == "forward":
            values.setdefault(step.formula, step.symbol)
    return derivation.with_steps(made)


def unfold(derivation: Derivation) -> Derivation:
    """Functions without a NumPy form of their own by their formulas: silu(z) becomes z σ(z)."""
    return derivation.with_steps([unfolded(step) for step in derivation.steps])


def unfolded(step: Step) -> Step:
    """A step with functions that have no NumPy form written out."""

    def change(node: Node) -> Node | None:
        if isinstance(node, Map) and not node.function.numpy:
            return rewrite(expand(node.function, node.operands), change)
        return None

    return replace(step, formula=rewrite(step.formula, change))


def divide(derivation: Derivation) -> Derivation:
    """Products with 1/v² divide by v twice: v² may overflow where the product does not."""
    return parts_first(derivation, divided_twice)


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
    """Backward steps that are used once are written where they are used, errors δ excepted.

    A sum stays in one piece: (Σ δ W) a (1 − a) is a matrix product and two elementwise ones, and
    what a sum runs over is never an inlined product, but a name.
    """
    count = uses(derivation.steps)
    summed = {
        factor.node
        for node in walk(step.formula for step in derivation.steps)
        if isinstance(node, Contract) and node.summed
        for factor in node.factors
    }
    values: dict[Node, Node] = {}
    kept: list[Step] = []
    for step in derivation.steps:
        formula = step.formula
        if values:
            formula = rewritten(formula, values.get, flattened)
        step = replace(step, formula=formula)
        passing = step.kind == "backward" and not step.name.startswith("delta")
        once = count[step.symbol] == 1 and step.symbol not in summed and step.symbol not in results
        if passing and once and step.symbol.axes == formula.axes and _is_small(formula):
            values[step.symbol] = formula
        else:
            kept.append(step)
    return derivation.with_steps(kept)


def _is_small(formula: Node) -> bool:
    nodes = list(walk([formula]))
    return len(nodes) <= LONGEST_FORMULA and not any(isinstance(n, SELECTORS) for n in nodes)
