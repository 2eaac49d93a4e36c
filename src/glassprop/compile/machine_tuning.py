"""What is fastest on this machine among ways to the same bits: measured once, and remembered.

A file for each processor and version stands beside the compiled code. One that is damaged, or that
is of another machine, is measured again. Where nothing may be kept, the sizes of the caches decide.
"""

# pyright: basic

from __future__ import annotations

import json
import math
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from glassprop.compile.kernels import packing_choice
from glassprop.compile.kernels.packing_choice import Choices
from glassprop.compile.native.cache_folder import Folder, default_folder, reason
from glassprop.compile.native.numba_loader import key_of
from glassprop.compile.native.program_cache import MACHINE, limit
from glassprop.system.caches import caches
from glassprop.system.interrupt import finished

LARGEST = 10_000
"""Bytes that it has at most."""
NEEDED = "large_product("
"""What in a source is compiled by what was measured."""
WIDTH, STEP = 512, 528
DEPTHS = (32, 128, 512, 2048)
"""The second factors that are measured with: of 64 KB to 4 MB."""
FEW, MANY = 16, 64
"""Rows of the result."""
WAYS = (("place", MANY, False), ("few", FEW, True), ("many", MANY, True))
ROUNDS = 5
GAIN = 0.97
"""What share of the time in place packing may take at most; less is noise."""
USUAL = 32.0
"""Rows from which on packing pays where it does, if nothing may be measured."""
_tuning = threading.Lock()


_looked = threading.Event()
"""Whether this process has looked already."""


def tuned(source: str) -> str:
    """Have kernels of a source compiled by what is fastest here; gives what that is, as text.

    Nothing is measured for a source to which it makes no difference.
    """
    if NEEDED not in source:
        return ""
    with _tuning:
        if not _looked.is_set():
            packing_choice.choose(find())
            _looked.set()
    return repr(packing_choice.choices())


def find(again: bool = False) -> Choices:
    """What was measured on this machine, now if it was not yet; else what the caches suggest.

    Args:
        again: whether to measure in any case.
    """
    name = f"{MACHINE}{_digest()}.json"
    try:
        if not limit():
            return suggested()
        with Folder(default_folder()) as folder:
            found = None if again else _kept(folder, name)
            if found is None:
                with finished():  # cut off, a compilation would leave half of Numba
                    found = Choices(measure())
                folder.write(name, _text(found))
            return found
    except OSError:
        return suggested()  # loading the program says what is wrong with the folder


def remembered() -> Choices | None:
    """What is kept of this machine; None where that is nothing, or damaged."""
    try:
        with Folder(default_folder(), make=False) as folder:
            return _read(folder.read(f"{MACHINE}{_digest()}.json", LARGEST))
    except (OSError, ValueError):
        return None


def suggested() -> Choices:
    """A guess from the size of the second cache: factors that fill a quarter of it are packed."""
    second = caches().get(2, 1 << 20)
    return Choices({size: USUAL if size >= second // 4 else math.inf for size in _sizes()})


def _sizes() -> list[int]:
    return [depth * WIDTH * 4 for depth in DEPTHS]


def _digest() -> str:
    """Of all that a measurement holds for: caches, processor, settings, versions, kernels."""
    return key_of(repr(sorted(caches().items())))


def _text(found: Choices) -> bytes:
    content = {"for": _digest(), "packing": found.as_json()}
    return json.dumps(content).encode()


def _kept(folder: Folder, name: str) -> Choices | None:
    """What a file says; None where there is none, and, with a warning, for one that is damaged."""
    try:
        return _read(folder.read(name, LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        why = reason(error) if isinstance(error, OSError) else f"{folder.path / name}: {error}"
        text = f"what was measured of this machine is damaged, measuring again: {why}"
        warnings.warn(text, RuntimeWarning, stacklevel=6)
        return None


def _read(text: bytes) -> Choices:
    """The choices of a file.

    Raises:
        ValueError: for anything that this machine and version would not have written.
    """
    try:
        content: Any = json.loads(text)
    except RecursionError:
        raise ValueError("it is no JSON") from None
    if not isinstance(content, dict) or content.get("for") != _digest():
        raise ValueError("it is of another machine")
    rows: Any = content.get("packing")
    if not isinstance(rows, dict) or list(rows) != list(map(str, _sizes())):
        raise ValueError("it lacks a measurement")
    packing: dict[int, float] = {}
    for size, least in rows.items():
        if least is not None and not (type(least) is float and 0 < least < math.inf):
            raise ValueError(f"{least!r} is no number of rows")
        packing[int(size)] = math.inf if least is None else least
    return Choices(packing)


def measure() -> Mapping[int, float]:
    """From how many rows of the result on packing pays, for second factors of some sizes.

    The time of a product in place is proportional to its rows; packed, it has a part that is not.
    """
    run = _products()
    random = np.random.default_rng(0)
    left = random.random((MANY, DEPTHS[-1]), np.float32)
    right = random.random((DEPTHS[-1], STEP), np.float32)
    out = np.zeros((MANY, STEP), np.float32)
    found: dict[int, float] = {}
    for depth, size in zip(DEPTHS, _sizes(), strict=True):
        times = {"place": math.inf, "few": math.inf, "many": math.inf}
        repeats = max(1, DEPTHS[-1] // depth // 4)
        for _ in range(ROUNDS):
            for way, rows, packs in WAYS:
                start = time.perf_counter()
                run(out, left, right, rows, depth, packs, repeats)
                times[way] = min(times[way], time.perf_counter() - start)
        found[size] = _least_rows(times["place"], times["few"], times["many"])
    return found


def _least_rows(place: float, few: float, many: float) -> float:
    """From the times of MANY rows in place, and of FEW and MANY rows packed."""
    by_row = (many - few) / (MANY - FEW)
    copying = max(few - FEW * by_row, 0.0)
    gain = GAIN * place / MANY - by_row
    return round(max(copying / gain, 1.0), 1) if gain > 0 else math.inf


def _products() -> Callable[..., None]:
    """Both ways in one compiled function."""
    from numba import njit

    from glassprop.compile.kernels.products import PANEL, large_product

    given = WIDTH, STEP, (DEPTHS[-1], 1), STEP, MANY, DEPTHS[-1]
    in_place, packed = (large_product(*given, packs) for packs in (False, True))

    @njit(error_model="numpy", nogil=True)
    def run(out, left, right, rows, depth, packs, repeats):
        panel = np.empty(PANEL, np.float32)
        for _ in range(repeats):
            if packs:
                packed(out, left, right, 0, rows, depth, panel)  # pyright: ignore[reportCallIssue]
            else:
                in_place(out, left, right, 0, rows, depth, panel)  # pyright: ignore[reportCallIssue]

    return run
