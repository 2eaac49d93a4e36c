"""How parameters follow their gradients: gradient descent for each of them, other rules for all."""

from __future__ import annotations

from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.little_graph.graph_copies import copy
from glassprop.formula.algebra import substitute
from glassprop.formula.algebra import total as sum_of
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Node, Step, Symbol, symbols
from glassprop.formula.parse import parse
from glassprop.models.update_rules import SGD, UpdateRule
from glassprop.models.updates.limits import clipping, norm_limit
from glassprop.show.document.typesetting import Row, Typesetting
from glassprop.show.matrices.forms import forms
from glassprop.show.sentences.sentences import Sentences

MOST = 8
"""Parameters up to which the update of each is written."""
MEANINGS = {
    "learning_rate": "the learning rate, above 0",
    "momentum": "the momentum, below 1",
    "beta1": "the share that stays of the mean of the gradients",
    "beta2": "the share that stays of the mean of their squares",
    "epsilon": "a small number, so that nothing is divided by 0",
    "weight_decay": "the weight decay",
    "alpha": "the share that stays of the mean of the squared gradients",
    "momentum_decay": "how fast the momentum comes up to its last value",
    "shrink": "what a step is multiplied by where the sign of the gradient changes",
    "grow": "what it is multiplied by where the sign stays",
    "smallest": "the smallest step",
    "largest": "the largest step",
    "clip_value": "the largest size of an entry of a gradient",
    "clip_norm": "the largest norm of all gradients together",
    "max_norm": "the largest norm of the incoming weights of a unit; biases have none",
    "every": "the number of updates in which the learning rate goes down once",
    "factor": "what the learning rate is multiplied by then",
    "warmup": "the number of updates of the warm-up",
    "lowest": "the learning rate at the end",
    "peak": "the share of the updates after which the learning rate is at its largest",
    "initial": "the learning rate at first, as a share of the largest",
    "final": "the learning rate at the end, as a share of the largest",
    "T": "the number of updates in all",
    "E": "the number of updates in an epoch",
    "t": "the number of the update, 1 for the first",
}
"""What the numbers of update rules are."""
OTHER = "a number of the rule"
LISTED = {
    "Theta": "all parameters in one list",
    "W": "the weights of a layer, a row for each of its units",
}
"""What the tensors are that limits go by."""


def updates(derivation: Derivation) -> list[Step]:
    """The steps of plain gradient descent, in a graph of their own; none without parameters."""
    pairs = [(s, g) for s, g in derivation.gradients.items() if s.role == "parameter"]
    if not pairs or any(step.kind == "update" for step in derivation.steps):
        return []
    graph = Graph()
    _, *copied = copy([derivation.cost, *(symbol for pair in pairs for symbol in pair)], graph)
    rate = graph.symbol(graph.fresh("eta"), (), "hyper")
    made: list[Step] = []
    for (theta, _), parameter, gradient in zip(pairs, copied[::2], copied[1::2], strict=True):
        assert isinstance(gradient, Symbol)
        graph.adjoints[gradient] = parameter
        names = {"theta": parameter, "gradient": gradient, "learning_rate": rate}
        for _, text in SGD.formulas:
            symbol = graph.find(theta.name)
            assert symbol is not None
            made.append(Step(symbol, parse(text, graph, names), "update", reason=SGD.reason))
    return made


def rule_steps(rule: type[UpdateRule], cost: str = "C") -> list[Step]:
    """The steps of a rule for any one entry θ of a parameter, in a graph of their own.

    Most numbers that all parameters share are written where they are used. Θ is a list of all
    parameters, and W the weights of a layer, where a rule has limits for these.
    """
    graph = Graph()
    graph.symbol(cost, (), "step")
    theta = graph.symbol("theta", (), "parameter")
    gradient = graph.symbol(f"d{cost}_dtheta", (), "step")
    graph.adjoints[gradient] = theta
    shared = list(rule.shared_steps(graph))
    values: dict[Node, Node] = {}
    for step in shared:
        if step.name not in rule.named:
            values[step.symbol] = substitute(step.formula, values)
    numbers = rule.numbers(graph)
    gradients, limited = clipping(rule.limits, {theta: gradient}, numbers, rule.__name__)
    made = [step for step in shared if step.name in rule.named]
    made += _of_all(limited, graph, gradient, cost)
    made += rule.steps_for(theta, gradients[theta], shared)
    if "max_norm" in rule.limits:
        weights = graph.symbol("W", (Axis("j", 2), Axis("k", 3)), "parameter")
        norms, kept, scaled = norm_limit(weights, weights, numbers, rule.__name__)
        whole = substitute(scaled.formula, {kept.symbol: kept.formula})
        made += [norms, replace(scaled, formula=whole)]
    return [replace(step, formula=substitute(step.formula, values)) for step in made]


