"""Tables of numbers as text: .csv and .tsv, with or without a header line."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glassprop.data.examples import Examples, NamedExamples, labels_or_numbers
from glassprop.data.files import opened, unreadable
from glassprop.data.memory import CONFIRM, require_room
from glassprop.data.tables.class_columns import Classes, is_name
from glassprop.data.tables.column_roles import in_words, tell_apart
from glassprop.data.tables.columns import Table, Wishes, chosen, unnamed_index
from glassprop.data.tables.headers import Header, decide, is_number
from glassprop.errors import DataError, shown

_LONGEST_CELL_SHOWN = 30
_LONGEST_LINE = 1 << 26  # characters: three million numbers of twenty digits
_MOST_COLUMNS = 1 << 20
_COPIES = 3  # of the numbers, while a table is read


class _Line(NamedTuple):
    number: int  # in the file, from 1
    text: str


class _Head(NamedTuple):
    """How a table begins: its first line, whether it is a header, and where the numbers begin."""

    line: _Line
    cells: list[str]
    below: list[str]
    header: Header

    def may_be_names(self, at: int) -> bool:
        """Whether a cell of the first line that is no number stands above a number."""
        return len(self.below) > at and is_number(self.below[at])


class Reading(NamedTuple):
    """Examples from a table, and what was taken for what.

    said: in one line.
    remarks, doubts: as `Roles` has them.
    """

    examples: Examples[np.ndarray | None]
    said: str
    remarks: list[str]
    doubts: list[str]


def read_delimited(
    path: Path,
    delimiter: str,
    features: int | None = None,
    wishes: Wishes = Wishes(),  # noqa: B008
    large: bool = False,
    names: Sequence[str] | None = None,
) -> Reading:
    """Read a table of numbers, one example a line.

    delimiter: what separates the cells, one character.
    features: how many columns are features; None means all but one.
    wishes: what the user says of header and columns.
    large: whether it is confirmed that the table is large.
    names: those that a target of texts may have, in order; None for any.

    The text is UTF-8. Empty lines and lines that start with # are passed over; `headers.decide`
    tells whether the first line left is a header, `columns` which columns are what.

    x: float64, shape (n, features).
    y: None if there are only features; with one column more, int64 labels (n,) if all of them
       are integral or texts and floats (n,) otherwise; with several more, target rows, floats
       (n, outputs).

    Raises DataError, with line and column, for a cell that is not a finite number or a line of
    another length; for a file without rows, with too few columns, or in another encoding; where
    header, target or index cannot be told; and for one that takes most of the memory, unless that
    is confirmed.
    """
    name = shown(path)
    try:
        head = _head(path, delimiter, wishes.header, large)
        table = Table(name, len(head.cells), tuple(head.cells) * head.header.found, features)
        asked = chosen(wishes.ignore, table, "ignore")
        index = unnamed_index(table) if wishes.ignore is None or asked else []
        ignored = sorted(set(index).union(asked or ()))
        _require_size(path, head, name, large)
        texts = _texts(head, table, ignored, names)
        numbers = _numbers(path, delimiter, head, ignored, large, texts)
    except UnicodeDecodeError as error:
        raise DataError(f"{name}: expected text in UTF-8, found other bytes; save it so") from error
    except OSError as error:
        raise unreadable(path, error) from error
    if texts is not None:
        texts.settle(numbers[:, texts.at])
    roles = tell_apart(table, numbers, wishes, ignored)
    if texts is not None and roles.targets != [texts.at]:
        raise _fault(path, delimiter, head, ignored)
    if len(roles.ignored) > len(asked or ()):
        roles.remarks.append("say --ignore '' to ignore none")
    roles.doubts += [head.header.doubt] if head.header.doubt else []
    x = np.ascontiguousarray(numbers.take(roles.features, axis=1))
    targets = numbers.take(roles.targets, axis=1)
    one = len(roles.targets) == 1
    y = None if not roles.targets else labels_or_numbers(targets[:, 0]) if one else targets
    line = head.line.number if head.header.found else 0
    said = in_words(table, len(numbers), line, roles)
    if texts is None:
        return Reading(Examples(x, y), said, roles.remarks, roles.doubts)
    examples = NamedExamples(x, y)
    examples.names = texts.names
    return Reading(examples, f"{said}; classes: {texts.words}", roles.remarks, roles.doubts)


def _texts(
    head: _Head, table: Table, ignored: list[int], known: Sequence[str] | None
) -> Classes | None:
    """The only column of texts in the first example, which can be a target only."""
    kept = [at for at in range(table.width) if at not in ignored]
    lines = [head.below] if head.header.found else [head.cells, head.below or head.cells]
    if len(kept) < 2 or any(len(cells) != table.width for cells in lines):
        return None
    cells = lines[0]
    found = [at for at in kept if not is_number(cells[at])]
    if len(found) != 1 or not all(is_name(cells[found[0]].strip()) for cells in lines):
        return None
    if known is not None and not known:
        raise DataError(
            f"{table.name}: {table.named(found[0])}: found the text {_cell(cells[found[0]])}, and "
            "the network knows its classes by their numbers only; put numbers there, from 0"
        )
    return Classes(found[0], known)


def _head(path: Path, delimiter: str, said: bool | None, large: bool) -> _Head:
    name = shown(path)
    with _text(path) as file:
        lines = _lines(file, name, large)
        first = next(lines, None)
        if first is None:
            raise DataError(f"{name}: expected a table, found an empty file; give at least one row")
        second = next(lines, None)
    cells = _cells(first.text, delimiter)
    if len(cells) > _MOST_COLUMNS and not large:
        raise DataError(
            f"{name}, line {first.number}: {len(cells):,} cells in a line; a table has one example "
            f"a line; if these are meant, {CONFIRM}"
        )
    below = None if second is None else _cells(second.text, delimiter)
    header = decide(cells, below, said, f"{name}, line {first.number}")
    if header.found and second is None:
        raise DataError(
            f"{name}: expected rows of numbers, found a header only, on line {first.number}; "
            "give at least one row"
        )
    return _Head(first, cells, below or [], header)


def _require_size(path: Path, head: _Head, name: str, large: bool) -> None:
    """Raise DataError if the numbers would take most of the memory."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
    rows = size / max(len(head.line.text.encode()), 2 * len(head.cells))
    require_room(rows * len(head.cells) * 8 * _COPIES, name, large)


