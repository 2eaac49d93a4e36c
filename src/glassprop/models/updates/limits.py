"""Limits of gradients and of weights, as steps of the program before and after the updates.

Clipping: Pascanu et al. 2013, Algorithm 1, in the form of `torch.nn.utils.clip_grad_norm_`, which
adds 10⁻⁶ to the norm; the largest norm of a unit's incoming weights: Srivastava et al. 2014,
section 5.1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from glassprop.formula.algebra import total
from glassprop.formula.axes import Axes
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.formula.parse import parse

LIMITS = ("clip_value", "clip_norm", "max_norm")
"""What a rule may limit: entries of gradients, their norm, the norms of units' weights."""
WITHIN = "clip(gradient, clip_value)"
SHRINK = "clip_norm / maximum(gradient_norm + 0.000001, clip_norm)"
SHRUNK = "gradient_factor * gradient"
LONGEST = "max_norm / maximum(norm, max_norm)"

Gradients = Mapping[Symbol, Symbol]


def step_symbol(graph: AnyGraph, name: str, axes: Axes, taken: Collection[str]) -> Symbol:
    """The symbol of a step of the update; that which another rule has made before, if any.

    Raises:
        FormulaError: if the name is one of those that are taken.
    """
    found = None if name in taken else graph.find(name)
    if found is not None and found.role == "step" and found.axes == axes:
        return found
    return graph.symbol(name, axes, "step")


def clipping(
    limits: Sequence[str],
    gradients: Gradients,
    numbers: Mapping[str, Node],
    rule: str,
    taken: Collection[str] = (),
) -> tuple[Gradients, list[Step]]:
    """The gradients that updates go by, and the steps that make them of the others.

    Args:
        limits: which of `LIMITS` there are.
        gradients: of each parameter.
        numbers: the hyper-parameters by name.
        rule: the name of the rule that the steps belong to.
        taken: names of other quantities.

    Raises:
        FormulaError: if another quantity has the name of one of the steps.
    """
    made: list[Step] = []
    if "clip_value" in limits:
        meaning = "the gradient, each entry held between −clip_value and clip_value"
        gradients, steps = _changed(gradients, "held", WITHIN, meaning, numbers, rule, taken)
        made += steps
    if "clip_norm" in limits and gradients:
        factor = _shrinking(gradients, numbers, rule, taken)
        made += factor
        names = {**numbers, "gradient_factor": factor[-1].symbol}
        meaning = "the gradient, scaled down with all others"
        gradients, steps = _changed(gradients, "clipped", SHRUNK, meaning, names, rule, taken)
        made += steps
    return gradients, made


def _changed(
    gradients: Gradients,
    name: str,
    text: str,
    meaning: str,
    names: Mapping[str, Node],
    rule: str,
    taken: Collection[str],
) -> tuple[Gradients, list[Step]]:
    """Each gradient as a formula makes it another one."""
    found: dict[Symbol, Symbol] = {}
    steps: list[Step] = []
    for theta, gradient in gradients.items():
        graph = theta.graph
        symbol = step_symbol(graph, f"{name}_{theta.name}", theta.axes, taken)
        formula = parse(text, graph, {**names, "gradient": gradient})
        about = f"{meaning} ({theta.name})"
        steps.append(Step(symbol, formula, "backward", about, rule))
        found[theta] = symbol
    return found, steps


def _shrinking(
    gradients: Gradients, numbers: Mapping[str, Node], rule: str, taken: Collection[str]
) -> list[Step]:
    """The norm of all gradients together, and the factor that they are multiplied by."""
    made: list[Step] = []
    for theta, gradient in gradients.items():
        graph = theta.graph
        symbol = step_symbol(graph, f"squares_{theta.name}", (), taken)
        formula = parse("sum(gradient**2)", graph, {"gradient": gradient})
        meaning = f"the sum of the squares of the gradient with respect to {theta.name}"
        made.append(Step(symbol, formula, "backward", meaning, rule))
    graph = next(iter(gradients)).graph
    norm = step_symbol(graph, "gradient_norm", (), taken)
    squares = graph.apply("sqrt", graph.add([step.symbol for step in made]))
    made.append(Step(norm, squares, "backward", "the norm of all gradients together", rule))
    factor = step_symbol(graph, "gradient_factor", (), taken)
    formula = parse(SHRINK, graph, {**numbers, "gradient_norm": norm})
    meaning = "what the gradients are multiplied by: 1 up to the largest norm"
    return [*made, Step(factor, formula, "backward", meaning, rule)]


def norm_limit(
    theta: Symbol,
    moved: Symbol,
    numbers: Mapping[str, Node],
    rule: str,
    taken: Collection[str] = (),
) -> list[Step]:
    """The steps that scale each unit's incoming weights, a row, down to a largest norm.

    Args:
        theta: the weights.
        moved: what the rule makes of them, which is scaled.
        numbers: the hyper-parameters by name.
        rule: the name of the rule that the steps belong to.
        taken: names of other quantities.
    """
    graph, unit = theta.graph, theta.axes[:1]
    norms = step_symbol(graph, f"norms_{theta.name}", unit, taken)
    length = graph.apply("sqrt", total(graph.apply("square", moved), theta.axes[1:]))
    kept = step_symbol(graph, f"kept_{theta.name}", unit, taken)
    factor = parse(LONGEST, graph, {**numbers, "norm": norms})
    return [
        Step(norms, length, "backward", "the norm of each unit's incoming weights", rule),
        Step(kept, factor, "backward", "what is kept of them: 1 up to the largest norm", rule),
        Step(theta, kept * moved, "update", "incoming weights of at most the largest norm", rule),
    ]
