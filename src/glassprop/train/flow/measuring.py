"""The flow through each layer, from a trace of a sample and from a step upon copies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.train.flow.layer_flow import LayerFlow
from glassprop.train.flow.slopes import FLAT, Slope

Numbers = npt.NDArray[Any]
Trace = Mapping[str, Numbers]


@dataclass(frozen=True)
class Units:
    """The units of a layer on a sample.

    Attributes:
        zero: which are 0, with the slope 0, for all examples.
        flat: which others stay at one end, where the activation is flat, for all.
        saturated: the share of the activations where it is flat; NaN if that has no meaning.
    """

    zero: npt.NDArray[np.bool_]
    flat: npt.NDArray[np.bool_]
    saturated: float


def root_mean_square(array: Numbers) -> float:
    """Of the entries, without overflow on the way; 0 of none."""
    flat = array.reshape(-1)
    squares = float(np.dot(flat, flat))  # one pass, which nearly always does
    if np.finfo(array.dtype).tiny ** 0.5 < squares < float("inf"):
        return (squares / flat.size) ** 0.5
    largest = float(np.abs(array).max(initial=0))
    if not largest or not np.isfinite(largest):
        return largest
    return largest * float(np.sqrt(np.mean(np.square(array / largest, dtype=np.float64))))


def units_of(z: Numbers, a: Numbers, slope: Slope | None) -> Units:
    """Which units are dead on some examples.

    A unit that is flat now at one end and now at the other, as a trained output is, is not: so its
    activation has to stay within what a change of z by `FLAT` is where it is steepest.

    Args:
        z: weighted inputs, of shape (n, units).
        a: activations, of the same shape.
        slope: of the activation, if it has a steepest place.
    """
    if slope is None:
        none = np.zeros(a.shape[1], bool)
        return Units(none, none, float("nan"))
    flat = slope.is_flat(z)
    always = np.logical_and.reduce(flat, axis=0)
    zero = np.logical_and(always, np.abs(a).max(0) == 0)
    stays = a.max(0) - a.min(0) <= FLAT * slope.largest
    return Units(zero, always & stays & ~zero, float(flat.mean()))


def is_stuck(delta: Numbers, a: Numbers, y: Numbers) -> npt.NDArray[np.bool_]:
    """Which outputs ought to change and get no error by which they could.

    An output that is to be the same for all examples may well be flat; and with a cost that is made
    for it, as cross-entropy for σ, a flat output that is wrong has the error a − y and learns.

    Args:
        delta: errors of each example, of shape (n, outputs).
        a: outputs, of the same shape.
        y: targets, of the same shape.
    """
    return (y.max(0) > y.min(0)) & (np.abs(delta).max(0) <= FLAT * np.abs(a - y).max(0))


def layer_flows(
    trace: Trace, y: Numbers, units: Sequence[Units], updates: Sequence[float]
) -> tuple[LayerFlow, ...]:
    """The figures of all layers, first to last.

    Args:
        trace: every quantity of the program for n examples; its errors have the factor 1/n.
        y: their targets.
        units: of each layer.
        updates: ‖ΔW‖ / ‖W‖ of each layer.
    """
    made: list[LayerFlow] = []
    following = float("nan")
    for number in range(len(units), 0, -1):
        found = units[number - 1]
        error = len(y) * root_mean_square(trace.get(f"delta{number}", np.zeros(0)))
        made.append(
            LayerFlow(
                number,
                len(found.zero),
                root_mean_square(trace.get(f"dC_dW{number}", np.zeros(0))),
                error,
                error / following if following else float("nan"),
                updates[number - 1],
                int(found.zero.sum()),
                int(found.flat.sum()),
                found.saturated,
            )
        )
        following = error
    return tuple(made[::-1])


def relative_change(before: Numbers, after: Numbers) -> float:
    """‖after − before‖ / ‖before‖; NaN where that is 0 / 0 or a division by 0."""
    size = root_mean_square(before)
    return root_mean_square(after - before) / size if size else float("nan")
