"""Columns of a table by name or number, and what the user says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from glassprop.errors import DataError, nearest

Column = int | str
Columns = Column | Sequence[Column] | None
"""A column by its name, or by its number from 1 (from −1 at the end); several; () or "" for none;
or None: find out."""

_UNNAMED = re.compile(r"unnamed: \d+(_level_\d+)?(\.\d+)*", re.IGNORECASE)


@dataclass(frozen=True)
class Wishes:
    """What the user says of a table; None: find out.

    target: the target columns; () for none.
    header: whether the first line is a header.
    ignore: columns that are left out, beside an index column without a name; () for no column.
    """

    target: Columns = None
    header: bool | None = None
    ignore: Columns = None

    def __bool__(self) -> bool:
        return (self.target, self.header, self.ignore) != (None, None, None)


@dataclass(frozen=True)
class Table:
    """What is known of a table before its columns are told apart.

    name: the file, for messages.
    width: how many columns.
    names: from the header, or none.
    features: how many features are expected, or None.
    """

    name: str
    width: int
    names: tuple[str, ...] = ()
    features: int | None = None

    def named(self, at: int) -> str:
        """A column in words: "column 1, 'label'"."""
        if not self.names:
            return f"column {at + 1}"
        name = self.names[at]
        short = name if len(name) <= 30 else f"{name[:29]}…"
        return f"column {at + 1}, {short!r}" if name else f"column {at + 1}, without a name"

    def option(self, at: int) -> str:
        """A column as it is given to an option."""
        name = self.names[at] if self.names else ""
        plain = name.isidentifier() and self.names.count(name) == 1 and len(name) <= 30
        return name if plain else str(at + 1)


@dataclass
class Roles:
    """What each column of a table is.

    features, targets, ignored: the places of the columns, from 0, in the order of the table.
    why: why the targets are the targets.
    remarks: options for those who mean it otherwise than the names say.
    doubts: what a careful person would ask about.
    """

    features: list[int] = field(default_factory=list)
    targets: list[int] = field(default_factory=list)
    ignored: list[int] = field(default_factory=list)
    why: str = ""
    remarks: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def chosen(given: Columns, table: Table, option: str) -> list[int] | None:
    """The places of the columns that an option names, from 0; None where it is not given.

    Raises DataError for a column that the table does not have, or that has the name of another.
    """
    if given is None:
        return None
    if isinstance(given, str) and not given.strip():
        return []
    single = isinstance(given, str) or not isinstance(given, Iterable)
    several: list[Column] = [given] if single else list(given)  # type: ignore[list-item, arg-type]
    return list(dict.fromkeys(_place(one, table, option) for one in several))


def _place(given: Column, table: Table, option: str) -> int:
    what = f"{table.name}: {option} {given!r:.40}"
    if isinstance(given, str):
        found = [at for at, name in enumerate(table.names) if name.strip() == given.strip()]
        if len(found) > 1:
            both = " and ".join(str(at + 1) for at in found[:2])
            raise DataError(f"{what}: columns {both} have this name; give the number of one")
        if found:
            return found[0]
        if not re.fullmatch(r"\s*[+-]?\d{1,9}\s*", given):
            if not table.names:
                hint = "the table has no header; give the number of a column, from 1"
            elif len(table.names) <= 20:
                hint = nearest(given[:40], [name[:40] for name in table.names if name.strip()])
            else:
                hint = f"names go from {table.names[0]!r:.40} to {table.names[-1]!r:.40}"
            raise DataError(f"{what}: no such column; {hint}")
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, (int, np.integer)):
        raise DataError(f"{what}: expected the name of a column, or its number from 1")
    if not 1 <= abs(given) <= table.width:
        raise DataError(
            f"{what}: no such column; expected a number from 1 to {table.width}, or a name"
        )
    return int(given) - 1 if given > 0 else table.width + int(given)


def unnamed_index(table: Table) -> list[int]:
    """The columns that pandas or R wrote beside the data: they have no name, or a made-up one."""
    if not table.names:
        return []
    found = [at for at, name in enumerate(table.names) if _UNNAMED.fullmatch(name.strip())]
    first_alone = not table.names[0].strip() and any(name.strip() for name in table.names)
    return ([0] if first_alone else []) + found
