"""The steps of a network for one example, read from their printed form and computed by loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.check.reader import ReadingError, verify_text
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NIELSEN

Numbers = npt.NDArray[Any]

MOST = 60_000
"""Parameters of a network up to which its formulas are read: loops in Python take a second then."""


def read_again(derivation: Derivation, values: Mapping[str, Numbers], penalty: float) -> str:
    """Compare each step with what its printed formula is worth; gives a line about it.

    Args:
        derivation: of one example.
        values: what the program has for every quantity, of one example.
        penalty: λ of the network, 0 for none.

    Raises:
        Disagreement: where what is printed is not what runs.
    """
    read, unread = 0, list[str]()
    printer = TextPrinter(NIELSEN)
    printer.penalty = penalty
    given = {**values, "λ": np.asarray(penalty)}
    for step in derivation.steps:
        text = " ".join(printer.equation(step, step.formula))
        try:
            verify_text(text, given)
        except ReadingError:
            unread.append(step.name)
        else:
            read += 1
    said = f"the second reader computes {read} printed formulas by loops and agrees"
    return f"{said}; it does not know those of {', '.join(unread)}" if unread else said
