"""Inputs as compressed rows: for each example the columns and values that are not zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK = 1 << 18
"""Entries that are looked through at a time: they stay in the cache for all that is done to them,
and no array of the size of x is made."""


@dataclass(frozen=True)
class CompressedRows:
    """The non-zero entries of a matrix, row after row.

    Attributes:
        starts: of shape (n + 1,): row k has the entries from starts[k] to starts[k + 1].
        columns: the column of each entry, in the smallest unsigned type that has room for it.
        values: the value of each entry.
    """

    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[Any]
    values: npt.NDArray[Any]


def density(x: npt.NDArray[Any]) -> float:
    """The share of the entries that are not zero."""
    return float(np.count_nonzero(x)) / max(x.size, 1)


def compress(x: npt.NDArray[Any]) -> CompressedRows:
    """The rows of a matrix without their zeros."""
    width = x.shape[1]
    kind = np.uint16 if width <= 1 << 16 else np.uint32
    rows = max(1, BLOCK // max(width, 1))
    starts = np.zeros(len(x) + 1, np.int64)
    for at in range(0, len(x), rows):
        block = x[at : at + rows] != 0
        starts[at + 1 : at + 1 + len(block)] = np.count_nonzero(block, axis=1)
    np.cumsum(starts, out=starts)
    columns, values = np.empty(starts[-1], kind), np.empty(starts[-1], x.dtype)
    numbers = np.tile(np.arange(width, dtype=kind), rows)  # the column of each entry of a block
    for at in range(0, len(x), rows):
        block = x[at : at + rows].ravel()
        places = np.flatnonzero(block != 0)
        here = slice(starts[at], starts[at] + len(places))
        numbers.take(places, out=columns[here], mode="clip")  # "raise" would copy out
        block.take(places, out=values[here], mode="clip")
    return CompressedRows(starts, columns, values)
