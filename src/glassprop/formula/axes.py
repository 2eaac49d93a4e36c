"""Named axes: all mathematics is by name, never by position."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from glassprop.errors import FormulaError

Size = int | str
"""The length of an axis: a number, or the name of one that is known only when data comes (n)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """An index with a range: `Axis("j", 30)` is j = 1, …, 30.

    The size is a positive whole number, or a name such as "n" for the number of examples.
    Two axes are the same when name and size are.

    Raises FormulaError for a name that is not an identifier (primes may follow it) or a size that
    is not positive.
    """

    name: str
    size: Size

    def __post_init__(self) -> None:
        if not self.name.rstrip("'").isidentifier():
            raise FormulaError(f"axis name {self.name!r}: expected an identifier, such as 'j'")
        if isinstance(self.size, str):
            if not self.size.isidentifier():
                raise FormulaError(f"axis {self.name}: size {self.size!r} is not a name")
        elif type(self.size) is not int or self.size < 1:
            raise FormulaError(
                f"axis {self.name}: expected a whole number of at least 1 as its size, "
                f"got {self.size!r}"
            )

    def primed(self, taken: set[str]) -> Axis:
        """The same range under the first name among j, j', j'', … that is not taken."""
        name = self.name.rstrip("'")
        while name in taken:
            name += "'"
        return self if name == self.name else Axis(name, self.size)

    def __str__(self) -> str:
        return self.name


Axes = tuple[Axis, ...]


def union(groups: Iterable[Axes], where: str) -> Axes:
    """All axes of the groups, in order of first appearance.

    Raises FormulaError if one name stands for two sizes.
    """
    found: dict[str, Axis] = {}
    for group in groups:
        for axis in group:
            known = found.setdefault(axis.name, axis)
            if known != axis:
                raise FormulaError(
                    f"{where}: axis {axis.name} has size {known.size} in one place and "
                    f"{axis.size} in another; give them different names or equal sizes"
                )
    return tuple(found.values())


def spell(axes: Axes) -> str:
    """Axes as a reader sees them in a message: "(j, i)", "no axes"."""
    return "(" + ", ".join(axis.name for axis in axes) + ")" if axes else "no axes"
