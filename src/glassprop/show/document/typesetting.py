"""How a document sets equations and sentences, whatever the format, and what each format says."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.algebra import total
from glassprop.formula.nodes import Node, Step, softmax_total
from glassprop.show.formulas.printer import Printer, TooLong
from glassprop.show.notation.l2_penalty import penalty
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.numbers.example import Example
from glassprop.show.numbers.heat_map import shaded
from glassprop.show.outline.code_lines import Lines, shape_of
from glassprop.show.outline.outline import Entry, story
from glassprop.show.sentences.sentences import Sentences

Row = tuple[str, str, str]
"""An equation: left side, sign, right side."""
Numbers = npt.NDArray[Any]


class Typesetting(ABC):
    """What all formats share: the order of things, and the sentences.

    Args:
        derivation: what is told.
        lines: the NumPy of its steps.
        notation: the letters and conventions.
        trace: an array for each quantity by its name, whose numbers are shown; or None.
    """

    printing: type[Printer]
    code_width = 70
    """Glyphs in a line of NumPy, to which a shape is added."""

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
        self.words = Sentences(derivation, self.printer, self.math, self.prose)

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

    def softmax_row(self, step: Step) -> Row | None:
        """What a softmax stands for, exp u / Σ exp u, in its parts."""
        found = softmax_total(step.formula)
        if found is None:
            return None
        above = found.graph.apply("exp", found.operand)
        return self.row(step, above / total(above, found.over))

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
