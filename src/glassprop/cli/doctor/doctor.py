"""What the machine has for training, how fast it is, and what could be better."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from typing import Any

from glassprop import __version__
from glassprop.cli.doctor import libraries, openblas, speed
from glassprop.cli.doctor.advice import Report, findings
from glassprop.cli.doctor.processor import Cpu, cpu
from glassprop.cli.doctor.report import text
from glassprop.cli.streams import give
from glassprop.compile import machine_tuning
from glassprop.compile.native import numba_loader
from glassprop.compile.native.cache_folder import Folder, default_folder, reason
from glassprop.compile.native.program_cache import Kept, clear, kept, limit
from glassprop.errors import DataError, NetworkError
from glassprop.system import threads


def doctor(as_json: bool, tune: bool = False) -> None:
    """Print what there is, how fast it is and what to do.

    Args:
        as_json: whether to print it as JSON.
        tune: whether to measure anew by what the compiled engine chooses its kernels.
    """
    if tune and not numba_loader.unavailable():
        machine_tuning.find(again=True)
    report = examine()
    found = findings(report)
    if not as_json:
        give(text(report, found))
        return
    cores: threads.Cores = report["cores"]
    report["cores"] = {"there": cores.there, "usable": cores.usable, "limit": cores.limit or None}
    report["to_do"] = [{"text": one.text, "command": one.command or None} for one in found]
    give(json.dumps(report, indent=2))


def clear_cache(as_json: bool) -> None:
    """Remove the compiled code that is kept, and say how much it was.

    Raises:
        DataError: if it cannot be removed.
    """
    path, removed = None, Kept()
    try:
        path = default_folder()
        with Folder(path, make=False) as folder:
            removed = clear(folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DataError(f"the compiled code cannot be removed: {reason(error)}") from None
    if as_json:
        counts = {"programs": removed.programs, "files": removed.files, "bytes": removed.size}
        give(json.dumps({"folder": str(path), **counts}))
    else:
        megabytes = f"{removed.size / 1e6:.1f} MB"
        give(f"removed {removed.programs} programs ({megabytes}) from {path}")


def examine() -> Report:
    """All that doctor tells about; None for what cannot be found out."""
    processor = _known(cpu) or Cpu(None, None)
    cores = threads.cores()
    numpy = _known(libraries.numpy_blas)
    engine = _engine()
    scipy = _known(lambda: libraries.scipy_blas(numpy or {"file": None}))
    return {
        "glassprop": __version__,
        "python": platform.python_version(),
        "numpy": libraries.installed("numpy"),
        "cpu": {"name": processor.name, "vectors": processor.vectors},
        "cores": cores,
        "blas": {"numpy": numpy, "scipy": scipy, "openmp": _known(_openmp)},
        "gflops": _known(lambda: speed.products([1, _wished(cores)])),
        "copy_gb_per_second": _known(speed.copying),
        "trial": _known(lambda: _trial(processor, numpy)),
        "cache": _known(_cache),
        "engine": engine,
        "packing": None if engine["fails"] else _known(_packing),
        "extras": {
            extra: {package: libraries.installed(package) for package in packages}
            for extra, packages in libraries.EXTRAS.items()
        },
    }


def _known(read: Callable[[], Any]) -> Any:
    """What can be read; None where a broken installation or a strange system prevents it."""
    try:
        return read()
    except Exception:
        return None


def _openmp() -> list[libraries.Blas]:
    return libraries.loaded("openmp")


def _wished(cores: threads.Cores) -> int:
    """How many threads training would use; a setting that is none is told about elsewhere."""
    try:
        return threads.count(None)
    except NetworkError:
        return cores.usable


def _engine() -> dict[str, Any]:
    """The packages of the compiled engine, and why it cannot be used."""
    packages = {name: libraries.installed(name) for name in libraries.EXTRAS["fast"]}
    fails = _known(numba_loader.unavailable) or ""
    if not fails:
        try:
            import numba  # a Numba that does not know this NumPy or Python says so here

            del numba
        except Exception as error:
            fails = f"Numba cannot be loaded: {' '.join(str(error).split())}"
    return {"packages": packages, "fails": fails}


def _packing() -> dict[int, float | None] | None:
    """From how many rows on products pack their second factor, by its bytes; None for never."""
    found = machine_tuning.remembered()
    return None if found is None else found.as_json()


def _cache() -> dict[str, Any]:
    """The folder of compiled code, what is in it, and why it cannot be used."""
    path, unusable, found, room = None, "", Kept(), None
    try:
        path = default_folder()
        with Folder(path) as folder:
            found = kept(folder)
        room = limit()
        if not os.access(path, os.W_OK):
            unusable = f"{path} cannot be written to"
    except OSError as error:
        unusable = reason(error)
    where = None if path is None else str(path)
    return {
        "folder": where,
        "programs": found.programs,
        "bytes": found.size,
        "limit": room,
        "unusable": unusable,
    }


def _trial(processor: Cpu, blas: libraries.Blas | None) -> dict[str, Any] | None:
    """Other kernels of OpenBLAS than those in force, measured; None where none are worth a try.

    Each side is measured twice in a process of its own, with one thread, and the smallest gain
    counts.
    """
    if blas is None or blas["name"] != "OpenBLAS" or not blas["kernel"]:
        return None
    user = os.environ.get(openblas.VARIABLE)
    tried = openblas.better(blas["kernel"], processor)
    if not user and tried is None:
        openblas.remember(None)
        return None
    other = {openblas.VARIABLE: None if user else tried}
    first = speed.elsewhere(other)
    if first is None or first["kernel"] == blas["kernel"]:  # this build has no such kernels
        return None
    sides = [(speed.elsewhere({}), first), (speed.elsewhere({}), speed.elsewhere(other))]
    pairs = [(a, b) for a, b in sides if a and b]
    if len(pairs) < len(sides):
        return None
    before, after = pairs[0]
    gains = [b["speeds"][dtype] / a["speeds"][dtype] for a, b in pairs for dtype in b["speeds"]]
    trial = {
        "set": user,
        "picked": before["kernel"],
        "tried": after["kernel"],
        "before": before["speeds"],
        "after": after["speeds"],
        "faster": min(gains),
        "remembered": False,
    }
    if not user:
        trial["remembered"] = _remember(trial, processor)
    return trial


def _remember(trial: dict[str, Any], processor: Cpu) -> bool:
    """Keep kernels that are faster for the commands that compute; whether that was done."""
    choice = {
        "kernel": trial["tried"],
        "faster": round(trial["faster"], 2),
        "cpu": processor.name,
        "numpy": libraries.installed("numpy"),
    }
    worth = trial["faster"] >= openblas.WORTH
    try:
        openblas.remember(choice if worth else None)
    except OSError:
        return False
    return worth
