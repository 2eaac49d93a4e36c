"""Standard output and error as they may be: closed, full, read no longer, or in ASCII.

What a command is asked for goes to standard output; where that cannot be written, the command ends,
and the failure is its result. What it tells on the way goes to standard error; where that cannot be
written, nobody can be told, and the work goes on.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import textwrap
from collections.abc import Generator
from typing import Any, TextIO

import typer

from glassprop.errors import printable


class OutputError(Exception):
    """Standard output cannot be written; no OSError, which a command could take for a file's."""

    def __init__(self, cause: OSError) -> None:
        super().__init__(cause.strerror or str(cause))
        self.reader_gone = cause.errno in (errno.EPIPE, errno.ECONNRESET)


class Stream:
    """A text stream that keeps its first failure and writes no more after it.

    Args:
        stream: what is written to; None where the process was started with it closed.
        needed: whether a failure raises an OutputError; else it passes in silence.
    """

    def __init__(self, stream: TextIO | Any | None, needed: bool) -> None:
        self.stream, self.needed = stream, needed
        self.failure: OutputError | None = None

    def write(self, text: str) -> int:
        """Write a text, or nothing after a failure."""
        self._do("write", text)
        return len(text)

    def flush(self) -> None:
        """Hand over what is written."""
        if self.stream is not None:
            self._do("flush")

    def _do(self, what: str, *arguments: str) -> None:
        if self.failure is None:
            try:
                if self.stream is None:
                    raise OSError(errno.EBADF, "it is closed")
                getattr(self.stream, what)(*arguments)
            except OSError as error:
                self.failure = OutputError(error)
        if self.failure is not None and self.needed:
            raise self.failure

    def close(self) -> None:
        """After a failure, have what is left in buffers go nowhere: Python would tell of it."""
        if self.failure is None:
            return
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())  # type: ignore[union-attr]
            os.close(nowhere)

    def isatty(self) -> bool:
        """Whether a person reads it."""
        return self.stream is not None and self.stream.isatty()

    def __getattr__(self, name: str) -> Any:
        if name in ("buffer", "stream"):  # all that is written passes here
            raise AttributeError(name)
        return getattr(self.stream, name)


@contextlib.contextmanager
def standard() -> Generator[None]:
    """Within it sys.stdout and sys.stderr are such streams, which print every character.

    Characters that an encoding lacks come as escapes: δ in ASCII, and the bytes of file names that
    are no UTF-8.
    """
    before = sys.stdout, sys.stderr
    _occupy()
    for stream in before:
        with contextlib.suppress(AttributeError, ValueError):  # a test's, or closed
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    streams = Stream(before[0], needed=True), Stream(before[1], needed=False)
    sys.stdout, sys.stderr = streams  # type: ignore[assignment]
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in streams:
            stream.close()


def give(text: str) -> None:
    """What was asked for, in lines on standard output."""
    typer.echo(printable(text, "\n"))


def tell(text: str) -> None:
    """A remark in a line on standard error; a terminal's lines end between words."""
    text = printable(text, "\n")
    if sys.stderr.isatty():
        with contextlib.suppress(OSError, ValueError):
            width = os.get_terminal_size(sys.stderr.fileno()).columns
            text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    typer.echo(text, err=True)


def unneeded(stream: TextIO) -> TextIO:
    """The same stream for what may fail in silence; what is needed fails after it."""
    return Stream(getattr(stream, "stream", stream), needed=False)  # type: ignore[return-value]


def _occupy() -> None:
    """Put nothing where standard streams are closed, so that no file is opened in their place."""
    while True:
        number = os.open(os.devnull, os.O_RDWR)
        if number > 2:
            os.close(number)
            return
