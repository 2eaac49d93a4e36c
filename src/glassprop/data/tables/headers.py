"""Whether the first line of a table is a header: names, or what pandas writes where it has none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from glassprop.errors import DataError

_LONGEST = 15  # digits that a name may have; int() takes no more than thousands of them
_SETTLES = "--header if it holds names, --no-header if it is an example"


class Header(NamedTuple):
    """What a first line is.

    found: whether it is a header.
    doubt: what a careful person would ask about it, with the option that settles it; "" for none.
    """

    found: bool
    doubt: str = ""


def decide(
    first: Sequence[str], second: Sequence[str] | None, said: bool | None, where: str
) -> Header:
    """Decide by the cells of the first two lines.

    first, second: their cells; None if there is no second line.
    said: what the user says it is, or None.
    where: the file and the line, for messages.

    Without any number it is a header. Numbers that count, such as the 0, 1, 2, … that pandas
    writes for columns without names, are one where the cells below say so.

    Raises DataError where it may as well be an example.
    """
    if said is not None:
        return Header(said)
    numbers = [is_number(cell) for cell in first]
    if not any(numbers):
        return Header(True)
    if second is None:
        return Header(False)
    counting = [cell for cell, number in zip(first, numbers, strict=True) if number]
    if not all(numbers):
        index = not first[0].strip() and all(numbers[1:])
        if _counts(counting) and (index or (len(counting) > 1 and _all_numbers(second, first))):
            return Header(True, _taken(where, counting, "a header", "--no-header"))
        return Header(False)
    if not (_counts(counting) and (len(first) > 2 or int(first[0]) == 0)):
        doubtful = len(first) > 2 and _in_order(first) and not _in_order(second)
        return Header(False, _taken(where, counting, "an example", "--header") if doubtful else "")
    # A column of fractions has a point in every line that pandas writes, but not in its name.
    if not all(_is_whole(cell) for cell in second):
        return Header(True, _taken(where, counting, "a header", "--no-header"))
    if _counts([*first, *second]):
        return Header(False, _taken(where, counting, "an example", "--header"))
    if int(first[0]) == 0 and len(first) > 2:
        return Header(True, _taken(where, counting, "a header", "--no-header"))
    raise DataError(f"{where}: {_listed(counting)} may be names or an example; say {_SETTLES}")


def is_number(cell: str) -> bool:
    """Whether NumPy reads the cell as a number: Python also takes 1_000 and foreign digits."""
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and "_" not in cell


def _is_whole(cell: str) -> bool:
    return cell.strip().lstrip("+-").isdecimal()


def _counts(cells: Sequence[str]) -> bool:
    """Whether the cells are whole numbers without a point or sign that go up by one."""
    if not all(cell.strip().isdecimal() and len(cell) <= _LONGEST for cell in cells):
        return False
    start = int(cells[0])
    return [int(cell) for cell in cells] == list(range(start, start + len(cells)))


def _in_order(cells: Sequence[str]) -> bool:
    """Whether the cells are whole numbers, each greater than the one before, or each less."""
    numbers = [float(cell) if is_number(cell) else 0.5 for cell in cells]
    if not all(number.is_integer() and number >= 0 for number in numbers):
        return False
    pairs = list(pairwise(numbers))
    return all(a < b for a, b in pairs) or all(a > b for a, b in pairs)


def _all_numbers(second: Sequence[str], first: Sequence[str]) -> bool:
    return len(first) == len(second) and all(map(is_number, second))


def _listed(cells: Sequence[str]) -> str:
    shown = [cell.strip()[:12] for cell in cells[:3]]
    return ", ".join([*shown, "…"] if len(cells) > 3 else shown)


def _taken(where: str, cells: Sequence[str], as_what: str, option: str) -> str:
    line = where.rpartition(", ")[2]
    other = "an example" if option == "--no-header" else "names"
    return f"{line} ({_listed(cells)}) is taken as {as_what}; say {option} if it holds {other}"
