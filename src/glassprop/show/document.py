"""A derivation in full: what is said of each step, the same in text, Markdown and LaTeX."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Node, Step
from glassprop.show.heat import shaded
from glassprop.show.lines import Lines, shape_of
from glassprop.show.notes import called, explained, function_equations, in_words, mean_note
from glassprop.show.printer import Printer, TooLong
from glassprop.show.story import Entry, givens, sizes, softmax_form, story
from glassprop.show.words import Words

Row = tuple[str, str, str]
"""An equation: left side, sign, right side."""
Numbers = npt.NDArray[Any]

HEADS = {
    "forward": "Forward",
    "cost": "Cost",
    "backward": "Backward",
    "gradients": "Gradients",
    "update": "Updates",
}


class Document(ABC):
    """What all formats share: the order of things, and the sentences.

    Args:
        derivation: what is told.
        lines: the NumPy of its steps.
        notation: the letters and conventions.
        trace: an array for each quantity by its name, whose numbers are shown; or None.
    """

    printing: type[Printer]

    def __init__(
        self,
        derivation: Derivation,
        lines: Lines,
        notation: Any = None,
        trace: Mapping[str, Numbers] | None = None,
    ) -> None:
        self.printer = self.printing()
        self.told = story(derivation, lines, fold=False)
        self.trace = trace
        self.words = Words(derivation, self.printer, self.math, self.prose)

    def text(self) -> str:
        """The whole document."""
        cost = self.told.derivation.cost
        wrt = self.words.names_of(self.told.derivation.gradients)
        what = "derivative" if self.told.scalar else "gradient"
        parts = [self.title(f"The {what} of {self.words.name(cost)} by {wrt}")]
        if not self.told.scalar:
            parts.append(self.given())
        for section in self.told.sections:
            parts.append(self.heading(HEADS[section.title]))
            parts += [self.entry(entry) for entry in section.entries]
        notes = self.notes()
        if notes:
            parts += [self.heading("Notes"), *notes]
        return self.whole([part for part in parts if part])

    def given(self) -> str:
        """The quantities that the derivation starts from, with their shapes for one example."""
        kinds = {"input": "Inputs", "target": "Targets", "parameter": "Parameters"}
        groups: dict[str, list[str]] = {}
        for symbol in givens(self.told.derivation):
            text = f"{self.words.name(symbol)} {shape_of(sizes(symbol))}".strip()
            groups.setdefault(kinds.get(symbol.role, "Given"), []).append(text)
        return self.paragraph(". ".join(f"{k}: {', '.join(v)}" for k, v in groups.items()) + ".")

    def meaning(self, step: Step) -> str:
        """What a quantity is, and its shape."""
        shape = shape_of(step.shape)
        quotient = re.fullmatch(r"∂\w+/∂\w+", step.meaning)
        said = "" if quotient else self.words.sentence(step.meaning)
        return ", ".join(part for part in (said, f"shape {shape}" if shape else "") if part)

    def reason(self, step: Step) -> str:
        """The rule and the reason of a step; nothing for a definition."""
        if step.rule == "definition" and not step.reason:
            return ""
        reason = "; ".join(self.words.reasons(step))
        return f"{self.words.rule(step)}: {reason}" if reason else self.words.rule(step)

    def equation(self, step: Step, formula: Node | None = None) -> str:
        """A step as one equation; of a formula that is too long to be written, just the name."""
        try:
            return " ".join(self.printer.equation(step, formula))
        except TooLong:
            name = self.printer.name(step.symbol)
            return f"{name} {self.printer.equals} {self.printer.dots}"

    def rewritings(self, entry: Entry) -> list[tuple[str, str]]:
        """Each equation before a rewriting, and the identity that was used."""
        step = entry.step
        return [
            (self.equation(step, mark.before), self.words.sentence(mark.reason))
            for mark in step.rewrites
        ]

    def softmax(self, step: Step) -> str:
        """The other form of a softmax, which readers know."""
        form = softmax_form(step.formula)
        return "" if form is None else self.equation(step, form)

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
        mean = mean_note(self.told, self.words)
        return [*made, self.paragraph(mean)] if mean else made

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
        """One step."""

    @abstractmethod
    def whole(self, parts: list[str]) -> str:
        """The parts put together."""
