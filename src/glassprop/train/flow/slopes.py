"""How steep an activation is, and what counts as flat: f′, derived and compiled like all else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.compile import pipeline
from glassprop.formula.axes import Axis
from glassprop.formula.derivatives import is_constant, partial
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Step

Numbers = npt.NDArray[Any]

FLAT = 0.01
"""The share of its largest slope below which an activation is flat: a hundredth of the error passes
back. For σ that is |z| > 6, for tanh |z| > 3; relu is flat below 0, leaky_relu nowhere."""
NEAR, FAR = 10.0, 20.0
"""Weighted inputs up to which the largest slope is looked for; if it is larger by a twentieth
farther away, as that of exp or z², there is none."""


@dataclass(frozen=True)
class Slope:
    """f′ of an activation that has a steepest place.

    Attributes:
        of: f′(z) for an array of any shape.
        largest: the largest |f′|.
        both_ends: whether the activation is flat at both ends, as σ and tanh are, and relu is not.
    """

    of: Callable[[Numbers], Numbers]
    largest: float
    both_ends: bool

    def is_flat(self, z: Numbers) -> npt.NDArray[np.bool_]:
        """Where the slope is below `FLAT` of its largest."""
        return np.abs(self.of(z)) < FLAT * self.largest


def slope_of(function: ScalarFunction | None, dtype: str) -> Slope | None:
    """The slope of an activation, if it has a steepest place.

    Returns:
        None if it is no function of one number, is as steep everywhere, or has no largest slope.
    """
    if function is None or len(function.operands) != 1:
        return None
    graph = Graph()
    z = graph.symbol("z", (Axis("n", "n"),), "input")
    formula = partial(function, 0, (z,))
    if is_constant(formula):
        return None
    slope = graph.symbol("slope", z.axes, "step")
    step = Step(slope, formula, "forward", f"derivative of {function.name}")
    stated = Derivation(graph, (step,), slope, {}, (slope,))
    title = f"Slope of {function.name}"
    predict = pipeline.build(stated, None, dtype, title, mini_batch=False).functions["predict"]

    def of(values: Numbers) -> Numbers:
        return predict(values.reshape(-1)).reshape(values.shape)

    with np.errstate(all="ignore"):
        near = np.abs(of(np.linspace(-NEAR, NEAR, 2001, dtype=dtype)))
        far = np.abs(of(np.linspace(-FAR, FAR, 4001, dtype=dtype)))
        largest = float(np.nanmax(near, initial=0))
        if not largest > 0 or not float(np.nanmax(far, initial=0)) <= 1.05 * largest:
            return None
        ends = np.abs(of(np.array([-FAR, FAR], dtype))) < FLAT * largest
    return Slope(of, largest, bool(ends.all()))
