"""Factors of products of matrices, with the labels of their rows and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from glassprop.formula.nodes import Symbol
from glassprop.show.notation.precedence import Piece

Label = str | None
Layout = tuple[Label, Label]


@dataclass(frozen=True, eq=False)
class Operand:
    """A factor.

    Attributes:
        labels: its labels, at most two.
        chain: its factors in a product of matrices, given rows and columns.
        symbol: the quantity that it is, if it is one.
        natural: how that lies by itself.
        square: for an operand u², u.
        factors: for a product entry by entry, its factors.
        ones: whether all its entries are one.
    """

    labels: frozenset[str]
    chain: Callable[[Label, Label], list[Piece]]
    symbol: Symbol | None = None
    natural: Layout = (None, None)
    square: Callable[[], Piece] | None = None
    factors: tuple[Operand, ...] = ()
    ones: bool = False
