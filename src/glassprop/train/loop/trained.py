"""What the training loop knows of a network."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import EpochSource, Program
from glassprop.models.architecture import Architecture
from glassprop.models.parameters import Parameters
from glassprop.models.update_rules import UpdateRule
from glassprop.train.examples.examples import Examples
from glassprop.train.network_programs import Programs
from glassprop.train.progress.history import History
from glassprop.train.run.rule_states import States
from glassprop.train.run.run import Numbered, Run


class Trained(Protocol):
    """A `Network`, as far as training goes."""

    architecture: Architecture
    dtype: str
    engine: str
    history: History
    _compiled: EpochSource | None
    _parameters: Parameters
    _programs: Programs
    _random: np.random.Generator
    _said: str
    _states: States
    _threads: int | None
    _wanted: str

    @property
    def threads(self) -> int:
        """How many cores training may use."""
        ...

    def _examples(self, x: object, y: object) -> Examples: ...

    def _program(self, rule: type[UpdateRule] | None = None) -> Program: ...

    def _run(
        self,
        rule: UpdateRule,
        examples: Examples,
        validation: Examples | None,
        batch_size: int,
        measured: int,
        parts: tuple[Numbered, Numbered] | None = None,
    ) -> Run: ...

    def _values(self) -> list[npt.NDArray[Any]]: ...
