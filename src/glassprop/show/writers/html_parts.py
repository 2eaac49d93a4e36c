"""Parts of pages: formulas, source whose lines belong to quantities, pictures of arrays."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from html import escape, unescape
from pathlib import Path

from glassprop.show.document.typesetting import Numbers
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.numbers.heat_map import cells

LONG = 90
"""Glyphs that fit on one line of a page of paper; longer formulas may break at their signs."""
SIGN = re.compile(r"<mo\b[^>]*>[=+−←]</mo>")
MATH = re.compile(r'<math\b[^>]*alttext="([^"]*)"[^>]*>.*?</math>', re.DOTALL)
TAG = re.compile(r"<[^>]*>")
ASSIGNED = re.compile(r"\s*(\w+)(?:\[[^]]*\])? [-+*/]?= ")
SHORT = 24
BEFORE_A_POINT = re.compile(
    r'(<math alttext="([^"]*)"(?:(?!display=)[^>])*>(?:(?!<math\b).)*?</math>)([.,;:)]+)', re.DOTALL
)
WORD = re.compile(r"(?<![\w.\"'])[^\W\d]\w*")


@cache
def stylesheet(name: str) -> str:
    """A style sheet of the assets."""
    return (Path(__file__).parents[1] / "assets" / name).read_text(encoding="utf-8")


def whole_page(title: str, style: str, body: str) -> str:
    """A page of HTML that needs nothing else and runs nothing."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
<style>
{style}body {{ margin: 0; background: Canvas; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def mathematics(text: str, attributes: str = "") -> str:
    """A formula as an element; browsers that cannot set it and programs read it as characters."""
    return f'<math alttext="{escape(plain(text))}"{attributes}>{text}</math>'


def tied(text: str) -> str:
    """Text in which no line breaks between a short formula and the full stop behind it."""

    def tie(match: re.Match[str]) -> str:
        whole, said, point = match.groups()
        return f'<span class="tied">{whole}{point}</span>' if len(said) <= SHORT else match[0]

    return BEFORE_A_POINT.sub(tie, text)


def formula(text: str) -> str:
    """A formula in a block of its own; a long one in parts between which lines may break.

    The style says how many signs its longest line has, by which it is fitted to paper.
    """
    table = "<mtable" in text
    lines = plain(text).split(";") if table else [plain(text)]
    pieces = [text] if table or len(lines[0]) <= LONG else broken(text)
    if len(pieces) > 1:
        lines = [plain(piece) for piece in pieces]
    made = "".join(mathematics(piece, ' display="block"') for piece in pieces)
    long = " long" if len(pieces) > 1 else ""
    signs = max(map(len, lines))
    return f'<div class="formula{long}" style="--signs: {signs}">{made}</div>'


def broken(text: str) -> list[str]:
    """A formula in parts: up to its first term, then each with the sign that it begins with."""
    cuts, depth, told = [0], 0, False
    for tag in TAG.finditer(text):
        if tag[0].startswith("</"):
            depth -= 1
        elif not tag[0].endswith("/>"):
            if depth == 0 and tag.start() and SIGN.match(text, tag.start()):
                if told:
                    cuts.append(tag.start())
                told = True
            depth += 1
    parts = [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    return [
        part.replace("<mo>", '<mo form="infix">', 1) if at else part
        for at, part in enumerate(parts)
    ]


def bare(text: str) -> str:
    """The characters of a piece of a page, without markup."""
    return unescape(TAG.sub("", MATH.sub(r"\1", text)))


def slug(text: str) -> str:
    """An id for a heading."""
    return "part-" + (re.sub(r"\W+", "-", text.lower()).strip("-") or "1")


def coded(text: str, names: Collection[str]) -> str:
    """Source as it is, in lines that belong to the quantities they compute."""
    lines = text.rstrip("\n").split("\n")
    kind = "program" if any(line.startswith("def ") for line in lines) else "lines"
    body, owner, depth = "", "", 0
    for line in lines:
        code = line.partition("  #")[0]
        found = ASSIGNED.match(code)
        if depth == 0:
            owner = found[1] if found and found[1] in names else ""
        depth += sum(map(code.count, "([{")) - sum(map(code.count, ")]}"))
        body += _line(line, names, owner)
    return f'<pre class="{kind}"><code>{body}</code></pre>'


def _line(text: str, names: Collection[str], owner: str) -> str:
    """A line of source; one that goes on with an assignment belongs to what is assigned."""
    code, mark, note = text.partition("  #")
    own = f' data-q="{owner}"' if owner else ""
    made, at = "", 0
    for match in WORD.finditer(code):
        if match[0] in names and match[0] != owner:
            made += escape(code[at : match.start()])
            made += f'<span class="name" data-q="{match[0]}">{match[0]}</span>'
            at = match.end()
    made += escape(code[at:])
    if mark:
        made += f'<span class="note">{escape(mark + note)}</span>'
    return f'<span class="line"{own}>{made}\n</span>'


def heat(array: Numbers) -> str:
    """A grid of cells, the larger the number the darker; light ones on dark paper."""
    table = cells(array)
    rows, columns = table.shape
    side = min(12, max(4, 420 // columns))
    made = [
        f'<rect x="{column}" y="{row}" width="1" height="1" opacity="{float(value):.2f}"/>'
        for row, line in enumerate(table)
        for column, value in enumerate(line)
        if value >= 0.005
    ]
    size = f'width="{columns * side}" height="{rows * side}" viewBox="0 0 {columns} {rows}"'
    fit = 'preserveAspectRatio="none" shape-rendering="crispEdges"'
    return f'<svg class="heat" aria-hidden="true" {size} {fit}>{"".join(made)}</svg>'
