"""A derivation in full as a Typst document, which compiles as it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassprop.errors import FormulaError
from glassprop.show.document.document import Document
from glassprop.show.document.steps import StepParts
from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.formulas.typst import TypstPrinter, settable, string
from glassprop.show.formulas.typst_breaks import is_short, parts
from glassprop.show.numbers.heat_map import cells as shades
from glassprop.show.outline.outline import Entry
from glassprop.show.sentences.sentences import Sentences
from glassprop.show.writers.typst_style import STYLE

ESCAPED = str.maketrans({sign: "\\" + sign for sign in "\\#$*_`<>@~[]\"'"})
MARKS = re.compile(r"^\d*[-+=/.:]|(?<=-)[-?]|(?<=/)/|(?<=\.)\.")
"""Glyphs that mean something at the start of a text, or twice."""
PART = r"\((∂(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)"
DERIVATIVE = re.compile(f"{PART}/{PART}")
"""A derivative whose parts have no parentheses but those of scripts."""
LONG_NAME = re.compile(r'"[^"]{30,}"')
MANY = 12
"""Steps of a document that has a table of contents."""


def escape(text: str) -> str:
    """A sentence as Typst's markup.

    Raises FormulaError for letters that the fonts inside Typst do not have.
    """
    for sign in text:
        if not settable(sign) and not sign.isspace():
            raise FormulaError(
                f"{text!r} has the letter {sign!r}, which the fonts inside Typst do not have"
            )
    plain = re.sub(r"\s+", " ", text).translate(ESCAPED)
    return MARKS.sub(lambda match: f"{match[0][:-1]}\\{match[0][-1]}", plain)


class TypstDocument(Document):
    """Sections of numbered equations, NumPy as source."""

    printing = TypstPrinter

    def math(self, text: str) -> str:
        """Between dollar signs; derivatives on the line, ∂C/∂z, and long formulas in parts."""
        level = DERIVATIVE.sub(r"\1\\/\2", text)
        if level != text:
            level = level.replace(" thin ", " ⋅ ")
        return f"${level}$" if is_small(level) else broken_within(level)

    def prose(self, text: str) -> str:
        """Escaped."""
        return escape(text)

    def title(self, text: str) -> str:
        """Large, in bold."""
        return f"#title[{text}]"

    def heading(self, text: str) -> str:
        """First level."""
        return f"= {text}"

    def subheading(self, text: str) -> str:
        """Second level."""
        return f"== {text}"

    def paragraph(self, text: str) -> str:
        """As it is; what does not end in a full stop stays on the page of what follows."""
        return text if text.endswith(".") else f"#lead[{text}]"

    def display(self, text: str) -> str:
        """A displayed equation."""
        return displayed(text)

    def equations(self, rows: Sequence[Row]) -> str:
        """Aligned at the signs; those that are too long for a line apart."""
        made: list[str] = []
        short: list[str] = []
        for left, sign, right in rows:
            if is_short(f"{left}{right}"):
                short.append(f"{left} &{sign} {right}")
            else:
                made += [aligned(short)] if short else []
                made.append(displayed(f"{left} {sign} {right}"))
                short = []
        return "\n".join([*made, aligned(short)] if short else made)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table that may go over pages, with its head on each."""
        columns = list(zip(head, *rows, strict=True))
        wide = [any(not is_short(cell) for cell in column) for column in columns[:-1]]
        widths = ", ".join([*("1fr" if far else "auto" for far in wide), "1fr"])
        made = [f"#table(columns: ({widths}),", f"  table.header({_cells(head)}),"]
        for row in rows:
            cells = [
                f"#fitted[{cell}]" if far else cell
                for cell, far in zip(row, [*wide, False], strict=True)
            ]
            made.append(f"  {_cells(cells)},")
        return "\n".join([*made, ")"])

    def code(self, text: str) -> str:
        """A block of Python."""
        return source(text, "python")

    def heatmap(self, array: Numbers, caption: str) -> str:
        """Squares in shades of grey, the largest numbers black."""
        return f"#block(breakable: false)[{caption}\n\n{heat(array)}]"

    def entry(self, entry: Entry) -> str:
        """Number and meaning; then equations, reasons, NumPy and numbers beside their labels."""
        items = self.said(entry)
        head = re.sub(r"^[a-z]", lambda match: match[0].upper(), self.meaning(entry.step))
        made = [f"#step({entry.number})[{head}]"] if head else []
        for place, item in enumerate(items):
            tied = place < 1 or item.kind == "from" or place == len(items) - 2
            options = ["tied: true"] if tied and place < len(items) - 1 else []
            if item.kind == "equation":
                options.append(f"number: {entry.number}")
                options += [] if head else [f"label: counted({entry.number})", "above: 1.9em"]
            made.append(self.shown(item, *options))
        return "\n".join(made)

    def shown(self, item: StepParts, *options: str) -> str:
        """One thing that is said of a step, beside its label."""
        label = item.text if item.row and item.text else item.label
        if not any(option.startswith("label:") for option in options):
            options = (f"label: [{escape(label)}]", *options)
        if item.row is not None:
            return displayed(" ".join(item.row), *options)
        if item.code:
            return f"#said({', '.join(options)})[\n{self.code(item.code)}\n]"
        text = re.sub(r"^[a-z]", lambda match: match[0].upper(), item.text)
        if item.array is not None:
            return f"#said({', '.join([*options, 'whole: true'])})[{text}.\n{heat(item.array)}]"
        return f"#said({', '.join(options)})[{text}.]"

    def plain_title(self) -> str:
        """The title without markup, for the document's own description."""
        plain = Sentences(self.told.derivation, TextPrinter(self.printer.notation))
        return plain.title(self.told.scalar)

    def whole(self, parts: list[str]) -> str:
        """After the style; with a table of contents where there is much."""
        setting = f"#set document(title: {string(self.plain_title())}, date: none)"
        if len(self.told.entries) >= MANY:
            contents = "#block(below: 1.6em, outline(title: none, depth: 1))"
            parts = [parts[0], contents, *parts[1:]]
        return f"{setting}\n{STYLE}\n" + "\n\n".join(parts) + "\n"


