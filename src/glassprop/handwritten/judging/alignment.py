"""Which of a file's own arrays is which quantity of the derivation, up to a constant factor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.judging.gradients import turned

Numbers = npt.NDArray[np.float64]
FEW = 3
"""Entries up to which a factor has to be a plain one, since few numbers are multiples by chance."""


@dataclass(frozen=True)
class Match:
    """An array that is a quantity.

    Attributes:
        time: of the event.
        place: of the array.
        factor: of the quantity, as the sum over the examples has it.
    """

    time: int
    place: int
    factor: float


def aligned(
    arrays: Mapping[int, Numbers],
    seen: Iterable[tuple[int, int]],
    quantities: Mapping[str, Numbers],
    plain: Iterable[float],
) -> dict[str, list[Match]]:
    """The matches of each quantity, in their order.

    Args:
        arrays: by their places.
        seen: times and places of events.
        quantities: as `derivation_values.quantities` gives them.
        plain: factors that count for arrays of few entries.
    """
    first: dict[int, int] = {}
    for time, place in seen:
        first.setdefault(place, time)
    by_size: dict[int, list[int]] = {}
    for place in first:
        array = arrays[place]
        by_size.setdefault(array.size, []).append(place)
        if array.ndim == 2 and 1 < len(array) <= 6:  # a list of lists: a row for each layer
            by_size.setdefault(array.shape[1], []).append(place)
    allowed = np.array(sorted({abs(one) for one in plain}))
    found: dict[str, list[Match]] = {name: [] for name in quantities}
    for name, right in quantities.items():
        below = float(np.vdot(right, right))
        if not below or not np.isfinite(below):
            continue
        for place in by_size.get(right.size, ()):
            for given in _forms(arrays[place], right.shape):
                factor = float(np.vdot(given, right)) / below
                if not factor or not np.isfinite(factor):
                    continue
                if right.size <= FEW and not np.isclose(abs(factor), allowed, rtol=1e-6).any():
                    continue
                if np.abs(given - factor * right).max() <= 2e-6 * np.abs(given).max():
                    found[name].append(Match(first[place], place, factor))
                    break
    return {name: sorted(ones, key=lambda one: one.time) for name, ones in found.items()}


def _forms(array: Numbers, shape: tuple[int, ...]) -> list[Numbers]:
    if array.size == int(np.prod(shape)):
        return turned(array, shape)
    return [row.reshape(shape) for row in array] if 1 in shape or len(shape) == 1 else []
