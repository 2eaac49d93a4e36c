"""Examples as the compiled engine takes them: where they are, or staged piece by piece.

Its loops read rows of any common number type, compressed rows, and labels. What they cannot read
(other byte orders, gaps between numbers, sparse inputs of a program with dense products) is put
into rows of the network's type for each piece of an epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import EpochSource, Forms, MeasureSource, Program, Purpose, Routine
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.typed_rows import ENTRIES, LabelRows, Rows

Numbers = npt.NDArray[Any]
Source = TypeVar("Source", EpochSource, MeasureSource)


def forms_of(routine: Routine, examples: Examples) -> Forms | None:
    """How inputs and targets come to the loops, or None where these cannot read them."""
    names = [s.name for s in routine.arguments if s.role in ("input", "target")]
    sources = (examples.inputs.rows, examples.targets)
    if not all(map(_ready, sources)):
        return None
    others = frozenset(
        name
        for name, rows in zip(names, sources, strict=False)  # programs of other data are refused
        if isinstance(rows, Rows) and not rows.exact
    )
    if isinstance(examples.targets, LabelRows):
        return Forms(others, True, examples.targets.low)
    return Forms(others)


def source_for(
    write: Callable[[Program, Purpose], Source],
    program: Program,
    routine: str,
    examples: Examples,
    purpose: Purpose,
    density: float | None = None,
) -> Source:
    """The source for examples as they come; where it cannot take them so, for staged rows.

    Args:
        write: `Target.epoch_of` or `Target.measurement_of`.
        program: what is written.
        routine: its name in the program.
        examples: checked data.
        purpose: what else it is to be good for.
        density: the share of the inputs that is not zero, if it is not to be looked up.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    forms = forms_of(program.routines[routine], examples)
    if forms is not None:
        share = examples.inputs.density if density is None else density
        found = write(program, replace(purpose, density=share, forms=forms))
        if found.sparse or isinstance(examples.inputs.rows, Rows):
            return found
    return write(program, purpose)


class Stage:
    """Memory that pieces of an epoch are put into.

    Args:
        examples: checked data.
        size: of a mini-batch.

    Attributes:
        rows: how many examples there is room for, in whole mini-batches.
    """

    def __init__(self, examples: Examples, size: int) -> None:
        self.examples = examples
        self.rows = size * max(1, ENTRIES // (sum(examples.widths) * size))
        self.rows = min(self.rows, -(-len(examples) // size) * size)
        self.x, self.y = (np.empty((self.rows, w), examples.dtype) for w in examples.widths)
        self.places = np.arange(self.rows)

    def fill(self, order: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Put some examples in; gives the numbers that they have there."""
        count = len(order)
        self.examples.put(order, self.x[:count], self.y[:count])
        return self.places[:count]


def data_of(
    compiled: EpochSource | MeasureSource, examples: Examples, size: int
) -> tuple[tuple[Numbers, ...], Stage | None]:
    """The first arguments of a function over mini-batches, and the stage that they are on, if any.

    Args:
        compiled: the source, made for these examples.
        examples: checked data.
        size: of a mini-batch.
    """
    inputs, targets = examples.inputs, examples.targets
    y = targets.labels if isinstance(targets, LabelRows) else targets.given
    if compiled.sparse:
        rows = inputs.compressed()
        return tuple(map(_read_only, (rows.starts, rows.columns, rows.values, y))), None
    if not isinstance(inputs.rows, Rows) or not (inputs.rows.ready and _ready(targets)):
        stage = Stage(examples, size)
        return (_read_only(stage.x), _read_only(stage.y)), stage
    return (_read_only(inputs.rows.given), _read_only(y)), None


def _ready(rows: object) -> bool:
    """Whether loops can read rows, if they are dense."""
    return not isinstance(rows, Rows) or rows.ready


def _read_only(array: Numbers) -> Numbers:
    """A view that cannot be written to: of one type, whatever memory it is of."""
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view