def heat(array: Numbers) -> str:
    """Many numbers as a picture."""
    rows = ["".join(str(min(int(cell * 10), 9)) for cell in row) for row in shades(array)]
    return f"#heat({', '.join(map(string, rows))})"


def displayed(text: str, *options: str) -> str:
    """An equation on its own, in parts if it is too long for a line."""
    if is_short(text):
        return f"#equation({', '.join([f'$ {text} $', *options])})"
    head, *rest = parts(text)
    if rest and " = " not in f" {head} ":
        sign = next((sign for sign in ("= ", "← ") if rest[0].startswith(sign)), "")
        head, rest[0] = f"{head} {sign}".strip(), rest[0].removeprefix(sign)
    listed = [f"$ {part} $" for part in (head, *rest)]
    return "\n  ".join(["#broken(", *(f"{part}," for part in (*listed, *options))]) + "\n)"


def is_small(text: str) -> bool:
    """Whether a formula is small enough for any line of a sentence."""
    return is_short(text) and not LONG_NAME.search(text)


def broken_within(text: str) -> str:
    """A long formula within a sentence, as formulas between which lines may end."""
    made: list[str] = []
    for part in parts(text):
        lone = part.removeprefix("thin ")
        lone = f'$"" {lone}$' if lone[:2] in ("+ ", "- ", "= ", "⋅ ", "⊙ ") else f"${lone}$"
        made.append(lone if is_small(part) else f"#shrunk[{lone}];")
    return " ".join(made)


def aligned(rows: Sequence[str]) -> str:
    """Short equations, one below the other."""
    return "#equation(tied: true, $\n  " + " \\\n  ".join(rows) + "\n$)"


def source(text: str, language: str) -> str:
    """Source between more backticks than there are in it."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def _cells(row: Sequence[str]) -> str:
    return ", ".join(f"[{cell}]" for cell in row)
