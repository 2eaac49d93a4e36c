"""A derivation in full: what is said of each step, the same in text, Markdown and LaTeX."""

from __future__ import annotations

from glassprop.show.document.four_equations import summary
from glassprop.show.document.notes import (
    called,
    explained,
    function_equations,
    in_words,
    mean_note,
    skipped_note,
    softmax_equation,
)
from glassprop.show.document.parameter_update import update
from glassprop.show.document.program_names import program_names
from glassprop.show.document.sections import network, program, recursion
from glassprop.show.document.steps import StepParts, given, said
from glassprop.show.document.typesetting import Typesetting
from glassprop.show.numbers.formulas_with_numbers import FIGURES
from glassprop.show.outline.outline import Entry, givens

HEADS = {
    "forward": "The forward pass",
    "cost": "The cost",
    "backward": "The backward pass",
    "gradients": "The gradients",
    "update": "The update",
}
SCALAR_HEADS = {"forward": "Forward", "backward": "Backward"}


class Document(Typesetting):
    """A derivation in full; what a format says itself is in `Typesetting`."""

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
        below = [f"{self.prose('. ').join(found)}."] if (found := self.words.subtitles()) else []
        return [self.paragraph(text) for text in (*below, *made) if text]

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

    def said(self, entry: Entry) -> list[StepParts]:
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
        softmax = softmax_equation(self.told, self.printer)
        made += [self.display(softmax)] if softmax else []
        made += [self.paragraph(self.prose(text) + ".") for text in self.told.conventions]
        return made
