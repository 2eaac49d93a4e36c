"""Colours for the terminal; rich leaves them out where the output is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.text import Text

HEADS = r"^(?:forward|cost|backward|gradients|update|why)\b.*$"
STYLES = (
    (r"^The (?:gradient|derivative) of .*$", "bold"),
    (HEADS, "bold cyan"),
    (r"^ +\d+(?=  )", "dim"),
    (r"(?<=   )[A-Za-z]\w* = .*$", "green"),
    (r"\((?:n|\d+),[^()=]*\)(?=   )", "dim"),
)


def coloured(table: str) -> Text:
    """The lines of a table with styles."""
    from rich.text import Text

    text = Text(table, no_wrap=True)
    for pattern, style in STYLES:
        for match in re.finditer(pattern, table, re.MULTILINE | re.ASCII):
            text.stylize(style, *match.span())
    return text
