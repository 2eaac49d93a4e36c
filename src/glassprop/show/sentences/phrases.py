"""Names and mathematics within a sentence, as a format marks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from glassprop.formula.nodes import Symbol
from glassprop.show.formulas.printer import Printer

MOST_NAMES = 12


class Phrases:
    """Sets names for one printer.

    Args:
        printer: how mathematics is written.
        math: what marks it as such within a sentence, `$…$`.
        prose: how other characters are written.
    """

    def __init__(
        self,
        printer: Printer,
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> None:
        self.printer, self.math, self.prose = printer, math, prose

    def name(self, symbol: Symbol) -> str:
        """A name within a sentence."""
        return self.math(self.printer.name(symbol))

    def names_of(self, symbols: Iterable[Symbol]) -> str:
        """Names within a sentence: W¹, b¹ and W²."""
        return self.listed(shortened([self.name(symbol) for symbol in symbols]))

    def listed(self, texts: Sequence[str]) -> str:
        """Several texts: one, two and three."""
        return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def shortened(listed: list[str]) -> list[str]:
    """The first and last of many."""
    return listed if len(listed) <= MOST_NAMES else [*listed[:4], "…", *listed[-2:]]
