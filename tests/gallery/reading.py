"""What a document shows as text, and what the program has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from gallery.networks import EXAMPLES, Exhibit, Values
from glassprop.chainrule.derivation import Derivation
from glassprop.check.reader import (
    NOTATIONS,
    Notation,
    ReadingError,
    read,
    verify_definition,
    verify_text,
)
from glassprop.compile.pipeline import build
from glassprop.formula.nodes import Node, Step
from glassprop.models.update_rules import SGD
from glassprop.show.formulas.printer import Printer
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.l2_penalty import penalty
from glassprop.show.notation.notation import NOTATIONS as PROFILES

Functions = Mapping[tuple[str, int], Callable[..., float]]
DEFINITION = re.compile(r"^ *([^\W\d]\w*′*\([a-z](?:, [a-z])*(?:; [^=]*)?\) = .+)$", re.MULTILINE)
RANGE = re.compile(r"for l (?:from|=) ([^:.]*?)(?:, with (\w)⁰ = (\w))?[:.]|with L = (\d+)")
LABEL = re.compile(r"^ *(?:\d+\.|together|from|that is) +|^ +")
INDEX = re.compile("[ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ]|_{")
WIDE = 1_000_000
RATE = 0.3


@dataclass(frozen=True)
class Shown:
    """An equation of a document: a step, a formula for it, and what stands for layer numbers."""

    step: Step
    formula: Node
    labels: tuple[tuple[str, str], ...] = ()
    penalty: float = 0.0

    def written(self, profile: str = "nielsen") -> str:
        """As it is printed in the letters of a course."""
        printer = TextPrinter(PROFILES[profile]).relabelled(dict(self.labels))
        printer.penalty = self.penalty
        printer = printer.of_mean() if self.step.kind == "update" else printer
        return " ".join(printer.equation(self.step, self.formula))


@dataclass(frozen=True)
class Reading:
    """A derivation with all that is shown of it.

    Attributes:
        full: the text in full, each equation on a line.
        table: the text of the table.
        shown: the equations that both were made of.
        layers: for the text of a general equation, the numbers of layers for which it holds.
        values: what the program has for every quantity.
        after: the parameters after one step of gradient descent.
        functions: those that the text defines.
    """

    full: str
    table: str
    shown: list[Shown]
    layers: Mapping[str, list[dict[str, int]]]
    values: Values
    after: Values = field(default_factory=dict)
    functions: Functions = field(default_factory=dict)

    def verify(self, one: Shown, profile: str, exhibit: Exhibit) -> None:
        """Read an equation, for every layer that it holds for, and compare with the program."""
        text = one.written(profile)
        notation = described(profile, exhibit)
        result = self.after[one.step.name] if one.step.kind == "update" else None
        for layers in self.layers[one.written()] if one.labels else [{}]:
            at = replace(notation, layers=layers)
            verify_text(text, self.values, exhibit.windows, self.functions, at, result=result)


def reading(exhibit: Exhibit, derivation: Any) -> Reading:
    full, table, shown = displayed(derivation)
    values, after = computed(exhibit, derivation.inner)
    general = [one.written() for one in shown if one.labels]
    layers = {text: list(said(full, text, values)) for text in general}
    return Reading(full, table, shown, layers, values, after, explained(full))


def displayed(derivation: Any) -> tuple[str, str, list[Shown]]:
    """A derivation in full and as a table, and the equations that both were made of."""
    made: dict[tuple[int, int, str], Shown] = {}
    inner = Printer.equation

    def equation(self: Printer, step: Step, formula: Node | None = None) -> tuple[str, str, str]:
        if isinstance(self, TextPrinter):
            root, labels = step.formula if formula is None else formula, tuple(self.layers.items())
            one = Shown(step, root, labels, self.penalty)
            made[id(step.symbol), id(one.formula), str(one.labels)] = one
        return inner(self, step, formula)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Printer, "equation", equation)
        full, table = derivation.explain(WIDE), str(derivation)
    return full, table, list(made.values())


def lines(full: str) -> Iterator[str]:
    """The lines of a text that may be equations, without what stands before them."""
    before, _, rest = full.partition("\nThe program\n")
    notes = rest.partition("\nNotes\n")[2]
    for line in (before + "\n" + notes).splitlines():
        yield " ".join(LABEL.sub("", line).split())


def readable(full: str) -> list[str]:
    """The lines of a text that are equations in components, with indices."""
    found: list[str] = []
    for line in lines(full):
        try:
            read(line)
        except ReadingError:
            continue
        found += [line] * bool(INDEX.search(re.sub("[CL]ₓ", "C", line)))
    return found


def said(full: str, text: str, values: Values) -> Iterator[dict[str, int]]:
    """The layers for which a general equation is said to hold, after it."""
    listed = list(lines(full))
    for match in (RANGE.search(line) for line in listed[listed.index(text) :]):
        if match is None:
            continue
        run, later, first, last = match.groups()
        if last:
            yield {"L": int(last)}
            return
        if later:
            values[f"{later}0"] = values[first]
        for part in re.split(", | and ", run):
            low, _, high = part.partition(" to ")
            yield from ({"l": layer} for layer in range(int(low), int(high or low) + 1))
        return


def described(profile: str, exhibit: Exhibit) -> Notation:
    """The reader's own description of a course, with what an exhibit's matrices need."""
    found = NOTATIONS[profile]
    return replace(found, turned=found.turned | exhibit.turned.get(profile, frozenset()))


def computed(exhibit: Exhibit, derivation: Derivation) -> tuple[Values, Values]:
    """The value of every quantity for one example, and the parameters after a step of descent."""
    values = exhibit.given(derivation)
    values["lambda"] = np.array(penalty(derivation, SGD))
    if any(symbol.role == "size" for symbol in derivation.givens):
        values["n"] = np.array(EXAMPLES)
    trained = all(symbol.role == "parameter" for symbol in derivation.gradients)
    program = build(derivation, SGD.steps if trained else None, mini_batch=False)
    arguments = program.routines["trace"].arguments
    values |= program.functions["trace"](*(values[symbol.name] for symbol in arguments))
    if not trained:
        return values, {}
    values |= {"eta": np.array(RATE), "learning_rate": np.array(RATE)}
    arguments = program.routines["train_step"].arguments
    after = {symbol.name: np.array(values[symbol.name]) for symbol in arguments}
    counted = [EXAMPLES] if "n" in values else []
    work = program.functions["workspace"](*counted)
    given = [after[s.name] if s.role != "hyper" else RATE for s in arguments]
    program.functions["train_step"](*given, work)
    return values, after


def explained(text: str) -> Functions:
    """The functions that a document defines, each compared with what it is."""
    functions: dict[tuple[str, int], Callable[..., float]] = {}
    for stated in DEFINITION.findall(text):
        definition = verify_definition(stated, functions)
        functions[definition.key] = definition.function(functions)
    return functions
