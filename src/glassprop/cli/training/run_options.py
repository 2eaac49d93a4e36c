"""`--patience`, `--log`, `--checkpoint`, `--checkpoint-every`, `--resume` and shares held back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassprop.cli import output_files
from glassprop.cli.option_values import check_suffix
from glassprop.cli.streams import tell
from glassprop.errors import GlasspropError, NetworkError, shown
from glassprop.train.callbacks.csv_log import CSVLog
from glassprop.train.callbacks.early_stopping import EarlyStopping
from glassprop.train.checkpoints.checkpoint import Checkpoint


@dataclass(frozen=True)
class RunOptions:
    """The options of `glassprop train` that are about the run, as given."""

    patience: int | None = None
    log: Path | None = None
    checkpoint: Path | None = None
    every: str = "5m"
    resume: Path | None = None

    def check(self, inputs: Iterable[str | Path | None]) -> None:
        """Refuse what can be refused before anything is read.

        Args:
            inputs: the data.

        Raises:
            GlasspropError: naming the option.
        """
        if self.log is not None:
            check_suffix(self.log, (".csv",))
            output_files.check(self.log, inputs)
        self._checkpoint()
        self._early_stopping()

    @property
    def folder(self) -> Path | None:
        """Where checkpoints go: where it is said, or where they are that the run goes on from."""
        if self.checkpoint is not None or self.resume is None or self.resume.is_file():
            return self.checkpoint
        return self.resume

    def _checkpoint(self) -> Checkpoint | None:
        if self.folder is None:
            return None
        try:
            return Checkpoint(self.folder, self.every)
        except NetworkError as error:
            raise NetworkError(f"--checkpoint-every: {error}") from None

    def _early_stopping(self) -> EarlyStopping | None:
        if self.patience is None:
            return None
        try:
            return EarlyStopping(self.patience)
        except GlasspropError as error:
            raise NetworkError(f"--{error}") from None

    def callbacks(self, validated: bool) -> list[Any]:
        """What is done after each epoch.

        Args:
            validated: whether there are validation data.

        Raises:
            NetworkError: for a patience without any.
        """
        if self.patience is not None and not validated:
            raise NetworkError(
                "--patience: there are no validation data to watch; give --validation FILE, or a "
                "share to hold back such as --validation 0.1"
            )
        log = None if self.log is None else CSVLog(self.log)
        return [one for one in (self._early_stopping(), log, self._checkpoint()) if one is not None]

    def say(self, callbacks: Iterable[Any], stopped: bool) -> None:
        """Say where checkpoints are, and how to go on.

        Args:
            callbacks: of the run.
            stopped: whether a signal has ended it.
        """
        for one in callbacks:
            if isinstance(one, Checkpoint) and one.written:
                how = f"; go on with --resume {shown(one.folder)}" if stopped else ""
                tell(f"checkpoints are in {shown(one.folder)}{how}")


def share_in(validation: str | None) -> float | None:
    """The share that --validation names, or None where it names a file, or nothing."""
    if validation is None or Path(validation).exists():
        return None
    try:
        return float(validation)
    except ValueError:
        return None
