"""A gradient that was checked, as one page of HTML that needs nothing else."""

from __future__ import annotations

from html import escape

from glassprop.check.gradients.report import SAID, counted, entry, number, remarks
from glassprop.check.gradients.verdicts import (
    IMPRECISE,
    KINK,
    RIGHT,
    WRONG,
    ArrayCheck,
    Compared,
    Findings,
)
from glassprop.show.writers.html_parts import stylesheet, whole_page

CLASSES = {RIGHT: "right", WRONG: "wrong", KINK: "kink", IMPRECISE: "precision"}
MOST = 20
"""Entries of an array that are listed."""


def page(check: Findings) -> str:
    """The whole page."""
    verdict = f'<span class="{CLASSES[check.verdict]}">{SAID[check.verdict]}</span>'
    rows = "\n".join(map(_row, check.arrays))
    heads = _heads("parameter", "shape", "verdict", "compared")
    parts = [
        f"<h1>{escape(check.title)}: {verdict}</h1>",
        *(f"<p>{escape(note)}</p>" for note in remarks(check)),
        f'<div class="scroll"><table>{heads}\n<tbody>\n{rows}\n</tbody></table></div>',
        *(_entries(one) for one in check.arrays if one.verdict != RIGHT),
    ]
    body = "\n".join(['<main class="glassprop-check">', *parts, "</main>"])
    return whole_page(f"{check.title}: {SAID[check.verdict]}", stylesheet("check.css"), body)


def _heads(*names: str, numbers: int = 0) -> str:
    plain = len(names) - numbers
    kinds = ["" if k < plain else ' class="number"' for k in range(len(names))]
    cells = "".join(
        f'<th scope="col"{kind}>{name}</th>' for kind, name in zip(kinds, names, strict=True)
    )
    return f"<thead><tr>{cells}</tr></thead>"


def _verdict(verdict: str, kind: str) -> str:
    return f'<td class="{kind}">{verdict}</td>'


def _row(one: ArrayCheck) -> str:
    shape = " × ".join(map(str, one.shape)) or "a number"
    verdict = _verdict(SAID[one.verdict], CLASSES[one.verdict])
    return (
        f'<tr><th scope="row">{escape(one.name)}</th><td>{shape}</td>{verdict}'
        f"<td>{counted(one)}</td></tr>"
    )


def _entries(one: ArrayCheck) -> str:
    """What was compared of an array that something is to be said of, the worst first."""
    odd = [each for each in one.compared if each.verdict != RIGHT]
    odd.sort(key=lambda each: abs(each.given - each.found), reverse=True)
    heads = _heads("entry", "verdict", "by", "given", "found", "±", "ratio", numbers=4)
    rows = "\n".join(_compared(one.name, each) for each in odd[:MOST])
    said = [one.guess, *dict.fromkeys(each.about for each in odd[:MOST])]
    notes = "".join(f"<p>{escape(note)}</p>\n" for note in said if note)
    more = f"<p>and {len(odd) - MOST:,} more</p>\n" if len(odd) > MOST else ""
    return (
        f"<h2>{escape(one.name)}</h2>\n{notes}"
        f'<div class="scroll"><table>{heads}\n<tbody>\n{rows}\n</tbody></table></div>\n{more}'
    )


def _compared(name: str, one: Compared) -> str:
    found = number(one.found, 8)
    if one.sides is not None:
        found = " | ".join(number(side) for side in one.sides)
    numbers = (number(one.given), found, number(one.error, 2), number(one.ratio))
    cells = "".join(f'<td class="number">{text}</td>' for text in numbers)
    verdict = _verdict(SAID[one.verdict], CLASSES[one.verdict])
    where = escape(entry(name, one.place))
    return f'<tr><th scope="row">{where}</th>{verdict}<td>{escape(one.how)}</td>{cells}</tr>'
