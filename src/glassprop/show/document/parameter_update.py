"""How parameters follow their gradients: gradient descent for each of them, other rules for all."""

from __future__ import annotations

from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.little_graph.graph_copies import copy
from glassprop.formula.algebra import substitute
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Step, Symbol, symbols
from glassprop.formula.parse import parse
from glassprop.models.update_rules import SGD, UpdateRule
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
    "t": "the number of the update, 1 for the first",
}
"""What the numbers of update rules are."""


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

    The numbers that all parameters share are written where they are used.
    """
    graph = Graph()
    graph.symbol(cost, (), "step")
    theta = graph.symbol("theta", (), "parameter")
    gradient = graph.symbol(f"d{cost}_dtheta", (), "step")
    graph.adjoints[gradient] = theta
    shared = list(rule.shared_steps(graph))
    values: dict[Node, Node] = {}
    for step in shared:
        values[step.symbol] = substitute(step.formula, values)
    return [
        replace(step, formula=substitute(step.formula, values))
        for step in rule.steps_for(theta, gradient, shared)
    ]


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
    theta = steps[-1].symbol
    gradient = next(s for s in used if s in s.graph.adjoints)
    size = document.math(document.printer.index(document.printer.notation.size))
    prose, printer = document.prose, document.printer.of_mean()
    words = Sentences(document.told.derivation, printer, document.math, prose)
    text = (
        f"{prose(_sentence(rule.reason))} For each entry {words.name(theta)} of each parameter, "
        f"with its entry {words.name(gradient)} of the gradient of the mean cost of {size} "
        "examples, an update is, in this order,"
    )
    numbers = sorted((s for s in used if s.name in MEANINGS), key=lambda s: s.uid)
    said = [f"{words.name(s)} is {prose(MEANINGS[s.name])}" for s in numbers]
    states = [words.name(step.symbol) for step in steps[:-1]]
    said.append(f"{' and '.join(states)} {prose('is' if len(states) == 1 else 'are')} 0 at first")
    return [
        document.paragraph(text),
        document.equations([_row(document, step) for step in steps]),
        document.paragraph(f"{prose('where')} {'; '.join(said)}."),
    ]


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
