"""How a mini-batch is divided among threads: who computes which rows, and where they meet.

Each loop over rows, and each product, is cut into as many pieces as there are threads: those over
examples by examples, those over parameters by rows of parameters. As each thread always has the
same rows, what it made itself it can go on with at once; where it needs what others made, or is
about to change what others may still read, the threads meet first. Forwards and backwards all is
by examples; gradients and updates are by rows of parameters. So there are few meetings.

Each entry is computed by one thread, in the same order of operations whatever their number, so the
number of threads changes no bit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from glassprop.compile.loops.assignments import LETTERS, Assignment
from glassprop.compile.loops.fusion import Loop, every

Item = Loop | Assignment
ALL = "all"
COLUMNS = "columns"
SPARSE = ("gather", "scatter")
"""Products with sparse inputs of which, divided, each thread has some columns of the layer."""


def can_divide(items: Sequence[Item]) -> bool:
    """Whether every item can be divided: single states and sparse products of narrow layers not."""
    for item in items:
        if isinstance(item, Loop):
            continue
        if (item.kind in SPARSE and not item.whole) or (item.updates and not item.shape):
            return False
    loops = [item for item in items if isinstance(item, Loop)]
    return not any(one.kind == "gather" for one in every(loops))


def size_of(item: Item) -> str:
    """The number of rows that an item is divided by; COLUMNS for columns, "" for a number."""
    if isinstance(item, Loop):
        return item.size
    if item.kind in SPARSE:
        return COLUMNS
    return item.shape[0] if item.shape else ""


def meetings(
    items: Sequence[Item], gathered: Sequence[str], private: Collection[str]
) -> list[bool]:
    """Before which items the threads meet, beside the beginning of each mini-batch.

    Args:
        items: of a mini-batch, in order.
        gathered: data whose rows are copied first.
        private: quantities that each thread has for itself.
    """
    made, read = dict.fromkeys(gathered, "n"), dict[str, set[str]]()
    found: list[bool] = []
    for item in items:
        size, reads, writes = size_of(item), _reads(item, private), _writes(item, private)
        found.append(_clashes(size, reads, writes, made, read))
        if found[-1]:
            made, read = {}, {}
        made |= dict.fromkeys(writes, size)
        for name, own in reads:
            read.setdefault(name, set()).add(size if own else ALL)
    return found


def _clashes(
    size: str,
    reads: Sequence[tuple[str, bool]],
    writes: Collection[str],
    made: dict[str, str],
    read: dict[str, set[str]],
) -> bool:
    """Whether an item needs what another thread made, or changes what another may read."""
    for name, own in reads:
        if name in made and not (own and made[name] == size):
            return True
    return any(made.get(name, size) != size or read.get(name, {size}) != {size} for name in writes)


def _reads(item: Item, private: Collection[str]) -> list[tuple[str, bool]]:
    """The shared quantities that an item reads, and whether each thread reads its own rows."""
    return [
        (name, index[:1] == LETTERS[:1] and one.kind not in SPARSE)
        for one in every([item])
        for name, index in one.reads()
        if index and name not in private
    ]


def _writes(item: Item, private: Collection[str]) -> set[str]:
    return {one.target for one in every([item]) if one.shape and one.target not in private}