def _numbers(
    path: Path,
    delimiter: str,
    head: _Head,
    ignored: list[int],
    large: bool,
    texts: Classes | None,
) -> np.ndarray:
    """All the numbers of the table, float64, shape (lines, columns); 0 where they are ignored."""
    converters: dict[int | str, Callable[[str], float]] = dict.fromkeys(ignored, _zero)
    if texts is not None:
        converters[texts.at] = texts
    with _text(path) as file:
        lines = _lines(file, shown(path), large)
        first = next(lines)
        rows = lines if head.header.found else chain([first], lines)
        try:
            table = np.loadtxt(
                (row.text for row in rows),
                delimiter=delimiter,
                comments=None,
                quotechar='"',
                ndmin=2,
                converters=converters or None,
                encoding="utf-8",
            )
        except ValueError as error:
            # NumPy reads fast but counts neither headers nor empty lines.
            raise _fault(path, delimiter, head, ignored, texts) from error
    if table.shape[1] != len(head.cells) or not np.isfinite(table).all():
        raise _fault(path, delimiter, head, ignored, texts)
    return table


def _zero(_: str) -> float:
    return 0.0


def _text(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="")


def _lines(file: io.TextIOWrapper, name: str, large: bool = True) -> Iterator[_Line]:
    """The lines that say something."""
    for number, text in enumerate(_all_lines(file, large), start=1):
        if len(text) >= _LONGEST_LINE and not large:
            raise DataError(
                f"{name}, line {number}: longer than {_LONGEST_LINE:,} characters; is it a table? "
                f"If so, {CONFIRM}"
            )
        if not text.startswith("#") and text.strip():
            yield _Line(number, text)


def _all_lines(file: io.TextIOWrapper, large: bool) -> Iterable[str]:
    return file if large else iter(lambda: file.readline(_LONGEST_LINE), "")


def _fault(
    path: Path, delimiter: str, head: _Head, ignored: list[int], texts: Classes | None = None
) -> DataError:
    """The refusal that names the first line and column at which the table breaks."""
    name, width, skipped = shown(path), len(head.cells), set(ignored)
    with _text(path) as file:
        for line in _lines(file, name):
            cells = _cells(line.text, delimiter)
            if len(cells) != width:
                return DataError(
                    f"{name}, line {line.number}: expected {width} columns as on line "
                    f"{head.line.number}, found {len(cells)}; give every line the same number of "
                    "cells"
                )
            if line.number == head.line.number and head.header.found:
                continue
            for column, cell in enumerate(cells, start=1):
                if column - 1 in skipped:
                    continue
                if texts is not None and column - 1 == texts.at:
                    if cell.strip() in texts.numbers:
                        continue
                    known = texts.words if texts.fixed else "a text, as on the lines before it"
                    return DataError(
                        f"{name}, line {line.number}, column {column}: expected a class ({known}), "
                        f"found {_cell(cell)}; replace it or leave the line out"
                    )
                if not (is_number(cell) and math.isfinite(float(cell))):
                    named = line.number == head.line.number and head.may_be_names(column - 1)
                    remedy = _remedy(cell, delimiter, named, column)
                    return DataError(
                        f"{name}, line {line.number}, column {column}: expected a finite "
                        f"number, found {_cell(cell)}; {remedy}"
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


def _cell(cell: str) -> str:
    cell = cell.strip()
    if not cell:
        return "an empty cell"
    short = cell if len(cell) <= _LONGEST_CELL_SHOWN else f"{cell[: _LONGEST_CELL_SHOWN - 1]}…"
    return repr(short)


def _remedy(cell: str, delimiter: str, named: bool, column: int) -> str:
    other = next((mark for mark in (",", ";", "\t") if mark != delimiter and mark in cell), None)
    if other is not None:
        marks = {",": "commas", ";": "semicolons", "\t": "tabs"}
        return f"separate cells by {marks[delimiter]}, not {marks[other]}"
    if is_number(cell):
        return "replace it or leave that line out"
    if named:
        return "put a number there, or say --header if the line holds names"
    leave = f"leave the column out with --ignore {column}"
    if not cell.strip():
        return f"put a number there, leave the line out, or {leave}"
    return f"put a number there (only the target may be text, see --target), or {leave}"
