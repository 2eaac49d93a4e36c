"""A derivation in full as Markdown with the mathematics that GitHub renders."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.show.document.document import Document
from glassprop.show.document.steps import StepParts
from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.numbers.heat_map import shaded
from glassprop.show.outline.outline import Entry

ESCAPED = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]<>$|~"})


class MarkdownDocument(Document):
    """Sections of numbered steps, formulas in `math` blocks, NumPy in `python` blocks."""

    printing = LatexPrinter

    def math(self, text: str) -> str:
        """Between dollar signs."""
        return f"${text}$"

    def prose(self, text: str) -> str:
        """With the signs escaped that Markdown gives a meaning."""
        return text.translate(ESCAPED)

    def title(self, text: str) -> str:
        """First level."""
        return f"# {text}"

    def heading(self, text: str) -> str:
        """Second level."""
        return f"## {text}"

    def subheading(self, text: str) -> str:
        """Third level."""
        return f"### {text}"

    def paragraph(self, text: str) -> str:
        """As it is."""
        return text

    def display(self, text: str) -> str:
        """A block of mathematics."""
        return f"```math\n{text}\n```"

    def equations(self, rows: Sequence[Row]) -> str:
        """A block of mathematics, aligned at the signs."""
        return self.display(aligned(rows))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table of GitHub; a bar within a cell is set as one."""
        every = [list(head), ["---"] * len(head), *(list(row) for row in rows)]
        return "\n".join(f"| {' | '.join(map(_cell, row))} |" for row in every)

    def code(self, text: str) -> str:
        """A block of Python."""
        return f"```python\n{text.rstrip()}\n```"

    def heatmap(self, array: Numbers, caption: str) -> str:
        """Characters that are darker or lighter."""
        return f"{caption}\n\n```text\n{shaded(array)}\n```"

    def entry(self, entry: Entry) -> str:
        """Number and meaning, equation, other forms, reason, NumPy, numbers."""
        first, *others = self.said(entry)
        made = [f"**{entry.number}.** {self.meaning(entry.step)}".strip(), self.shown(first)]
        return "\n\n".join([*made, *map(self.shown, others)])

    def shown(self, item: StepParts) -> str:
        """One thing that is said of a step."""
        if item.array is not None:
            return self.heatmap(item.array, item.text)
        if item.code:
            return self.code(item.code)
        if item.row is None:
            lead = f"{item.label}: " if item.kind == "by" else ""
            return capitalised(f"{lead}{item.text}.")
        lead = f"{item.label}, {item.text}:" if item.text else f"{item.label}:"
        display = self.display(" ".join(item.row))
        return f"{capitalised(lead)}\n\n{display}" if item.label else display

    def whole(self, parts: list[str]) -> str:
        """With an empty line between."""
        return "\n\n".join(parts) + "\n"


def capitalised(text: str) -> str:
    """With a capital letter at its start, unless that is mathematics."""
    return text[0].upper() + text[1:]


def aligned(rows: Sequence[Row]) -> str:
    """Equations for LaTeX, one below the other."""
    lines = [f"{left} &{sign} {right}" for left, sign, right in rows]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


def _cell(text: str) -> str:
    """A cell that no bar within mathematics ends."""
    parts = text.split("$")
    parts[1::2] = [part.replace(r"\|", r"\Vert ").replace("|", r"\vert ") for part in parts[1::2]]
    return "$".join(parts)
