"""A derivation in full as Markdown with the mathematics that GitHub renders."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.numbers.heat_map import shaded
from glassprop.show.writers.dollar_document import DollarDocument

ESCAPED = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]<>$|~"})


class MarkdownDocument(DollarDocument):
    """Sections of numbered steps, formulas in `math` blocks, NumPy in `python` blocks."""

    numbered = "**{}.** {}"

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

    def whole(self, parts: list[str]) -> str:
        """With an empty line between."""
        return "\n\n".join(parts) + "\n"


def aligned(rows: Sequence[Row]) -> str:
    """Equations for LaTeX, one below the other."""
    lines = [f"{left} &{sign} {right}" for left, sign, right in rows]
    return "\n".join([r"\begin{aligned}", " \\\\\n".join(lines), r"\end{aligned}"])


def _cell(text: str) -> str:
    """A cell that no bar within mathematics ends."""
    parts = text.split("$")
    parts[1::2] = [part.replace(r"\|", r"\Vert ").replace("|", r"\vert ") for part in parts[1::2]]
    return "$".join(parts)
