"""Lines of limited width."""

from __future__ import annotations

import re
import textwrap

from glassprop.compile.numpy_source.line_breaks import WIDEST, assignment

WIDTH = 92
"""The longest line of a text, unless another is asked for."""
TOGETHER = re.compile(
    r"\[[^\[\]]{,40}\]"
    r"|(?:(?<=\S) )?\([\dnmN*:, ]*\)"
    r"|(?<!\S)[(\[−]*(?:[=←→+−·/*@≤≥<>≠≈]|(?:Σ|∏|max|½)\S*|ln) "
)
"""What no line ends within, or with: brackets such as [h = i + p], a name and its shape, and an
operation and what it is done with."""
SPACE = "\u00a0"


def wrap(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Lines of at most a width, broken at spaces only; longer where there is no space.

    Formulas are broken before an operation, so that a line begins with it.
    """
    lines = textwrap.wrap(
        joined(text),
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [parted(line) for line in lines] or [first]


def joined(text: str) -> str:
    """The text with another space where no line ends."""
    return TOGETHER.sub(lambda match: match[0].replace(" ", SPACE), text)


def parted(line: str) -> str:
    """The line with plain spaces again."""
    return line.replace(SPACE, " ")


def source(line: str, width: int) -> list[str]:
    """An assignment over several lines, each of at most a width where that is possible."""
    target, equals, value = line.partition(" = ")
    if len(line) <= width or not equals:
        return [line]
    pad = " " * max(WIDEST - width, 0)
    return [text.removeprefix(pad) for text in assignment(target, value, pad)]
