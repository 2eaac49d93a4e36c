"""Threads that work beside the one that calls, all of them there before any of them works.

The system may refuse a thread, or let one fail before it has done anything. Whoever shares work
with such a thread would wait for it for ever, and so would `threading.Thread.start`. A team counts
those that have come.
"""

from __future__ import annotations

import threading
from _thread import start_new_thread
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from types import TracebackType

Job = Callable[[], object]

PATIENCE = 10.0
"""Seconds to wait for a thread that the system has given; they come within a millisecond."""


class Team:
    """Threads within `with Team(k) as team:`; the one that calls is one of them.

    Args:
        wanted: how many threads should work, at least 1.

    Attributes:
        size: how many there are.
    """

    def __init__(self, wanted: int) -> None:
        self._lock, self._come = threading.Lock(), threading.Semaphore(0)
        self._full = False
        self._members: list[SimpleQueue[Job | None]] = []
        started = 0
        try:
            while started < wanted - 1:
                start_new_thread(self._serve, ())
                started += 1
        except (RuntimeError, MemoryError):
            pass
        for _ in range(started):
            if not self._come.acquire(timeout=PATIENCE):
                break
        with self._lock:
            self._full = True
        self.size = 1 + len(self._members)

    def _serve(self) -> None:
        """What a thread does: come, and do jobs until there are no more."""
        jobs: SimpleQueue[Job | None] = SimpleQueue()
        with self._lock:
            if self._full:  # it has come too late
                return
            self._members.append(jobs)
        self._come.release()
        while (job := jobs.get()) is not None:
            job()
            del job  # what it holds is not needed any more

    def run(self, jobs: Sequence[Job], failed: Job) -> None:
        """Do some jobs, one each, the first by the thread that calls; returns when all are done.

        Args:
            jobs: as many as the team has threads, or fewer.
            failed: called when one has failed, so that no other waits for it.

        Raises:
            BaseException: what was raised first; KeyboardInterrupt before all else.
        """
        raised: list[BaseException] = []
        done = [threading.Lock() for _ in jobs[1:]]

        def do(place: int) -> None:
            try:
                jobs[place]()
            except BaseException as error:
                raised.append(error)
                failed()

        def do_beside(place: int) -> None:
            try:
                do(place)
            finally:
                done[place - 1].release()

        given = 0
        try:
            for member, lock in zip(self._members, done, strict=False):
                lock.acquire()
                member.put(partial(do_beside, given + 1))
                given += 1
            do(0)
        except BaseException as error:  # the others have their jobs, and are waited for
            raised.append(error)
            failed()
        while given:
            try:
                done[given - 1].acquire()
                given -= 1
            except BaseException as error:
                raised.append(error)
                failed()
        if raised:
            stop = (error for error in raised if isinstance(error, KeyboardInterrupt))
            raise next(stop, raised[0])

    def __enter__(self) -> Team:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for jobs in self._members:
            jobs.put(None)


def refusal(size: int, wanted: int) -> str:
    """A line about a team that is smaller than it should be."""
    computes = "1 computes" if size == 1 else f"{size} compute"
    return (
        f"of {wanted} threads {computes}: the system has refused the others; more memory or more "
        "processes may be allowed (ulimit -v, ulimit -u)"
    )
