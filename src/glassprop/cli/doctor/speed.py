"""How fast this machine multiplies matrices and copies memory, measured in a fraction of a second.

`main` prints the measurement as JSON, in a process with other settings.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

SIZE = 512
"""Rows and columns of the matrices: large enough that threads pay, and done in milliseconds."""
SECONDS = 0.07
"""For each kind of number and each number of threads."""
MEGABYTES = 64

Speeds = dict[str, dict[int, float]]
"""GFLOP/s by the kind of number, and then by the number of threads; 0 for those BLAS takes."""


def products(counts: Sequence[int], seconds: float = SECONDS) -> Speeds:
    """The speed of matrix products, with each of some numbers of threads."""
    import numpy as np

    from glassprop.system import blas

    holdable = not blas.unholdable()
    found: Speeds = {}
    for dtype in ("float32", "float64"):
        a = np.random.default_rng(0).standard_normal((SIZE, SIZE)).astype(dtype)
        out = np.empty_like(a)
        found[dtype] = {}
        for k in dict.fromkeys(counts) if holdable else [0]:
            with blas.hold(k) if k else nullcontext():
                quickest = _quickest(lambda a=a, out=out: np.matmul(a, a, out), seconds)
            found[dtype][k] = 2 * SIZE**3 / quickest / 1e9
    return found


def copying() -> float:
    """The speed of a copy of 64 MB in GB/s, what is read and what is written together."""
    import numpy as np

    a = np.ones(MEGABYTES * 2**20 // 8)
    b = np.zeros_like(a)
    return 2 * a.nbytes / _quickest(lambda: np.copyto(b, a), SECONDS) / 1e9


def _quickest(work: Callable[[], object], seconds: float) -> float:
    """The shortest time that it takes: what other programs on the machine disturb least."""
    work()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def elsewhere(variables: Mapping[str, str | None]) -> dict[str, Any] | None:
    """What `main` prints in a process with some environment variables set, or unset for None."""
    environment = {k: v for k, v in os.environ.items() if k not in variables}
    environment |= {k: v for k, v in variables.items() if v is not None}
    code = f"import sys; sys.path[:] = {sys.path!r}"
    code += "; from glassprop.cli.doctor import speed; speed.main()"
    command = [sys.executable, "-P", "-c", code]  # not what is in the folder that one is in
    try:
        found = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=30, check=True
        )
        return json.loads(found.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def main() -> None:
    """Print the kernels of NumPy's BLAS and the speeds of matrix products with one thread."""
    from glassprop.cli.doctor.libraries import numpy_blas

    speeds = {dtype: by[min(by)] for dtype, by in products([1]).items()}
    print(json.dumps({"kernel": numpy_blas()["kernel"], "speeds": speeds}))
