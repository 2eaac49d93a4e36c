"""What quantities are called in matrix formulas: small letters for one example, capitals for n.

In the formulas for a mini-batch the cost is that of the whole batch, and the derivatives with
respect to quantities of the data are those of the cost of each example: ∂Cₓ/∂A.
"""

from __future__ import annotations

from glassprop.errors import FormulaError
from glassprop.formula.nodes import Symbol
from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.notation import EXAMPLE
from glassprop.show.notation.precedence import Piece
from glassprop.show.notation.quantity_kinds import is_cost, of_data
from glassprop.show.notation.quantity_names import Name, Quotient, capital


class NoMatrices(FormulaError):  # noqa: N818 - it states a fact about the formula
    """A formula that products of matrices cannot say."""


class Entries:
    """Writes the quantities of one formula.

    Args:
        printer: how pieces are written.
        batch: whether for a mini-batch.
    """

    def __init__(self, printer: Printer, batch: bool) -> None:
        self.printer, self.batch = printer, batch
        self.notation = printer.notation
        self.written: dict[str, Symbol] = {}

    def entry(self, symbol: Symbol, indices: tuple[str, ...]) -> Piece:
        """A quantity with some indices; that of a mini-batch is a capital letter.

        Raises NoMatrices if two quantities would be written alike.
        """
        piece = self._entry(symbol, indices)
        seen = self.printer.seen(piece.text)
        if not indices and self.written.setdefault(seen, symbol) is not symbol:
            raise NoMatrices(f"two quantities that would both be called {seen}")
        return self.printer.owned(piece, symbol)

    def _entry(self, symbol: Symbol, indices: tuple[str, ...]) -> Piece:
        printer, name = self.printer, self.printer.called(symbol)
        if not (self.batch and of_data(symbol)):
            return self._of_cost(symbol, indices)
        if not isinstance(name, Quotient):
            return self._capital(name, indices)
        of, by = printer.called(name.of), printer.called(name.by)
        if isinstance(of, Quotient) or isinstance(by, Quotient):
            raise NoMatrices("a derivative of a derivative")
        marked = of.count == EXAMPLE or self.notation.loss != self.notation.cost
        one = () if marked else (EXAMPLE,)
        return printer.quotient(printer.marked(of, one), self._capital(by, indices))

    def _capital(self, name: Name, indices: tuple[str, ...]) -> Piece:
        large = capital(name)
        return self.printer.marked(large, indices) if indices else self.printer.matrix(large)

    def _of_cost(self, symbol: Symbol, indices: tuple[str, ...]) -> Piece:
        """The cost of a mini-batch, a derivative of it, or any other quantity."""
        printer, name = self.printer, self.printer.called(symbol)
        if self.batch and isinstance(name, Name):
            return printer.marked(self._averaged(name, symbol), indices)
        if self.batch and isinstance(name, Quotient):
            of = printer.called(name.of)
            if isinstance(of, Name):
                above = printer.marked(self._averaged(of, name.of), ())
                return printer.quotient(above, printer.named(name.by, indices))
        return printer.named(symbol, indices)

    def _averaged(self, name: Name, symbol: Symbol) -> Name:
        return self.notation.averaged(name) if is_cost(symbol) else name
