"""Gradients and their updates in one go, by blocks of rows that stay in a core's own cache.

The gradient of a large weight matrix would be written to memory and read again. Where nothing but
the loop that follows needs it, a few of its rows are computed, and what follows is done with them;
so there is room for one block only. Each entry is computed as before: no bit changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from glassprop.compile.loops.assignments import LETTERS, Assignment
from glassprop.compile.loops.fusion import Loop, every

Item = Loop | Assignment

LARGE = 1 << 17
"""Numbers of a gradient from which on it goes by blocks."""
ROOM = 1 << 16
"""About how many numbers a block has: 256 KB in float32, a quarter of a usual second cache."""
TILES = 16
"""Rows that blocks have a multiple of."""


def in_row_blocks(items: Sequence[Item]) -> list[Item]:
    """The items, with the products marked that go by blocks together with the loop after them."""
    found = list(items)
    for place, (one, loop) in enumerate(itertools.pairwise(items)):
        if isinstance(one, Assignment) and isinstance(loop, Loop) and _fits(one, loop, items):
            rows = max(TILES, ROOM // int(one.shape[1]) // TILES * TILES)
            large = None if one.large is None else (rows, one.large[1])
            found[place] = replace(one, block=rows, large=large)
    return found


def _fits(one: Assignment, loop: Loop, items: Sequence[Item]) -> bool:
    """Whether a product is large, and read row by row in the loop after it and nowhere else."""
    if one.kind != "product" or not one.whole or loop.size != one.shape[0]:
        return False
    if not all(size.isdigit() for size in one.shape):
        return False
    if int(one.shape[0]) * int(one.shape[1]) < LARGE:
        return False
    inside = list(loop.assignments())
    outside = every([item for item in items if item is not loop])
    if any(u == one.target for other in outside for u, _ in other.reads()):
        return False
    changed = {other.target for other in inside}
    read = {u for u, _ in one.reads()}
    own = all(
        index[:1] == LETTERS[:1]
        for other in inside
        for u, index in other.reads()
        if u == one.target
    )
    return own and one.target not in changed and not changed & read
