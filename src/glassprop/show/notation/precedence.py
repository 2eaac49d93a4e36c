"""How tightly printed formulas hold together: the one table that all printers share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

from glassprop.formula.nodes import Number


class Level(IntEnum):
    """What a printed formula is at its outermost, loosest first.

    A prefix (Σ, ln Σ, a maximum over an index) reaches to the end of its product and stops at the
    next + or −. A marked quantity carries an index or a power and takes no further power: (xᵢ)².
    """

    SUM = 1  # a + b, −a
    PREFIX = 2  # Σᵢ a b
    PRODUCT = 3  # a b, a / b, U ⊙ V
    MATRICES = 4  # U V, a product of matrices
    FRACTION = 5  # ∂C/∂a
    MARKED = 6  # xᵢ, u²
    ATOM = 7  # x, 2, f(u)


@dataclass(frozen=True, slots=True)
class Piece:
    """A printed formula without its sign, its level, and whether it is negative."""

    text: str
    level: Level
    negative: bool = False

    def negated(self) -> Piece:
        """The same with the other sign."""
        return replace(self, negative=not self.negative)

    def fits(self, least: Level) -> bool:
        """Whether it can stand where at least this level is needed, without parentheses."""
        return self.level >= least and not (self.negative and least > Level.SUM)


@dataclass(frozen=True)
class Product:
    """The parts of a product, ready to be set: c · above / outer · Σ inside / below.

    Attributes:
        coefficient: a number that is not negative.
        sums: letters that the sum runs over.
        outer: what divides the whole sum.
        inside: the factors.
        below: what divides within the sum.
        numbers: whether all factors are numbers, without any index.
    """

    coefficient: Number
    sums: tuple[str, ...]
    outer: tuple[Piece, ...]
    inside: tuple[Piece, ...]
    below: tuple[Piece, ...]
    numbers: bool
