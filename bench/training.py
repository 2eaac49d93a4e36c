"""One training job: everyone is made ready, checked against the reference, then timed in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

import numpy as np

from bench import ours
from bench.agreement import BATCHES, LARGEST, LARGEST_COST, difference
from bench.contender import Trainer, UnavailableError
from bench.data import Data, data_of
from bench.jobs import Job
from bench.measure import interleaved, ratio, seconds
from bench.peers import REFERENCE, maker
from bench.peers.numpy import mean_cost

OURS = ("glassprop", "numpy-engine")
TRIAL = 100
"""Mini-batches of the trials in which implementations choose threads or forms."""
LONGEST_CHECK = 200_000
"""Examples up to which the cost after a whole epoch is compared."""


@dataclass(frozen=True)
class Settings:
    """How thoroughly is measured.

    Attributes:
        rounds: samples of everyone.
        budget: seconds for the samples of a job; past it there are fewer rounds, but two.
        peers: who may take part; None for all.
        share: of the examples of a job.
        tune: whether implementations choose forms and threads by trials.
        fits: lengths in epochs of whole calls of `fit` to measure; for the longest also a loop of
            as many calls of one epoch each.
    """

    rounds: int = 7
    budget: float = 45.0
    peers: tuple[str, ...] | None = None
    share: float = 1.0
    tune: bool = True
    fits: tuple[int, ...] = (1, 10)

    def chosen(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if self.peers is None or name in self.peers]


def run(job: Job, settings: Settings) -> dict[str, Any]:
    """What came out of a job, ready for JSON."""
    job = job.shrunk(settings.share)
    data = data_of(job)
    order = np.random.default_rng(1).permutation(job.examples)
    names = settings.chosen((*OURS, *job.peers))
    entries: dict[str, dict[str, Any]] = {}
    ready: dict[str, Trainer] = {}
    reference = Reference(job, data, order)
    for name in names:
        entries[name], made = prepare(name, job, data, order, reference, settings.tune)
        if made is not None:
            ready[name] = made
    times = interleaved(
        {name: sampler(one, order) for name, one in ready.items()},
        settings.rounds,
        settings.budget,
        {name: entries[name]["first"] for name in ready},
    )
    for name, found in times.items():
        entries[name]["seconds"] = median(found)
        entries[name]["samples"] = found
        entries[name]["preparation"] = max(0.0, entries[name].pop("first") - median(found))
    return {
        "job": asdict(job),
        "about": job.about,
        "tolerance": {
            "weights": LARGEST[job.optimizer, job.dtype],
            "cost": LARGEST_COST[job.dtype],
        },
        "batches": len(order) // job.batch_size,
        "entries": entries,
        "ratios": {
            name: ratio(times["glassprop"], times[name])
            for name in times
            if "glassprop" in times and name != "glassprop"
        },
        "bars": bars(job, times),
        "fits": fits(job, data, settings) if "glassprop" in times else {},
        "loop": loop(job, data, settings) if "glassprop" in times else {},
    }


class Reference:
    """Where the reference is after the first mini-batches and after a whole epoch."""

    def __init__(self, job: Job, data: Data, order: np.ndarray) -> None:
        made = maker(REFERENCE)(job, data)
        self.short = order[: BATCHES * job.batch_size]
        self.weights = after(made, self.short)
        self.cost: float | None = None
        if len(order) <= LONGEST_CHECK:
            self.cost = mean_cost(job, after(made, order), data)


def after(made: Trainer, order: np.ndarray) -> list[np.ndarray]:
    made.reset()
    made.arrange(order)
    made.epoch()
    return made.weights()


def prepare(
    name: str, job: Job, data: Data, order: np.ndarray, reference: Reference, tune: bool
) -> tuple[dict[str, Any], Trainer | None]:
    """An entry of the results, and the trainer if it may be timed."""
    try:
        make = maker(name)
        start = time.perf_counter()
        made = make(job, data)
        making = time.perf_counter() - start
        begun = seconds(lambda: after(made, reference.short))
        making += 0.0 if made.compiles_by_length else begun
        if tune:
            made.tune(order[: TRIAL * job.batch_size])
        weights = after(made, reference.short)
        made.reset()
        made.arrange(order)
        first = making + seconds(made.epoch) / made.share
        trained = made.weights()
    except UnavailableError as error:
        return {"unavailable": str(error)}, None
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}, None
    entry = {"checked": made.checked, "remark": made.remark, "first": first}
    if made.checked:
        whole = trained if made.share == 1 else None
        entry |= compared(job, data, weights, whole, reference)
    return entry, None if "failed" in entry else made


def compared(
    job: Job,
    data: Data,
    weights: list[np.ndarray],
    trained: list[np.ndarray] | None,
    reference: Reference,
) -> dict[str, Any]:
    """How far off the reference are the weights after a few mini-batches and the final cost."""
    apart = difference(weights, reference.weights, data.weights)
    found: dict[str, Any] = {"difference": apart}
    if not apart <= LARGEST[job.optimizer, job.dtype]:
        found["failed"] = f"weights differ by {apart:.1e}"
    elif reference.cost is not None and trained is not None:
        cost = mean_cost(job, trained, data)
        found |= {"cost": cost, "cost_of_reference": reference.cost}
        if not abs(cost / reference.cost - 1) <= LARGEST_COST[job.dtype]:
            found["failed"] = f"cost {cost:.6g} where the reference has {reference.cost:.6g}"
    return found


def sampler(made: Trainer, order: np.ndarray) -> Any:
    """Every sample begins at the initial weights."""

    def sample(times: int) -> float:
        made.reset()
        made.arrange(order)
        return seconds(made.epoch, times) / made.share

    return sample


def bars(job: Job, times: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Each bar with the ratio that is held to it, to the fastest of its peers."""
    found = []
    for bar in job.bars:
        there = [name for name in bar.peers if name in times]
        if not there or "glassprop" not in times:
            continue
        fastest = min(there, key=lambda name: median(times[name]))
        value = ratio(times["glassprop"], times[fastest])["ratio"]
        found.append({"peer": fastest, "limit": bar.limit, "ratio": value})
    return found


def fits(job: Job, data: Data, settings: Settings) -> dict[int, float]:
    """Seconds of whole calls of `fit` by the number of epochs, the median of three."""
    return {
        epochs: median(ours.fit_seconds(job, data, epochs) for _ in range(3))
        for epochs in settings.fits
    }


def loop(job: Job, data: Data, settings: Settings) -> dict[int, float]:
    """Seconds of as many calls of `fit` with one epoch each, by their number."""
    number = max(settings.fits, default=1)
    if number < 2:
        return {}
    return {number: median(ours.fit_seconds(job, data, 1, number) for _ in range(3))}
