"""BLAS held to a number of threads while a network computes."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from importlib.util import find_spec
from typing import Any

from glassprop.system.memory import can_have
from glassprop.system.thread_team import Team, refusal
from glassprop.system.threads import asked, blas_limits, processors

PER_THREAD = 20_000_000
"""Multiplications of a matrix product for each thread that shares it: about a millisecond."""

ROOM_OF_THREAD = 110_000_000
"""Bytes to be addressed that OpenBLAS takes for a thread: a stack of 8 MB, a buffer of 32 MB, and
64 MB that the C library sets apart for what the thread itself asks for."""
ROOM_BESIDE = 300_000_000
"""Address space that is left for what is computed."""

_controllers: dict[str, Any] = {"modules": 0, "controller": None}


def unholdable() -> str:
    """Why BLAS can't be held to a number of threads in this process; "" where it can."""
    if find_spec("threadpoolctl") is None:
        return "threadpoolctl is not installed (pip install threadpoolctl)"
    return "" if _controller() else "threadpoolctl does not know this BLAS"


def _controller() -> Any:
    """Threadpoolctl's view of the BLAS libraries in this process, None where there is none.

    Finding them takes milliseconds. Libraries come with imports, so as many modules as before mean
    the same libraries.
    """
    modules = len(sys.modules)
    if find_spec("threadpoolctl") is None:
        return None
    if _controllers["modules"] != modules:
        from threadpoolctl import ThreadpoolController

        found = ThreadpoolController().select(user_api="blas")
        _controllers["controller"] = found if found.lib_controllers else None
        _controllers["modules"] = len(sys.modules)
    return _controllers["controller"]


@cache
def _say_once(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=4)


class _Holds:
    """Which number of threads BLAS is held to: that of the latest hold which has not ended.

    The setting is the whole process's, while holds begin and end in threads of their own, in any
    order. Once all have ended, the libraries are given back what they had.

    A library takes for granted that the system gives it the threads that it is set to, and waits
    for ever for one that was refused. So it is set to more than it has had only if there are some.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.active: list[list[int]] = []
        self.before: dict[str, tuple[Any, int]] = {}
        self.most: dict[str, int] = {}

    def begin(self, hold: list[int], libraries: Sequence[Any], k: int, insist: bool) -> None:
        with self.lock:
            now = [k]
            for library in libraries:
                number = library.num_threads
                if number is not None:  # one that doesn't tell can't be given back what it had
                    self.before.setdefault(library.filepath, (library, number))
                    self.most[library.filepath] = max(number, self.most.get(library.filepath, 0))
                    now.append(number)
            hold.append(k if insist else min(now))
            self.active.append(hold)
            self._set()

    def end(self, hold: list[int]) -> None:
        with self.lock:
            self.active = [other for other in self.active if other is not hold]
            self._set()
            if not self.active:
                for library, _ in self.before.values():
                    _let_go(library)
                self.before.clear()

    def _set(self) -> None:
        for library, number in self.before.values():
            wanted, most = self.active[-1][0] if self.active else number, self.most
            found = self._startable(wanted, most[library.filepath])
            _set(library, found)
            most[library.filepath] = max(found, most[library.filepath])

    def _startable(self, wanted: int, most: int) -> int:
        """As many threads as wanted, if the system gives them to a library that has had `most`."""
        if wanted <= most:
            return wanted
        found = most + startable(wanted - most)
        if found < wanted:
            _say_once(f"BLAS: {refusal(found, wanted)}")
        return found


def startable(more: int) -> int:
    """How many more threads the system gives to a library, of those that it would start.

    For one that lacks memory OpenBLAS ends the process; for one that is refused it waits for ever.
    """
    while more and not can_have(more * ROOM_OF_THREAD + ROOM_BESIDE):
        more -= 1
    with Team(1 + more) as team:
        return team.size - 1


def _set(library: Any, number: int) -> None:
    """Set a library's number of threads, from whichever thread.

    Threadpoolctl ignores all threads but the one that did so first, as it can't know that holds of
    several threads are put in order here.
    """
    library.set_num_threads(number)
    if library.num_threads != number:
        _let_go(library)
        library.set_num_threads(number)


def _let_go(library: Any) -> None:
    """Let another thread set a library than the one that did so first."""
    if hasattr(library, "clear_controlling_thread"):  # newer ones have it
        library.clear_controlling_thread(force=True)


class _OfThread(threading.local):
    """Holds of libraries that each thread sets for itself, as those with OpenMP are."""

    def __init__(self) -> None:
        self.holds = _Holds()


_holds, _of_thread = _Holds(), _OfThread()


def _kinds(libraries: Sequence[Any]) -> list[tuple[_Holds, Sequence[Any]]]:
    """Libraries that are set for the process, and those that each thread sets for itself."""
    own = [one for one in libraries if getattr(one, "threading_layer", "") == "openmp"]
    if not own:
        return [(_holds, libraries)]
    return [(_holds, [one for one in libraries if one not in own]), (_of_thread.holds, own)]


@contextmanager
def hold(k: int, insist: bool = True) -> Generator[None]:
    """Within it the BLAS libraries of this process use k threads; then as many as before.

    The setting is the whole process's. Where it can't be made, a warning says so once.

    Args:
        k: at least 1.
        insist: whether the user has asked for k. If so, they should know if it can't be held; if
            not, BLAS never gets more threads than another part of the program has left it.
    """
    controller = _controller()
    if controller is None:
        if insist and k != in_force():
            _say_once(f"BLAS can't be held to {k} thread{'s' * (k > 1)}: {unholdable()}")
        yield
        return
    begun: list[tuple[_Holds, list[int]]] = []
    try:
        for holds, libraries in _kinds(controller.lib_controllers):
            mine: list[int] = []
            begun.append((holds, mine))
            holds.begin(mine, libraries, k, insist)
        yield
    finally:
        for holds, mine in begun:
            holds.end(mine)


def worth(work: int) -> AbstractContextManager[None]:
    """BLAS held to as many threads as its matrix products are worth, and no more than it has.

    A product ends when its last thread does. On a busy machine a thread may have to wait for its
    turn for longer than a small product takes, so each thread must have enough to do.

    Args:
        work: how many multiplications the largest of the products has.
    """
    return hold(_most(work), insist=False)


def held(threads: int | None, work: int) -> AbstractContextManager[None]:
    """BLAS held to the number of threads that the user has set, as far as products are worth it.

    Args:
        threads: the user's setting, else $GLASSPROP_THREADS, else what BLAS has.
        work: how many multiplications the largest of the products has.
    """
    number, most = asked(threads), _most(work)
    if number is None:
        return hold(most, insist=False)
    return hold(min(number, most), insist=number <= most)


def _most(work: int) -> int:
    return max(1, work // PER_THREAD)


def in_force() -> int:
    """How many threads BLAS takes by itself: all processors of the process, or what is set."""
    return min((processors(), *blas_limits().values()))
