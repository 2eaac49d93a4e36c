"""Tables of numbers as text: .csv and .tsv, with or without a header line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glassprop.data.examples import Examples, labels_or_numbers
from glassprop.data.files import opened, shown, unreadable
from glassprop.errors import DataError

_LONGEST_CELL_SHOWN = 30


class _Line(NamedTuple):
    number: int  # in the file, from 1
    text: str


def read_delimited(
    path: Path, delimiter: str, features: int | None = None
) -> Examples[np.ndarray | None]:
    """Read a table of numbers, one example a line, targets in the last columns.

    delimiter: what separates the cells, one character.
    features: how many columns, from the left, are features; None means all but the last.

    The text is UTF-8. Empty lines and lines that start with # are passed over; the first line
    left is a header if none of its cells is a number (nan and inf count as numbers here).

    x: float64, shape (n, features).
    y: None if there are only features; with one column more, int64 labels (n,) if all of them
       are integral and floats (n,) otherwise; with several more, target rows, floats (n, outputs).

    Raises DataError, with line and column, for a cell that is not a finite number or a line of
    another length; also for a file without rows, with too few columns, or in another encoding.
    """
    table = _table(path, delimiter)
    columns: int = table.shape[1]
    if features is None:
        if columns == 1:
            raise DataError(
                f"{shown(path)}: expected features and, in the last column, the target, "
                "found one column; add the target, or say features=1 if there is none"
            )
        features = columns - 1
    if columns < features:
        raise DataError(
            f"{shown(path)}: expected at least {features} columns, one for each feature, "
            f"found {columns}; give data of that width or change the size of the input layer"
        )
    x, targets = np.ascontiguousarray(table[:, :features]), table[:, features:]
    if columns == features:
        return Examples(x, None)
    one = columns == features + 1
    return Examples(x, labels_or_numbers(targets[:, 0]) if one else targets.copy())


def _table(path: Path, delimiter: str) -> np.ndarray:
    """All the numbers of the table, float64, shape (lines, columns)."""
    try:
        with _text(path) as file:
            width, rows = _below_header(_lines(file), delimiter, shown(path))
            try:
                texts = (row.text for row in rows)
                table = np.loadtxt(
                    texts, delimiter=delimiter, comments=None, quotechar='"', ndmin=2
                )
            except ValueError as error:
                # NumPy reads fast but counts neither headers nor empty lines.
                raise _fault(path, delimiter) from error
        if table.shape[1] != width or not np.isfinite(table).all():
            raise _fault(path, delimiter)
        return table
    except UnicodeDecodeError as error:
        raise DataError(
            f"{shown(path)}: expected text in UTF-8, found other bytes; save it as UTF-8 text"
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _text(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="")


def _lines(file: Iterable[str]) -> Iterator[_Line]:
    """The lines that say something."""
    for number, text in enumerate(file, start=1):
        if not text.startswith("#") and text.strip():
            yield _Line(number, text)


def _below_header(lines: Iterator[_Line], delimiter: str, name: str) -> tuple[int, Iterator[_Line]]:
    """The number of cells of the first line, and the lines that hold numbers: at least one."""
    first = next(lines, None)
    if first is None:
        raise DataError(f"{name}: expected a table, found an empty file; give at least one row")
    cells = _cells(first.text, delimiter)
    if not _is_header(cells):
        return len(cells), chain([first], lines)
    second = next(lines, None)
    if second is None:
        raise DataError(
            f"{name}: expected rows of numbers, found a header only, on line {first.number}; "
            "give at least one row"
        )
    return len(cells), chain([second], lines)


def _fault(path: Path, delimiter: str) -> DataError:
    """The refusal that names the first line and column at which the table breaks."""
    name = shown(path)
    with _text(path) as file:
        first = None
        for line in _lines(file):
            cells = _cells(line.text, delimiter)
            first = first or (line.number, len(cells))
            if len(cells) != first[1]:
                return DataError(
                    f"{name}, line {line.number}: expected {first[1]} columns as on line "
                    f"{first[0]}, found {len(cells)}; give every line the same number of cells"
                )
            if line.number == first[0] and _is_header(cells):
                continue
            for column, cell in enumerate(cells, start=1):
                if not (_is_number(cell) and math.isfinite(float(cell))):
                    return DataError(
                        f"{name}, line {line.number}, column {column}: expected a finite "
                        f"number, found {_cell(cell)}; {_remedy(cell, delimiter)}"
                    )
    return DataError(
        f"{name}: expected a table of numbers, found other text, such as a quote left open; "
        "save it again"
    )


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter))
    except csv.Error:  # a cell beyond all measure: no number, and no matter where it ends
        return text.split(delimiter)


def _is_header(cells: list[str]) -> bool:
    return not any(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    """Whether NumPy reads the cell as a number: Python also takes 1_000 and foreign digits."""
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell


def _cell(cell: str) -> str:
    cell = cell.strip()
    if not cell:
        return "an empty cell"
    short = cell if len(cell) <= _LONGEST_CELL_SHOWN else f"{cell[: _LONGEST_CELL_SHOWN - 1]}…"
    return repr(short)


def _remedy(cell: str, delimiter: str) -> str:
    other = next((mark for mark in (",", ";", "\t") if mark != delimiter and mark in cell), None)
    if other is not None:
        marks = {",": "commas", ";": "semicolons", "\t": "tabs"}
        return f"separate cells by {marks[delimiter]}, not {marks[other]}"
    if _is_number(cell):
        return "replace it or leave that line out"
    return "put a number there (a header is one line, the first, without any number)"
