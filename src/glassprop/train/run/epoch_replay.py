"""An epoch gone through again, to find the mini-batch that something became NaN or infinite in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import first_not_finite
from glassprop.models.parameters import require_finite
from glassprop.system.interrupt import Interrupt
from glassprop.train.progress.progress import Silent
from glassprop.train.run.divergence import (
    MOST,
    Circumstances,
    largest,
    mini_batch_of,
    not_finite,
    said,
)
from glassprop.train.run.rule_states import States
from glassprop.train.run.run import Run

Numbers = npt.NDArray[Any]
Kept = tuple[Sequence[Numbers], States]


class Repetition:
    """The course of a training run; see `divergence.Course`."""

    def __init__(self, run: Run, interrupt: Interrupt) -> None:
        self.run, self.interrupt = run, interrupt

    @property
    def arrays(self) -> dict[str, Numbers]:
        """What training changes, by name."""
        arguments = self.run.program.routines["train_step"].arguments
        names = [symbol.name for symbol in arguments if symbol.role == "parameter"]
        return {**dict(zip(names, self.run.parameters, strict=True)), **self.run.states.named}

    def require_finite(self, number: int) -> None:
        """Refuse to begin with parameters that are not finite.

        Raises:
            NetworkError: naming one.
        """
        require_finite(self.arrays, f" before epoch {number}")

    def is_finite(self) -> bool:
        """Whether all that training changes is finite."""
        return all(first_not_finite(array) is None for array in self.arrays.values())

    def kept(self) -> Kept:
        """Copies of what training changes."""
        return [array.copy() for array in self.run.parameters], self.run.states.copied()

    def restore(self, kept: Kept) -> None:
        """Put back what was kept."""
        parameters, states = kept
        for array, old in zip(self.run.parameters, parameters, strict=True):
            array[...] = old
        self.run.states.restore(states)

    def go(self, order: npt.NDArray[np.intp]) -> bool:
        """Train on some examples again, in the same order, with the same engine."""
        with np.errstate(all="ignore"):
            self.run.epoch(order, Silent(), self.interrupt)
        return not self.interrupt.requested

    def found(
        self, order: npt.NDArray[np.intp], before: Kept, at_first: float, done: int = 0
    ) -> str:
        """What became NaN or infinite first, and what helps.

        Args:
            order: of the examples in the epoch, or in what was left of it.
            before: what training changes, as it was before them.
            at_first: the size of the largest parameter before training.
            done: how many examples of the epoch came before them.
        """
        run, size = self.run, self.run.size
        ended = not_finite(self.arrays)
        self.restore(before)
        place = None if self.interrupt.requested else mini_batch_of(self, order, size)
        if self.interrupt.requested:
            return f"{ended}; the search for the reason was interrupted"
        if place is None:
            return f"{ended}, but not when the epoch was gone through again"
        numbers = order[place * size : (place + 1) * size]
        number, count = done // size + place + 1, -(-(done + len(order)) // size)
        step = f"at step {run.states.updates + 1:,} of training, "
        within = f"{step}in mini-batch {number} of {count}, "
        if len(numbers) * sum(run.examples.widths) > MOST:
            return f"{within}{ended}"
        x, y = (np.empty((len(numbers), w), run.program.dtype) for w in run.examples.widths)
        run.examples.put(numbers, x, y)
        inputs, parameters = largest([x]), largest(run.parameters)
        at = Circumstances(
            numbers,
            inputs,
            parameters,
            at_first,
            learning_rate=run.learning_rate,
            equation=run.equation,
        )
        try:
            text = said(run.program, (x, y, *run.values(run.states.updates + 1)), at)
        except MemoryError:
            return f"{within}{ended}"
        if text or run.compiled is None:
            return f"{within}{text or ended}"
        self.go(numbers)
        return (
            f"{within}{not_finite(self.arrays) or ended} by the compiled engine, where the NumPy "
            "engine gives finite numbers; train with engine='numpy', and please report it"
        )
