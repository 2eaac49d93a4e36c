"""Examples as Nielsen's class takes them, pairs of columns (x, y), as the rows of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array
from glassprop.errors import DataError
from glassprop.train.examples.scipy_sparse import is_sparse

Array = npt.NDArray[Any]
Pairs = list[tuple[Any, Any]]
BLOCK = 256
FLOAT32 = np.dtype(np.float32)


def pairs_of(given: Iterable[Any], what: str) -> Pairs:
    """The list itself, or a list of what an iterator such as `zip` gives.

    Raises:
        DataError: if it does not hold pairs.
    """
    if isinstance(given, (str, dict)) or is_sparse(given) or not hasattr(type(given), "__iter__"):
        raise DataError(f"{what}: expected a list of pairs (x, y), got {type(given).__name__}")
    pairs = given if isinstance(given, list) else list(given)
    for place, pair in enumerate(pairs):
        if not _is_pair(pair):
            raise DataError(
                f"{what}: example {place} is {_short(pair)}; expected a pair (x, y) of columns"
            )
    return pairs


def _is_pair(given: object) -> bool:
    try:
        return len(given) == 2  # type: ignore[arg-type]
    except Exception:  # whatever an object without a length raises, as SciPy's matrices do
        return False


def rows_of(values: Sequence[Any], size: int, letter: str, what: str, first: int = 0) -> Array:
    """Columns as the rows of an array of shape (n, size).

    Columns of shape (size, 1), flat lists of that size, or for size 1 a number, are taken. The
    rows are float64, or float32 where all columns are: what NumPy makes of them is the same, and
    making an array of all training examples in float64 takes as long as half an epoch.

    Args:
        values: the columns.
        size: how many numbers each has.
        letter: what messages call a column.
        what: where it is from, for messages.
        first: the number of the first example in messages.

    Raises:
        DataError: for another shape, or entries that are not finite real numbers.
    """
    columns = [
        as_array(value, f"{what}: {letter} of example {place}")
        for place, value in enumerate(values, first)
    ]
    fitting = {(size, 1), (size,), ()} if size == 1 else {(size, 1), (size,)}
    if not {column.shape for column in columns} <= fitting:
        place = next(k for k, column in enumerate(columns) if column.shape not in fitting)
        raise DataError(f"{what}: {_misfit(columns[place], size, letter, first + place)}")
    types = {column.dtype for column in columns}
    if any(kind.kind not in "biuf" for kind in types):
        place = next(k for k, column in enumerate(columns) if column.dtype.kind not in "biuf")
        raise DataError(
            f"{what}: {letter} of example {first + place} is {_short(values[place])}; "
            f"expected {size} real numbers"
        )
    rows = np.empty((len(columns), size), np.float32 if types == {FLOAT32} else np.float64)
    for start in range(0, len(columns), BLOCK):
        block = rows[start : start + BLOCK]
        np.concatenate(columns[start : start + BLOCK], axis=None, out=block.reshape(-1))
        if not np.isfinite(block).all():  # now, as the block is still in the processor's cache
            row, entry = np.argwhere(~np.isfinite(block))[0]
            raise DataError(
                f"{what}: {letter}[{entry}] of example {first + start + row} is "
                f"{block[row, entry]}; expected finite numbers, remove or replace it"
            )
    return rows


def mini_batches(
    x: Array, y: Array, order: Sequence[int], size: int
) -> Iterator[tuple[Array, Array]]:
    """Mini-batches of `size` examples, the last, smaller one included, as float64 rows.

    The rows are views of memory that is used again.

    Args:
        x: rows of all examples.
        y: their target rows.
        order: their places, in the order in which they are wanted.
        size: examples in a mini-batch.
    """
    places = np.asarray(order)
    size = min(size, len(places))
    block = size * max(1, BLOCK // size)
    memory = [np.empty((min(block, len(places)), rows.shape[1])) for rows in (x, y)]
    for first in range(0, len(places), block):
        some = places[first : first + block]
        block_x, block_y = (rows[: len(some)] for rows in memory)
        block_x[...] = x[some]
        block_y[...] = y[some]
        for start in range(0, len(some), size):
            yield block_x[start : start + size], block_y[start : start + size]


def label_of(y: Any, place: int, what: str) -> Any:
    """The label of a test example, which has to be a single number.

    Raises:
        DataError: for a column, such as a one-hot one.
    """
    label = as_array(y, f"{what}: y of example {place}")
    if label.size == 1:
        return label.reshape(())[()]
    raise DataError(
        f"{what}: y of example {place} has the shape {label.shape}, expected a label; "
        "a one-hot column becomes one by np.argmax"
    )


def _misfit(column: Array, size: int, letter: str, place: int) -> str:
    if column.size == size:
        hint = f"; use np.reshape({letter}, ({size}, 1))"
    elif letter == "y" and column.shape == ():
        hint = "; make a column of the label, as vectorized_result does"
    else:
        hint = ""
    return (
        f"{letter} of example {place} has the shape {column.shape}, "
        f"expected a column of shape ({size}, 1){hint}"
    )


def _short(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 40 else text[:37] + "..."
