"""Which engine trains.

`auto` takes the compiled engine where it pays: compiling takes seconds, once for each program and
machine. The choice depends on the work alone, that of a run and that which the network's update
rule has done before, and not on what the cache holds; so the same seed gives the same bits on the
first run and on the second, and after a save, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import EpochSource, LacksError, Program, Purpose
from glassprop.compile.targets import FASTEST, PLAIN, TARGETS
from glassprop.errors import NetworkError, nearest
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.staging import source_for

Numbers = npt.NDArray[Any]

AUTO = "auto"
ENGINES = (AUTO, *TARGETS)
WORTH = 5.0
"""Estimated seconds of training with the NumPy engine, of this run and of those before it, from
which `auto` compiles."""
CALL = 1.0e-6
MULTIPLICATION = 3.0e-11
"""Seconds of a NumPy call on a small array, and of a multiplication in a matrix product; good
enough to tell a second from a minute."""


def check_engine(engine: str) -> str:
    """The engine that a name stands for.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    if engine not in ENGINES:
        raise NetworkError(f"unknown engine {engine!r}; {nearest(str(engine), ENGINES)}")
    return engine


def estimate(program: Program, batch_size: int) -> float:
    """About how many seconds an update takes with the NumPy engine."""
    steps = program.routines["train_step"].steps.steps
    parameters = sum(_lengths(program))
    return 3 * (len(steps) * CALL + batch_size * parameters * MULTIPLICATION)


def _lengths(program: Program) -> list[int]:
    """How many numbers each parameter has."""
    arguments = program.routines["train_step"].arguments
    parameters = [symbol for symbol in arguments if symbol.role == "parameter"]
    return [int(np.prod([int(axis.size) for axis in symbol.axes])) for symbol in parameters]


@dataclass(frozen=True)
class Choice:
    """The engine that trains: the source of its epochs, or why it is NumPy's, which has none."""

    compiled: EpochSource | None
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of the target."""
        return PLAIN if self.compiled is None else self.compiled.target


def choose(
    wanted: str,
    program: Program,
    examples: Examples,
    epochs: int,
    batch_size: int,
    title: str,
    threads: int = 1,
    updates: int = 0,
    count: int | None = None,
) -> Choice:
    """The engine for a training run.

    Args:
        wanted: the engine that was asked for.
        program: with the routine `train_step`.
        examples: checked data.
        epochs: of the run.
        batch_size: of its mini-batches.
        title: what the program is for.
        threads: how many may share the work of a mini-batch.
        updates: that have been made before.
        count: how many of the examples are trained on; by default all.
    """
    target = TARGETS[FASTEST if wanted == AUTO else wanted]
    if target.epoch is None:
        return Choice(None)
    count = len(examples) if count is None else count
    size = min(batch_size, count)
    updates += epochs * -(-count // size)
    if wanted == AUTO and updates * estimate(program, size) < WORTH:
        return Choice(None)
    reason = target.unavailable("")
    if reason:
        return Choice(None, reason)
    try:
        purpose = Purpose(title, size, threads=threads)
        found = source_for(target.epoch_of, program, "train_step", examples, purpose)
    except LacksError as error:
        return Choice(None, target.lacks(error))
    reason = target.unavailable(found.source)
    return Choice(None, reason) if reason else Choice(found)


def explain(choice: Choice, wanted: str, show: Callable[[str], object], said: str) -> None:
    """Say in one line why it is not the compiled engine that trains, if it was to be expected.

    Args:
        choice: the engine, and why.
        wanted: the engine that was asked for.
        show: takes the line, where the engine was not asked for by name.
        said: the reason that was said of the network's last run; it is not said again.
    """
    if choice.reason in ("", said):
        return
    text = f"training with the NumPy engine: {choice.reason}"
    if wanted != AUTO:
        warnings.warn(text, RuntimeWarning, stacklevel=7)
    else:
        show(text)
