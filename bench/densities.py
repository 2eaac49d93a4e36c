"""Where sparse products stop paying: microseconds an example with dense and with sparse products.

Run: python -m bench.densities
"""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import numpy as np

from bench.data import data_of
from bench.jobs import DIGITS, Job
from bench.measure import interleaved
from bench.ours import Ours
from bench.training import sampler

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4)
SHAPES = ((30, 10), (30, 128), (100, 32), (100, 128))
"""Width of the first layer and examples in a mini-batch."""
EXAMPLES = 5000


def measured(job: Job, share: float) -> tuple[float, float]:
    """With dense and with sparse products."""
    random = np.random.default_rng(0)
    data = data_of(job)
    data.x = random.random((job.examples, 784)).astype(job.dtype)
    data.x *= random.random(data.x.shape) < share
    order = random.permutation(job.examples)
    samples = {
        name: sampler(Ours(job, data, "compiled", density), order)
        for name, density in (("dense", 1.0), ("sparse", 0.0))
    }
    times = interleaved(samples, 7, 10.0, dict.fromkeys(samples, 0.0))
    dense, sparse = (median(found) / job.examples * 1e6 for found in times.values())
    return dense, sparse


def main() -> None:
    for dtype in ("float32", "float64"):
        for width, size in SHAPES:
            job = replace(
                DIGITS,
                sizes=(784, width, 10),
                batch_size=size,
                learning_rate=0.01,
                dtype=dtype,
                examples=EXAMPLES - EXAMPLES % size,
            )
            found = ["{}: {:.2f} / {:.2f}".format(s, *measured(job, s)) for s in SHARES]
            about = f"{dtype} width {width}, mini-batch {size}, dense / sparse:"
            print(about, "  ".join(found), flush=True)


if __name__ == "__main__":
    main()
