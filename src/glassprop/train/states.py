"""What an update rule keeps from one mini-batch to the next: velocities, the number of updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import Program
from glassprop.models.updates import UpdateRule


@dataclass
class States:
    """The states of an update rule, zero at first.

    Attributes:
        kind: the kind of rule that they belong to.
        arrays: in the order in which the program takes them; updated in place.
        updates: how many updates have been made.
    """

    kind: type[UpdateRule] | None = None
    arrays: list[npt.NDArray[Any]] = field(default_factory=list[npt.NDArray[Any]])
    updates: int = 0

    def for_rule(self, rule: UpdateRule, program: Program) -> States:
        """These, if they belong to such a rule, so that training goes on; else new ones."""
        if self.kind is type(rule):
            return self
        arrays = [
            np.zeros([int(axis.size) for axis in symbol.axes], program.dtype)
            for symbol in program.routines["train_step"].arguments
            if symbol.role == "state"
        ]
        return States(type(rule), arrays)

    def copied(self) -> States:
        """The states as they are now, for `restore`."""
        return States(self.kind, [array.copy() for array in self.arrays], self.updates)

    def restore(self, before: States) -> None:
        """Put back what they were."""
        for array, old in zip(self.arrays, before.arrays, strict=True):
            array[...] = old
        self.updates = before.updates
