"""What a program can be written as and run by: one table, which all that asks for a target reads.

A new target is a folder that writes its source, and a line of `TARGETS`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from glassprop.compile.machine_tuning import tuned
from glassprop.compile.native import numba_loader
from glassprop.compile.numba_source.measuring import measure_source
from glassprop.compile.numba_source.prediction import Prediction, prediction
from glassprop.compile.numba_source.training import epoch_source
from glassprop.compile.program import (
    EpochSource,
    LacksError,
    MeasureSource,
    Program,
    Purpose,
)
from glassprop.errors import NetworkError, nearest

Source = TypeVar("Source")
Key = TypeVar("Key", Purpose, str)
MOST = 16
"""Sources that stay with a program."""


@dataclass(frozen=True)
class Target:
    """A language, and what runs it.

    Attributes:
        name: what `engine`, and --target, call it.
        source: the text that trains with a program, for a purpose.
        unavailable: why it cannot run here, or a certain source cannot; "" where it can.
        epoch: the same text with what an epoch in it takes, where it goes through whole epochs by
            itself; without, `train_step` of the program is called for each mini-batch.
        measurement: the source of outputs and costs, block by block, where there is one.
        prediction: the source of the outputs alone, for a title, where there is one.
        load: makes a module of a source with an epoch, measurement or prediction, given the name of
            its function and what to call before a compilation.

    `source`, `epoch`, `measurement` and `prediction` raise LacksError for an operation that the
    target lacks.
    """

    name: str
    source: Callable[[Program, Purpose], str]
    unavailable: Callable[[str], str] = lambda source: ""
    epoch: Callable[[Program, Purpose], EpochSource] | None = None
    measurement: Callable[[Program, Purpose], MeasureSource] | None = None
    prediction: Callable[[Program, str], Prediction] | None = None
    load: Callable[[str, str, Callable[[], object]], numba_loader.Module] | None = None

    def lacks(self, error: LacksError) -> str:
        """What is said of an operation that it does not have."""
        return f"the {self.name} engine lacks {error}"

    def epoch_of(self, program: Program, purpose: Purpose) -> EpochSource:
        """The source of an epoch; what was written for the same purpose before is taken again.

        Raises:
            LacksError: naming an operation that the target lacks.
        """
        assert self.epoch is not None
        return _kept(program, (self.name, "epoch", purpose), self.epoch)

    def measurement_of(self, program: Program, purpose: Purpose) -> MeasureSource:
        """The source of measurements, in the same way.

        Raises:
            LacksError: naming an operation that the target lacks.
        """
        assert self.measurement is not None
        return _kept(program, (self.name, "measurement", purpose), self.measurement)

    def prediction_of(self, program: Program, title: str) -> Prediction:
        """The source of the outputs alone, in the same way.

        Raises:
            LacksError: naming an operation that the target lacks.
        """
        assert self.prediction is not None
        return _kept(program, (self.name, "prediction", title), self.prediction)

    @contextmanager
    def refusing(self) -> Generator[None]:
        """Within it, what the target lacks is a NetworkError."""
        try:
            yield
        except LacksError as error:
            raise NetworkError(self.lacks(error)) from None


def _kept(
    program: Program,
    key: tuple[str, str, Key],
    write: Callable[[Program, Key], Source],
) -> Source:
    """What was written of a program for a purpose before, or is now."""
    written = program.written
    found = written.pop(key, None) or write(program, key[2])
    written[key] = found
    while len(written) > MOST:
        del written[next(iter(written))]
    return found


def _tuned_module(source: str, kind: str, announce: Callable[[], object]) -> numba_loader.Module:
    return numba_loader.Module(source, kind, announce, tuned(source))


TARGETS = {
    target.name: target
    for target in (
        Target(
            "compiled",
            lambda program, purpose: epoch_source(program, purpose).source,
            numba_loader.unavailable,
            epoch_source,
            measure_source,
            prediction,
            _tuned_module,
        ),
        Target("numpy", lambda program, purpose: program.source),
    )
}
FASTEST, PLAIN = "compiled", "numpy"
"""What `auto` and `Network.compile` take where it is there, and what every program is."""


def find_target(name: str) -> Target:
    """The target of a name.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    if name not in TARGETS:
        raise NetworkError(f"unknown target {name!r}; {nearest(str(name), TARGETS)}")
    return TARGETS[name]
