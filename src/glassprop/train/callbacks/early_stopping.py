"""Early stopping: an end once nothing becomes better, with the best weights put back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.models.checked_numbers import not_negative, whole
from glassprop.train.callbacks.callback import (
    Loop,
    Weights,
    check_monitor,
    copied,
    is_better,
    require_measured,
    watched,
)


class EarlyStopping:
    """Ends training once what is watched has not become better for some epochs.

    After the last epoch, early or not, the network has the parameters of the best one; not after
    Ctrl-C, nor where a loop of one's own is left. What the update rule keeps stays that of the last
    epoch. (Prechelt, Early stopping — but when?, 1998: the criterion UP, with a difference.)

    Args:
        patience: how many epochs in a row may pass without a better one, at least 1.
        monitor: "validation_cost", "validation_accuracy", "cost" or "accuracy".
        min_delta: by how much better an epoch has to be to count as better, at least 0.
        restore_best: whether to put the best parameters back.

    Attributes:
        best: the best figure so far; None before the first epoch.
        best_epoch: the number of its epoch, 0 before.
        waited: how many epochs have passed since.

    Raises:
        NetworkError: for numbers out of range or an unknown monitor; by `fit`, where what is to be
            watched is not measured.
    """

    def __init__(
        self,
        patience: int = 5,
        monitor: str = "validation_cost",
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.patience = whole(patience, "patience")
        self.monitor = check_monitor(monitor)
        self.min_delta = not_negative(min_delta, "min_delta")
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = self.waited = 0
        self._weights: Weights | None = None
        self._said = self._kept = False

    def begin(self, training: Loop) -> None:
        """Forget what an earlier run was like, or go on where a checkpoint was written."""
        require_measured(training, self.monitor, "EarlyStopping")
        if not self._kept:
            self._forget()
        self._kept = False
        self._look(training)

    def __call__(self, training: Loop) -> None:
        """Look at the last epoch."""
        value = watched(training.history[-1], self.monitor)
        if is_better(value, self.best, self.monitor, self.min_delta):
            self.best, self.best_epoch = value, training.history[-1].number
            self.waited = 0
            if self.restore_best:
                self._weights = copied(training.network.parameters)
        else:
            self.waited += 1
        self._look(training)

    def _look(self, training: Loop) -> None:
        if self.waited >= self.patience:
            self._said = True
            training.stop()

    def end(self, training: Loop) -> None:
        """Put the best parameters back, and say so."""
        restored = self._weights is not None and self.waited > 0
        if restored:
            assert self._weights is not None
            training.network.parameters.update(self._weights)
        if not (self._said or restored):
            return
        what = self.monitor.replace("_", " ")
        text = f"the best {what} is that of epoch {self.best_epoch}, {self.best:.4g}"
        if self._said:
            text = f"stopped after {self.waited} epochs that were not better: {text}"
        training.note(f"{text}; its parameters are put back" if restored else text)

    def state(self) -> tuple[dict[str, Any], Weights]:
        """What a checkpoint has to keep: numbers, and arrays by the names of the parameters."""
        numbers = {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}
        return numbers, self._weights or {}

    def restore(self, numbers: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Go on with what a checkpoint kept.

        Raises:
            ValueError: for what is none.
        """
        best, epoch, waited = numbers["best"], numbers["best_epoch"], numbers["waited"]
        counts = isinstance(epoch, int) and isinstance(waited, int) and min(epoch, waited) >= 0
        if not counts or not (best is None or (isinstance(best, float) and np.isfinite(best))):
            raise ValueError("of an early stopping")
        self._forget()
        self._kept = True
        self.best, self.best_epoch, self.waited = best, epoch, waited
        if arrays and self.restore_best:
            self._weights = arrays
