"""What a wrong gradient looks like: a factor, a sign, a transpose, a missing regulariser."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[Any]

NEAR = 1e-4
"""The relative difference up to which two gradients are one."""
MOST = 1000
"""The largest whole number that is taken for a number of terms."""


def guess(given: Numbers, found: Numbers, at: Numbers, counts: Mapping[str, int]) -> str:
    """What a gradient may be instead of what it should be, in words; "" where nothing fits.

    Args:
        given: the gradient, of any shape.
        found: what it should be, of the same shape.
        at: the array that it is with respect to.
        counts: numbers that a sum may have been taken over, by what they count.
    """
    if not np.isfinite(given).all():
        return "it has entries that are no finite numbers"
    if not given.any():
        return "it is 0 throughout"
    return (
        _factor(given, found, counts)
        or _turned(given, found)
        or _moved(given, found)
        or _regulariser(given, found, at)
    )


def _alike(one: Numbers, other: Numbers) -> bool:
    scale = float(np.abs(other).max(initial=0.0))
    return scale > 0 and bool(np.abs(one - other).max() <= NEAR * scale)


def ratio_of(given: Numbers, found: Numbers) -> float | None:
    """The number that one is a multiple of the other by, if it is one."""
    below = float((found * found).sum())
    if not below:
        return None
    ratio = float((given * found).sum()) / below
    return ratio if ratio and _alike(given / ratio, found) else None


def _factor(given: Numbers, found: Numbers, counts: Mapping[str, int]) -> str:
    ratio = ratio_of(given, found)
    return "" if ratio is None else factor_in_words(ratio, counts)


def factor_in_words(ratio: float, counts: Mapping[str, int]) -> str:
    """What a constant factor may come from."""

    def near(value: float) -> bool:
        return abs(ratio - value) <= NEAR * abs(value)

    for sign, said in ((1, ""), (-1, "with the wrong sign, and ")):
        if near(sign * 1):
            return "" if sign == 1 else "the sign is wrong: it is minus what it should be"
        for what, n in counts.items():
            if n > 1 and near(sign * n):
                return f"{said}{n} times what it should be: a sum over {what} where a mean is meant"
            if n > 1 and near(sign / n):
                return f"{said}1/{n} of what it should be: it is divided by {what} once too often"
        if near(sign * 2):
            return f"{said}twice what it should be: a factor 2"
        if near(sign * 0.5):
            return f"{said}half of what it should be: a factor 1/2"
        n = round(max(abs(ratio), 1 / abs(ratio)))
        if n < MOST and near(sign * n):
            return f"{said}{n} times what it should be, as a sum over {n} terms is their mean"
        if n < MOST and near(sign / n):
            return f"{said}1/{n} of what it should be, as a mean of {n} terms is their sum"
    return f"{ratio:.6g} times what it should be"


def _turned(given: Numbers, found: Numbers) -> str:
    if given.ndim != 2 or min(given.shape) < 2:
        return ""
    if given.shape[0] == given.shape[1] and _alike(given.T, found):
        return "it is the transpose of what it should be"
    if _alike(given.T.reshape(given.shape), found) or _alike(
        given.reshape(given.shape[::-1]).T, found
    ):
        return "its entries are those of the transpose, in the wrong order"
    return ""


def _moved(given: Numbers, found: Numbers) -> str:
    for axis, length in enumerate(given.shape):
        for by in (1, -1):
            if length > 2 and _alike(np.roll(given, by, axis), found):
                return f"its entries are moved by one along axis {axis}"
    return ""


def _regulariser(given: Numbers, found: Numbers, at: Numbers) -> str:
    rest, square = found - given, float((at * at).sum())
    if not square or given.size < 3:
        return ""
    part = float((rest * at).sum()) / square
    if abs(part) > NEAR and _alike(rest, part * at):
        what = "lacks" if part > 0 else "has too much of"
        return f"it {what} {abs(part):.4g} times the array itself, as from a regulariser"
    return ""
