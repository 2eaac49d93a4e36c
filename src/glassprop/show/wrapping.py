"""Lines of limited width."""

from __future__ import annotations

import textwrap


def wrap(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Lines of at most a width, broken at spaces only; longer where there is no space."""
    return textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first]
