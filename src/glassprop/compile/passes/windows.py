"""The pass that takes windows and overlaps out of larger products, so that each is one step.

Σ [h = i + p] xₕ Kₚ becomes Σ uᵢₚ Kₚ with uᵢₚ = Σ [h = i + p] xₕ, which forwards and backwards can
share; and a gradient Σ [h = i + p] δᵢ Kₚ is the overlap of the windows δᵢ Kₚ.
"""

from __future__ import annotations

from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.passes.shape_keeping import rewritten
from glassprop.formula.axes import Axis
from glassprop.formula.nodes import SELECTORS, Contract, Factor, Node, Select, walk


def windows(derivation: Derivation) -> Derivation:
    """Windows and overlaps as products of their own."""
    steps = [
        replace(step, formula=_parted(step.formula))
        if any(isinstance(node, Select) for node in walk([step.formula]))
        else step
        for step in derivation.steps
    ]
    return derivation.with_steps(steps)


def _parted(root: Node) -> Node:
    done: dict[Node, Node] = {}
    for node in walk([root]):
        made = rewritten(node, done.get)
        if isinstance(made, Contract) and _selects(made.factors) and len(made.factors) > 1:
            made = _overlaps(_windows(made))
        if made is not node:
            done[node] = made
    return done.get(root, root)


def _selects(factors: tuple[Factor, ...]) -> list[Factor]:
    return [factor for factor in factors if isinstance(factor.node, Select)]


def _alone(node: Contract, axis: Axis) -> bool:
    """Whether only one selector has a label."""
    return sum(axis in f.labels for f in node.factors if isinstance(f.node, SELECTORS)) == 1


def _windows(node: Contract) -> Contract:
    """Operands that are seen through windows, each with its selectors, as factors of their own."""
    graph = node.graph
    factors = list(node.factors)
    for place, operand in enumerate(node.factors):
        if isinstance(operand.node, SELECTORS):
            continue
        axes, taken = list(operand.labels), list[Factor]()
        for factor in _selects(node.factors):
            h, i, p = factor.labels
            alone = sum(h in f.labels for f in node.factors) == 2
            if alone and h in axes and h not in node.axes and not {i, p} & set(axes):
                axes[axes.index(h) : axes.index(h) + 1] = [i, p]
                taken.append(factor)
        if taken and len(taken) + 1 < len(node.factors):
            inner = graph.contract(1, [*taken, operand], tuple(axes))
            factors[place] = Factor(inner, tuple(axes))
            factors = [factor for factor in factors if factor not in taken]
            made = graph.contract(node.coefficient, factors, node.axes)
            assert isinstance(made, Contract)
            return _windows(made)
    return node


def _overlaps(node: Contract) -> Contract:
    """What is added up where windows came from, as a product of its own."""
    graph = node.graph
    operands = [factor for factor in node.factors if not isinstance(factor.node, Select)]
    outer = [factor for factor in operands if set(factor.labels) <= set(node.axes)]
    inner = [factor for factor in operands if not set(factor.labels) <= set(node.axes)]
    present = {label for factor in inner for label in factor.labels}
    axes, taken = list(node.axes), list[Factor]()
    for factor in _selects(node.factors):
        h, i, p = factor.labels
        alone = all(_alone(node, axis) for axis in factor.labels)
        folds = h in axes and h not in present and {i, p} <= present - set(node.axes)
        if alone and folds:
            axes[axes.index(h) : axes.index(h) + 1] = [i, p]
            taken.append(factor)
    if not taken or len(operands) + len(_selects(node.factors)) - len(taken) < 2:
        return node
    inner += [factor for factor in _selects(node.factors) if factor not in taken]
    present = {label for factor in inner for label in factor.labels}
    inside = tuple(axis for axis in axes if axis in present)
    folded = graph.contract(1, inner, inside)
    reached = tuple(
        axis for axis in node.axes if axis in present or any(axis in f.labels for f in taken)
    )
    whole = graph.contract(1, [*taken, Factor(folded, inside)], reached)
    made = graph.contract(node.coefficient, [Factor(whole, reached), *outer], node.axes)
    assert isinstance(made, Contract)
    return made
