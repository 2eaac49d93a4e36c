"""Checkpoints while a run goes on: when one is due, and that the last ones are kept."""

from __future__ import annotations

import os
import time
import warnings
from pathlib import Path
from typing import Protocol

from glassprop.errors import GlasspropError, ModelFileError, NetworkError, shown
from glassprop.models.checked_numbers import whole
from glassprop.models.update_rules import RULES, UpdateRule
from glassprop.system.paths import path_of
from glassprop.train.callbacks.callback import (
    Loop,
    check_monitor,
    is_better,
    require_measured,
    watched,
)
from glassprop.train.checkpoints import folder as folders
from glassprop.train.checkpoints.intervals import interval
from glassprop.train.saved_rule import is_known


class Kept(Loop, Protocol):
    """A training loop that can say how far it is."""

    @property
    def updates(self) -> int:
        """How many updates have been made."""
        ...

    @property
    def done(self) -> int:
        """How many examples of the next epoch have been trained on already, where it goes on."""
        ...

    @property
    def optimizer(self) -> UpdateRule:
        """The update rule."""
        ...

    @property
    def resumed(self) -> os.PathLike[str] | None:
        """The checkpoint that it goes on from, if it does."""
        ...

    def contents(self, done: int = 0, seconds: float = 0.0) -> bytes:
        """What a checkpoint holds now.

        Args:
            done: how many examples of the epoch under way have been trained on.
            seconds: that these have taken.
        """
        ...


class Checkpoint:
    """Keeps a run in a folder while it goes on, so that `fit(resume=folder)` goes on bit for bit.

    A checkpoint has the parameters, what the update rule keeps, the random numbers, the place in
    the epoch, and the history. It is written next to the others under its own name, which it gets
    once it is whole and on the disk; then all but the last few are removed. One is written every so
    often, within an epoch as well, at the end of the training, and when a signal ends it: Ctrl-C,
    or SIGTERM or SIGHUP where these would end the process, as they then do. `gp.load` and the
    command line read it as the network that it is.

    What prevents one from being written, such as a full disk, is warned of; training goes on, and
    the checkpoints before stay.

    Args:
        folder: where they go; it is made if need be. One that has checkpoints of another run is
            refused.
        every: how often: a number of updates, or a time such as "30s", "5m" or "2h".
        keep: how many are kept, at least 1.
        best: whether the best epoch is kept beside them, as best.safetensors.
        monitor: by what it is the best: "validation_cost", "validation_accuracy", "cost" or
            "accuracy"; by default the first that is measured.

    Attributes:
        written: how many have been written.

    Raises:
        NetworkError: for settings out of range; by `fit`, where the monitor is not measured, and
            for an update rule of one's own.
        ModelFileError: by `fit`, for a folder that nothing can be put into, or that has
            checkpoints of another run.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int | str = "5m",
        keep: int = 3,
        best: bool = True,
        monitor: str | None = None,
    ) -> None:
        self.folder = path_of(folder, ModelFileError, "checkpoints")
        self.interval = interval(every)
        self.keep = whole(keep, "keep")
        self.keep_best = best
        self.monitor = None if monitor is None else check_monitor(monitor)
        self.written = 0
        self._begin(0, 0)

    def _begin(self, updates: int, done: int) -> None:
        self._place = updates, done
        self._last, self._when = updates, time.monotonic()
        self.best: float | None = None

    def begin(self, training: Kept) -> None:
        """See that checkpoints can be written, and belong to this run alone."""
        if not is_known(training.optimizer):
            raise NetworkError(
                f"Checkpoint: {type(training.optimizer).__name__} is not one of glassprop's rules "
                f"({', '.join(RULES)}), so that a file cannot name it"
            )
        folders.prepare(self.folder)
        self._begin(training.updates, training.done)
        self._watch = self._monitored(training)
        resumed = training.resumed
        own = resumed is not None and Path(resumed).resolve().parent == self.folder.resolve()
        if folders.listed(self.folder) and not own:
            raise ModelFileError(
                f"{shown(self.folder)}: has checkpoints of a run already; resume that (resume=, "
                "--resume), or give another folder"
            )
        for epoch in training.history:
            if self._watch is not None:
                value = watched(epoch, self._watch)
                self.best = value if is_better(value, self.best, self._watch) else self.best
        folders.set_aside(self.folder, training.updates)

    def _monitored(self, training: Kept) -> str | None:
        if not self.keep_best:
            return None
        if self.monitor is not None:
            require_measured(training, self.monitor, "Checkpoint")
            return self.monitor
        validated, trained = (training.measures(name)[0] for name in ("validation", "training"))
        return "validation_cost" if validated else "cost" if trained else None

    def __call__(self, training: Kept) -> None:
        """Keep the epoch that was just measured, if it is the best."""
        if self._watch is None:
            return
        value = watched(training.history[-1], self._watch)
        if is_better(value, self.best, self._watch) and self._write(training, folders.BEST):
            self.best = value

    def left(self, updates: int) -> int:
        """How many updates may be made until it has to be asked again whether one is due."""
        return self.interval.left(updates)

    def look(self, training: Kept, done: int = 0, seconds: float = 0.0, ends: bool = False) -> None:
        """Write one if it is due, or if the training ends here and none was written here.

        Args:
            training: the loop.
            done: how many examples of the epoch under way have been trained on.
            seconds: that these have taken.
            ends: whether it ends.
        """
        updates, now = training.updates, time.monotonic()
        if self._place == (updates, done):
            return
        if not ends and not self.interval.is_due(updates, self._last, now - self._when):
            return
        self._last, self._when = updates, now
        if self._write(training, folders.name_of(updates), done, seconds):
            self._place = updates, done
            folders.drop(self.folder, self.keep)

    def _write(self, training: Kept, name: str, done: int = 0, seconds: float = 0.0) -> bool:
        try:
            content = training.contents(done, seconds)
        except NetworkError:  # not finite any more, of which the end of the epoch tells
            return False
        try:
            folders.write(self.folder, name, content)
        except GlasspropError as error:
            warnings.warn(
                f"a checkpoint is not written, and training goes on: {error}",
                RuntimeWarning,
                stacklevel=2,
            )
            return False
        self.written += 1
        return True
