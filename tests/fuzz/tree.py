"""Formulas as small trees of our own: what is drawn, written, computed and made smaller."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

LEAVES = ("a", "y", "z", "number", "size")


@dataclass(frozen=True)
class Tree:
    """An operation and its parts.

    Attributes:
        op: a name of `operations`, one of + - * / neg, or one of `LEAVES`.
        parts: its operands.
        numbers: the value of a number, or the parameters of a function.
    """

    op: str
    parts: tuple[Tree, ...] = ()
    numbers: tuple[float, ...] = ()

    def walk(self) -> Iterator[Tree]:
        """Itself and all that is in it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def uses(self, *ops: str) -> bool:
        """Whether any of some operations or leaves is in it."""
        return any(node.op in ops for node in self.walk())

    @property
    def weight(self) -> int:
        """How many nodes it has; numbers count less than what varies."""
        return sum(2 if node.op not in ("number", "size") else 1 for node in self.walk())

    def with_part(self, place: int, part: Tree) -> Tree:
        """The same with another operand."""
        return replace(self, parts=(*self.parts[:place], part, *self.parts[place + 1 :]))

    def __add__(self, other: Tree | float) -> Tree:
        return Tree("+", (self, tree(other)))

    def __sub__(self, other: Tree | float) -> Tree:
        return Tree("-", (self, tree(other)))

    def __mul__(self, other: Tree | float) -> Tree:
        return Tree("*", (self, tree(other)))

    def __radd__(self, other: float) -> Tree:
        return tree(other) + self

    def __rsub__(self, other: float) -> Tree:
        return tree(other) - self

    def __rmul__(self, other: float) -> Tree:
        return tree(other) * self

    def __truediv__(self, other: Tree | float) -> Tree:
        return Tree("/", (self, tree(other)))


def tree(value: Tree | float) -> Tree:
    """A number as a tree."""
    return value if isinstance(value, Tree) else Tree("number", (), (float(value),))


def call(op: str, *parts: Tree | float, numbers: tuple[float, ...] = ()) -> Tree:
    """An operation applied to trees and numbers."""
    return Tree(op, tuple(tree(part) for part in parts), numbers)


A, Y, Z = Tree("a"), Tree("y"), Tree("z")
