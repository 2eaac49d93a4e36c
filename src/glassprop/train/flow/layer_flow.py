"""What is measured of the flow through each layer after an epoch: figures, and lines of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt


class LayerFlow(NamedTuple):
    """A layer on the sample that is watched, after an epoch.

    Attributes:
        layer: counted from 1.
        units: how many the layer has.
        gradient: the root mean square of the entries of ∂C/∂W, for the mean cost of the sample.
        error: the root mean square of the entries of δ = ∂C/∂z, for one example.
        factor: `error` divided by that of the following layer: by how much the error grows on its
            way back through this layer; NaN for the last.
        update: ‖ΔW‖ / ‖W‖ for the step that the update rule would make next on a mini-batch of the
            sample; NaN where W is 0.
        zero: units that are 0, with the slope 0, for all examples.
        flat: other units that stay at one end of their activation, where it is flat, for all.
        saturated: the share, from 0 to 1, of the activations whose slope is below `slopes.FLAT` of
            its largest; NaN where it has no largest one, or the activation is of a whole layer.
    """

    layer: int
    units: int
    gradient: float
    error: float
    factor: float
    update: float
    zero: int
    flat: int
    saturated: float

    @property
    def dead(self) -> int:
        """Units through which no example of the sample changes anything."""
        return self.zero + self.flat


class Flow(NamedTuple):
    """The flow through all layers after an epoch.

    Attributes:
        layers: first to last.
        examples: on how many examples it was measured.
        found: sentences on what is not well, none of which an earlier epoch of the run has.
    """

    layers: tuple[LayerFlow, ...]
    examples: int
    found: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join(table(self))


HEADS = ("layer", "units", "dC/dW", "error", "factor", "update", "dead", "saturated")
LEGEND = (
    "dC/dW, error: root mean squares of ∂C/∂W and of δ for one example",
    "factor: of the error on its way back; update: ‖ΔW‖/‖W‖ of a step",
    "dead: units that are 0, or flat, for all; saturated: share that is nearly flat",
)


def table(flow: Flow) -> list[str]:
    """Lines of at most 80 columns: a title, heads, a line for each layer, and what they mean."""
    rows = [HEADS, *(_cells(one) for one in flow.layers)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return [f"flow through the layers, on {flow.examples:,} training examples", *lines, *LEGEND]


def _cells(one: LayerFlow) -> tuple[str, ...]:
    return (
        str(one.layer),
        f"{one.units:,}",
        *(_figure(value) for value in (one.gradient, one.error, one.factor, one.update)),
        f"{one.dead:,}",
        "-" if math.isnan(one.saturated) else f"{100 * one.saturated:.0f} %",
    )


def _figure(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}"


def columns(epochs: Iterable[tuple[int, Flow]]) -> dict[str, npt.NDArray[Any]]:
    """All layers of all epochs: an array for each figure, with a row for a layer of an epoch."""
    rows = [(number, *one) for number, flow in epochs for one in flow.layers]
    names = ("epoch", *LayerFlow._fields)
    each = zip(names, zip(*rows, strict=True), strict=True)
    return {name: np.array(column) for name, column in each}
