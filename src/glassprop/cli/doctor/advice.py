"""What doctor advises: each finding is a sentence about this machine and a command that helps."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glassprop.cli.doctor import openblas
from glassprop.compile.native.program_cache import LIMIT
from glassprop.errors import NetworkError
from glassprop.system import threads

Report = dict[str, Any]
SLOWER = 0.8
"""What share of one thread's speed more threads must fall below to be said to be in the way."""


@dataclass(frozen=True)
class Finding:
    """Something to do: what was found, and a command for a shell, "" where there is none."""

    text: str
    command: str = ""


def findings(report: Report) -> list[Finding]:
    """All that is worth doing, from what most to what least concerns training."""
    return [
        *_engine(report["engine"]),
        *_cache(report["cache"]),
        *_kernel(report["trial"]),
        *_threads(report["cores"], report["blas"]["numpy"]),
        *_busy(report["gflops"] or {}),
        *_runtimes(report["blas"]),
    ]


def _engine(engine: dict[str, Any]) -> Iterator[Finding]:
    missing = [name for name, found in engine["packages"].items() if found is None]
    if missing:
        text = f"{' and '.join(missing)} not installed: training runs are not compiled, NumPy "
        yield Finding(f"{text}trains alone", "pip install 'glassprop[fast]'")
    elif engine["fails"]:
        yield Finding(
            f"training runs are not compiled: {engine['fails']}",
            "pip install --upgrade 'glassprop[fast]'",
        )


def _cache(cache: dict[str, Any] | None) -> Iterator[Finding]:
    if cache is None or not cache["unusable"]:
        return
    why = cache["unusable"]
    command = "export GLASSPROP_CACHE=FOLDER  # one of your own"
    if why.startswith("others can write to "):
        command = f"chmod go-w {shlex.quote(why.removeprefix('others can write to '))}"
    elif why.startswith(LIMIT):
        command = _unset(LIMIT)
    yield Finding(f"compiled code is not kept, each process compiles again: {why}", command)


def _kernel(trial: dict[str, Any] | None) -> Iterator[Finding]:
    if trial is None:
        return
    if trial["faster"] < openblas.WORTH:
        return
    gain = ", ".join(
        f"{dtype} {old:.0f} → {trial['after'][dtype]:.0f}" for dtype, old in trial["before"].items()
    )
    if trial["set"]:
        yield Finding(
            f"{openblas.VARIABLE}={trial['set']} makes matrix products slower; without it, with "
            f"one thread, in GFLOP/s: {gain}",
            _unset(openblas.VARIABLE),
        )
        return
    text = (
        f"OpenBLAS picked its {trial['picked']} kernels, where {trial['tried']} is faster; with "
        f"one thread, in GFLOP/s: {gain}"
    )
    if trial["remembered"]:
        text += (
            ". This is remembered: glassprop train, evaluate and predict take it by themselves on "
            "this processor with this NumPy, and other programs with"
        )
    yield Finding(text, f"export {openblas.VARIABLE}={trial['tried']}")


def _threads(cores: threads.Cores, blas: dict[str, Any] | None) -> Iterator[Finding]:
    usable = cores.usable
    for name, number in threads.blas_limits().items():
        if number < usable:
            yield Finding(f"{name}={number} keeps BLAS to {number} of {usable} cores", _unset(name))
    try:
        wish = threads.asked(None)
    except NetworkError as error:
        yield Finding(str(error), _unset(threads.VARIABLE))
        return
    if wish is not None and wish < usable:
        text = f"{threads.VARIABLE}={wish} keeps glassprop to {wish} of {usable} cores"
        yield Finding(text, _unset(threads.VARIABLE))
    found = (blas or {}).get("threads")
    if found and found > usable and "quota" in cores.limit:
        yield Finding(
            f"NumPy's BLAS starts {found} threads, and the CPU quota pays for {usable}: they wait "
            "for each other; glassprop holds it back in training, other programs need",
            f"export OMP_NUM_THREADS={usable}",
        )


def _busy(gflops: dict[str, dict[int, float]]) -> Iterator[Finding]:
    for dtype, by in gflops.items():
        least, most = min(by), max(by)
        if least and by[most] < SLOWER * by[least]:
            yield Finding(
                f"products of {dtype} with {most} threads are slower than with {least}, "
                f"{by[most]:.0f} and {by[least]:.0f} GFLOP/s: other programs use the cores; while "
                "they do",
                f"export {threads.VARIABLE}={least}",
            )
            return


def _unset(name: str) -> str:
    return f"set {name}=" if os.name == "nt" else f"unset {name}"


def _runtimes(blas: dict[str, Any]) -> Iterator[Finding]:
    openmp = blas["openmp"] or []
    if len(openmp) > 1:
        names = ", ".join(one["file"] or one["name"] for one in openmp)
        yield Finding(
            f"{len(openmp)} OpenMP runtimes are loaded at once, whose threads compete for the "
            f"cores: {names}; install NumPy and SciPy from one source"
        )
    kinds = {one["name"] for one in (blas["numpy"], blas["scipy"]) if one and one["file"]}
    if len(kinds) > 1:
        yield Finding(
            f"NumPy and SciPy compute with different libraries, {' and '.join(sorted(kinds))}, "
            "each with its own threads; install both from one source"
        )
