"""Products with fractions that stand over a bar: what LaTeX, Typst and MathML share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.numbers import quotient
from glassprop.show.notation.precedence import Level, Piece, Product


class FractionPrinter(Printer):
    """Sets products with a bar between numerator and denominator.

    Attributes:
        gap: between two factors.
        space: between a number or a fraction and what follows it.
        lead: between a number or a fraction and a sum.
        one: the number one.
        bar: what a text that has a fraction in it contains.
    """

    gap: str
    space: str = " "
    lead: str = " "
    one: str = "1"
    bar: str

    @abstractmethod
    def over(self, above: str, below: Sequence[str]) -> str:
        """A fraction; what stands below it is a product."""

    @abstractmethod
    def summed_up(self, letters: Sequence[str], summand: str) -> str:
        """Σ with its indices, before what is summed."""

    def closed(self, text: str) -> bool:
        """Whether a text ends with a parenthesis, so that the next factor cannot run on."""
        return text.endswith(")")

    def whole(self, text: str) -> str:
        """A product in one piece."""
        return text

    def product(self, parts: Product) -> Piece:
        """½ Σ u v, or u v over w."""
        above, below = quotient(parts.coefficient)
        front = "" if above == 1 else self.number(above)
        number = [self.number(below)] if below > 1 else []
        if parts.sums:
            outside = self._quotient(front, [], number, parts.outer)
            inner = self._quotient("", parts.inside, [], parts.below, parts.numbers)
            total = self.summed_up(parts.sums, inner or self.one)
            text = f"{outside}{self.lead}{total}" if outside else total
            return Piece(self.whole(text), Level.PREFIX)
        text = self._quotient(front, parts.inside, number, parts.below, parts.numbers)
        return Piece(self.whole(text or self.one), Level.PRODUCT)

    def _quotient(
        self,
        front: str,
        inside: Sequence[Piece],
        number: list[str],
        below: Sequence[Piece],
        numbers: bool = False,
    ) -> str:
        """Number, factors and divisors as one fraction, or as 1/w in front of a tall numerator."""
        body = ""
        for piece in inside:
            written = self.inside(piece, Level.FRACTION)
            runs_on = numbers and not self.closed(body) and not self.closed(written)
            body += (self.times if runs_on else self.gap) + written if body else written
        least = Level.SUM if len(below) == 1 and not number else Level.FRACTION
        divisors = number + [self.inside(piece, least) for piece in below]
        product = self.space.join(part for part in (front, body) if part)
        if not divisors:
            return product
        if not below or self.bar in body:
            share = self.over(front or self.one, divisors)
            return self.space.join(part for part in (share, body) if part)
        if len(inside) == 1 and not front:
            product = self.signed(inside[0])
        return self.over(product or self.one, divisors)

    def fraction(self, above: Piece, below: Sequence[Piece]) -> Piece:
        """1 over n."""
        divisors = [self.inside(piece, Level.FRACTION) for piece in below]
        return Piece(self.over(self.signed(above), divisors), Level.ATOM)
