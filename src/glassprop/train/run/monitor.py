"""The examples that a run is measured on, and what is said where their cost is NaN or infinite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.numpy_source.step_replay import Origin, Replay
from glassprop.compile.program import Program
from glassprop.train.evaluation import evaluated, measure
from glassprop.train.examples.examples import Examples
from glassprop.train.progress.history import Evaluation
from glassprop.train.run.compiled_measure import CompiledMeasure
from glassprop.train.run.divergence import Equation, computed, unwritten, word

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Monitor:
    """Examples whose cost is measured after each epoch.

    Attributes:
        name: "training" or "validation".
        program: what it is measured with.
        examples: checked data.
        threshold: above it a single output means class 1.
        chosen: the numbers of the examples to measure on, or None for all.
        compiled: what measures them by compiled code, if that does.
        equation: writes a step as the derivation has it.
    """

    name: str
    program: Program
    examples: Examples
    threshold: float
    chosen: npt.NDArray[np.intp] | None = None
    compiled: CompiledMeasure | None = None
    equation: Equation = unwritten

    def __len__(self) -> int:
        return len(self.examples) if self.chosen is None else len(self.chosen)

    def measured(self, parameters: Sequence[Numbers]) -> Evaluation:
        """Cost and accuracy, which may be no numbers.

        Raises:
            DataError: for a mapped file that has become shorter.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            if self.compiled is not None:
                return measure(self.compiled.parts(parameters), self.threshold)
            evaluate = self.program.functions["evaluate"]
            parts = evaluated(evaluate, parameters, self.examples, self.chosen)
            return measure(parts, self.threshold)

    def reason(self, found: Evaluation, parameters: Sequence[Numbers]) -> str:
        """That a cost is not finite, and the first quantity on the way to it that is not."""
        where = " on the validation data" if self.name == "validation" else ""
        said = f"the cost{where} is {word(found.cost)} after it"
        cost, seen = self.program.functions["cost"], 0
        with np.errstate(all="ignore"):
            for x, y, _ in self.examples.blocks(self.chosen):
                if not np.isfinite(cost(x, y, *parameters)):
                    for row in range(len(x)):
                        one = x[row : row + 1], y[row : row + 1]
                        if not np.isfinite(cost(*one, *parameters)):
                            place = seen + row
                            number = place if self.chosen is None else int(self.chosen[place])
                            return f"{said}, as {self._first(one, parameters, number)}"
                seen += len(x)
        return said

    def _first(
        self, one: tuple[Numbers, Numbers], parameters: Sequence[Numbers], number: int
    ) -> str:
        forward = {step.name for step in self.program.after("lift").forward}
        origin = Replay(self.program, (*one, *parameters), "trace").origin([number], forward)
        if origin is None:
            return f"the cost is not finite for example {number}"
        return not_finite_yet(origin, number, self.equation)


def not_finite_yet(origin: Origin, number: int | None, equation: Equation = unwritten) -> str:
    """That a quantity is no finite number while the parameters are, and how it is computed.

    Args:
        origin: the first such quantity.
        number: of the example.
        equation: writes a step.
    """
    step = origin.part_of or origin.step
    text = f"{step.name} ({step.meaning}) is {word(origin.value)}"
    text += "" if number is None else f" for example {number}"
    return f"{text} by {computed(origin, equation)}"


def advice(before: float) -> str:
    """What helps where a cost is not finite after an epoch, given what it was before."""
    if np.isfinite(before):
        return f"before it, it was {before:.4g}: go on with a smaller learning rate"
    return (
        f"before it, it was {word(before)} already: look at the formula and this example, or leave "
        "the example out"
    )
