"""Where a formula of Typst may be broken over lines."""

from __future__ import annotations

import re
from itertools import pairwise

SHORT = 48
"""Glyphs, as far as they are printed, of a formula that fits on a line without a doubt."""
MARKUP = re.compile(r"\b(?:thin|quad|italic|upright|op|abs|sqrt|norm|bold)\b|[_^\"\s\\]")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()\[\]/]| [-+=←] | thin | ⋅ | ⊙ | ', re.DOTALL)


OPENING = re.compile(r"(-?)(sqrt|abs|norm|)\(")
SIGNS = {"": ("\\(", "\\)"), "sqrt": ("√ \\(", "\\)"), "abs": ("|", "|"), "norm": ("‖", "‖")}
"""Parentheses, roots and bars as they are written on the line."""


def is_short(text: str) -> bool:
    """Whether a formula fits on a line without a doubt."""
    return len(MARKUP.sub("", text)) <= SHORT


def parts(text: str) -> list[str]:
    """A formula cut into parts that follow each other, each of them a formula for Typst.

    It is cut before the signs + − = outside of parentheses; a part that is long itself between its
    factors; a factor that is long within its parentheses, roots and fractions, which are then
    written on the line.
    """
    made: list[str] = []
    for part in _cut(text, (" + ", " - ", " = ", " ← ")):
        if is_short(part):
            made.append(part)
        else:
            for factor in _cut(part, (" thin ", " ⋅ ", " ⊙ ")):
                made += [factor] if is_short(factor) else _opened(factor)
    return made


def depth(text: str) -> int:
    """How many parentheses stand in each other."""
    now = most = 0
    for match in TOKEN.finditer(text):
        now += _step(match[0])
        most = max(most, now)
    return most


def _step(sign: str) -> int:
    return (sign in ("(", "[")) - (sign in (")", "]"))


def _cut(text: str, signs: tuple[str, ...]) -> list[str]:
    """Cut before some signs that are outside of all parentheses."""
    level, places = 0, [0]
    for match in TOKEN.finditer(text):
        sign = match[0]
        level += _step(sign)
        if level == 0 and sign in signs and match.start() > 0:
            places.append(match.start())
    return [text[a:b].strip() for a, b in pairwise([*places, len(text)])]


def _opened(factor: str) -> list[str]:
    """Cut within the words of a factor that are long; the short ones stay with what follows."""
    made: list[str] = []
    before = ""
    for word in _cut(factor, (" ",)):
        if is_short(word):
            before += f"{word} "
            continue
        first, *rest = _word(word)
        made += [before + first, *rest]
        before = ""
    return [*made, before.strip()] if before else made


def _word(word: str) -> list[str]:
    """Cut a fraction, a root or parentheses."""
    above, *below = _cut(word, ("/",))
    if below and all(map(is_short, (above, *below))):
        return [word]
    if below:
        first, *rest = _inside("".join(below)[1:], *SIGNS[""])
        return [*_inside(above, *SIGNS[""]), f"\\/ {first}", *rest]
    match = OPENING.match(word)
    end = _closing(word, match.end() - 1) if match else 0
    if match is None or ("(" in word[end + 1 :] and not word[end + 1 :].startswith(("^", "_"))):
        return [word]
    left, right = SIGNS[match[2]]
    made = _inside(word[match.end() - 1 : end + 1], left, right)
    if len(made) == 1:
        return [word]
    made[0] = match[1] + made[0]
    made[-1] += word[end + 1 :]
    return made


def _inside(word: str, left: str, right: str) -> list[str]:
    """Cut what is in parentheses, and write these on the line; a word without them stays."""
    if not word.startswith("(") or _closing(word, 0) != len(word) - 1:
        return [word]
    made = parts(word[1:-1])
    return [f"{left}{made[0]}", *made[1:-1], f"{made[-1]}{right}"] if made[1:] else [word]


def _closing(text: str, start: int) -> int:
    """Where the parenthesis ends that begins at a place."""
    level = 0
    for match in TOKEN.finditer(text, start):
        level += _step(match[0])
        if level == 0:
            return match.start()
    return len(text) - 1
