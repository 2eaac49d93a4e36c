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

from glassprop.threads import AFFINITY, asked, blas_limits, cores

PER_THREAD = 20_000_000
"""Multiplications of a matrix product for each thread that shares it: about a millisecond."""

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
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.active: list[list[int]] = []
        self.before: dict[str, tuple[Any, int]] = {}

    def begin(self, libraries: Sequence[Any], k: int, insist: bool) -> list[int]:
        with self.lock:
            now = [k]
            for library in libraries:
                number = library.num_threads
                if number is not None:  # one that doesn't tell can't be given back what it had
                    self.before.setdefault(library.filepath, (library, number))
                    now.append(number)
            hold = [k if insist else min(now)]
            self.active.append(hold)
            self._set()
            return hold

    def end(self, hold: list[int]) -> None:
        with self.lock:
            self.active = [other for other in self.active if other is not hold]
            self._set()
            if not self.active:
                self.before.clear()

    def _set(self) -> None:
        for library, number in self.before.values():
            library.set_num_threads(self.active[-1][0] if self.active else number)


_holds = _Holds()


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
    begun = _holds.begin(controller.lib_controllers, k, insist)
    try:
        yield
    finally:
        _holds.end(begun)


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
    return min((cores().limits[AFFINITY], *blas_limits().values()))
