"""The signals that ask a command for an end: Ctrl-C, SIGTERM and SIGHUP, with a status for each."""

from __future__ import annotations

import contextlib
import signal
import sys

from glassprop.interrupt import ENDING, Interrupt

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class EndedError(Exception):
    """A command has ended after a signal, and all is said."""


class SignalError(KeyboardInterrupt):
    """A signal asks for an end.

    A KeyboardInterrupt that passes through `exec`, as within imports, has Python kill itself at its
    end, though it has been caught. One of another class does not.
    """


def take() -> None:
    """Have all of them raise KeyboardInterrupt, or be noted by an `Interrupt`.

    One that is ignored, as after nohup, stays so.
    """
    ENDING.error = SignalError
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, ENDING)


def let_go() -> None:
    """Have none of them change anything any more: all is done."""
    ENDING.holder = Interrupt(patient=True)
    for number in SIGNALS:
        if signal.getsignal(number) is ENDING:
            signal.signal(number, signal.SIG_IGN)


def status() -> int:
    """The exit status of a command that was asked for an end: 128 + the signal's number."""
    return 128 + (ENDING.number or signal.SIGINT)


def words() -> str:
    """What is said of it."""
    named = ENDING.number and ENDING.number != signal.SIGINT
    return f"interrupted by {signal.Signals(ENDING.number).name}" if named else "interrupted"


def say() -> None:
    """Say so while there is nothing else to say it with, or nobody to tell."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError, ValueError):
            print(words(), file=sys.stderr, flush=True)
