"""Examples as a network takes them: checked inputs and targets, neither of them copied."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError
from glassprop.models.costs import Cost
from glassprop.train.examples.inputs import Inputs, check_inputs
from glassprop.train.examples.mapped_files import MappedFile, check_files, mapped_files
from glassprop.train.examples.targets import Labels, check_targets
from glassprop.train.examples.typed_rows import (
    Chosen,
    LabelRows,
    Numbers,
    Rows,
    at_once,
    blocks,
    is_exact,
)


@dataclass(frozen=True)
class Examples:
    """Inputs of shape (n, features) and target rows of shape (n, outputs), with their labels.

    `labels` is None where the targets are not classes, and `low` is what one output is to be for
    class 0, where that is known. `dtype` is the network's number type.
    """

    inputs: Inputs
    targets: Rows | LabelRows
    labels: Labels | None
    dtype: str
    files: tuple[MappedFile, ...] = ()
    low: int | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def widths(self) -> tuple[int, int]:
        """The numbers of features and of outputs."""
        return self.inputs.rows.width, self.targets.width

    def put(self, chosen: Chosen, x: Numbers, y: Numbers) -> None:
        """Write the inputs and target rows of some examples into arrays of the network's type."""
        self.inputs.rows.put(chosen, x)
        self.targets.put(chosen, y)

    def spread(self, count: int) -> npt.NDArray[np.intp] | None:
        """The numbers of `count` examples, evenly spaced, or None where these are all."""
        if count >= len(self):
            return None
        return np.linspace(0, len(self) - 1, count, dtype=np.intp)

    def blocks(
        self, chosen: npt.NDArray[np.intp] | None = None
    ) -> Iterator[tuple[Numbers, Numbers, Labels | None]]:
        """Go through the examples, all or those chosen, in blocks (x, y, labels).

        Raises:
            DataError: for a mapped file that has become shorter.
        """
        sources = (self.inputs.rows, self.targets)
        for rows, (x, y) in blocks(sources, self.dtype, self.files, chosen):
            yield x, y, None if self.labels is None else self.labels[rows]

    def arrays(self) -> tuple[Numbers, Numbers]:
        """All inputs and target rows, as arrays of the network's type.

        Raises:
            DataError: for a mapped file that has become shorter.
        """
        check_files(self.files)
        found: list[Numbers] = []
        for rows in (self.inputs.rows, self.targets):
            if isinstance(rows, Rows) and rows.exact:
                found.append(rows.given)
                continue
            made = np.empty((len(self), rows.width), self.dtype)
            rows.put(slice(0, len(self)), made)
            found.append(made)
        return found[0], found[1]


def is_small(inputs: Inputs) -> bool:
    """Whether some inputs can be computed with at once: as they are in memory, or few."""
    if is_exact(inputs.rows) and not inputs.files:
        return True
    return len(inputs) <= at_once([inputs.rows])


def check_examples(
    x: object, y: Any, features: int, outputs: int, cost: Cost, dtype: str
) -> Examples:
    """Inputs and targets, as they are.

    Raises:
        DataError: as `check_inputs`, and for targets that do not fit the network or its cost.
    """
    inputs = check_inputs(x, features, dtype)
    targets, labels, low = check_targets(y, len(inputs), outputs, cost, dtype)
    given = targets.given if isinstance(targets, Rows) else None
    return Examples(inputs, targets, labels, dtype, (*inputs.files, *mapped_files(given)), low)


def check_pair(
    pair: object, what: str, check: Callable[[object, object], Examples]
) -> Examples | None:
    """The examples that a pair (x, y) holds, or None for None.

    Raises:
        DataError: for anything else than a pair, and as `check` does; naming what it is.
    """
    if pair is None:
        return None
    if not isinstance(pair, Sequence) or len(pair) != 2:
        raise DataError(f"{what}: expected a pair (x, y), got {type(pair).__name__}")
    try:
        return check(*pair)
    except DataError as error:
        raise DataError(f"{what}: {error}") from None
