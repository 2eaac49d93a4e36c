"""The terminal: how wide it is, and the one door to Rich, through which text stays as it is."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def console(stderr: bool = False) -> Console:
    """A console for which `[fast]` is text and no markup, and `:x:` no emoji."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def columns(otherwise: int) -> int:
    """How wide standard output is, by COLUMNS or the terminal; otherwise, where it is none."""
    return shutil.get_terminal_size((otherwise, 1)).columns
