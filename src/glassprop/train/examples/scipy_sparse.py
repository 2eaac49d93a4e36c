"""SciPy's sparse matrices: checked, and taken as compressed rows without a copy where they fit.

SciPy itself is not imported; whoever has such a matrix has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import reason_of
from glassprop.errors import DataError
from glassprop.train.examples.compressed_rows import CompressedRows
from glassprop.train.examples.mapped_files import check_files, mapped_files

Numbers = npt.NDArray[Any]
PART = 1 << 18
"""Entries, or rows, that are looked at at a time, so that checks need little memory."""


def is_sparse(given: object) -> bool:
    """Whether something is a sparse matrix of SciPy, of any format."""
    return callable(getattr(type(given), "tocsr", None))


def read_csr(given: Any, what: str) -> CompressedRows:
    """The rows of a sparse matrix. Entries at the same place are added up, as SciPy does.

    Args:
        given: a SciPy matrix or array of any format; it is not changed.
        what: what to call it in errors.

    Raises:
        DataError: for other than two axes, other than real numbers, or rows that are not whole:
            starts out of order, columns out of range.
    """
    try:
        shape, kind = given.shape, np.dtype(given.dtype)
        if len(shape) != 2:
            raise DataError(f"{what}: expected a sparse matrix of two axes, got shape {shape}")
        if kind.kind not in "biuf":
            raise DataError(
                f"{what}: expected a sparse matrix of real numbers, got entries of type "
                f"{kind!s:.80}"
            )
        csr = given.tocsr()
        rows = _checked(csr, what)
    except (DataError, MemoryError):
        raise
    except Exception as error:  # whatever SciPy's own code, or that of its like, raises
        raise DataError(f"{what}: is not a whole sparse matrix: {reason_of(error)}") from error
    if _repeats(rows):
        values = rows.values.view(bool) if csr.dtype == bool else rows.values
        parts = (values.copy(), rows.columns.copy(), rows.starts.copy())
        whole = type(csr)(parts, csr.shape)
        whole.sum_duplicates()
        rows = _checked(whole, what)
    return rows


def _checked(csr: Any, what: str) -> CompressedRows:
    """The three arrays of a CSR matrix, if they are one."""
    n, width = csr.shape
    starts, columns, values = (np.asarray(a) for a in (csr.indptr, csr.indices, csr.data))
    check_files(mapped_files(starts, columns, values))
    if starts.dtype.kind == "u":
        starts = starts.astype(np.int64)
    wrong = f"{what}: is not a whole CSR matrix: "
    if starts.shape != (n + 1,) or starts.dtype.kind not in "iu":
        raise DataError(f"{wrong}expected indptr of shape ({n + 1},), got {starts.shape}")
    if any(np.ma.is_masked(part) for part in (csr.indptr, csr.indices, csr.data)):
        raise DataError(f"{wrong}it has masked entries; fill them, or leave those examples out")
    if columns.ndim != 1 or values.ndim != 1 or columns.dtype.kind not in "iu":
        raise DataError(f"{wrong}expected indices and data of one axis")
    stored = min(len(columns), len(values))
    falls = any((starts[at + 1 : at + 1 + PART] < part).any() for at, part in _parts(starts[:-1]))
    if starts[0] != 0 or starts[-1] > stored or falls:
        raise DataError(f"{wrong}indptr does not rise from 0 to at most {stored}")
    columns, values = columns[: starts[-1]], values[: starts[-1]]
    for at, part in _parts(columns):
        if part.min() < 0 or part.max() >= width:
            place = int(np.flatnonzero((part < 0) | (part >= width))[0])
            row = row_of(starts, at + place)
            raise DataError(
                f"{wrong}row {row} has an entry in column {part[place]}; expected columns from 0 "
                f"to {width - 1}"
            )
    return CompressedRows(_plain(starts), _plain(columns), _plain(values), width)


def _parts(array: Numbers) -> Iterator[tuple[int, Numbers]]:
    for at in range(0, len(array), PART):
        yield at, array[at : at + PART]


def row_of(starts: Numbers, place: int) -> int:
    """The row that an entry belongs to."""
    return int(np.searchsorted(starts, starts.dtype.type(place), "right")) - 1


def _plain(array: Numbers) -> Numbers:
    """The array as compiled loops can read it; itself, but for rare types and layouts."""
    kind = array.dtype.newbyteorder("=")
    if kind.kind == "b":
        return np.require(array, bool, ["C", "A"]).view(np.uint8)
    if kind == np.float16 or kind.itemsize > 8:
        kind = np.dtype(np.float32 if kind == np.float16 else np.float64)
    with np.errstate(over="ignore"):
        return np.require(array, kind, ["C", "A"])


def _repeats(rows: CompressedRows) -> bool:
    """Whether a row has two entries in one column."""
    starts, columns = rows.starts, rows.columns
    first, count = 0, len(rows)
    while first < count:  # parts of whole rows with about PART entries
        end = min(int(starts[first]) + PART, int(starts[-1]))
        last = int(np.searchsorted(starts, starts.dtype.type(end), "right")) - 1
        last = min(max(last, first + 1), count)
        part = columns[starts[first] : starts[last]].astype(np.int64)
        lengths = np.diff(starts[first : last + 1]).astype(np.int64)
        part += np.repeat(np.arange(last - first) * rows.width, lengths)
        if not (part[1:] > part[:-1]).all():
            part.sort()
            if (part[1:] == part[:-1]).any():
                return True
        first = last
    return False
