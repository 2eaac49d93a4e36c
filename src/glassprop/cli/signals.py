"""The signals that ask a command for an end: Ctrl-C, SIGTERM and SIGHUP, with a status for each."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import CodeType, FrameType

from glassprop.system.interrupt import ENDING, Interrupt

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


_AGAIN = getattr(signal, "SIGALRM", None)
_SOON = 0.01


class EndedError(Exception):
    """A command has ended after a signal, and all is said."""


class SignalError(KeyboardInterrupt):
    """A signal asks for an end.

    A KeyboardInterrupt that passes through `exec`, as within imports, has Python kill itself at its
    end, though it has been caught. One of another class does not.
    """


def take(within: CodeType) -> None:
    """Have all of them raise KeyboardInterrupt, or be noted by an `Interrupt`.

    One that is ignored, as after nohup, stays so. What is raised within an import may become
    another error, or be passed over by the calls that Python makes there; so signals that come
    then come again until it is done, and so do those that were passed over elsewhere.

    Args:
        within: the code that all is called from; imports around it do not count.
    """
    ENDING.error = SignalError
    if _AGAIN is not None:
        signal.signal(_AGAIN, lambda _, frame: ENDING(ENDING.number, frame))
        ENDING.put_off = lambda frame: _imports(frame, within) and _come_again()
        sys.unraisablehook = _passed_over
    for number in SIGNALS:
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, ENDING)


def _imports(frame: FrameType | None, within: CodeType) -> bool:
    while frame is not None and frame.f_code is not within:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _come_again() -> bool:
    signal.setitimer(signal.ITIMER_REAL, _SOON)
    return True


def _passed_over(found: sys.UnraisableHookArgs) -> None:
    """What Python calls where an error cannot be raised, as within a destructor.

    After a signal it may be that of an object which was not finished, of which nothing is to say.
    """
    if isinstance(found.exc_value, SignalError):
        ENDING.forget()
        _come_again()
    elif not ENDING.number:
        sys.__unraisablehook__(found)


def let_go() -> None:
    """Have none of them change anything any more: all is done."""
    ENDING.holder = Interrupt(patient=True)
    for number in (*SIGNALS, *([] if _AGAIN is None else [_AGAIN])):
        if number == _AGAIN or signal.getsignal(number) is ENDING:
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
