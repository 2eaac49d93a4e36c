"""The four equations that backpropagation of a layered network comes down to: BP1 to BP4."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from glassprop.formula.nodes import Map, Node, Step, Symbol, symbols
from glassprop.show.document.sections import layers_of
from glassprop.show.document.steps import matrix_rows
from glassprop.show.document.typesetting import Row, Typesetting
from glassprop.show.notation.function_names import functions_of
from glassprop.show.outline.repeated_layers import Repeat, layer_of

BOOK = "Nielsen's Neural Networks and Deep Learning, chapter 2"


@dataclass(frozen=True)
class Equations:
    """The steps of a layered network by the equation that they are.

    Attributes:
        output: the error at the output, BP1.
        errors: the errors of the layers before it, each by that of the next, BP2.
        biases: gradients that are an error, BP3.
        weights: gradients that are an error times what went in, BP4.
    """

    output: Step
    errors: tuple[Step, ...]
    biases: tuple[Step, ...]
    weights: tuple[Step, ...]


def equations_of(told: Sequence[tuple[Step, Node]]) -> Equations | None:
    """The steps back sorted by the four equations, or None where they are not of this form.

    They are of this form if every gradient has one error in it, and every error but one has the
    error of one other layer.
    """
    gradients = [(step, formula) for step, formula in told if step.kind == "gradient"]
    back = {step.symbol: formula for step, formula in told if step.kind == "backward"}
    used = [[s for s in symbols(formula) if s in back] for _, formula in gradients]
    if not gradients or any(len(found) != 1 for found in used):
        return None
    errors = {found[0] for found in used}
    steps = {step.symbol: step for step, _ in told}
    first = [error for error in back if error in errors and not _errors(back[error], errors)]
    later = [error for error in back if error in errors and _errors(back[error], errors)]
    if len(first) != 1 or any(len(_errors(back[error], errors)) != 1 for error in later):
        return None
    biases = [step for step, formula in gradients if set(symbols(formula)) <= errors]
    weights = [step for step, _ in gradients if step not in biases]
    return Equations(steps[first[0]], tuple(steps[s] for s in later), tuple(biases), tuple(weights))


def _errors(formula: Node, errors: set[Symbol]) -> set[Symbol]:
    return set(symbols(formula)) & errors


def summary(document: Typesetting) -> list[str]:
    """The four equations of a layered network; nothing for other derivations."""
    told = [(e.step, e.together.formula if e.together else e.formula) for e in document.told.every]
    found = equations_of(told)
    if found is None:
        return []
    whole = dict(told)
    prose = document.prose
    parts = [document.paragraph(prose(_lead(document, found)))]
    parts.append(document.paragraph(prose("BP1, the error at the output:")))
    parts += _output(document, found.output, whole[found.output])
    for name, steps in (
        ("BP2, the error of a layer from that of the next:", found.errors),
        ("BP3, the gradient with respect to the biases:", found.biases),
        ("BP4, the gradient with respect to the weights:", found.weights),
    ):
        if steps:
            parts.append(document.paragraph(prose(name)))
            parts += _stated(document, steps, whole)
    return parts


def _output(document: Typesetting, step: Step, formula: Node) -> list[str]:
    layer = layer_of(step.symbol)
    printer = document.printer
    if layer is not None:
        printer = printer.relabelled({str(layer): "L", str(layer - 1): "L−1"})
    rows: list[Row] = []
    if formula is not step.formula:
        rows.append(printer.equation(step))
    rows.append(printer.equation(step, formula))
    rows += matrix_rows(replace(step, formula=formula), printer)
    made = [document.equations(rows)]
    if layer is not None:
        last = document.math(printer.index("L"))
        shown = document.printer.notation.layer(str(layer))
        text = f"with {last} = {document.prose(shown)}, the last layer."
        if formula is not step.formula:
            text += " " + document.prose(
                "The first line holds for any cost; the others have the derivative of this one."
            )
        made.append(document.paragraph(text))
    return made


def _stated(document: Typesetting, steps: Sequence[Step], whole: dict[Step, Node]) -> list[str]:
    made: list[str] = []
    for repeat in _repeats(document, steps, whole):
        layered = layer_of(repeat.general.symbol) is not None
        printer = document.printer
        printer = printer.relabelled(repeat.labels) if layered else printer
        rows = [printer.equation(repeat.general, repeat.formula)]
        rows += matrix_rows(replace(repeat.general, formula=repeat.formula), printer)
        made.append(document.equations(rows))
        if layered:
            made.append(document.paragraph(f"{layers_of(document, repeat)}."))
    return made


def _repeats(
    document: Typesetting, steps: Sequence[Step], whole: dict[Step, Node]
) -> Iterable[Repeat]:
    """The formulas that layers share, and each that is alone."""
    done: set[Step] = set()
    for repeat in document.told.repeats:
        if repeat.general in steps:
            done.update(repeat.steps)
            yield repeat
    for step in steps:
        if step not in done:
            yield Repeat((layer_of(step.symbol) or 0,), (step,), step, whole[step])


def _lead(document: Typesetting, found: Equations) -> str:
    derivation = document.told.derivation
    names = {f.name for f in functions_of(step.formula for step in derivation.forward)}
    used = [n for s in derivation.forward for n in (s.formula,) if isinstance(n, Map)]
    if names == {"sigmoid", "square"} and used:
        return f"These are the four equations of backpropagation, BP1 to BP4 of {BOOK}."
    return (
        f"These equations have the form of BP1 to BP4 of {BOOK}, which holds for any cost and any "
        "activation: only the derivatives of the cost and of the activations are other ones."
    )
