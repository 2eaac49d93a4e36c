"""What became NaN or infinite first when training goes wrong: in which step, for which example.

An engine only knows at the end of an epoch that a parameter is no number any more. So the epoch is
gone through again from where it began, in pieces that become smaller, up to the mini-batch that
did it; and this one is gone through on the NumPy program with every quantity kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glassprop.compile.numpy_source.step_replay import Origin, Replay
from glassprop.compile.program import Program
from glassprop.formula.nodes import Step

Numbers = npt.NDArray[Any]
PIECES = 16
"""Into how many pieces the examples are cut each time."""
LARGE = 1e4
"""Inputs of this size are worth scaling."""
ORDINARY = 1e6
"""A NaN that is computed from numbers below this is the formula's."""
GROWN = 10
"""Parameters that are so many times as large as at first, and as 1, have run away."""
MOST = 1 << 27
"""Numbers of a mini-batch up to which it is looked at: a gigabyte in float64."""

Equation = Callable[[Step], str]
"""What writes a step of a program as the derivation has it, "" where it has none."""


def unwritten(_: Step) -> str:
    """No equation."""
    return ""


class Course(Protocol):
    """Training that can be gone through again."""

    def go(self, order: npt.NDArray[np.intp]) -> bool:
        """Train on some examples; False if that was interrupted."""
        ...

    def is_finite(self) -> bool:
        """Whether all that training changes is finite."""
        ...

    def kept(self) -> Any:
        """What training changes, as it is now."""
        ...

    def restore(self, kept: Any) -> None:
        """Put it back."""
        ...


def mini_batch_of(course: Course, order: npt.NDArray[np.intp], size: int) -> int | None:
    """The first mini-batch after which something is not finite, from 0; None if none is found.

    The course is left as it was before that mini-batch.
    """
    first, last = 0, -(-len(order) // size)
    while last - first > 1:
        piece, start = -(-(last - first) // PIECES), first
        while start < last:
            end, kept = min(start + piece, last), course.kept()
            if not course.go(order[start * size : end * size]):
                return None
            if not course.is_finite():
                break
            start = end
        else:
            return None
        course.restore(kept)
        first, last = start, end
    return first


@dataclass(frozen=True)
class Circumstances:
    """What there was when a mini-batch went wrong.

    Attributes:
        numbers: of the examples in the mini-batch, in the data.
        inputs: the size of the largest entry of its inputs.
        parameters: the size of the largest parameter before the mini-batch.
        at_first: the same before training.
        rate: what the learning rate is called.
        example: what an example is called, "example" or such as "training_data".
        learning_rate: its value, where it is known.
        equation: writes a step.
    """

    numbers: Sequence[int] | npt.NDArray[np.intp]
    inputs: float
    parameters: float
    at_first: float
    rate: str = "learning rate"
    example: str = "example"
    learning_rate: float | None = None
    equation: Equation = unwritten


def largest(arrays: Iterable[Numbers]) -> float:
    """The size of the largest entry of some arrays."""
    return max((float(np.abs(array).max()) for array in arrays if array.size), default=0.0)


def not_finite(arrays: Mapping[str, Numbers]) -> str:
    """Which of some arrays are not finite any more, and what became of them; "" for none."""
    found = [
        f"{name} became {word(float(array[~np.isfinite(array)][0]))}"
        for name, array in arrays.items()
        if not np.isfinite(array).all()
    ]
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def said(program: Program, arguments: Sequence[Any], at: Circumstances) -> str:
    """What came first in a mini-batch and what helps; "" if NumPy finds nothing in it.

    Args:
        program: with the routine `train_step`.
        arguments: what that is called with, but the workspace.
        at: what else counts.
    """
    origin = Replay(program, arguments).origin(at.numbers)
    return "" if origin is None else f"{_event(origin, at)}; {_advice(origin, at, program.dtype)}"


def _event(origin: Origin, at: Circumstances) -> str:
    step, part = origin.step, origin.part_of
    what = f"{step.name} ({step.meaning})" if step.meaning else f"{step.name}"
    if part is not None:
        what += f", a part of {part.name} ({part.meaning}),"
    text = f"{what} became {word(origin.value)}"
    if origin.row is not None:
        text += f" for {at.example} {at.numbers[origin.row]}"
    return f"{text} by {computed(origin, at.equation)}"


def computed(origin: Origin, equation: Equation = unwritten) -> str:
    """The line of code that computes a quantity, its equation, and the values of its operands."""
    text = origin.line
    said = equation(origin.part_of or origin.step)
    if said:
        text += f", that is {said}" if origin.part_of is None else f", in {said}"
    shown = [
        f"{symbol.name} {'has entries up to' if many else '='} {abs(value) if many else value:.4g}"
        for symbol, (value, many) in origin.operands.items()
    ]
    return f"{text}, where {', '.join(shown)}" if shown else text


def _advice(origin: Origin, at: Circumstances, dtype: str) -> str:
    ordinary = all(abs(value) < ORDINARY for value, _ in origin.operands.values())
    if math.isnan(origin.value) and ordinary:
        return (
            "the formula has no value there (0 / 0, 0 times infinity, the root of a negative "
            f"number or the like) though these numbers are not large, so that a smaller {at.rate} "
            "only puts it off: state the formula in another form, or leave the example out"
        )
    remedies: list[str] = []
    if at.inputs >= LARGE:
        remedies.append(f"scale the inputs, which are up to {at.inputs:.4g} here")
    if at.parameters >= GROWN * max(at.at_first, 1.0):
        remedies.append(
            f"go on with a smaller {at.rate}, as parameters have grown from {at.at_first:.4g} to "
            f"{at.parameters:.4g}"
        )
    elif origin.step.kind == "update":
        remedies.append(f"go on with a smaller {at.rate}")
    if remedies:
        blamed = len(remedies) == 1 and at.inputs < LARGE and at.learning_rate is not None
        cause = f"{at.rate} {at.learning_rate:g} is the likely cause: " if blamed else ""
        return cause + ", or ".join(remedies)
    wider = ", or take float64" if dtype == "float32" else ""
    return (
        f"neither the inputs (up to {at.inputs:.4g}) nor the parameters (up to "
        f"{at.parameters:.4g}) are large, so a smaller {at.rate} may not help: look at this "
        f"formula and this example{wider}"
    )


def word(value: float) -> str:
    """What to call a number that is not finite."""
    return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"