def _of_all(limited: list[Step], graph: AnyGraph, gradient: Symbol, cost: str) -> list[Step]:
    """The steps of clipping with the norm of all gradients, which go by the list Θ of parameters.

    Those for one entry θ have its square in place of the sum of all squares.
    """
    entry = Axis("k", 5)
    found: list[Step] = []
    total: Node | None = None
    for step in limited:
        if step.name == "squares_theta":
            everything = graph.symbol("Theta", (entry,), "parameter")
            all_gradients = graph.symbol(f"d{cost}_dTheta", (entry,), "step")
            graph.adjoints[all_gradients] = everything
            held = next((one for one in limited if one.name == "held_theta"), None)
            values: dict[Node, Node] = {gradient: all_gradients}
            inner = all_gradients if held is None else substitute(held.formula, values)
            total = graph.apply("square", inner)
        elif step.name == "gradient_norm":
            assert total is not None
            found.append(replace(step, formula=graph.apply("sqrt", sum_of(total))))
        else:
            found.append(step)
    return found


def update(document: Typesetting) -> list[str]:
    """The rule by which parameters are updated."""
    if not updates(document.told.derivation):
        return []
    return _each(document) if document.told.rule is SGD else _any(document)


def _any(document: Typesetting) -> list[str]:
    """A rule for all entries of all parameters, and what its numbers are."""
    rule = document.told.rule
    steps = rule_steps(rule, document.told.derivation.cost.name)
    used = symbols(*(step.formula for step in steps))
    theta = next(step.symbol for step in steps if step.name == "theta")
    gradient = next(s for s in used if s.graph.adjoints.get(s) is theta)
    size = document.math(document.printer.index(document.printer.notation.size))
    prose, printer = document.prose, document.printer.of_mean()
    words = Sentences(document.told.derivation, printer, document.math, prose)
    text = (
        f"{prose(_sentence(rule.reason))} For each entry {words.name(theta)} of each parameter, "
        f"with its entry {words.name(gradient)} of the gradient of the mean cost of {size} "
        "examples, an update is, in this order,"
    )
    numbers = sorted((s for s in used if s.role in ("hyper", "counter")), key=lambda s: s.uid)
    said = [f"{words.name(s)} is {prose(MEANINGS.get(s.name, OTHER))}" for s in numbers]
    said += [
        f"{words.name(symbol)} is {prose(LISTED[name])}"
        for name in LISTED
        if (symbol := theta.graph.find(name)) is not None
    ]
    states = [words.name(step.symbol) for step in steps if step.symbol.role == "state"]
    if states:
        each = " and ".join(states) if len(states) < 3 else _several(states)
        said.append(f"{each} {prose('is' if len(states) == 1 else 'are')} 0 at first")
    return [
        document.paragraph(text),
        document.equations([_any_row(document, step) for step in steps]),
        document.paragraph(f"{prose('where')} {'; '.join(said)}."),
    ]


def _several(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _each(document: Typesetting) -> list[str]:
    """Gradient descent for each parameter; of many the first and the last."""
    steps = updates(document.told.derivation)
    shown = steps if len(steps) <= MOST else [*steps[: MOST // 2], *steps[-MOST // 2 :]]
    rate = next(s for s in symbols(steps[0].formula) if s.role == "hyper")
    size = document.math(document.printer.index(document.printer.notation.size))
    text = (
        f"{document.prose(SGD.reason[0].upper() + SGD.reason[1:])}: with a learning rate "
        f"{document.words.name(rate)} above 0, and the gradients of the mean cost "
        f"of {size} examples, each parameter becomes"
    )
    parts = [document.paragraph(text), document.equations([_row(document, step) for step in shown])]
    if len(steps) > len(shown):
        left = f"and in the same way the other {len(steps) - len(shown)} parameters."
        parts.append(document.paragraph(left))
    return parts


def _row(document: Typesetting, step: Step) -> Row:
    """An update as matrices; beyond two axes in components."""
    found = forms(step, document.printer.of_mean())
    return found.example or found.components


def _any_row(document: Typesetting, step: Step) -> Row:
    """A step of a rule for any entry; what goes over many entries in components."""
    if any(symbol.axes for symbol in symbols(step.formula)):
        return forms(step, document.printer.of_mean()).components
    return _row(document, step)
