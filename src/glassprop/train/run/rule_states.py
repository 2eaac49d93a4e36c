"""What an update rule keeps from one mini-batch to the next: velocities, the number of updates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.numpy_source.standalone import DONE
from glassprop.compile.program import Program
from glassprop.models.update_rules import SGD, UpdateRule

Numbers = npt.NDArray[Any]


@dataclass
class States:
    """The update rule that trained last, and what it keeps, zero at first.

    Attributes:
        rule: with its hyper-parameters; None before any update.
        named: arrays by name, such as m_W1, in the order in which the program takes them; updated
            in place.
        updates: how many updates have been made.
    """

    rule: UpdateRule | None = None
    named: dict[str, Numbers] = field(default_factory=dict[str, Numbers])
    updates: int = 0

    @property
    def arrays(self) -> list[Numbers]:
        """What is kept, without names."""
        return list(self.named.values())

    @property
    def kind(self) -> type[UpdateRule]:
        """The kind of rule that trained last, or plain gradient descent."""
        return SGD if self.rule is None else self.rule.kind

    def for_rule(self, rule: UpdateRule, program: Program) -> States:
        """Those of a run with a rule: what it kept, if it is of the same kind, or new ones.

        Going on works on the same arrays.
        """
        goes_on = type(self.rule) is type(rule)
        arrays: dict[str, Numbers] = {}
        for symbol in program.routines["train_step"].arguments:
            if symbol.role == "state":
                shape = [int(axis.size) for axis in symbol.axes]
                kept = self.named.get(symbol.name) if goes_on else None
                arrays[symbol.name] = np.zeros(shape, program.dtype) if kept is None else kept
        return States(rule, arrays, self.updates if goes_on else 0)

    def saved(self) -> dict[str, Numbers]:
        """What an ejected program reads beside its parameters, to go on with the rule."""
        return {**self.named, DONE: np.array(self.updates)} if self.named else {}

    def copied(self) -> States:
        """The states as they are now, for `restore`."""
        arrays = {name: array.copy() for name, array in self.named.items()}
        return States(self.rule, arrays, self.updates)

    def restore(self, before: States) -> None:
        """Put back what they were."""
        for name, old in before.named.items():
            self.named[name][...] = old
        self.updates = before.updates
