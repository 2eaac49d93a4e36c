"""How the time for an example changes with batch size, width, depth and the number of examples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench import training
from bench.jobs import DIGITS, TABLE, Job
from bench.training import Settings


@dataclass(frozen=True)
class Curve:
    """A family of jobs.

    Attributes:
        title: what is drawn.
        label: what the values are.
        values: where it is measured.
        job: the job for a value.
        peers: who takes part beside glassprop.
    """

    title: str
    label: str
    values: tuple[int, ...]
    job: Callable[[int], Job]
    peers: tuple[str, ...] = ("jax", "torch")


def batch(size: int) -> Job:
    return replace(DIGITS, batch_size=size, learning_rate=0.1, examples=8192)


RANDOM = Job("random", "random", (64, 64, 10), "relu", "softmax", "cross_entropy", 32, 0.01)


def width(units: int) -> Job:
    examples = 9600 if units < 512 else 3200
    return replace(RANDOM, sizes=(100, units, units, 10), examples=examples)


def depth(layers: int) -> Job:
    return replace(RANDOM, sizes=(64, *[64] * layers, 10), examples=6400)


def rows(count: int) -> Job:
    small = replace(TABLE, optimizer="sgd", learning_rate=0.01, mapped=True)
    return replace(small, examples=count - count % small.batch_size)


CURVES = {
    "batch": Curve(
        "[784, 30, 10] on digits", "examples in a mini-batch", (1, 4, 16, 64, 256, 1024), batch
    ),
    "width": Curve(
        "[100, w, w, 10], mini-batches of 32", "width w", (8, 32, 128, 512, 1024), width
    ),
    "depth": Curve(
        "[64, 64, …, 10], mini-batches of 32", "hidden layers of 64", (1, 2, 4, 8, 16), depth
    ),
    "rows": Curve(
        "[20, 64, 64, 1] on files mapped into memory",
        "examples",
        (10_000, 100_000, 1_000_000, 10_000_000),
        rows,
        ("jax",),
    ),
}
FLAT = 0.1
"""How much longer an example may take at any number of rows than at the best one."""


def run(
    settings: Settings, quick: bool, show: Callable[[str, dict[str, Any]], object]
) -> dict[str, Any]:
    """All curves; one point of two of them if it is to be quick."""
    found: dict[str, Any] = {}
    for key, curve in CURVES.items():
        if quick and key in ("width", "depth"):
            continue
        values = curve.values[:1] if quick else curve.values
        points = []
        for value in values:
            job = replace(curve.job(value), peers=curve.peers)
            measured = training.run(job, settings)
            points.append({"value": value, "entries": measured["entries"], "about": job.about})
            for entry in points[-1]["entries"].values():
                if "seconds" in entry:
                    entry["microseconds"] = entry["seconds"] / measured["job"]["examples"] * 1e6
            show(f"{curve.label} {value:,}", points[-1])
        found[key] = {"title": curve.title, "label": curve.label, "points": points}
    found["rows"]["flatness"] = flatness(found["rows"]["points"])
    return found


def flatness(points: Sequence[dict[str, Any]]) -> float | None:
    """The longest time for an example over the shortest, less 1."""
    times = [
        point["entries"]["glassprop"]["microseconds"]
        for point in points
        if "microseconds" in point["entries"].get("glassprop", {})
    ]
    return max(times) / min(times) - 1 if times else None
