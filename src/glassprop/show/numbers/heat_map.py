"""Arrays as small pictures: a grid of cells, each as dark as the numbers in it are large."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 12, 48
SHADES = " ░▒▓█"


def grid(
    array: npt.NDArray[Any], rows: int = ROWS, columns: int = COLUMNS
) -> npt.NDArray[np.float64]:
    """The array as a table of at most so many cells: means of neighbours, of all numbers.

    A vector is one row; axes before the last two are put below each other.
    """
    table = np.asarray(array, dtype=float)
    table = table.reshape(-1, table.shape[-1]) if table.ndim else table.reshape(1, 1)
    for axis, most in ((0, rows), (1, columns)):
        length = table.shape[axis]
        if length > most:
            edges = np.linspace(0, length, most, endpoint=False).astype(np.intp)
            counts = np.diff([*edges, length])
            sums = np.add.reduceat(table, edges, axis)
            table = sums / np.expand_dims(counts, 1 - axis)
    return table


def cells(
    array: npt.NDArray[Any], rows: int = ROWS, columns: int = COLUMNS
) -> npt.NDArray[np.float64]:
    """The grid with its smallest number as 0 and its largest as 1; all 0 where they are equal."""
    table = grid(array, rows, columns)
    low, high = table.min(), table.max()
    return (table - low) / (high - low) if high > low else np.zeros_like(table)


def shaded(array: npt.NDArray[Any], rows: int = ROWS, columns: int = COLUMNS) -> str:
    """The grid in five shades, one character for a cell."""
    levels = np.rint(cells(array, rows, columns) * (len(SHADES) - 1)).astype(int)
    return "\n".join("".join(SHADES[level] for level in row) for row in levels)
