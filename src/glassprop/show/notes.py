"""What stands at the end of a derivation: the functions it uses, the mini-batch, the kinks."""

from __future__ import annotations

from glassprop.formula.calculus import prime
from glassprop.formula.nodes import Node
from glassprop.formula.scalar import ScalarFunction
from glassprop.show.known import PLAIN, definition, functions_of, slope
from glassprop.show.printer import Printer
from glassprop.show.repeats import layer_of, ranges
from glassprop.show.story import Entry, Story
from glassprop.show.words import Words


def meaning(function: ScalarFunction, primed: bool) -> list[Node]:
    """The formulas that say what a function is and, if that is asked for, its derivative."""
    stated = definition(function) if function.name not in PLAIN else None
    derivative = slope(function) if primed else None
    found = [] if stated is None else [stated[-1].graph.steps[stated[-1]].formula]
    return found if derivative is None else [*found, derivative]


def called(function: ScalarFunction, printer: Printer) -> str:
    """A function of its own operands, σ(z)."""
    return printer.call(function, [printer.index(operand) for operand in function.operands]).text


def function_equations(function: ScalarFunction, printer: Printer, primed: bool) -> list[str]:
    """What a function is, and its derivative: σ(z) = …, σ′(z) = a (1 − a) for a = σ(z)."""
    found: list[str] = []
    left = called(function, printer)
    dash = called(prime(function), printer) if primed else ""
    formulas = meaning(function, primed)
    if primed and slope(function) is not None:
        text = f"{dash} {printer.equals} {printer.formula(formulas.pop())}"
        output = f"{printer.index('a')} {printer.equals} {left}"
        aside = printer.aside(output) if function.output_form else ""
        found.append(text + aside)
    if formulas:
        found.insert(0, f"{left} {printer.equals} {printer.formula(formulas[0])}")
    return found


def explained(story: Story) -> list[tuple[ScalarFunction, bool]]:
    """The functions that need a word, those that they are explained by, and whether f′ is used."""
    found: dict[tuple[object, ...], ScalarFunction] = {}
    waiting = list(story.functions)
    while waiting:
        function = waiting.pop(0)
        if function.key not in found:
            found[function.key] = function
            for root in meaning(function, function.key in story.primes):
                waiting += functions_of([root])
    told = [(f, key in story.primes) for key, f in found.items()]
    return [(f, primed) for f, primed in told if primed or f.name not in PLAIN]


def mean_note(story: Story, words: Words) -> str:
    """Where the mean over the examples stands in the NumPy lines; empty without them."""
    if story.scalar or not any(entry.line for entry in story.entries):
        return ""
    cost, n = words.name(story.derivation.cost), words.math(words.printer.index("n"))
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


def skipped_note(entry: Entry, words: Words) -> str:
    """What was left out before a step: "Steps 5 to 198, z³ to a⁹⁹, …"; empty for nothing."""
    if not entry.skipped:
        return ""
    first, last = entry.skipped[0], entry.skipped[-1]
    low, high = entry.number - len(entry.skipped), entry.number - 1
    which = f"Steps {low} to {high}, {words.name(first.symbol)} to {words.name(last.symbol)}"
    if low == high:
        which = f"Step {low}, {words.name(first.symbol)}"
    layers = {layer_of(step.symbol) for step in entry.skipped}
    if None in layers:
        return f"{which}: left out of this account."
    numbers = ranges(sorted(number for number in layers if number is not None))
    listed = [f"{a} to {b}" if a < b else f"{a}" for a, b in numbers]
    return f"{which}: the same formulas for layers {' and '.join(listed)}, left out here."


def in_words(function: ScalarFunction) -> str:
    """What a function is whose formula says nothing more: "1 above zero, else 0"."""
    return function.about if definition(function) is None and function.name not in PLAIN else ""
