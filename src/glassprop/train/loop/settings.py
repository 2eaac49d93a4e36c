"""How a network is to be trained, as it was given, and that nothing else trains it meanwhile."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy.typing as npt

from glassprop.models.checked_numbers import whole
from glassprop.models.update_rules import UpdateRule
from glassprop.system.memory import fitting
from glassprop.train.callbacks.callback import checked
from glassprop.train.progress.progress import Progress
from glassprop.train.run.exclusive import alone

Validation = tuple[npt.ArrayLike, npt.ArrayLike] | float | None


@dataclass
class Settings:
    """How a network is trained, as `Network.fit` has it."""

    epochs: int | None
    batch_size: int
    optimizer: UpdateRule | None = None
    validation: Validation = None
    progress: Progress = False
    measure: int = 10_000
    callbacks: Sequence[object] = ()
    resume: str | os.PathLike[str] | None = None
    watch: bool = False

    def __post_init__(self) -> None:
        if self.epochs is not None:
            self.epochs = whole(self.epochs, "epochs")
        self.batch_size = whole(self.batch_size, "batch size")
        self.measure = whole(self.measure, "measure", 0)
        self.checked = checked(self.callbacks)


@contextmanager
def training_alone(network: object, name: str) -> Generator[None]:
    """Within it nothing else trains a network, and a lack of memory is said in a line."""
    with alone(network, name), fitting(name, "give a smaller batch_size, or fewer examples"):
        yield
