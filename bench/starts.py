"""Starting: job a with nothing compiled yet, and a small training run with everything compiled.

Each is measured in a process of its own. `python -m bench.starts WHAT` is that process: it prints
its times as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from statistics import median
from typing import Any

from bench.measure import seconds


def imports() -> dict[str, float]:
    """NumPy and Numba alone."""
    import numba  # noqa: F401
    import numpy  # noqa: F401

    return {"end": time.time()}


def warm() -> dict[str, float]:
    """From the start of the process to the first step of job a's network."""
    import numpy as np

    import glassprop as gp

    x = np.zeros((10, 784), np.float32)
    x[:, ::5] = 0.5
    net = gp.Network([784, 30, 10], seed=0, dtype="float32", engine="compiled")
    step = gp.SGD(3.0)
    net.fit(x, np.arange(10), epochs=1, batch_size=10, optimizer=step, progress=False, measure=0)
    return {"end": time.time()}


def cold(share: float) -> dict[str, float]:
    """The first and the second `fit` of one epoch of job a."""
    from bench import ours
    from bench.data import data_of
    from bench.jobs import JOBS

    job = JOBS["a"].shrunk(share)
    data = data_of(job)
    return {"first": ours.fit_seconds(job, data, 1), "second": ours.fit_seconds(job, data, 1)}


def cold_jax(share: float) -> dict[str, float]:
    """The same of JAX: its first epoch compiles."""
    import numpy as np

    from bench.data import data_of
    from bench.jobs import JOBS
    from bench.peers.jax import trainer

    job = replace(JOBS["a"].shrunk(share))
    made = trainer(job, data_of(job))
    made.arrange(np.random.default_rng(1).permutation(job.examples))
    return {"first": seconds(made.epoch), "second": seconds(made.epoch)}


def process(what: str, folder: str, share: float = 1.0) -> dict[str, float]:
    """What a process of its own found, with the seconds from its start to its end."""
    environment = {**os.environ, "GLASSPROP_CACHE": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # as Python is used: modules compiled once
    command = [sys.executable, "-m", "bench.starts", what, str(share)]
    start = time.time()
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{what}: {done.stderr.strip().splitlines()[-1]}")
    found = json.loads(done.stdout)
    return {**found, "seconds": found.get("end", 0.0) - start}


def run(repeats: int, share: float) -> dict[str, Any]:
    """Cold and warm starts; the warm ones interleaved with the imports alone."""
    with tempfile.TemporaryDirectory() as folder:
        once = process("cold", folder, share)
        found: dict[str, Any] = {
            "cold": {
                "first_epoch": once["first"],
                "warm_epoch": once["second"],
                "compilation": once["first"] - once["second"],
            }
        }
        try:
            theirs = process("cold_jax", folder, share)
            found["cold_jax"] = {"first_epoch": theirs["first"], "warm_epoch": theirs["second"]}
        except RuntimeError as error:
            found["cold_jax"] = {"unavailable": str(error)}
        process("warm", folder)
        pairs = [
            (process("warm", folder)["seconds"], process("imports", folder)["seconds"])
            for _ in range(repeats)
        ]
    totals, bases = zip(*pairs, strict=True)
    found["warm"] = {
        "to_first_step": median(totals),
        "imports": median(bases),
        "beyond_imports": median(total - base for total, base in pairs),
    }
    return found


if __name__ == "__main__":
    what, share = sys.argv[1], float(sys.argv[2])
    given = {"cold": (share,), "cold_jax": (share,)}.get(what, ())
    print(json.dumps(globals()[what](*given)))
