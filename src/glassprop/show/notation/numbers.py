"""Numbers as they are printed: exact, with fractions where they are shorter."""

from __future__ import annotations

from glassprop.formula.nodes import Number

LARGEST = 1000
SHORT = 6


def quotient(value: Number) -> tuple[Number, int]:
    """A positive number as numerator and denominator: 0.5 is 1 over 2, 0.1 is 0.1 over 1.

    Division gives back the same number exactly.
    """
    if isinstance(value, int) or (len(repr(value)) <= SHORT and value not in (0.5, 0.25)):
        return value, 1
    for below in range(2, LARGEST + 1):
        above = round(value * below)
        if above and above / below == value:
            return above, below
    return value, 1
