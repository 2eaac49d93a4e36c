"""Progress of a training run on the terminal: a bar with the time left, a line for each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO, cast

from glassprop.models.update_rules import UpdateRule
from glassprop.system.terminal import console
from glassprop.train.progress.answers import Answers
from glassprop.train.progress.epoch_table import heading, row
from glassprop.train.progress.history import Epoch

Progress = bool | TextIO | Callable[[Epoch], object]
"""Whether to show it, where its lines go, or what is called with each epoch."""
INTERVAL = 0.1
BAR = 20
"""Columns of the bar, so that what is written beside it fits into 80."""


class Silent:
    """Shows nothing; hands each epoch to a function if there is one.

    Attributes:
        stopped: whether the function has asked for an end of the run.
    """

    def __init__(self, receive: Callable[[Epoch], object] | None = None) -> None:
        self.receive = receive
        self.stopped = False
        self.answers = Answers("progress")

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

    def rule(self, rule: UpdateRule, batch_size: int, reason: str) -> None:
        """Say what trains, and what a learning rate is for that was not given."""
        text = f"{rule!r}, mini-batches of {batch_size}"
        self.note(f"{text}; this learning rate is the default for {reason}" if reason else text)

    def epoch(self, epoch: Epoch) -> None:
        """An epoch is done."""
        if self.receive is not None:
            self.stopped = self.answers.stop(self.receive(epoch), 5)


class Bar(Silent):
    """A bar over all examples of all epochs on standard error, and a line for each epoch.

    Args:
        epochs: how many there are.
        examples: of an epoch.
        lines: where the lines of the epochs go; by default to standard error, too.
    """

    def __init__(self, epochs: int, examples: int, lines: TextIO | None = None) -> None:
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
        self.console = console(stderr=True)
        # Above a bar on the same terminal, lines have to go by the bar's own console.
        self.lines = None if lines is None or self._is_terminal(lines) else lines
        self.bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=BAR),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("elapsed,", markup=False),
            TimeRemainingColumn(),
            TextColumn("left", markup=False),
            console=self.console,
            transient=True,
            auto_refresh=False,
            disable=not self.console.is_terminal,
        )
        self.task = self.bar.add_task(f"epoch 1 of {epochs}", total=epochs * examples)
        self.done, self.shown, self.started = 0, 0.0, False

    def _is_terminal(self, lines: TextIO) -> bool:
        return self.console.is_terminal and lines.isatty()

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
        self._print(text)

    def epoch(self, epoch: Epoch) -> None:
        """Print the epoch's line above the bar, before the first one the heading, and remarks."""
        printed = [] if self.started else heading(epoch, self.epochs, self.examples)
        self.started = True
        for line in [*printed, row(epoch, self.epochs, self.examples)]:
            if self.lines is None:
                self._print(line)
            else:
                print(line, file=self.lines, flush=True)
        for text in epoch.flow.found if epoch.flow else ():
            self.note(f"epoch {epoch.number}: {text}")
        following = min(epoch.number + 1, self.epochs)
        self.bar.update(self.task, description=f"epoch {following} of {self.epochs}")

    def _print(self, text: str) -> None:
        # On a terminal, Rich breaks lines between words; a file gets them whole.
        self.console.print(text, soft_wrap=not self.console.is_terminal)


def shown(progress: Progress, epochs: int, examples: int) -> Silent:
    """The bar, with its lines in a file or not, nothing, or a function that receives each epoch."""
    if callable(progress):
        return Silent(progress)
    if isinstance(progress, bool) or not hasattr(progress, "write"):
        return Bar(epochs, examples) if progress else Silent()
    return Bar(epochs, examples, cast(TextIO, progress))
