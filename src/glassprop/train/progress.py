"""Progress of a training run on the terminal: a bar with the time left, a line for each epoch."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from types import TracebackType

import numpy as np

from glassprop.train.history import Epoch

INTERVAL = 0.1


class Silent:
    """Shows nothing; hands each epoch to a function if there is one.

    Attributes:
        stopped: whether the function has asked for an end of the run.
    """

    def __init__(self, receive: Callable[[Epoch], object] | None = None) -> None:
        self.receive = receive
        self.stopped = self.warned = False

    def __enter__(self) -> Silent:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to close."""

    def advance(self, examples: int) -> None:
        """A mini-batch is done."""

    def note(self, text: str) -> None:
        """Something worth knowing about the run, in one line."""

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is done."""
        if self.receive is not None:
            self.stopped = self._means_stop(self.receive(epoch))

    def _means_stop(self, returned: object) -> bool:
        if isinstance(returned, (bool, np.bool_)) or returned is None:
            return bool(returned)
        if isinstance(returned, str) and returned == "stop":
            return True
        if not self.warned:  # it may be by chance, as with a file's write, and must not end a run
            self.warned = True
            shown = f"{returned!r:.40}" if isinstance(returned, (str, int, float)) else ""
            warnings.warn(
                f"progress: the function returned {shown or type(returned).__name__}, which is "
                "passed over; True or 'stop' ends training, None or False goes on",
                stacklevel=5,
            )
        return False


class Bar(Silent):
    """A bar over all examples of all epochs, on standard error."""

    def __init__(self, epochs: int, examples: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        super().__init__()
        self.epochs, self.examples = epochs, examples
        self.console = Console(stderr=True, highlight=False)
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
            auto_refresh=False,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task(f"epoch 1 of {epochs}", total=epochs * examples)
        self.done, self.shown = 0, 0.0

    def __enter__(self) -> Bar:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.bar.stop()

    def advance(self, examples: int) -> None:
        """Move the bar on, at most every tenth of a second."""
        self.done += examples
        now = time.monotonic()
        if now - self.shown > INTERVAL:
            self.shown = now
            self.bar.update(self.task, completed=self.done)
            self.bar.refresh()

    def note(self, text: str) -> None:
        """Print the line above the bar."""
        self.console.print(text, soft_wrap=True)

    def epoch(self, epoch: Epoch) -> None:
        """Print the epoch's line above the bar."""
        self.console.print(str(epoch), soft_wrap=True)
        following = min(epoch.number + 1, self.epochs)
        self.bar.update(self.task, description=f"epoch {following} of {self.epochs}")


def shown(progress: bool | Callable[[Epoch], object], epochs: int, examples: int) -> Silent:
    """The bar, nothing, or a function that receives each epoch."""
    if callable(progress):
        return Silent(progress)
    return Bar(epochs, examples) if progress else Silent()
