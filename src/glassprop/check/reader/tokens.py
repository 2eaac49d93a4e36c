"""The characters of a printed formula in groups: numbers, names, raised and lowered signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from glassprop.check.reader.tree import ReadingError

RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ˡᴸ", "0123456789-+()lL", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
INDICES = dict(zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True))
LETTERS = {"ᵗ": "t"}
"""Raised letters that count, in powers."""
FRACTIONS = {"½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4}
ON_LINE = {
    "raised": RAISED,
    "layer": RAISED,
    "letter": LETTERS,
    "lowered": LOWERED,
    "indices": INDICES,
}
APART = "".join([*RAISED, *LETTERS, *LOWERED, *INDICES, *FRACTIONS]) + "Σ′ᵀ𝟏"

PATTERNS = {
    "ones": "𝟏",
    "number": r"[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?",
    "fraction": f"[{''.join(FRACTIONS)}]",
    "layer": r"⁽[⁰¹²³⁴⁵⁶⁷⁸⁹ˡᴸ⁺⁻]+⁾|[ˡᴸ][⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]*|\^\[[\dlL+−]+\]",
    "raised": "⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+",
    "letter": f"[{''.join(LETTERS)}]",
    "lowered": f"[{''.join(LOWERED)}]+",
    "indices": rf"[{''.join(INDICES)}]+|_\{{[^\W\d_{{}}][^{{}}]*\}}",
    "primes": "′+",
    "name": rf"(?![\d_])(?:(?!_\{{)(?![{APART}])\w)+",
    "sign": r"[()\[\]|‖,;=≠>←+−·⊙ᵀ/Σ∂√^]",
}
TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in PATTERNS.items()))


@dataclass(frozen=True)
class Token:
    """A group of characters.

    Attributes:
        kind: ones, number, fraction, layer, raised, letter, lowered, indices, primes, name, sign
            or end.
        text: the characters, those that are raised or lowered on the line.
        spaced: whether a space stands before it.
        at: its place in the text.
    """

    kind: str
    text: str
    spaced: bool
    at: int


def tokens(text: str) -> list[Token]:
    """All tokens of a text, and one of the kind `end`.

    Raises:
        ReadingError: for a character that no formula has.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and text[at] in " \n\u00a0":
            at += 1
        if at == len(text):
            break
        match = TOKEN.match(text, at)
        if match is None:
            raise ReadingError(f"cannot read {text[at]!r} in {text!r}")
        kind = match.lastgroup or ""
        found.append(Token(kind, _plain(kind, match[0]), at > start, at))
        at = match.end()
    return [*found, Token("end", "", True, len(text))]


def _plain(kind: str, text: str) -> str:
    if kind == "indices":
        text = text.removeprefix("_{").removesuffix("}")
    if kind == "layer":
        text = text.removeprefix("^").strip("[]⁽⁾").replace("−", "-")
    on_line = ON_LINE.get(kind, {})
    return "".join(on_line.get(sign, sign) for sign in text)
