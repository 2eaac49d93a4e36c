"""How much memory data would take, against what there is: asked before they are read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from glassprop.errors import DataError

_GB = 1e9
_LIMITS = ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory/memory.limit_in_bytes")
CONFIRM = "confirm with --large (in Python large=True)"


def memory(root: Path = Path("/")) -> int:
    """How many bytes of memory this process may use, or 0 where that is unknown."""
    found: list[int] = []
    with contextlib.suppress(AttributeError, OSError, ValueError):
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    for name in _LIMITS:  # of a container
        try:
            found.append(int((root / name).read_text()))
        except (OSError, ValueError):
            continue
    return min((size for size in found if size > 0), default=0)


def require_room(needed: float, name: str, large: bool) -> None:
    """Raise DataError if data would take more than half of the memory, unless that is confirmed.

    Args:
        needed: about how many bytes they take once they are read.
        name: what to call them.
        large: whether it is confirmed.
    """
    there = memory()
    if there and needed > there / 2 and not large:
        raise DataError(
            f"{name}: would take about {needed / _GB:,.1f} GB of the {there / _GB:,.1f} GB of "
            f"memory; give fewer examples at once, or {CONFIRM}"
        )
