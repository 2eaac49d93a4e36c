"""One step as an equation in a line of text, for messages: z² = W²a¹ + b²."""

from __future__ import annotations

from contextlib import suppress

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import FormulaError
from glassprop.formula.nodes import Step
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.matrices.forms import forms
from glassprop.show.notation.notation import NIELSEN

LONGEST = 100
"""Characters up to which an equation is worth saying within a sentence."""


def single_equation(derivation: Derivation, step: Step) -> str:
    """The equation of a step of a program, as the derivation for one example has it.

    Args:
        derivation: for one example.
        step: of a program that was made of it.

    Returns:
        Matrices where they can say it, else components; "" for what is no step of the derivation
        and no update, and where it is long.
    """
    printer = TextPrinter(NIELSEN)
    if step.name in derivation:
        step = derivation[step.name]
    elif step.kind == "update":
        printer = printer.of_mean()
    else:
        return ""
    with suppress(FormulaError):
        made = forms(step, printer)
        text = " ".join(made.example or made.components)
        return text if len(text) <= LONGEST else ""
    return ""
