"""A comparison for the terminal: both sides in columns, or one below the other where it is narrow.

What differs is underlined, so that it is seen without colours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from glassprop.comparison.compare import Change
from glassprop.formula.nodes import Node, Step
from glassprop.show.comparison.outline import SIGNS, Telling, sign_of
from glassprop.show.comparison.rows import (
    CLOSE,
    OPEN,
    MarkedText,
    Row,
    clean,
    marked_nodes,
    printed,
)
from glassprop.show.document.text_wrapping import joined, parted, wrap

if TYPE_CHECKING:
    from rich.text import Text

WIDTH = 100
LEAST = 96
"""Columns from which on both sides stand beside each other."""
MARGIN, GAP = 3, 3
UNDERLINE = "^"


def diff_text(telling: Telling, width: int = WIDTH) -> str:
    """The comparison in lines of at most `width` characters."""
    return _Columns(telling, width).text() if width >= LEAST else _Stacked(telling, width).text()


class _Columns:
    def __init__(self, telling: Telling, width: int) -> None:
        self.telling, self.width = telling, width
        self.printer = MarkedText()
        self.column = self.room()

    def room(self) -> int:
        """The width of one side."""
        return (self.width - MARGIN - GAP) // 2

    def text(self) -> str:
        told = self.telling.sentences(self.printer)
        parts = [[*self.wrapped(told.title, ""), *self.head()]]
        for title, rows in self.telling.sections():
            lines = [title]
            for row in rows:
                lines += [f"   {row}"] if isinstance(row, str) else self.row(row)
            parts.append(lines)
        if told.reasons:
            reasons = [f"{name}: {sentence}" for name, sentence in told.reasons]
            parts.append(["why", *(line for text in reasons for line in self.hung(text))])
        notes = [line for text in told.notes for line in self.wrapped(text, "  ")]
        legend = ", ".join(f"{sign} {SIGNS[sign]}" for sign in self.telling.signs())
        parts.append([*notes, *self.wrapped(legend, "  ")])
        return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts)

    def head(self) -> list[str]:
        """What the sides are called."""
        first, second = (shortened(label, self.column) for label in self.telling.called())
        return ["", self.beside("", first, second)]

    def beside(self, sign: str, left: str, right: str) -> str:
        return f"{sign:<{MARGIN}}{left:<{self.column}}{'':<{GAP}}{right}"

    def row(self, row: Row) -> list[str]:
        """A step on both sides, with what differs underlined."""
        sign, change = sign_of(row.change), row.change
        left, right = self.side(change, True), self.side(change, False)
        made: list[str] = []
        for (a, below_a), (b, below_b) in zip_longest(left, right, fillvalue=("", "")):
            made.append(self.beside(sign if not made else "", a, b))
            if below_a.strip() or below_b.strip():
                made.append(self.beside("", below_a, below_b))
        return made

    def side(self, change: Change, left: bool) -> list[tuple[str, str]]:
        """The lines of one side, each with the line below it."""
        step = change.left if left else change.right
        formula = change.left_formula if left else change.right_formula
        if step is None or formula is None:
            return []
        text = self.equation(step, formula, marked_nodes(change, left))
        return underlined(folded(text, self.column))

    def equation(self, step: Step, formula: Node, nodes: list[Node]) -> str:
        made = printed(self.printer, step, formula, nodes)
        return f"{made.left} {made.sign} {made.right}"

    def wrapped(self, text: str, further: str) -> list[str]:
        return wrap(text, self.width, "", further)

    def hung(self, text: str) -> list[str]:
        return wrap(text, self.width, "   ", "     ")


class _Stacked(_Columns):
    def room(self) -> int:
        """The whole width but for signs and labels."""
        return self.width - MARGIN - 4

    def head(self) -> list[str]:
        """What the sides are called, which stands before each line of theirs from here on."""
        room = self.width - MARGIN - 6
        return ["", *(
            f"   {mark}  {shortened(label, room)}"
            for mark, label in zip("◁▷", self.telling.called(), strict=True)
        )]  # fmt: skip

    def row(self, row: Row) -> list[str]:
        """A step once if both sides have the same, else the left above the right."""
        sign, change = sign_of(row.change), row.change
        sides = [("◁", self.side(change, True)), ("▷", self.side(change, False))]
        if change.kind in ("same", "resized") and not change.renamed:
            sides = [(" ", sides[1][1])]
        made: list[str] = []
        for mark, lines in sides:
            for number, (line, below) in enumerate(lines):
                made.append(f"{'' if made else sign:<{MARGIN}}{'' if number else mark:<3}{line}")
                if below.strip():
                    made.append(f"{'':<{MARGIN + 3}}{below}")
        return made


def folded(text: str, width: int) -> list[str]:
    """Lines of at most a width, marks not counted, broken at spaces; further lines are indented."""
    lines, line = [], ""
    for word in joined(text).split(" "):
        longer = f"{line} {word}" if line else word
        if line.strip() and len(clean(longer)) > width:
            lines.append(line)
            longer = f"    {word}"
        line = longer
    return [parted(line) for line in (*lines, line)]


def underlined(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Each line without its marks, and the line that stands below what was marked."""
    found: list[tuple[str, str]] = []
    depth = 0
    for line in lines:
        below = ""
        indent = len(line) - len(line.lstrip(" "))
        for place, character in enumerate(line):
            if character in (OPEN, CLOSE):
                depth += 1 if character == OPEN else -1
            else:
                below += UNDERLINE if depth and place >= indent else " "
        found.append((clean(line), below))
    return found


def shortened(text: str, width: int) -> str:
    """A label that fits."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


STYLES = (
    (r"^(?:forward|cost|backward|gradients|update|why)$", "bold cyan"),
    (r"^\+  .*$", "green"),
    (r"^−  .*$", "red"),
    (r"^≠ ", "bold yellow"),
    (r"^[=↳≈]  .*$", "dim"),
    (r"^   (?:\S+|\S+ \([^()]*\)): ", "bold"),
)


def coloured(text: str) -> Text:
    """The lines in colours; what is underlined stands out as well."""
    from rich.text import Text

    made = Text(text, no_wrap=True)
    for pattern, style in STYLES:
        for match in re.finditer(pattern, text, re.MULTILINE):
            made.stylize(style, *match.span())
    at = before = 0
    for line in text.splitlines(keepends=True):
        if UNDERLINE in line and not set(line) - set(f" {UNDERLINE}\n"):
            for match in re.finditer(r"\^+", line):
                made.stylize("bold magenta", before + match.start(), before + match.end())
                made.stylize("magenta", at + match.start(), at + match.end())
        before, at = at, at + len(line)
    return made
