"""Lines of limited width."""

from __future__ import annotations

import re
import textwrap

TOGETHER = re.compile(r"\[[^\[\]]{,40}\]|\([\dn*:, ]*\)|∂\S+ · ")
SPACE = "\u00a0"


def wrap(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Lines of at most a width, broken at spaces only; longer where there is no space.

    Brackets such as [h = i + p] and shapes are kept together.
    """
    joined = TOGETHER.sub(lambda match: match[0].replace(" ", SPACE), text)
    lines = textwrap.wrap(
        joined,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(SPACE, " ") for line in lines] or [first]
