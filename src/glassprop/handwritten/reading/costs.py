"""The cost that a file computes, if it computes one, recognised by its value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
TINY = (0.0, 1e-15, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5)
"""What people add within a logarithm."""
RANKS = {"quadratic": 1, "huber": 0, "absolute": 0}
"""Of costs with the same value: Huber's is the squared error where no error is above 1."""


@dataclass(frozen=True)
class StatedCost:
    """A cost that a file computes.

    Attributes:
        name: as `values` has it.
        l2: λ of a term λ/2 Σ W² beside the sum over the examples; 0 where there is none.
    """

    name: str
    l2: float


def values(a: Numbers, y: Numbers) -> Iterator[tuple[str, float]]:
    """The sum over examples of each cost, by its name; with little numbers in logarithms too."""
    with np.errstate(all="ignore"):
        yield "quadratic", float(np.square(a - y).sum())
        for tiny in TINY:
            inside = np.isin(y, (0.0, 1.0)).all()
            if a.shape[1] > 1 and inside:
                yield "cross_entropy", float(-(y * np.log(a + tiny)).sum())
            yield (
                "binary_cross_entropy",
                float(-(y * np.log(a + tiny) + (1 - y) * np.log(1 - a + tiny)).sum()),
            )
            clipped = np.clip(a, tiny, 1 - tiny)
            if tiny:
                if a.shape[1] > 1 and inside:
                    yield "cross_entropy", float(-(y * np.log(clipped)).sum())
                yield (
                    "binary_cross_entropy",
                    float(-(y * np.log(clipped) + (1 - y) * np.log(1 - clipped)).sum()),
                )
        if a.shape[1] > 1:
            yield (
                "softmax cross-entropy of z",
                float((np.logaddexp.reduce(a, axis=1) - (y * a).sum(1)).sum()),
            )
        size = np.abs(a - y)
        yield "absolute", float(size.sum())
        yield "huber", float(np.where(size <= 1, 0.5 * size**2, size - 0.5).sum())
        yield "log-cosh", float(np.logaddexp(a - y, y - a).sum() - np.log(2) * a.size)
        if np.isin(y, (-1.0, 1.0)).all():
            yield "hinge", float(np.maximum(0, 1 - y * a).sum())
        if a.shape[1] > 1 and np.isin(y, (0.0, 1.0)).all():
            right = (a * y).sum(1, keepdims=True)
            yield "svm", float(np.maximum(0, (a - right + 1) * (1 - y)).sum())


def stated_costs(
    trace: Trace, made: Sequence[Pass], y: Sequence[Numbers | None]
) -> list[StatedCost]:
    """The costs whose values a run has computed for some of its passes, the likeliest first."""
    found: dict[str, int] = {}
    count = 0
    for one, targets in zip(made, y, strict=True):
        if targets is None or count > 8:
            continue
        places = {event.array for event in trace.events[one.end : one.until]}
        scalars = [trace.arrays[k].flat[0] for k in places if trace.arrays[k].size == 1]
        if not scalars:
            continue
        count += 1
        numbers = np.array(scalars)
        for name, whole in values(one.output, targets):
            if not np.isfinite(whole) or abs(whole) < 1e-12:
                continue
            for factor in factors(*targets.shape):
                if (np.abs(numbers - factor * whole) <= 1e-9 * abs(factor * whole)).any():
                    found[name] = found.get(name, 0) + 1
    ordered = sorted(found, key=lambda name: (found[name], RANKS.get(name, 2)), reverse=True)
    return [StatedCost(name, _regulariser(trace, made, y, name)) for name in ordered]


def factors(n: int, k: int) -> list[float]:
    """Numbers that people multiply a sum over examples and outputs with."""
    return sorted({c / d for c in (1.0, 0.5, 2.0) for d in (1, n, k, n * k)}, reverse=True)


def _regulariser(
    trace: Trace, made: Sequence[Pass], y: Sequence[Numbers | None], name: str
) -> float:
    """λ of λ/2 Σ W² beside the sum over the examples, if it is the same at several passes."""
    coefficients: list[set[float]] = []
    last = None
    for one, targets in zip(made, y, strict=True):
        if targets is None:
            continue
        squares = sum(float(np.square(layer.weights).sum()) for layer in one.layers)
        if squares == 0 or (last is not None and abs(squares - last) <= 1e-9 * squares):
            continue
        last = squares
        here: set[float] = set()
        bases = [whole for label, whole in values(one.output, targets) if label == name]
        for event in trace.events[one.end : one.until]:
            array = trace.arrays[event.array]
            if array.size != 1:
                continue
            for base in bases:
                for factor in factors(*targets.shape):
                    rest = float(array.flat[0]) - factor * base
                    if 1e-9 * abs(factor * base) < rest < 100 * abs(factor * base):
                        here.add(2 * rest / squares / factor)
        coefficients.append(here)
        if len(coefficients) == 4:
            break
    if len(coefficients) < 3:
        return 0.0
    first, *others = coefficients
    for l2 in sorted(first):
        if all(any(abs(l2 - other) <= 1e-5 * l2 for other in here) for here in others):
            return l2
    return 0.0
