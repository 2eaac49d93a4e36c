"""Why a transpose, a column times a row or ones stand in a matrix formula: the sum beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from glassprop.formula.nodes import Symbol
from glassprop.show.formulas.printer import Printer
from glassprop.show.matrices.operands import Label, Layout, Operand
from glassprop.show.notation.notation import EXAMPLE
from glassprop.show.notation.precedence import Piece, Product

Sentence = tuple[tuple[Literal["words", "math"], str], ...]
"""Parts of a sentence, each words or mathematics in the printer's markup."""

EXAMPLES = "examples"
"""The label of the examples; letters of axes are shorter."""


def said(sentence: Sentence, math: Callable[[str], str], words: Callable[[str], str]) -> str:
    """A sentence in a format: how it marks mathematics, how it writes words."""
    return "".join(math(text) if kind == "math" else words(text) for kind, text in sentence)


class Reasons:
    """Collects sentences, each once.

    Args:
        printer: how mathematics is written.
        entry: a quantity with indices, as it is written here.
    """

    def __init__(self, printer: Printer, entry: Callable[[Symbol, tuple[str, ...]], Piece]) -> None:
        self.printer, self.entry = printer, entry
        self.found: dict[Sentence, None] = {}

    def product(self, left: Operand, right: Operand, over: Label, result: Layout) -> None:
        """Say why the factors of a product lie as they do."""
        if left.ones or right.ones:
            self._ones(left, right, over)
        elif over is None:
            self._outer(left, right, result)
        else:
            total = self._total((left, right), over)
            self._beside(left, right, total, (result[0], over), "first")
            self._beside(right, left, total, (over, result[1]), "second")

    def _beside(
        self,
        one: Operand,
        other: Operand,
        total: Sentence,
        laid: Layout,
        place: Literal["first", "second"],
    ) -> None:
        """Why a factor is transposed: the sum runs over the index that is not beside the other."""
        if one.symbol is None or one.natural == laid:
            return
        own = self.entry(one.symbol, ())
        turned = self.printer.transposed(own)
        if len(one.labels) == 1:
            if other.labels == one.labels:
                number = ("words", " is a number: a row times a column, hence ")
                self._say(*total, number, ("math", turned.text))
            return
        side = "" if place == "first" else ", which stands on the right"
        self._say(
            *total,
            ("words", f" runs over the {place} index of "),
            ("math", own.text),
            ("words", f"{side}, hence "),
            ("math", turned.text),
        )

    def _total(self, factors: tuple[Operand, Operand], over: str) -> Sentence:
        """The sum in components, or in words where a factor has no name."""
        named = [(o.symbol, indices(o)) for o in factors if o.symbol is not None]
        if len(named) < 2:
            if over == EXAMPLES:
                return (("words", "the sum over the examples"),)
            return ("words", "the sum over "), ("math", self.printer.index(over))
        entries = tuple(self.entry(symbol, letters) for symbol, letters in named)
        product = Product(1, (_letter(over),), (), entries, (), numbers=False)
        return (("math", self.printer.product(product).text),)

    def _outer(self, left: Operand, right: Operand, result: Layout) -> None:
        entries: list[Piece] = []
        sides: list[Piece] = []
        for operand, laid in ((left, (result[0], None)), (right, (None, result[1]))):
            if operand.symbol is None:
                return
            own = self.entry(operand.symbol, ())
            entries.append(self.entry(operand.symbol, indices(operand)))
            sides.append(own if operand.natural == laid else self.printer.transposed(own))
        product = self.printer.product(Product(1, (), (), tuple(entries), (), numbers=False))
        self._say(
            ("math", product.text),
            ("words", " has no sum, and an index of each factor: a column times a row, hence "),
            ("math", self.printer.juxtaposed(sides).text),
        )

    def _ones(self, left: Operand, right: Operand, over: Label) -> None:
        one = right if left.ones else left
        ones = self.printer.ones().text
        if over is not None:
            what = "the examples" if over == EXAMPLES else "the index "
            letter: Sentence = () if over == EXAMPLES else (("math", self.printer.index(over)),)
            self._say(("math", ones), ("words", f" adds up over {what}"), *letter)
        elif one.symbol is not None:
            repeated = left.labels if left.ones else right.labels
            where = " for every example" if EXAMPLES in repeated else " along the other index"
            own = self.entry(one.symbol, ())
            self._say(("math", ones), ("words", " repeats "), ("math", own.text), ("words", where))

    def _say(self, *parts: tuple[Literal["words", "math"], str]) -> None:
        self.found.setdefault(parts)


def indices(operand: Operand) -> tuple[str, ...]:
    """The indices of a quantity in the order of its rows and columns."""
    return tuple(_letter(label) for label in operand.natural if label is not None)


def _letter(label: str) -> str:
    return EXAMPLE if label == EXAMPLES else label
