"""Where the slots of each row stand: below and above their neighbours, and never on each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from glassprop.show.pictures.graph.layered import Slot

SWEEPS = 18
ROUNDS = 6
GAP = 20.0
CLOSE = 8.0
Room = Callable[[Slot], tuple[float, float]]
"""Between which x a slot can be moved while all others stay."""


def place(rows: Sequence[Sequence[Slot]]) -> None:
    """Set x of every slot: sweep down and up, weigh both sides, straighten long edges."""
    for row in rows:
        settle(row, [0.0] * len(row), [1.0] * len(row))
    for sweep in range(SWEEPS):
        down, up = sweep % 3 != 1, sweep % 3 != 0
        for row in rows if down else reversed(rows):
            wanted: list[float] = []
            weights: list[float] = []
            for slot in row:
                pulls = [*(slot.above if down else ()), *(slot.below if up else ())]
                weight = sum(pull for _, pull in pulls)
                middle = sum(other.x * pull for other, pull in pulls) / weight if weight else slot.x
                wanted.append(middle)
                weights.append(weight or 0.1)
            settle(row, wanted, weights)
    for _ in range(ROUNDS):
        _straighten(rows)
        _drift(rows)
    _straighten(rows)


def settle(row: Sequence[Slot], wanted: Sequence[float], weights: Sequence[float]) -> None:
    """Put slots as near as can be to where they are wanted, in order and apart.

    Least squares under minimal distances: with the distances taken off it is isotonic regression,
    solved by pooling adjacent violators.
    """
    offsets = [0.0]
    for left, right in pairwise(row):
        offsets.append(offsets[-1] + distance(left, right))
    pools: list[tuple[float, float, int]] = []  # mean, weight, number of slots
    for k in range(len(row)):
        mean, weight, count = wanted[k] - offsets[k], weights[k], 1
        while pools and pools[-1][0] > mean:
            other, heavy, many = pools.pop()
            mean = (mean * weight + other * heavy) / (weight + heavy)
            weight, count = weight + heavy, count + many
        pools.append((mean, weight, count))
    k = 0
    for mean, _, count in pools:
        for _ in range(count):
            row[k].x = mean + offsets[k]
            k += 1


def distance(left: Slot, right: Slot) -> float:
    """From the middle of a slot to the middle of the next, at least."""
    gap = GAP if left.node or right.node else CLOSE
    return (left.size[0] + right.size[0]) / 2 + gap


def _straighten(rows: Sequence[Sequence[Slot]]) -> None:
    """Put the parts of a long edge under each other, as far as what stands beside them allows."""
    between = free(rows)
    for row in rows:
        for slot in row:
            if slot.node or not slot.above[0][0].node:
                continue  # not the first part of an edge
            group: list[Slot] = []
            low, high = -math.inf, math.inf
            part = slot
            while not part.node:
                left, right = between(part)
                if max(low, left) > min(high, right):
                    _align(group, low, high)
                    group, low, high = [], -math.inf, math.inf
                group.append(part)
                low, high = max(low, left), min(high, right)
                part = part.below[0][0]
            _align(group, low, high)


def _align(group: Sequence[Slot], low: float, high: float) -> None:
    """Give slots the same x, their mean or what is nearest to it between two bounds."""
    if group:
        x = min(max(sum(slot.x for slot in group) / len(group), low), high)
        for slot in group:
            slot.x = x


def _drift(rows: Sequence[Sequence[Slot]]) -> None:
    """Move each node towards its neighbours as far as what stands beside it allows."""
    between = free(rows)
    for row in rows:
        for slot in row:
            pulls = [*slot.above, *slot.below]
            if slot.node and pulls:
                weight = sum(pull for _, pull in pulls)
                wanted = sum(other.x * pull for other, pull in pulls) / weight
                left, right = between(slot)
                slot.x = min(max(wanted, left), max(left, right))


def snap(between: Room, parts: Sequence[Slot], ends: tuple[float, float]) -> None:
    """Put an edge that has come out straight where it leaves its source, or reaches its target."""
    x = parts[0].x
    if any(abs(slot.x - x) > 0.01 for slot in parts):
        return
    room = [between(slot) for slot in parts]
    low, high = max(left for left, _ in room), min(right for _, right in room)
    for end in sorted(ends, key=lambda end: abs(end - x)):
        if low <= end <= high:
            for slot in parts:
                slot.x = end
            return


def free(rows: Sequence[Sequence[Slot]]) -> Room:
    """Between which x each slot can be moved while all others stay."""
    place = {id(slot): k for row in rows for k, slot in enumerate(row)}

    def between(slot: Slot) -> tuple[float, float]:
        row, k = rows[slot.row], place[id(slot)]
        left = row[k - 1].x + distance(row[k - 1], slot) if k else -math.inf
        right = row[k + 1].x - distance(slot, row[k + 1]) if k + 1 < len(row) else math.inf
        return left, right

    return between
