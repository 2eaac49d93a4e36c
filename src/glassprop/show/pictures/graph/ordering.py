"""The order of the slots within each row, so that few edges cross."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from itertools import pairwise

from glassprop.show.pictures.graph.layered import Slot

SWEEPS = 12
Neighbours = Callable[[Slot], list[tuple[Slot, float]]]


def order(rows: list[list[Slot]]) -> None:
    """Sort each row in place: barycentres downwards and upwards, then swaps of neighbours."""
    best = [list(row) for row in rows]
    least = crossings(rows)
    for sweep in range(SWEEPS):
        if least == 0:
            break
        if sweep % 2 == 0:
            for row in rows[1:]:
                _by_barycentre(row, rows[row[0].row - 1], _above)
        else:
            for row in reversed(rows[:-1]):
                _by_barycentre(row, rows[row[0].row + 1], _below)
        _swap(rows)
        count = crossings(rows)
        if count < least:
            least, best = count, [list(row) for row in rows]
    rows[:] = best


def crossings(rows: Sequence[Sequence[Slot]]) -> int:
    """How often edges cross, whole pictures over."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {id(slot): k for k, slot in enumerate(lower)}
        ends: list[int] = []
        for slot in upper:
            targets = sorted(place[id(other)] for other, _ in slot.below)
            total += sum(len(ends) - bisect_right(ends, target) for target in targets)
            for target in targets:
                insort(ends, target)
    return total


def _above(slot: Slot) -> list[tuple[Slot, float]]:
    return slot.above


def _below(slot: Slot) -> list[tuple[Slot, float]]:
    return slot.below


def _by_barycentre(row: list[Slot], fixed: Sequence[Slot], neighbours: Neighbours) -> None:
    """Sort a row by where its neighbours in a fixed row are; slots without any stay in place."""
    place = {id(slot): k for k, slot in enumerate(fixed)}
    centre: dict[int, float] = {}
    for slot in row:
        ends = [place[id(other)] for other, _ in neighbours(slot)]
        if ends:
            centre[id(slot)] = sum(ends) / len(ends)
    moving = sorted((slot for slot in row if id(slot) in centre), key=lambda s: centre[id(s)])
    upcoming = iter(moving)
    row[:] = [next(upcoming) if id(slot) in centre else slot for slot in row]


def _swap(rows: Sequence[list[Slot]]) -> None:
    """Swap neighbours in a row while that takes crossings away."""
    place = {id(slot): k for row in rows for k, slot in enumerate(row)}
    for row in rows:
        for _ in range(4):
            swapped = False
            for k in range(len(row) - 1):
                left, right = row[k], row[k + 1]
                now = sum(_pairs(place, n(left), n(right)) for n in (_above, _below))
                then = sum(_pairs(place, n(right), n(left)) for n in (_above, _below))
                if then < now:
                    row[k], row[k + 1] = right, left
                    place[id(left)], place[id(right)] = k + 1, k
                    swapped = True
            if not swapped:
                break


def _pairs(
    place: dict[int, int], left: list[tuple[Slot, float]], right: list[tuple[Slot, float]]
) -> int:
    """How often edges of a left slot cross those of a right one."""
    ends = [place[id(slot)] for slot, _ in right]
    return sum(end < place[id(slot)] for slot, _ in left for end in ends)
