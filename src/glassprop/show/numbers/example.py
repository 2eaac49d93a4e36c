"""The numbers of one example, from a trace of a mini-batch: what goes into the formulas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import FormulaError
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Symbol

Numbers = npt.NDArray[Any]


class Example:
    """The first example of a trace, worked out by the formulas of the derivation.

    A derivation for one example gets the rows of that example, and the values of its steps follow
    from its own formulas; so a gradient is that example's, while the trace has the mean's.

    Args:
        derivation: the steps.
        trace: an array for each given quantity, as `net.trace(x, y)` has it.

    Raises:
        FormulaError: for a quantity that has no value, or a value of another shape.

    Attributes:
        count: how many examples the trace has; 0 if the formulas have no axis of examples.
        values: an array for each quantity by its name.
        trace: what was given.
    """

    def __init__(self, derivation: Derivation, trace: Mapping[str, Numbers]) -> None:
        self.trace = {name: np.asarray(array) for name, array in trace.items()}
        self.count = 0
        given: dict[str, Numbers] = {}
        for symbol in derivation.givens:
            if symbol.role == "size":
                continue
            if symbol.name not in trace:
                raise FormulaError(
                    f"the trace has no value for {symbol.name}; give what net.trace(x, y) gives"
                )
            given[symbol.name] = self._row(symbol, derivation)
        for symbol in (step.symbol for step in derivation.steps if step.kind == "update"):
            given.setdefault(symbol.name, self._row(symbol, derivation))
        steps = [step for step in derivation.steps if step.kind != "update"]
        found = evaluate([step.symbol for step in steps], given, steps)
        self.values = given | {step.name: found[step.symbol] for step in steps}

    def _row(self, symbol: Symbol, derivation: Derivation) -> Numbers:
        array = self.trace[symbol.name]
        data = symbol.role in ("input", "target", "variable")
        if data and derivation.batch is None and array.ndim == len(symbol.axes) + 1:
            if not len(array):
                raise FormulaError(f"the trace has no example: {symbol.name} is {array.shape}")
            self.count = len(array)
            return array[0]
        return array
