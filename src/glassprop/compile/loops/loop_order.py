"""The order of loops and products: all that is by examples first, then each gradient by its update.

A gradient that is added up just before its update is still in the caches; and where threads share
the work, they meet once between what goes by examples and what goes by rows of parameters.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.compile.loops.assignments import Assignment
from glassprop.compile.loops.fusion import every
from glassprop.compile.loops.thread_division import Item, size_of


def arranged(items: Sequence[Item]) -> list[Item]:
    """The items in an order with the same meaning."""
    found: list[Item] = []
    later: list[Item] = []
    for item in items:
        by_examples = size_of(item) == "n" or _is_first(item)
        if by_examples and not any(_depends(other, item) for other in later):
            found.append(item)
        else:
            later.append(item)
    return found + _nearest(later)


def _is_first(item: Item) -> bool:
    """Whether it is a transposed copy, the first layer's product, or a number."""
    return isinstance(item, Assignment) and (item.kind in ("turn", "gather") or not item.shape)


def _nearest(items: Sequence[Item]) -> list[Item]:
    """Each item that only prepares just before the first that needs it."""
    found: list[Item] = []
    waiting: list[Item] = []
    places = {id(item): place for place, item in enumerate(items)}

    def place(item: Item) -> None:
        before = places[id(item)]  # what comes after it may depend on it, and still waits
        earlier = [other for other in waiting if places[id(other)] < before]
        for other in [other for other in earlier if _depends(other, item)]:
            if other in waiting:
                waiting.remove(other)
                place(other)
        found.append(item)

    for item in items:
        if any(one.updates for one in every([item])):
            place(item)
        else:
            waiting.append(item)
    for item in list(waiting):
        if item in waiting:
            waiting.remove(item)
            place(item)
    return found


def _depends(first: Item, second: Item) -> bool:
    """Whether the order of two items matters."""
    return bool(_made(first) & (_read(second) | _made(second)) or _read(first) & _made(second))


def _made(item: Item) -> set[str]:
    return {one.target for one in every([item])}


def _read(item: Item) -> set[str]:
    return {name for one in every([item]) for name, _ in one.reads()}
