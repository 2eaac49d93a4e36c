"""Which data a run was on: a digest that is the same in another process."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.train.examples.compressed_rows import CompressedRows
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.mapped_files import check_files
from glassprop.train.examples.typed_rows import LabelRows

Numbers = npt.NDArray[Any]
ALL = 1 << 27
"""Bytes of an array up to which all count: some tenths of a second. Of larger ones a half of so
many do, in evenly spaced blocks; they may be mapped files larger than the memory."""
BLOCKS = 1024


def digest(examples: Examples) -> str:
    """A digest of inputs and targets, their types and shapes included.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    check_files(examples.files)
    found = blake2b(digest_size=16)
    for rows in (examples.inputs.rows, examples.targets):
        if isinstance(rows, CompressedRows):
            arrays = [rows.starts, rows.columns, rows.values]
        elif isinstance(rows, LabelRows):
            arrays = [rows.labels]
        else:
            arrays = [rows.given]
        found.update(f"{type(rows).__name__} {rows.width}".encode())
        for array in arrays:
            _add(found, array)
    return found.hexdigest()


def _add(found: Any, array: Numbers) -> None:
    found.update(f"{array.dtype.str} {array.shape}".encode())
    each = max(1, array.nbytes // max(len(array), 1))
    if array.nbytes <= ALL:
        rows = max(1, ALL // BLOCKS // each)
        starts = range(0, len(array), rows)
    else:
        rows = max(1, ALL // 2 // BLOCKS // each)
        starts = np.linspace(0, len(array) - rows, BLOCKS, dtype=np.intp).tolist()
    for start in starts:
        found.update(np.ascontiguousarray(array[start : start + rows]).reshape(-1).view(np.uint8))
