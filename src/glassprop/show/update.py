"""How parameters follow their gradients: the update rule, stated for each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassprop.chainrule.copies import copy
from glassprop.chainrule.derivation import Derivation
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Step, Symbol, symbols
from glassprop.formula.parse import parse
from glassprop.models.updates import SGD
from glassprop.show.forms import forms

if TYPE_CHECKING:
    from glassprop.show.document import Document, Row

MOST = 8
"""Parameters up to which the update of each is written."""


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


def update(document: Document) -> list[str]:
    """The update of each parameter; of many the first and the last."""
    steps = updates(document.told.derivation)
    if not steps:
        return []
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


def _row(document: Document, step: Step) -> Row:
    """An update as matrices; beyond two axes in components."""
    found = forms(step, document.printer)
    return found.example or found.components
