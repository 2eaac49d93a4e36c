"""A routine gone through once more with every quantity kept, to find what came first.

The quantities are those of `train_step`, or of another routine, with the same expressions; nothing
is written in place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.numpy_source.emit import Frame, Lines, expression_function, module
from glassprop.compile.numpy_source.expressions import Writer
from glassprop.compile.numpy_source.load import load
from glassprop.compile.program import Program, Routine
from glassprop.formula.nodes import Step, Symbol, symbols

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Origin:
    """The quantity of a mini-batch from which all that is not finite follows.

    Attributes:
        step: that gives it.
        part_of: the quantity of the derivation whose part it is, where it has no meaning itself.
        line: the NumPy that computes it.
        row: the place in the mini-batch of the first example that it is not finite for; None
            where it belongs to no example.
        value: what it became there, NaN or an infinity.
        operands: for each operand at that place, its value where the two have the same entries,
            else the one with the largest size, and whether that is one of many.
    """

    step: Step
    part_of: Step | None
    line: str
    row: int | None
    value: float
    operands: Mapping[Symbol, tuple[float, bool]]


class Replay:
    """The quantities of one training step.

    Args:
        program: with the routine.
        arguments: what that is called with, but the workspace; none of it is changed.
        name: of the routine.
    """

    def __init__(
        self, program: Program, arguments: Sequence[Any], name: str = "train_step"
    ) -> None:
        routine = program.routines[name]
        self.steps = routine.steps.steps
        self.batch = routine.steps.batch
        self.places = {step.name: place for place, step in enumerate(self.steps)}
        results = tuple(step.symbol for step in self.steps)
        given = [symbol.name for symbol in routine.arguments]
        about = "Every quantity of a training step."
        whole = Routine("replay", about, routine.steps, results, routine.arguments)
        lines = Lines(self.steps, program.dtype)
        frame = Frame(given, (), [symbol.name for symbol in results])
        source = module([expression_function(whole, lines, frame)], about)
        self.arrays, self.writer = lines.of(self.steps), Writer(program.dtype)
        self.given: dict[str, Any] = dict(zip(given, arguments, strict=True))
        self.values: dict[str, Any] = {}
        with np.errstate(all="ignore"):
            self.values |= load(source, "a training step")["replay"](*arguments)

    def origin(
        self,
        numbers: Sequence[int] | npt.NDArray[np.intp],
        among: Collection[str] | None = None,
    ) -> Origin | None:
        """Where it began that a parameter or a state became what is not finite, if one did.

        Args:
            numbers: of the examples; of several, the one with the least number counts.
            among: other quantities that are to be finite, by their names.
        """
        ends = [
            at
            for at, step in enumerate(self.steps)
            if (step.kind == "update" if among is None else step.name in among)
        ]
        at = next((at for at in ends if self._bad(self._value(self.steps[at].symbol, at + 1))), -1)
        if at < 0:
            return None
        row: int | None = self._row(at, numbers)
        named = self.steps[at]
        while True:
            step = self.steps[at]
            named = step if step.meaning else named
            earlier = [s for s in symbols(step.formula) if self.places.get(s.name, at) < at]
            found = [s for s in earlier if self._bad(self._value(s, at, row))]
            if not found:
                break
            at = min(self.places[symbol.name] for symbol in found)
            row = self._row(at, numbers) if row is None else row
        return self._origin(at, row, named)

    def _row(self, at: int, numbers: Sequence[int] | npt.NDArray[np.intp]) -> int | None:
        """The place of the first example that a step is not finite for; None if it has none."""
        axes = self.steps[at].symbol.axes
        if self.batch not in axes:
            return None
        bad = ~np.isfinite(np.moveaxis(self.values[self.steps[at].name], self._n(axes), 0))
        rows = np.flatnonzero(bad.reshape(len(bad), -1).any(1))
        return min(map(int, rows), key=lambda place: int(numbers[place]))

    def _origin(self, at: int, row: int | None, named: Step) -> Origin:
        step = self.steps[at]
        value = np.asarray(self._value(step.symbol, at + 1, row))
        entry = tuple(np.argwhere(~np.isfinite(value))[0])
        axes = self._axes(step.symbol, row)
        operands: dict[Symbol, tuple[float, bool]] = {}
        for symbol in symbols(step.formula):
            found = self._value(symbol, at, row)
            if found is None:
                continue
            own = self._axes(symbol, row)
            if set(own) <= set(axes):
                place = tuple(entry[axes.index(axis)] for axis in own)
                operands[symbol] = float(np.asarray(found)[place]), False
            else:
                flat = np.asarray(found).reshape(-1)
                operands[symbol] = float(flat[np.abs(flat).argmax()]), True
        part_of = None if step.meaning else named
        line = f"{step.name} = {self.writer.text(self.arrays[step])}"
        return Origin(step, part_of, line, row, float(value[entry]), operands)

    def _axes(self, symbol: Symbol, row: int | None) -> list[Any]:
        return [axis for axis in symbol.axes if row is None or axis != self.batch]

    def _n(self, axes: Sequence[Any]) -> int:
        return list(axes).index(self.batch)

    def _value(self, symbol: Symbol, before: int, row: int | None = None) -> Any:
        """A quantity as a step at some place finds it; None for sizes."""
        own = self.places.get(symbol.name, before) < before
        found = self.values[symbol.name] if own else self.given.get(symbol.name)
        if found is not None and row is not None and self.batch in symbol.axes:
            return np.take(found, row, self._n(symbol.axes))
        return found

    @staticmethod
    def _bad(value: Any) -> bool:
        return not np.isfinite(value).all()


def line_of(program: Program, routine: str, name: str) -> str:
    """The line of a routine that computes a quantity, as its source has it."""
    steps = program.routines[routine].steps.steps
    arrays, writer = Lines(steps, program.dtype).of(steps), Writer(program.dtype)
    return next(f"{name} = {writer.text(arrays[step])}" for step in steps if step.name == name)
