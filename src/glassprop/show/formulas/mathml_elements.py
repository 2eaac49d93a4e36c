"""Elements of MathML Core, as text: rows, scripts, fractions, parentheses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

TALL = ("<mfrac", "<munder", "<msqrt", "<mtable")
OF = "<mo>\u2061</mo>"
"""Function application: nothing to see, but to be read aloud."""
TIMES = '<mo lspace="0" rspace="0.1667em">\u2062</mo>'
"""A product without a sign: a thin space to see."""
THIN = '<mspace width="0.1667em"/>'
LEAF = re.compile(r"<(m[ino])\b[^<>]*>[^<>]*</\1>")


def row(text: str) -> str:
    """One element: for the parts of fractions, scripts and calls."""
    return text if LEAF.fullmatch(text) else f"<mrow>{text}</mrow>"


def closed(text: str) -> bool:
    """Whether a formula ends with a parenthesis."""
    end = text[-99:].replace("</mrow>", "")
    return end.endswith(")</mo>")


def negative(text: str) -> str:
    """A minus that belongs to what follows it."""
    return f'<mrow><mo form="prefix">−</mo>{text}</mrow>'


def identifier(text: str) -> str:
    """A letter, set in italics, a word or a number, which are not; primes above it."""
    base = text.rstrip("′")
    tag = "mn" if base.replace(",", "").isdecimal() else "mi"
    head = f"<{tag}>{escape(base)}</{tag}>"
    return head if base == text else f"<mrow>{head}{dashes(text[len(base) :])}</mrow>"


def dashes(text: str) -> str:
    """Primes, which fonts have raised already."""
    return f'<mo lspace="0" rspace="0">{text}</mo>'


def label(text: str) -> str:
    """A number of a layer or a count, as 2, [2], l − 1."""
    made = ""
    for part in re.findall(r"\d+|[^\W\d]+|\S", text):
        if part.isdecimal():
            made += f"<mn>{part}</mn>"
        elif part.isalpha():
            made += f"<mi>{part}</mi>"
        else:
            made += f'<mo stretchy="false" lspace="0" rspace="0">{escape(part)}</mo>'
    return made


def scripts(base: str, below: str, above: str) -> str:
    """A base with what is given below and above; above parentheses, as high as they are."""
    if closed(base) and not any(mark in base for mark in TALL):
        base = f'<mpadded height="0.75em">{base}</mpadded>'
    if below and above:
        return f"<msubsup>{row(base)}{row(below)}{row(above)}</msubsup>"
    if below:
        return f"<msub>{row(base)}{row(below)}</msub>"
    return f"<msup>{row(base)}{row(above)}</msup>" if above else base


def fraction(above: str, below: str) -> str:
    """Above over below."""
    return f"<mfrac>{row(above)}{row(below)}</mfrac>"


def summation(letters: Sequence[str]) -> str:
    """Σ with its indices."""
    under = "<mo>,</mo>".join(map(identifier, letters))
    return f"<munder><mo>∑</mo>{row(under)}</munder>"


def fenced(left: str, text: str, right: str) -> str:
    """Between signs that are as tall as what is in them."""
    flat = "" if any(mark in text for mark in TALL) else ' stretchy="false"'
    before, after = f'<mo form="prefix"{flat}>', f'<mo form="postfix"{flat}>'
    return f"<mrow>{before}{left}</mo>{row(text)}{after}{right}</mo></mrow>"
