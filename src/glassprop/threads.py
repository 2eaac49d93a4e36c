"""How many threads compute: the cores there are, the user's wish, and BLAS held to a number.

The one place that decides it, for matrix products of BLAS and for the compiled engine's own
threads alike.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from glassprop.errors import NetworkError

VARIABLE = "GLASSPROP_THREADS"
"""The environment variable for the number of threads where a network has none of its own."""
BLAS_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
AFFINITY = "the processors given to this process"
ROOT = Path("/")
MOST = 1024
"""More threads than any machine has cores; a slip of the finger should not start them."""


@dataclass(frozen=True)
class Cores:
    """What this machine has, and what of it this process may use.

    Attributes:
        there: processors that the system counts, hyperthreads included.
        limits: what lets this process use no more, by its name; at least one.
    """

    there: int
    limits: Mapping[str, int]

    @property
    def usable(self) -> int:
        """How many cores may be used, at least 1."""
        return max(1, min(self.limits.values()))

    @property
    def limit(self) -> str:
        """The name of the limit that counts, "" where all may be used."""
        if self.usable >= self.there:
            return ""
        return min(self.limits, key=lambda name: self.limits[name])


def cores(root: Path = ROOT) -> Cores:
    """The cores of this machine and the limits on them; `root` is where its files are."""
    there = os.cpu_count() or 1
    try:
        allowed = frozenset(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        allowed = frozenset(range(there))
    limits = {AFFINITY: len(allowed)}
    physical = _physical(allowed, root)
    if physical:
        limits["cores rather than hyperthreads"] = physical
    quota = _quota(root)
    if quota:
        # A thread more than the quota pays for would be stopped, and the others would wait for it.
        limits["the CPU quota of the control group"] = max(1, int(quota))
    return Cores(there, limits)


def available() -> int:
    """How many cores this process may use, at least 1.

    Processors that it is not bound to, hyperthreads of a core that is counted already, and what is
    above the CPU quota of its control group (a container's limit) are left out.
    """
    return cores().usable


@cache
def _physical(allowed: frozenset[int], root: Path) -> int:
    """How many different cores some processors are on; 0 where the system doesn't tell."""
    seen: set[str] = set()
    for number in allowed:
        folder = root / f"sys/devices/system/cpu/cpu{number}/topology"
        siblings = _text(folder / "core_cpus_list") or _text(folder / "thread_siblings_list")
        if not siblings:
            return _physical_by_cpuinfo(allowed, root)
        seen.add(siblings)
    return len(seen)


def _physical_by_cpuinfo(allowed: frozenset[int], root: Path) -> int:
    seen: dict[int, tuple[str, str]] = {}
    for block in _text(root / "proc/cpuinfo").split("\n\n"):
        pairs = [line.partition(":") for line in block.splitlines()]
        record = {key.strip(): value.strip() for key, _, value in pairs}
        number = record.get("processor", "")
        if number.isdigit() and int(number) in allowed and "core id" in record:
            seen[int(number)] = (record.get("physical id", "0"), record["core id"])
    return len(set(seen.values())) if len(seen) == len(allowed) else 0


def _quota(root: Path) -> float:
    """The CPU quota in cores of this process's control group and those above it; 0 for none."""
    found: list[float] = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounts = [controllers, "cpu,cpuacct", "cpu"] if controllers else ["", "unified"]
        for mount in dict.fromkeys(mounts):
            base = root / "sys/fs/cgroup" / mount
            place = base / path.lstrip("/")
            # A container may see the path that its group has outside, while it is at the base.
            for folder in (place, *place.parents):
                found += _quota_of(folder)
                if folder == base:
                    break
    return min(found, default=0.0)


def _quota_of(folder: Path) -> list[float]:
    pair = _text(folder / "cpu.max").split()
    if not pair:
        pair = [_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period")]
    if len(pair) == 2 and all(number.isdigit() and int(number) for number in pair):
        return [int(pair[0]) / int(pair[1])]
    return []  # "max" and -1 are no limit


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except (OSError, ValueError):
        return ""


def check(threads: object, name: str = "threads") -> int:
    """A number of threads.

    Raises:
        NetworkError: for anything but a whole number from 1 to `MOST`.
    """
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise NetworkError(f"{name}: expected a whole number of at least 1, got {threads!r}")
    if threads > MOST:
        raise NetworkError(
            f"{name}: expected at most {MOST:,}, got {threads!s:.20}; this machine has "
            f"{os.cpu_count() or 1}"
        )
    return threads


def asked(threads: int | None) -> int | None:
    """The number of threads that the user has set, here or by $GLASSPROP_THREADS, if any.

    Raises:
        NetworkError: for anything but a whole number of at least 1.
    """
    if threads is not None:
        return check(threads)
    value = os.environ.get(VARIABLE)
    if not value:
        return None
    number = value.strip()
    plain = number.isascii() and number.isdigit() and len(number) < 1000
    return check(int(number) if plain else value, f"${VARIABLE}")


def count(threads: int | None) -> int:
    """How many threads compute, given a user's setting.

    Args:
        threads: at least 1; None for $GLASSPROP_THREADS, or where that isn't set for the cores
            there are, but no more than the user lets BLAS have (OMP_NUM_THREADS,
            OPENBLAS_NUM_THREADS, MKL_NUM_THREADS).

    Raises:
        NetworkError: for anything but a whole number of at least 1.
    """
    found = asked(threads)
    return min((available(), *blas_limits().values())) if found is None else found


def blas_limits() -> dict[str, int]:
    """What the user lets BLAS have by environment variables, where they are numbers."""
    found = {name: os.environ.get(name, "").split(",")[0].strip() for name in BLAS_VARIABLES}
    return {name: int(text) for name, text in found.items() if _is_count(text)}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) > 0


_NOTHING = nullcontext()
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


@contextmanager
def blas(k: int, insist: bool = True) -> Generator[None]:
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
    if not insist:
        k = min(k, *(library.num_threads for library in controller.lib_controllers))
    with controller.limit(limits=k):
        yield


def held(threads: int | None) -> AbstractContextManager[None]:
    """BLAS held to the number of threads that the user has set; nothing where there is none."""
    number = asked(threads)
    return _NOTHING if number is None else blas(number)


def one_blas_thread() -> AbstractContextManager[None]:
    """Within it BLAS uses one thread, while threads of our own share the cores."""
    return blas(1)


def in_force() -> int:
    """How many threads BLAS takes by itself: all processors of the process, or what is set."""
    return min((cores().limits[AFFINITY], *blas_limits().values()))
