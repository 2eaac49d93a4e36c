"""What stands at the end of a derivation: the functions it uses, the mini-batch, the kinks."""

from __future__ import annotations

from glassprop.formula.calculus import prime
from glassprop.formula.nodes import Node, Symbol
from glassprop.formula.scalar import ScalarFunction
from glassprop.show.known import PLAIN, definition, functions_of, slope
from glassprop.show.printer import Printer
from glassprop.show.story import Story
from glassprop.show.words import Words


def meaning(function: ScalarFunction) -> list[Node]:
    """The formulas that say what a function and its derivative are."""
    stated, derivative = definition(function), slope(function)
    found = [] if stated is None else [stated[-1].graph.steps[stated[-1]].formula]
    return found if derivative is None else [*found, derivative]


def function_equations(function: ScalarFunction, printer: Printer) -> list[str]:
    """What a function is, and its derivative: σ(z) = …, σ′(z) = a (1 − a) for a = σ(z)."""
    found: list[str] = []
    left = printer.call(function, list(function.operands)).text
    stated = definition(function)
    if stated is not None and function.name not in PLAIN:
        result = stated[-1]
        assert isinstance(result, Symbol)
        found.append(
            f"{left} {printer.equals} {printer.formula(result.graph.steps[result].formula)}"
        )
    derivative = slope(function)
    if derivative is not None:
        dash = printer.call(prime(function), list(function.operands)).text
        text = f"{dash} {printer.equals} {printer.formula(derivative)}"
        if function.output_form:
            text += printer.aside(f"a {printer.equals} {left}")
        found.append(text)
    return found


def explained(story: Story) -> list[ScalarFunction]:
    """The functions that have something to say, and those that they are explained by."""
    found: dict[tuple[object, ...], ScalarFunction] = {}
    waiting = list(story.functions)
    while waiting:
        function = waiting.pop(0)
        if function.key in found:
            continue
        found[function.key] = function
        if function.name not in PLAIN:
            for root in meaning(function):
                waiting += functions_of([root])
    return [f for f in found.values() if f.name not in PLAIN or f.named_prime]


def mean_note(story: Story, words: Words) -> str:
    """Where the mean over the examples stands in the NumPy lines; empty without them."""
    if story.scalar or not any(entry.line for entry in story.entries):
        return ""
    cost, n = words.name(story.derivation.cost), words.math("n")
    if story.derivation.batch is None:
        head = f"The formulas are for one example; the NumPy takes {n} at once, and {cost} is their"
    else:
        head = f"{cost} is the"
    where: list[str] = []
    if story.means:
        names = words.names_of(step.symbol for step in story.means)
        where.append(f"the {words.math(words.printer.share)} in {names}")
    if any(step.wrt in story.parameters for step in story.derivation.backward):
        where.append("the sums over the examples in the gradients of the parameters")
    hence = f": hence {' and '.join(where)}" if where else ""
    return f"{head} mean{'' if story.derivation.batch is None else ' over the examples'}{hence}."


def in_words(function: ScalarFunction) -> str:
    """What a function is whose formula says nothing more: "1 above zero, else 0"."""
    return function.about if definition(function) is None and function.name not in PLAIN else ""
