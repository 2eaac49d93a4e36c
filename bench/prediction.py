"""Job f: the outputs for one example and for 10,000, with the weights of a job.

Everyone is given the inputs as an array of its own kind, so no conversion is timed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

import numpy as np

from bench import ours
from bench.contender import UnavailableError
from bench.data import Data, data_of
from bench.jobs import JOBS, Bar, Job
from bench.measure import interleaved, ratio, seconds
from bench.peers.numpy import outputs
from bench.training import Settings

TOLERANCE = 1e-4
"""The largest difference of an output from those computed in float64."""
ONE = (Bar(("jax",), 0.4), Bar(("torch", "torch-compiled"), 0.4))
MANY = (Bar(("jax",), 1.0), Bar(("torch", "torch-compiled"), 0.6))
QUICKEST = 3e-6
"""Seconds for one example that the small network may take."""

Predictor = Callable[[Any], Any]


def keep(x: np.ndarray) -> np.ndarray:
    return x


def makers(job: Job, data: Data) -> dict[str, Callable[[], tuple[Predictor, Predictor]]]:
    """For everyone what makes a predictor and what turns x into its kind of array."""

    def peer(module: str, **options: Any) -> tuple[Predictor, Predictor]:
        try:
            return import_module(f"bench.peers.{module}").predictor(job, data, **options)
        except ModuleNotFoundError as error:
            raise UnavailableError(f"{error.name} is not installed") from None

    return {
        "glassprop": lambda: (ours.predictor(job, data), keep),
        "numpy-engine": lambda: (ours.numpy_predictor(job, data), np.atleast_2d),
        "jax": partial(peer, "jax"),
        "torch": partial(peer, "torch"),
        "torch-compiled": partial(peer, "torch", compiled=True),
        "sklearn": partial(peer, "sklearn"),
        "numpy": lambda: (by_hand(job, data), np.atleast_2d),
    }


def by_hand(job: Job, data: Data) -> Predictor:
    from bench.peers.numpy import ACTIVATIONS

    W, b = data.weights[::2], data.weights[1::2]
    kinds = [job.hidden] * (len(W) - 1) + [job.output]
    layers = [(w.T, c, ACTIVATIONS[kind]) for w, c, kind in zip(W, b, kinds, strict=True)]

    def predict(a: np.ndarray) -> np.ndarray:
        for turned, bias, activate in layers:
            a = np.dot(a, turned)
            a += bias
            activate(a)
        return a

    return predict


def run(settings: Settings, show: Callable[[dict[str, Any]], object]) -> list[dict[str, Any]]:
    """Both networks, one example and 10,000 of them."""
    found = []
    for key in ("a", "c"):
        job = replace(JOBS[key], examples=10_000, dtype="float32")
        data = data_of(job)
        for count in (1, 10_000):
            found.append(predictions(job, data, count, settings))
            show(found[-1])
    return found


def predictions(job: Job, data: Data, count: int, settings: Settings) -> dict[str, Any]:
    x = np.ascontiguousarray(data.x[:count] if count > 1 else data.x[0])
    expected = outputs(job, data.weights, np.atleast_2d(x))
    entries: dict[str, dict[str, Any]] = {}
    samples, first = {}, {}
    chosen = makers(job, data)
    for name in settings.chosen(list(chosen)):
        try:
            predict, convert = chosen[name]()
            given = convert(x)
            first[name] = seconds(lambda p=predict, g=given: p(g))
            apart = float(np.abs(np.asarray(predict(given)) - expected).max())
        except UnavailableError as error:
            entries[name] = {"unavailable": str(error)}
            continue
        except Exception as error:
            entries[name] = {"failed": f"{type(error).__name__}: {error}"[:200]}
            continue
        entries[name] = {"checked": True, "difference": apart, "remark": ""}
        if not apart <= TOLERANCE:
            entries[name]["failed"] = f"outputs differ by {apart:.1e}"
            continue
        samples[name] = partial(seconds, partial(predict, given))
    times = interleaved(samples, settings.rounds, settings.budget, first)
    for name, values in times.items():
        entries[name] |= {"seconds": median(values), "samples": values}
    mine = times.get("glassprop")
    return {
        "sizes": job.sizes,
        "examples": count,
        "about": f"[{', '.join(map(str, job.sizes))}] {job.dtype}, outputs for {count:,}",
        "entries": entries,
        "ratios": {name: ratio(mine, t) for name, t in times.items() if name != "glassprop"}
        if mine
        else {},
        "bars": bars(times, count, len(job.sizes) == 3),
    }


def bars(times: dict[str, list[float]], count: int, small: bool) -> list[dict[str, Any]]:
    mine = times.get("glassprop")
    found: list[dict[str, Any]] = []
    if mine is None:
        return found
    for bar in ONE if count == 1 else MANY:
        there = [name for name in bar.peers if name in times]
        if there:
            fastest = min(there, key=lambda name: median(times[name]))
            value = ratio(mine, times[fastest])["ratio"]
            found.append({"peer": fastest, "limit": bar.limit, "ratio": value})
    if count == 1 and small:
        found.append({"seconds": median(mine), "limit": QUICKEST})
    return found
