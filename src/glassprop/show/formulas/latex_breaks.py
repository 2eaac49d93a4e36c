"""Where a long formula of LaTeX is broken: before a sign that stands in no braces."""

from __future__ import annotations

import re

WIDEST = 78.0
"""The width of a line, about, in digits."""
COMMAND = re.compile(r"\\[A-Za-z]+|\\.|.", re.DOTALL)
SIGNS = ("=", "+", "-", r"\cdot", r"\leftarrow")
NARROW = (r"\left", r"\right", r"\,", r"\operatorname", r"\mathit", r"\quad")
SMALL = 0.75
"""The width of a sign in an index or an exponent."""


def broken(text: str, widest: float = WIDEST) -> list[str]:
    """The formula in lines, each but the first beginning with a sign."""
    if width(text) <= widest:
        return [text]
    lines: list[str] = []
    current = ""
    for piece in pieces(text):
        if current and width(f"{current} {piece}") > widest - 4 * bool(lines):
            lines.append(current)
            current = piece
        else:
            current = f"{current} {piece}" if current else piece
    return [*lines, current]


def pieces(text: str) -> list[str]:
    r"""The parts between signs that stand neither in braces nor between \left and \right."""
    found: list[str] = []
    depth, start = 0, 0
    for match in COMMAND.finditer(text):
        token = match[0]
        depth += (token in ("{", r"\left")) - (token in ("}", r"\right"))
        before, after = text[: match.start()], text[match.end() :]
        spaced = before.endswith(" ") and after.startswith(" ")
        if token in SIGNS and not depth and spaced and before[start:].strip():
            found.append(before[start:].strip())
            start = match.start()
    return [*found, text[start:].strip()]


def width(text: str) -> float:
    """About how wide a formula is; of a fraction the wider part counts."""
    while True:
        flat = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _wider, text)
        flat = re.sub(r"[_^]\{([^{}]*)\}", _script, flat)
        flat = re.sub(r"(?<![_^])\{([^{}]*)\}", r"\1", flat)
        if flat == text:
            break
        text = flat
    total = 0.0
    for token in COMMAND.findall(text):
        if token in SIGNS:
            total += 2.6
        elif token in "{}_^ " or token in NARROW:
            total += 0.0
        elif token == r"\sum":
            total += 2.4
        else:
            total += len(token) - 0.5 if len(token) > 2 and token in WORDS else 1.0
    return total


WORDS = (r"\exp", r"\ln", r"\log", r"\max", r"\tanh", r"\sin", r"\cos")


def _wider(match: re.Match[str]) -> str:
    return max(match[1], match[2], key=width)


def _script(match: re.Match[str]) -> str:
    return " " + "i" * round(SMALL * width(match[1]))
