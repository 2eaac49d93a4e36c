"""Interleaved measurements: medians, ratios of medians, and the spread of neighbouring ratios."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median

LEAST = 0.01
"""Seconds that a sample takes at least, by repeating short work."""
LONG = 5.0
"""Seconds of a first run, preparation included, after which work counts as long and warm."""

PAUSE = 0.05
"""Seconds before each sample: the threads of whoever came before go on looking for work for some
milliseconds, and would take a core from the next one."""

Sample = Callable[[int], float]
"""Does the work a number of times and gives the seconds for one."""


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The seconds that one of some calls takes."""
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def interleaved(
    samples: Mapping[str, Sample], rounds: int, budget: float, known: Mapping[str, float]
) -> dict[str, list[float]]:
    """Samples of everyone in turn, each round begun by another one.

    Args:
        samples: who takes part.
        rounds: how many samples of each, fewer where they would take longer than the budget, but
            at least two.
        budget: seconds.
        known: the seconds that everyone's first run took; after a long one none is run to warm up.
    """
    names = list(samples)
    times: dict[str, list[float]] = {name: [] for name in names}
    repeats = {name: _repeats(samples[name], known[name]) for name in names}
    started = time.perf_counter()
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            first = number % max(len(names), 1)
            for name in names[first:] + names[:first]:
                time.sleep(PAUSE)
                times[name].append(samples[name](repeats[name]))
            if number >= 1 and time.perf_counter() - started > budget:
                break
    finally:
        gc.enable()
    return times


def _repeats(sample: Sample, first: float) -> int:
    """How often short work is repeated in a sample; finding that out also warms it up."""
    if first > LONG:
        return 1
    count, total = 1, sample(1)
    while total < LEAST and count < 1_000_000:
        count = max(2 * count, min(100 * count, int(1.2 * LEAST / max(total / count, 1e-9))))
        total = sample(count) * count
    return count


def ratio(above: list[float], below: list[float]) -> dict[str, float]:
    """The ratio of the medians, and from where to where the ratios within a round go."""
    single = sorted(a / b for a, b in zip(above, below, strict=True))
    medians = median(above) / median(below)
    return {"ratio": medians, "from": single[0], "to": single[-1]}
