"""Classes that a table names: the texts in the column of the target, and their numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

MOST, LONGEST = 1000, 100
"""How many names there may be, and how many characters in one; more is no class."""
_LISTED = 5


class Classes:
    """Numbers for the texts of a column.

    at: the place of the column.
    known: the names in the order of a network's outputs; None for whatever comes, in order of the
        alphabet.
    """

    def __init__(self, at: int, known: Sequence[str] | None = None) -> None:
        self.at, self.fixed = at, known is not None
        self.numbers = {name: number for number, name in enumerate(known or ())}

    def __call__(self, cell: str) -> float:
        """The number of a text, for the time being; raises ValueError for what is no class."""
        name = cell.strip()
        if name not in self.numbers:
            if self.fixed or len(self.numbers) >= MOST or not is_name(name):
                raise ValueError("no class")
            self.numbers[name] = len(self.numbers)
        return self.numbers[name]

    @property
    def names(self) -> tuple[str, ...]:
        """The classes in the order of their numbers."""
        return tuple(self.numbers) if self.fixed else tuple(sorted(self.numbers))

    def settle(self, column: np.ndarray) -> None:
        """Give a column that was read the numbers that its classes have in the end."""
        places = {name: number for number, name in enumerate(self.names)}
        final = np.array([places[name] for name in self.numbers], column.dtype)
        column[:] = final[column.astype(np.int64)]

    @property
    def words(self) -> str:
        """The first of them with their numbers."""
        listed = [f"{name:.30} {number}" for number, name in enumerate(self.names[:_LISTED])]
        more = len(self.numbers) - _LISTED
        return ", ".join(listed) + (f" and {more} more" if more > 0 else "")


def is_name(name: str) -> bool:
    """Whether a text can be the name of a class: on one line, not too long, and no number.

    1_000 and foreign digits are numbers to Python, though not in tables, and so no names either.
    """
    try:
        float(name)
    except ValueError:
        return 0 < len(name) <= LONGEST and name.isprintable()
    return False
