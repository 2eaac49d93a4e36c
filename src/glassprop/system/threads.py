"""How many threads compute: the cores there are, and the user's wish.

The one place that decides it, for the compiled engine's own threads and for matrix products of
BLAS, which `system/blas.py` holds to the number.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from glassprop.errors import NetworkError

VARIABLE = "GLASSPROP_THREADS"
"""The environment variable for the number of threads where a network has none of its own."""
BLAS_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
AFFINITY = "the processors given to this process"
ROOT = Path("/")


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
    there, allowed = os.cpu_count() or 1, _allowed()
    limits = {AFFINITY: len(allowed)}
    physical = _physical(allowed, root)
    if physical:
        limits["cores rather than hyperthreads"] = physical
    quota = _quota(root)
    if quota:
        # A thread more than the quota pays for would be stopped, and the others would wait for it.
        limits["the CPU quota of the control group"] = max(1, int(quota))
    return Cores(there, limits)


def _allowed() -> frozenset[int]:
    """The processors that this process may run on."""
    try:
        return frozenset(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return frozenset(range(os.cpu_count() or 1))


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


def processors() -> int:
    """How many processors this process may run on: the most threads that ever compute.

    More would only wait for each other's turn, and may be more than the system lets it start.
    """
    return len(_allowed())


def check(threads: object, name: str = "threads") -> int:
    """A number of threads; that it is more than there are processors is said.

    Raises:
        NetworkError: for anything but a whole number of at least 1.
    """
    found = _whole(threads, name)
    if found > processors():
        warnings.warn(_more(found, name), RuntimeWarning, stacklevel=3)
    return found


def _whole(threads: object, name: str) -> int:
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise NetworkError(f"{name}: expected a whole number of at least 1, got {threads!r}")
    return threads


def _more(threads: int, name: str) -> str:
    number = f"{threads:,}" if threads < 10**9 else "a very large number"
    there = processors()
    return (
        f"{name}: {number} asked for, and this process may run on {there} "
        f"processor{'s' * (there > 1)}; so many compute"
    )


@cache
def _say_once(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=4)


def asked(threads: int | None) -> int | None:
    """The number of threads that the user has set, here or by $GLASSPROP_THREADS, if any.

    It is at most the number of processors; of the variable it is said, once, if it was more.

    Raises:
        NetworkError: for anything but a whole number of at least 1.
    """
    if threads is not None:
        return min(_whole(threads, "threads"), processors())
    value = os.environ.get(VARIABLE)
    if not value:
        return None
    number = value.strip()
    plain = number.isascii() and number.isdigit() and len(number) < 1000
    found = _whole(int(number) if plain else value, f"${VARIABLE}")
    if found > processors():
        _say_once(_more(found, f"${VARIABLE}"))
    return min(found, processors())


def count(threads: int | None) -> int:
    """How many threads compute, given a user's setting: at most one for each processor.

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
