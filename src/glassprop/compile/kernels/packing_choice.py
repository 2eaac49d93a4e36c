"""What was chosen for the machine that kernels are compiled for; no choice changes a bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Choices:
    """Which of several ways to the same bits is the fastest on a machine.

    Attributes:
        packing: for sizes of the second factor of a product in bytes, from how many rows of the
            result on its columns are copied side by side first; infinity for never.
    """

    packing: Mapping[int, float] = field(default_factory=dict[int, float])

    def packs(self, rows: int, size: int) -> bool:
        """Whether a product packs, given the rows of its result and the bytes of its factor."""
        near = min(self.packing, key=lambda known: abs(math.log(known / max(size, 1))), default=0)
        return rows >= self.packing.get(near, math.inf)

    def as_json(self) -> dict[int, float | None]:
        """The rows by the size, null for never."""
        return {size: None if math.isinf(rows) else rows for size, rows in self.packing.items()}


_chosen = Choices()


def choices() -> Choices:
    """Those that kernels are compiled by now."""
    return _chosen


def choose(made: Choices) -> None:
    """Have kernels compiled by other choices from now on."""
    global _chosen
    _chosen = made
