"""A log of the epochs as a table."""

from __future__ import annotations

import csv
import io
import os
import warnings

from glassprop.errors import DataError, shown
from glassprop.system.file_writing import replace_whole
from glassprop.system.paths import path_of
from glassprop.train.callbacks.callback import Loop
from glassprop.train.progress.history import Epoch

COLUMNS = (
    "epoch",
    "cost",
    "accuracy",
    "validation_cost",
    "validation_accuracy",
    "seconds",
)


class CSVLog:
    """Writes a line for each epoch into a table, in full precision, as soon as it is done.

    The columns are epoch, cost, accuracy, validation_cost, validation_accuracy and seconds; what is
    not measured is left empty. A file of this name is replaced when training begins; with
    `resume`, the new one has the epochs before the checkpoint, too.

    Args:
        path: such as "log.csv".

    Raises:
        DataError: for what is no path; by `fit`, if the file cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path_of(path, DataError, "log.csv")
        self._failed = False

    def begin(self, training: Loop) -> None:
        """Write the heading, and the epochs that there have been."""
        rows = [COLUMNS, *map(_row, training.history)]
        replace_whole(self.path, _text(rows).encode(), DataError)

    def __call__(self, training: Loop) -> None:
        """Add the last epoch."""
        try:
            with open(self.path, "a", encoding="utf-8", newline="") as file:
                file.write(_text([_row(training.history[-1])]))
        except OSError as error:  # a log is not worth a run
            if not self._failed:
                self._failed = True
                reason = error.strerror or str(error)
                warnings.warn(
                    f"{shown(self.path)}: cannot be written: {reason}; training goes on without",
                    RuntimeWarning,
                    stacklevel=2,
                )


def _row(epoch: Epoch) -> tuple[object, ...]:
    found: list[object] = [epoch.number]
    for one in (epoch.training, epoch.validation):
        found += (
            ["", ""] if one is None else [one.cost, "" if one.accuracy is None else one.accuracy]
        )
    return (*found, epoch.seconds)


def _text(rows: list[tuple[object, ...]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()
