"""Inputs as compressed rows: for each example the columns and values that are not zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.train.examples.typed_rows import Chosen

Numbers = npt.NDArray[Any]
BLOCK = 1 << 18
"""Entries that are looked through at a time: they stay in the cache for all that is done to them,
and no array of the size of x is made."""


@dataclass(frozen=True)
class CompressedRows:
    """The non-zero entries of a matrix, row after row, as compiled loops read them.

    Attributes:
        starts: of shape (n + 1,): row k has the entries from starts[k] to starts[k + 1].
        columns: the column of each entry, from 0 to width − 1, of any integer type.
        values: the value of each entry, of any real number type.
        width: the number of columns.
    """

    starts: Numbers
    columns: Numbers
    values: Numbers
    width: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def density(self) -> float:
        """The share of the entries that are stored."""
        return len(self.values) / max(len(self) * self.width, 1)

    def put(self, chosen: Chosen, out: Numbers) -> None:
        """Write some rows, with their zeros, into an array."""
        first, last = self.starts[:-1][chosen], self.starts[1:][chosen]
        lengths = last - first
        before = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(first - before, lengths)
        out.fill(0)
        rows = np.repeat(np.arange(len(lengths)), lengths)
        out[rows, self.columns[places]] = self.values[places]


def density(x: Numbers) -> float:
    """The share of the entries of a matrix that are not zero."""
    rows = _block_rows(x.shape[1])
    count = sum(np.count_nonzero(x[at : at + rows]) for at in range(0, len(x), rows))
    return count / max(x.size, 1)


def compress(x: Numbers) -> CompressedRows:
    """The rows of a matrix without their zeros."""
    width = x.shape[1]
    kind = smallest(width)
    rows = _block_rows(width)
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
    return CompressedRows(starts, columns, values, width)


def _block_rows(width: int) -> int:
    return max(1, BLOCK // max(width, 1))


def entry_bytes(x: Numbers) -> int:
    """How many bytes an entry takes once it is compressed."""
    return np.dtype(smallest(x.shape[1])).itemsize + x.dtype.itemsize


def smallest(count: int) -> type[np.unsignedinteger[Any]]:
    """The smallest unsigned type that compiled loops read and that counts from 0 to count − 1."""
    return np.uint16 if count <= 1 << 16 else np.uint32
