"""All that a document says of one step, in order, before a format lays it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.show.document.text_wrapping import source
from glassprop.show.document.typesetting import Row, Typesetting
from glassprop.show.formulas.printer import Printer
from glassprop.show.matrices.forms import forms
from glassprop.show.matrices.reasons import said as spoken
from glassprop.show.notation.quantity_kinds import of_data
from glassprop.show.numbers.formulas_with_numbers import equation, rounded, worked
from glassprop.show.outline.code_lines import shape_of
from glassprop.show.outline.outline import Entry, givens

Kind = Literal[
    "equation", "softmax", "from", "by", "together", "example", "batch", "because", "reason",
    "numpy", "numbers", "mean", "value",
]  # fmt: skip
MOST = 12
"""Quantities whose given numbers are shown."""
LISTED = 6
"""Numbers up to which all of a quantity are written."""
DRAWN = 64
"""Numbers from which on a quantity is drawn as a heat map."""


@dataclass(frozen=True)
class StepParts:
    """One thing that is said of a step: a sentence, an equation, source, or many numbers.

    Attributes:
        kind: what it is.
        label: a word or two for it.
        text: a sentence in the markup of the format, without a full stop.
        row: an equation: left side, sign, right side.
        code: source.
        array: numbers for a heat map, which `text` describes.
    """

    kind: Kind
    label: str
    text: str = ""
    row: Row | None = None
    code: str = ""
    array: npt.NDArray[Any] | None = None


def said(document: Typesetting, entry: Entry) -> list[StepParts]:
    """What is said of a step after its number and its meaning."""
    return [*_equations(document, entry), *_reasons(document, entry), *_numbers(document, entry)]


def _equations(document: Typesetting, entry: Entry) -> Iterator[StepParts]:
    step = entry.step
    yield StepParts("equation", "", row=document.row(step, entry.formula))
    softmax = document.softmax_row(step)
    if softmax is not None:
        yield StepParts("softmax", "that is", "by definition", softmax)
    if entry.together:
        yield StepParts("together", "together", row=document.row(step, entry.together.formula))
    if document.told.scalar:
        return
    found = forms(step, document.printer, _whole(entry))
    if found.example is not None:
        yield StepParts("example", "one example", row=found.example)
    if found.batch is not None:
        yield StepParts("batch", "mini-batch", row=found.batch)
    for sentence in dict.fromkeys((*found.why, *found.why_batch)):
        text = spoken(sentence, document.math, document.prose).rstrip(".")
        yield StepParts("because", "since", text)


def matrix_rows(step: Step, printer: Printer) -> list[Row]:
    """A step for one example and for a mini-batch as products of matrices, where there are any."""
    found = forms(step, printer)
    return [row for row in (found.example, found.batch) if row is not None]


def _reasons(document: Typesetting, entry: Entry) -> Iterator[StepParts]:
    step = entry.step
    for mark in step.rewrites:
        yield StepParts("from", "from", row=document.row(step, mark.before))
        yield StepParts("by", "by", document.words.sentence(mark.reason))
    reason = document.reason(step)
    if reason:
        yield StepParts("reason", "why", reason)
    line = entry.together.line if entry.together else entry.line
    if line and not document.told.scalar:
        code = [text for given in line.code for text in source(given, document.code_width)]
        if line.shape not in ("", shape_of(step.shape)):
            code[-1] += f"  # {line.shape}"
        yield StepParts("numpy", "NumPy", code="\n".join(code))


def _numbers(document: Typesetting, entry: Entry) -> Iterator[StepParts]:
    """An entry of the step with numbers in it, and what the whole quantity is."""
    example = document.example
    step = entry.step
    if example is None:
        return
    made = worked(step, _whole(entry), example.values)
    if made is not None:
        yield StepParts("numbers", "numbers", row=equation(document.printer, step, made))
    mean = example.trace.get(step.name)
    if example.count > 1 and made is not None and mean is not None:
        yield from _mean(document, step, mean, tuple(index - 1 for index in made.indices))
    if step.kind != "update" and step.symbol.axes:
        value = example.values[step.name]
        if value.size > 1:
            yield _value(document, step.symbol, value)


def _mean(
    document: Typesetting, step: Step, mean: npt.NDArray[Any], place: tuple[int, ...]
) -> Iterator[StepParts]:
    """What the program has for the same entry, whose cost is the mean of all examples."""
    assert document.example is not None
    count = document.example.count
    if step.kind == "gradient" or step.symbol is document.told.derivation.cost:
        text = f"{figure(document, mean[place])} in the mean of the {count} examples"
        yield StepParts("mean", "mean", text)
    elif step.kind == "backward" and of_data(step.symbol):
        name = document.prose(f"in the trace, {step.name}")
        value = figure(document, mean[(0, *place)])
        text = (
            f"{name} has 1/{count} of it, {value}, since its cost is the mean of {count} examples"
        )
        yield StepParts("mean", "mean", text)


def _value(document: Typesetting, symbol: Symbol, value: npt.NDArray[Any]) -> StepParts:
    """All numbers of a small quantity; of a large one their range, and a heat map."""
    name = document.words.name(symbol)
    value = document.printer.notation.array(symbol, value)
    if value.size <= LISTED:
        return StepParts("value", "value", f"{name} is {_listed(document, value)}")
    text = f"{name} has {described(document, value)}"
    if value.size < DRAWN:
        return StepParts("value", "value", text)
    return StepParts("value", "value", f"{text}; larger ones are drawn stronger", array=value)


def given(document: Typesetting) -> list[str]:
    """What is given, in numbers: the first of MOST quantities."""
    if document.example is None:
        return []
    listed = givens(document.told.derivation)[:MOST]
    made = [_value(document, symbol, document.example.values[symbol.name]) for symbol in listed]
    plain = [item.text for item in made if item.array is None]
    drawn = [
        document.heatmap(item.array, f"{item.text}.") for item in made if item.array is not None
    ]
    return [document.paragraph(f"{'; '.join(plain)}."), *drawn] if plain else drawn


def _whole(entry: Entry) -> Node:
    return entry.together.formula if entry.together else entry.formula


def _listed(document: Typesetting, value: npt.NDArray[Any]) -> str:
    """All numbers of a small quantity: (0.1, 0.2), row by row."""
    if value.ndim > 1:
        rows = [_listed(document, row) for row in value]
    else:
        rows = [figure(document, number) for number in value]
    return document.prose("(") + ", ".join(rows) + document.prose(")")


def described(document: Typesetting, value: npt.NDArray[Any]) -> str:
    """How many numbers there are, and their range."""
    if value.min() == value.max():
        return f"{value.size} numbers, all of them {figure(document, value.flat[0])}"
    low, high, mean = (figure(document, number) for number in _range(value))
    text = f"{value.size} numbers from {low} to {high}, {mean} in the mean"
    zeros = int(np.count_nonzero(value == 0))
    return f"{text}; {zeros} of them are 0" if zeros else text


def figure(document: Typesetting, number: Any) -> str:
    """A rounded number within a sentence."""
    return document.math(document.printer.plain(rounded(float(number))))


def _range(value: npt.NDArray[Any]) -> tuple[Any, Any, Any]:
    return value.min(), value.max(), value.mean()
