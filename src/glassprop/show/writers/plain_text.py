"""A derivation in full as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glassprop.chainrule.derivation import Derivation
from glassprop.show.document.document import Document
from glassprop.show.document.steps import StepParts
from glassprop.show.document.text_wrapping import WIDTH, wrap
from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.numbers.heat_map import shaded
from glassprop.show.outline.code_lines import Lines
from glassprop.show.outline.outline import Entry

LABEL = 13


class PlainDocument(Document):
    """Numbered steps, each with what it is, why, and the NumPy that computes it."""

    printing = TextPrinter

    def __init__(
        self,
        derivation: Derivation,
        lines: Lines,
        notation: Notation = NIELSEN,
        trace: Mapping[str, Numbers] | None = None,
        width: int = WIDTH,
    ) -> None:
        super().__init__(derivation, lines, notation, trace)
        self.width = width
        self.margin = len(str(len(self.told.every))) + 2
        self.code_width = min(self.code_width, width - self.margin - LABEL)

    def math(self, text: str) -> str:
        """As it is."""
        return text

    def prose(self, text: str) -> str:
        """As it is."""
        return text

    def title(self, text: str) -> str:
        """With a double line."""
        lines = wrap(text, self.width)
        return "\n".join([*lines, "=" * max(map(len, lines))])

    def heading(self, text: str) -> str:
        """With a line."""
        return f"{text}\n{'-' * len(text)}"

    def subheading(self, text: str) -> str:
        """As it is."""
        return text

    def paragraph(self, text: str) -> str:
        """Wrapped."""
        return "\n".join(wrap(text, self.width))

    def display(self, text: str) -> str:
        """Indented."""
        return "\n".join(wrap(text, self.width, "  ", "      "))

    def equations(self, rows: Sequence[Row]) -> str:
        """Indented, with their signs in one column."""
        widest = max((len(left) for left, _, _ in rows), default=0)
        made: list[str] = []
        for left, sign, right in rows:
            start = f"  {left:>{widest}} {sign} "
            made += wrap(right, self.width, start, " " * (len(start) + 2))
        return "\n".join(made)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """In columns; the last one is wrapped."""
        every = [list(row) for row in (head, *rows)]
        widths = [max(map(len, column)) for column in zip(*every, strict=True)][:-1]
        made: list[str] = []
        for row in every:
            cells = zip(row[:-1], widths, strict=True)
            start = "  " + "".join(f"{cell:<{width}}   " for cell, width in cells)
            made += [line.rstrip() for line in wrap(row[-1], self.width, start, " " * len(start))]
        return "\n".join(made)

    def code(self, text: str) -> str:
        """As it is."""
        return text.rstrip("\n")

    def entry(self, entry: Entry) -> str:
        """The equation, and below it what is said of it, with a label to each line."""
        number = f"{entry.number}.".ljust(self.margin)
        first, *others = self.said(entry)
        made = wrap(self.line(first), self.width, number, " " * (self.margin + 4))
        made += self.labelled("is", self.meaning(entry.step))
        for item in others:
            label = item.label
            if item.array is not None:
                made += self.labelled(label, item.text)
                start = " " * (self.margin + LABEL)
                made += [f"{start}{line}".rstrip() for line in shaded(item.array).splitlines()]
            for code in item.code.splitlines():
                made.append(" " * self.margin + label.ljust(LABEL) + code)
                label = ""
            if not item.code and item.array is None:
                made += self.labelled(label, self.line(item))
        return "\n".join(made)

    def line(self, item: StepParts) -> str:
        """An equation on one line, and the words that go with it."""
        return ", ".join(part for part in (" ".join(item.row or ()), item.text) if part)

    def labelled(self, label: str, text: str) -> list[str]:
        """A label and its text; nothing without a text."""
        if not text:
            return []
        start = " " * self.margin + label.ljust(LABEL)
        return wrap(text, self.width, start, " " * (self.margin + LABEL))

    def whole(self, parts: list[str]) -> str:
        """With an empty line between."""
        return "\n\n".join(parts) + "\n"
