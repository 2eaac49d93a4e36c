"""Where a formula of Typst may be broken over lines."""

from __future__ import annotations

import re
from itertools import pairwise

SHORT = 48
"""Signs, as far as they are printed, of a formula that fits on a line without a doubt."""
MARKUP = re.compile(r"\b(?:thin|quad|italic|upright|op|abs|sqrt|norm|bold)\b|[_^\"\s]")
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[()\[\]]| [-+=←] | thin | ⋅ | ⊙ ', re.DOTALL)


def is_short(text: str) -> bool:
    """Whether a formula fits on a line without a doubt."""
    return len(MARKUP.sub("", text)) <= SHORT


def parts(text: str) -> list[str]:
    """A formula cut into parts that follow each other, each of them a formula for Typst.

    It is cut before the signs + − = outside of parentheses; a part that is long itself between its
    factors, and then within the parentheses that are printed.
    """
    made: list[str] = []
    for part in _cut(text, (" + ", " - ", " = ", " ← ")):
        if is_short(part):
            made.append(part)
        else:
            for factor in _cut(part, (" thin ", " ⋅ ", " ⊙ ")):
                made += [factor] if is_short(factor) else _opened(factor)
    return made


def _cut(text: str, signs: tuple[str, ...]) -> list[str]:
    """Cut before some signs that are outside of all parentheses."""
    depth, places = 0, [0]
    for match in TOKEN.finditer(text):
        sign = match[0]
        if sign in ("(", "["):
            depth += 1
        elif sign in (")", "]"):
            depth -= 1
        elif depth == 0 and sign in signs and match.start() > 0:
            places.append(match.start())
    return [text[a:b].strip() for a, b in pairwise([*places, len(text)])]


def _opened(text: str) -> list[str]:
    """Cut within parentheses that are printed, whose signs no longer grow with what is in them."""
    made: list[str] = []
    found = _printed(text)
    if found is None:
        return [text]
    start, end = found
    inner = parts(text[start + 1 : end])
    if len(inner) == 1:
        return [text]
    inner[0] = f"{text[:start]}\\({inner[0]}"
    rest = text[end + 1 :]
    tail = re.match(r"(?:'|[_^](?:\w|\([^()]*\)))*", rest)
    assert tail is not None
    inner[-1] += f"\\){tail[0]}"
    made += inner
    rest = rest[tail.end() :].strip()
    return [*made, *(parts(rest) if rest else [])]


def _printed(text: str) -> tuple[int, int] | None:
    """The first parentheses that are printed: after a space, and with no fraction stroke behind."""
    opened: list[int] = []
    for match in TOKEN.finditer(text):
        if match[0] in ("(", "["):
            opened.append(match.start())
        elif match[0] in (")", "]"):
            start, end = opened.pop(), match.start()
            before = text[start - 1 : start]
            alone = before in ("", " ", "-") and text[end + 1 : end + 2] != "/"
            if not opened and text[start] == "(" and alone:
                return start, end
    return None
