"""A derivation in full as one page of HTML: no network, light and dark, for screen and paper."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from glassprop.chainrule.derivation import Derivation
from glassprop.show.document.document import Document
from glassprop.show.document.steps import StepParts
from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.outline.code_lines import Lines
from glassprop.show.outline.outline import Entry
from glassprop.show.writers.html_parts import (
    LONG,
    bare,
    coded,
    formula,
    heat,
    mathematics,
    slug,
    tied,
)

ASSETS = Path(__file__).parents[1] / "assets"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
HEADING = re.compile(r'<h2 id="([^"]+)">(.*)</h2>')
NAMED = re.compile(r'<math alttext="[^"]*"><mrow data-q="(\w+)">')
PROGRAM = '<pre class="program"'


class HtmlDocument(Document):
    """Sections of numbered steps; what belongs to one quantity carries its name as `data-q`."""

    printing = MathmlPrinter

    def __init__(
        self,
        derivation: Derivation,
        lines: Lines,
        notation: Notation = NIELSEN,
        trace: Mapping[str, Numbers] | None = None,
    ) -> None:
        super().__init__(derivation, lines, notation, trace)
        assert isinstance(self.printer, MathmlPrinter)
        self.printer.graph = derivation.graph

    def math(self, text: str) -> str:
        """A formula within a sentence."""
        return mathematics(text)

    def prose(self, text: str) -> str:
        """With the signs escaped that HTML gives a meaning."""
        return escape(text)

    def title(self, text: str) -> str:
        """First level."""
        return f"<h1>{text}</h1>"

    def heading(self, text: str) -> str:
        """Second level, which the list of sections leads to."""
        return f'<h2 id="{slug(bare(text))}">{text}</h2>'

    def subheading(self, text: str) -> str:
        """Third level."""
        return f"<h3>{text}</h3>"

    def paragraph(self, text: str) -> str:
        """A paragraph."""
        return f"<p>{text}</p>"

    def display(self, text: str) -> str:
        """A formula in a block that scrolls if it has to."""
        return formula(text)

    def equations(self, rows: Sequence[Row]) -> str:
        """One formula, aligned at the signs; each on its own where one of them is long."""
        if any(len(plain("".join(row))) > LONG for row in rows):
            return "\n".join(formula(" ".join(row)) for row in rows)
        made = "".join(
            f"<mtr><mtd>{left}</mtd><mtd>{sign}</mtd><mtd>{right}</mtd></mtr>"
            for left, sign, right in rows
        )
        return formula(f'<mtable class="aligned" displaystyle="true">{made}</mtable>')

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table; a row that begins with a quantity belongs to it."""
        first = "".join(f'<th scope="col">{cell}</th>' for cell in head)
        body = "\n".join(map(_row, rows))
        table = f"<table>\n<thead><tr>{first}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        return f'<div class="scroll">{table}</div>'

    def code(self, text: str) -> str:
        """Source, each line and each name in it belonging to its quantity."""
        return coded(text, self.words.names)

    def heatmap(self, array: Numbers, caption: str) -> str:
        """A picture of many numbers, with a sentence that says what they are."""
        return f"<figure>{heat(array)}<figcaption>{caption}</figcaption></figure>"

    def entry(self, entry: Entry) -> str:
        """Number and meaning, equation, other forms, reason, NumPy, numbers."""
        meaning = self.meaning(entry.step)
        made = [f'<p class="meaning">{meaning}</p>'] if meaning else []
        made += map(self.shown, self.said(entry))
        return self.step(entry, "\n".join(made))

    def shown(self, item: StepParts) -> str:
        """One thing that is said of a step, with its label beside it."""
        if item.array is not None:
            return f'<div class="value">{self.heatmap(item.array, item.text)}</div>'
        if item.code:
            return self.code(item.code)
        if item.row is None:
            lead = f"{item.label}: " if item.kind == "by" else ""
            return f'<p class="{item.kind}">{capitalised(f"{lead}{item.text}.")}</p>'
        display = self.display(" ".join(item.row))
        if not item.label:
            return f'<div class="{item.kind}">{display}</div>'
        label = f"{item.label}, {item.text}" if item.text else item.label
        return f'<div class="{item.kind} form"><p class="label">{label}</p>{display}</div>'

    def step(self, entry: Entry, body: str) -> str:
        """What belongs to a step, with its number, which links to it."""
        name, number = escape(entry.step.name), entry.number
        start = f'<article class="step" id="step-{name}" data-q="{name}" tabindex="0"'
        head = f'<span class="number"><a href="#step-{name}" tabindex="-1">{number}</a></span>'
        return f'{start} aria-label="Step {number}">\n{head}\n{body}\n</article>'

    def whole(self, parts: list[str]) -> str:
        """One page, with style and script in it."""
        title, *rest = parts
        heads = [found for part in parts for found in HEADING.findall(part)]
        items = "".join(f'<li><a href="#{at}">{text}</a></li>' for at, text in heads)
        return PAGE.format(
            policy=POLICY,
            title=escape(bare(title)),
            style=asset("document.css"),
            script=asset("document.js"),
            heading=title,
            nav=f'<nav aria-label="Sections"><ol>{items}</ol></nav>',
            beside=self.beside(rest),
            body=tied("\n".join(rest)),
        )

    def beside(self, parts: list[str]) -> str:
        """What stays in sight on a wide screen: picture, program, and what is pointed at."""
        from glassprop.show.writers.html_picture import picture

        made: list[str] = []
        drawn = picture(self.told.derivation, self.printer.notation)
        if drawn:
            made.append(f'<figure class="picture">{drawn}</figure>')
        program = "\n".join(part for part in parts if part.startswith(PROGRAM))
        if program:
            made.append(f'<div class="program" aria-hidden="true">{program}</div>')
        made.append('<div class="readout" aria-hidden="true"></div>')
        return "\n".join(made)


def capitalised(text: str) -> str:
    """With a capital letter at its start, unless that is markup."""
    return text[0].upper() + text[1:]


def _row(cells: Sequence[str]) -> str:
    first, *others = cells
    found = NAMED.match(first)
    mark = f' data-q="{found[1]}"' if found else ""
    return f"<tr{mark}><td>{'</td><td>'.join([first, *others])}</td></tr>"


@cache
def asset(name: str) -> str:
    """The text of a file that goes into every page."""
    return (ASSETS / name).read_text(encoding="utf-8").strip()


PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="{policy}"/>
<meta name="generator" content="glassprop"/>
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
<a class="skip" href="#derivation">To the derivation</a>
<div class="page">
<header>
{heading}
{nav}
</header>
<aside class="beside" aria-label="Picture and program">
{beside}
</aside>
<main id="derivation">
{body}
</main>
</div>
<script>
{script}
</script>
</body>
</html>
"""
