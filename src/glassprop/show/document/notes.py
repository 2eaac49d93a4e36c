"""What stands at the end of a derivation: the functions it uses, the mini-batch, the kinks."""

from __future__ import annotations

from glassprop.formula.algebra import softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import prime
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, softmax_total, walk
from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.function_names import PLAIN, definition, functions_of, slope
from glassprop.show.notation.indices import Scope, letter
from glassprop.show.notation.notation import EXAMPLE
from glassprop.show.notation.quantity_kinds import of_data
from glassprop.show.outline.outline import Entry, Story
from glassprop.show.outline.repeated_layers import layer_of, ranges
from glassprop.show.sentences.phrases import shortened
from glassprop.show.sentences.sentences import Sentences


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


def softmax_equation(story: Story, printer: Printer) -> str:
    """What softmax stands for, and the form that is computed; empty where there is none."""
    entries = story.entries
    roots = [root for e in entries for root in (e.formula, *(r.before for r in e.step.rewrites))]
    found = [made for node in walk(roots) if (made := softmax_total(node)) is not None]
    if not found:
        return ""
    graph = Graph()
    z = graph.symbol("z", (Axis("k", 2),), "variable")
    above, computed = graph.apply("exp", z), softmax(z)
    scope = Scope.of(z.axes, computed)
    inside = printer.formula(computed.parts[0], scope)
    indexed = any(printer.vector(made) is None for made in found)
    letters = tuple(scope.letters.values())
    forms = [
        printer.formula(computed, scope),
        *([printer.softmax(printer.formula(z, scope), letters).text] * indexed),
        printer.formula(above / total(above), scope),
        printer.call(FUNCTIONS["exp"], [inside]).text,
    ]
    return f" {printer.equals} ".join(forms)


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


def mean_note(story: Story, words: Sentences) -> str:
    """Where the mean over the examples stands in the NumPy lines; empty without them."""
    if story.scalar or not any(entry.line for entry in story.entries):
        return ""
    derivation = story.derivation
    prose, printer = words.prose, words.printer
    n, cost = words.math(printer.index(printer.notation.size)), words.name(derivation.cost)
    if derivation.batch is None:
        one = words.math(printer.index(EXAMPLE))
        head = (
            f"{prose('The formulas are for one example ')}{one}{prose(', whose cost is ')}{cost}"
            f"{prose('; the NumPy takes ')}{n}{prose(' examples at once, and its C is ')}"
            f"{_the_mean(words)}"
        )
        sources = [prose(step.name) for step in story.means]
    else:
        each = words.math(printer.index(letter(derivation.batch)))
        head = (
            f"{each}{prose(' counts the examples, ')}{n}{prose(' is their number, and ')}{cost}"
            f"{prose(' is the mean over them')}"
        )
        sources = [words.name(step.symbol) for step in story.means]
    hence: list[str] = []
    if sources:
        share = words.math(printer.share())
        names = words.listed(shortened(sources))
        hence.append(f"{prose('the ')}{share}{prose(' in ')}{names}")
    if any(step.wrt in story.parameters for step in derivation.backward):
        hence.append(prose("the sums over the examples in the gradients of the parameters"))
    text = f"{head}{prose(': hence ')}{prose(' and ').join(hence)}." if hence else f"{head}."
    return text + (_shares(story, words) if derivation.batch is None else "")


def _the_mean(words: Sentences) -> str:
    """What the program's cost is: the mean of the Cₓ; J, the mean of the L."""
    cost, mean = words.name(words.derivation.cost), words.mean_cost
    same = mean in (cost, words.math(words.printer.index("C")))
    own = "" if same else f"{mean}{words.prose(', ')}"
    return f"{own}{words.prose('the mean of the ')}{cost}"


def _shares(story: Story, words: Sentences) -> str:
    """Which arrays of the backward pass are 1/n of what the formulas have."""
    told = [e.step for e in story.entries if e.step.wrt is not None and e.line is not None]
    steps = [step for step in told if of_data(step.symbol)]
    if not steps:
        return ""
    prose, share = words.prose, words.math(words.printer.share())
    names = words.listed(shortened([prose(step.name) for step in steps]))
    own = words.listed(shortened([words.name(step.symbol) for step in steps]))
    return (
        f"{prose(' So each row of ')}{names}{prose(' is ')}{share}{prose(' of the ')}{own}"
        f"{prose(' of its example.')}"
    )


def skipped_note(entry: Entry, words: Sentences) -> str:
    """What was left out before a step: "Steps 5 to 198, z³ to a⁹⁹, …"; empty for nothing."""
    if not entry.skipped:
        return ""
    first, last = entry.skipped[0], entry.skipped[-1]
    which = f"Step {first.number}, {words.name(first.step.symbol)}"
    if first is not last:
        which = f"Steps {which.removeprefix('Step ')}".replace(",", f" to {last.number},", 1)
        which += f" to {words.name(last.step.symbol)}"
    layers = {layer_of(skipped.step.symbol) for skipped in entry.skipped}
    if None in layers:
        return f"{which}: left out of this account."
    numbers = ranges(sorted(number for number in layers if number is not None))
    listed = [f"{a} to {b}" if a < b else f"{a}" for a, b in numbers]
    return f"{which}: the same formulas for layers {' and '.join(listed)}, left out here."


def in_words(function: ScalarFunction) -> str:
    """What a function is whose formula says nothing more: "1 above zero, else 0"."""
    return function.about if definition(function) is None and function.name not in PLAIN else ""
