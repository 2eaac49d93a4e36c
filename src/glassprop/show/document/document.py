"""A derivation in full: what is said of each step, the same in text, Markdown and LaTeX."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Node, Step
from glassprop.show.document.four_equations import summary
from glassprop.show.document.notes import (
    called,
    explained,
    function_equations,
    in_words,
    mean_note,
    skipped_note,
)
from glassprop.show.document.parameter_update import update
from glassprop.show.document.program_names import program_names
from glassprop.show.document.sections import network, program, recursion
from glassprop.show.document.steps import Said, given, said
from glassprop.show.formulas.printer import Printer, TooLong
from glassprop.show.notation.l2_penalty import penalty
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.numbers.example import Example
from glassprop.show.numbers.formulas_with_numbers import FIGURES
from glassprop.show.numbers.heat_map import shaded
from glassprop.show.outline.code_lines import Lines, shape_of
from glassprop.show.outline.outline import Entry, givens, softmax_form, story
from glassprop.show.sentences.sentences import Words

Row = tuple[str, str, str]
"""An equation: left side, sign, right side."""
Numbers = npt.NDArray[Any]

HEADS = {
    "forward": "The forward pass",
    "cost": "The cost",
    "backward": "The backward pass",
    "gradients": "The gradients",
    "update": "The update",
}
SCALAR_HEADS = {"forward": "Forward", "backward": "Backward"}


class Document(ABC):
    """What all formats share: the order of things, and the sentences.

    Args:
        derivation: what is told.
        lines: the NumPy of its steps.
        notation: the letters and conventions.
        trace: an array for each quantity by its name, whose numbers are shown; or None.
    """

    printing: type[Printer]
    code_width = 70
    """Signs in a line of NumPy, to which a shape is added."""

    def __init__(
        self,
        derivation: Derivation,
        lines: Lines,
        notation: Notation = NIELSEN,
        trace: Mapping[str, Numbers] | None = None,
    ) -> None:
        self.printer = self.printing(notation)
        self.told = story(derivation, lines, fold=False)
        self.printer.penalty = penalty(derivation, lines.rule)
        self.example = None if trace is None else Example(derivation, trace)
        self.words = Words(derivation, self.printer, self.math, self.prose)

    def text(self) -> str:
        """The whole document."""
        parts = [self.title(self.words.title(self.told.scalar))]
        parts += self.introduction()
        if not self.told.scalar:
            parts += [self.heading(self.prose("The network")), *network(self), *given(self)]
        for section in self.told.sections:
            heads = SCALAR_HEADS if self.told.scalar else HEADS
            parts.append(self.heading(heads[section.title]))
            parts += self.before(section.title)
            for entry in section.entries:
                skipped = skipped_note(entry, self.words)
                parts += [self.paragraph(skipped)] if skipped else []
                parts.append(self.entry(entry))
        parts += self.after()
        return self.whole([part for part in parts if part])

    def introduction(self) -> list[str]:
        """How to read what follows."""
        made = [mean_note(self.told, self.words)]
        if made[0] and self.told.derivation.batch is None:
            lie = "row" if self.printer.notation.examples == "rows" else "column"
            text = (
                f"In the forms for a mini-batch, a capital letter is a matrix with an example in "
                f"each {lie}, and the mean is taken where the gradients are; the NumPy divides "
                "as early as it can, which comes to the same."
            )
            made[0] += " " + self.prose(text)
        if made[0]:
            told = [entry.step.symbol for entry in self.told.entries]
            names = program_names(self.words, [*givens(self.told.derivation), *told])
            made += [" ".join(names)] if names else []
        if self.example:
            count = self.example.count
            first = f"The first of {count} examples" if count > 1 else "The example"
            text = (
                f"{first} of the trace stands with each step in numbers. They are rounded to "
                f"{FIGURES} significant figures; entries are counted from 1; of each quantity the "
                "largest entry is worked out, and of a long sum the largest terms are written, with"
            )
            made.append(f"{self.prose(text)} {self.math(self.printer.ellipsis)} for the rest.")
        return [self.paragraph(text) for text in made if text]

    def before(self, title: str) -> list[str]:
        """What is said at the head of a section."""
        kind = {"backward": "backward", "gradients": "gradient"}.get(title)
        return recursion(self, kind) if kind and not self.told.scalar else []

    def after(self) -> list[str]:
        """Update, summary, program and notes."""
        parts: list[str] = []
        if not self.told.scalar:
            for head, made in (
                (HEADS["update"], update(self)),
                ("Summary", summary(self)),
                ("The program", [program(self)] if self.told.source else []),
            ):
                parts += [self.heading(head), *made] if made else []
        notes = self.notes()
        return [*parts, self.heading("Notes"), *notes] if notes else parts

    def meaning(self, step: Step) -> str:
        """What a quantity is, and its shape."""
        shape = shape_of(self.printer.notation.shape(step.symbol))
        quotient = re.fullmatch(r"∂(\w+)/∂(\w+)", step.meaning)
        meaning = f"how {quotient[1]} changes with {quotient[2]}" if quotient else step.meaning
        text = self.words.sentence(meaning)
        return ", ".join(part for part in (text, f"shape {shape}" if shape else "") if part)

    def reason(self, step: Step) -> str:
        """The rule and the reason of a step; nothing for a definition."""
        if step.rule == "definition" and not step.reason:
            return ""
        reason = "; ".join(self.words.reasons(step))
        return f"{self.words.rule(step)}: {reason}" if reason else self.words.rule(step)

    def row(self, step: Step, formula: Node | None = None) -> Row:
        """A step as left side, sign and right side; a formula too long to be written is dots."""
        try:
            return self.printer.equation(step, formula)
        except TooLong:
            return self.printer.name(step.symbol), self.printer.equals, self.printer.dots

    def equation(self, step: Step, formula: Node | None = None) -> str:
        """A step as one equation; of a formula that is too long to be written, just the name."""
        return " ".join(self.row(step, formula))

    def rewritings(self, entry: Entry) -> list[tuple[str, str]]:
        """Each equation before a rewriting, and the identity that was used."""
        step = entry.step
        return [
            (self.equation(step, mark.before), self.words.sentence(mark.reason))
            for mark in step.rewrites
        ]

    def softmax(self, step: Step) -> str:
        """The other form of a softmax, which readers know."""
        row = self.softmax_row(step)
        return "" if row is None else " ".join(row)

    def softmax_row(self, step: Step) -> Row | None:
        """The other form of a softmax in its parts."""
        form = softmax_form(step.formula)
        return None if form is None else self.row(step, form)

    def said(self, entry: Entry) -> list[Said]:
        """What is said of a step after its number and meaning, in order."""
        return said(self, entry)

    def notes(self) -> list[str]:
        """Functions, conventions at kinks, and the mini-batch."""
        made: list[str] = []
        for function, primed in explained(self.told):
            about = in_words(function)
            equations = function_equations(function, self.printer, primed)
            if about:
                name = self.math(called(function, self.printer))
                made.append(self.paragraph(f"{name}: {self.prose(about)}."))
            made += [self.display(equation) for equation in equations]
        made += [self.paragraph(self.prose(text) + ".") for text in self.told.conventions]
        return made

    # -- what each format says

    @abstractmethod
    def math(self, text: str) -> str:
        """Mathematics within a sentence."""

    @abstractmethod
    def prose(self, text: str) -> str:
        """Characters of a sentence."""

    @abstractmethod
    def title(self, text: str) -> str:
        """The head of the document."""

    @abstractmethod
    def heading(self, text: str) -> str:
        """The head of a section."""

    @abstractmethod
    def subheading(self, text: str) -> str:
        """The head of a part of a section."""

    @abstractmethod
    def paragraph(self, text: str) -> str:
        """A paragraph of sentences."""

    @abstractmethod
    def display(self, text: str) -> str:
        """An equation on its own."""

    @abstractmethod
    def equations(self, rows: Sequence[Row]) -> str:
        """Equations on their own, one below the other: left side, sign and right side of each."""

    @abstractmethod
    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table; its cells are sentences of this format already."""

    @abstractmethod
    def code(self, text: str) -> str:
        """Source as it is."""

    def heatmap(self, array: Numbers, caption: str) -> str:
        """A picture of many numbers, with a sentence that says what they are."""
        return f"{self.paragraph(caption)}\n{self.code(shaded(array))}"

    @abstractmethod
    def entry(self, entry: Entry) -> str:
        """One step, with all that is said of it."""

    @abstractmethod
    def whole(self, parts: list[str]) -> str:
        """The parts put together."""
