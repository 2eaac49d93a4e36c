"""Signals that ask for an end: what must not be half done is finished first.

In a program of the user's this is Ctrl-C, as long as Python's own handler raises KeyboardInterrupt
for it, and SIGTERM and SIGHUP where that is asked for and they would end the process. The command
line has all of them do the same (`cli/signals.py`).

What is asked of whom is decided by one assignment, `ENDING.holder`, so that there is no moment at
which a signal could be lost, or end what is to be finished.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from types import FrameType, TracebackType


class Ending:
    """The handler of signals that ask for an end.

    Attributes:
        number: the first signal that came; 0 before.
        holder: who notes signals now; without one, they raise KeyboardInterrupt.
        after: who notes those that come after one that was raised.
        error: what is raised.
        put_off: says whether one that comes in a frame is to come again later, and sees to that.
    """

    def __init__(self) -> None:
        self.number = 0
        self.holder: Interrupt | None = None
        self.after: Interrupt | None = None
        self.error = KeyboardInterrupt
        self.put_off: Callable[[FrameType], bool] = lambda frame: False
        self._before: tuple[Interrupt | None, Interrupt | None] = None, None

    def __call__(self, number: int, frame: FrameType | None = None) -> None:
        """Have a signal noted, or raise KeyboardInterrupt."""
        self.number = self.number or number
        if frame is not None and self.put_off(frame):
            return
        self._before = self.holder, self.after
        if self.holder is None:
            self.holder, self.after = self.after, None
            raise self.error
        self.holder.note(number)

    def forget(self) -> None:
        """Have it be as if what was raised just now had not been: nobody has seen it."""
        self.holder, self.after = self._before


ENDING = Ending()
DEADLY = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Signals that end a process which has no handler for them."""


class Interrupt:
    """Within `with Interrupt() as interrupt:` the first Ctrl-C only sets `interrupt.requested`.

    A second one raises KeyboardInterrupt at once. Outside of the main thread, or where a program
    has its own handler, nothing is changed. Once the block is done, `deliver` does what the signal
    would have done.

    Args:
        patient: whether a second one is only noted, too: for what is done in no time.
        more: signals that are noted, too, where they would end the process; `deliver` has them do
            that.
    """

    def __init__(self, patient: bool = False, more: Sequence[int] = ()) -> None:
        self.patient, self.more = patient, more
        self.noted = 0
        self._deadly: list[int] = []
        self._inside = False

    @property
    def requested(self) -> bool:
        """Whether a signal has come."""
        return self.noted != 0

    def note(self, number: int) -> None:
        """Note a signal; the second one raises KeyboardInterrupt."""
        if self.noted and not self.patient:
            raise ENDING.error
        self.noted = self.noted or number

    def deliver(self) -> None:
        """Raise KeyboardInterrupt, or have it noted by the block around, if a signal has come."""
        if self.noted in self._deadly:
            signal.raise_signal(self.noted)
        elif self.noted:
            ENDING(self.noted)

    def __enter__(self) -> Interrupt:
        self._inside = threading.current_thread() is threading.main_thread()
        if self._inside:
            # Back there later if Ctrl-C ends this line; until then the two do the same.
            self._borrowed = signal.getsignal(signal.SIGINT) is signal.default_int_handler
            if self._borrowed:
                signal.signal(signal.SIGINT, ENDING)
            self._around, ENDING.holder = ENDING.holder, self
            for number in self.more:
                if signal.getsignal(number) is signal.SIG_DFL:
                    self._deadly.append(number)
                    signal.signal(number, ENDING)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._inside:
            for number in self._deadly:
                signal.signal(number, signal.SIG_DFL)
            ENDING.holder = self._around
            if self._borrowed:
                signal.signal(signal.SIGINT, signal.default_int_handler)

    @contextlib.contextmanager
    def apart(self) -> Generator[None]:
        """Within it signals raise KeyboardInterrupt as if this block were not there.

        What comes after the first one is noted again.
        """
        if not self._inside:
            yield
            return
        ENDING.after, ENDING.holder = self, self._around
        try:
            yield
        finally:
            ENDING.holder, ENDING.after = self, None


@contextlib.contextmanager
def finished() -> Generator[None]:
    """What is begun within it is finished, whatever signals come; then they are delivered."""
    interrupt = Interrupt(patient=True)
    try:
        with interrupt:
            yield
    finally:
        interrupt.deliver()
