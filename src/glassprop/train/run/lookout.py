"""What watches a run: parameters now and then, and after each epoch the flow through the layers.

It reads, and computes with copies; so no bit of the training depends on it. A sample is measured by
`trace` of the program that trains, and a step of the rule by its `train_step`, upon copies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import first_not_finite
from glassprop.compile.numpy_source.step_replay import Replay, line_of
from glassprop.compile.program import Program
from glassprop.models.architecture import Architecture
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.mapped_files import check_files
from glassprop.train.flow.findings import Finding, findings
from glassprop.train.flow.layer_flow import Flow, LayerFlow
from glassprop.train.flow.measuring import (
    Units,
    is_stuck,
    layer_flows,
    relative_change,
    units_of,
)
from glassprop.train.flow.slopes import slope_of
from glassprop.train.run.divergence import Equation, unwritten
from glassprop.train.run.monitor import not_finite_yet
from glassprop.train.run.rule_states import States

Numbers = npt.NDArray[Any]

SAMPLE = 200
"""Examples that are watched: a unit that is active for one example in a hundred is taken for dead
once in eight times, and measuring so few costs a few hundredths of an epoch of 50,000."""
MOST = 1 << 22
"""About how many numbers the inputs and activations of the sample may have; 32 MB in float64."""
PAUSE = 0.25
"""Seconds between looks at the parameters within an epoch. A look reads each once, as does an
update: that is much less than a hundredth of the time, and what is lost is a quarter of a second,
not the rest of an epoch."""


class Lookout:
    """Watches a run.

    Args:
        program: with `trace` and `train_step`.
        examples: checked data, of which a few are taken, evenly spaced.
        architecture: of the network.
        size: examples in a mini-batch.
        equation: writes a step.
        own: the numbers of the examples that are trained on; None for all.

    Attributes:
        count: examples of the sample.
    """

    def __init__(
        self,
        program: Program,
        examples: Examples,
        architecture: Architecture,
        size: int,
        equation: Equation = unwritten,
        own: npt.NDArray[np.intp] | None = None,
    ) -> None:
        self.own = np.arange(len(examples)) if own is None else own
        self.program, self.examples = program, examples
        self.layers, self.equation = architecture.layers, equation
        room = MOST // sum((*architecture.sizes, *architecture.sizes[1:]))
        self.count = max(1, min(SAMPLE, len(self.own), room))
        self.size = min(size, self.count)
        self.said: set[tuple[str, int]] = set()
        self.looked = time.monotonic()

    def sees_loss(self, arrays: Sequence[Numbers]) -> bool:
        """Whether an array is not finite any more; looked at only now and then."""
        now = time.monotonic()
        if now - self.looked < PAUSE:
            return False
        lost = any(first_not_finite(array) is not None for array in arrays)
        self.looked = time.monotonic()
        return lost

    @cached_property
    def numbers(self) -> npt.NDArray[np.intp]:
        """Those of the examples of the sample."""
        return self.own[np.linspace(0, len(self.own) - 1, self.count, dtype=np.intp)]

    @cached_property
    def sample(self) -> tuple[Numbers, Numbers]:
        """Their inputs and target rows."""
        check_files(self.examples.files)
        widths, dtype = self.examples.widths, self.program.dtype
        x, y = (np.empty((self.count, width), dtype) for width in widths)
        self.examples.put(self.numbers, x, y)
        return x, y

    @cached_property
    def slopes(self) -> list[Any]:
        """The slope of each layer's activation, or None."""
        made: dict[object, Any] = {}
        for layer in self.layers:
            function = layer.activation.function
            key = None if function is None else function.key
            if key not in made:
                made[key] = slope_of(function, self.program.dtype)
        functions = [layer.activation.function for layer in self.layers]
        return [made[None if one is None else one.key] for one in functions]

    def flow(self, states: States, values: tuple[Any, ...]) -> Flow:
        """The flow through the layers, and what has not been said of it.

        Args:
            states: the rule and what it keeps.
            values: what `train_step` is called with for the next update, beside the data: the
                parameters first.

        Raises:
            DataError: for a mapped file that has become shorter.
            MemoryError: if it cannot be measured.
        """
        count = 2 * len(self.layers)
        parameters, rest = values[:count], values[count:]
        x, y = self.sample
        with np.errstate(all="ignore"):
            trace = self.program.functions["trace"](x, y, *parameters)
            units = [
                units_of(trace[f"z{k}"], trace[f"a{k}"], slope)
                for k, slope in enumerate(self.slopes, 1)
            ]
            units[-1] = self._outputs(units[-1], trace, y)
            kept = len(states.arrays)
            updates = self._updates(parameters, rest[:kept], rest[kept:])
            layers = layer_flows(trace, y, units, updates)
        both = [slope is not None and slope.both_ends for slope in self.slopes]
        found = [*self._not_finite(trace, parameters), *findings(layers, self.count, both)]
        told = tuple(
            self._whole(key, text, layers, trace, states.updates)
            for key, text in found
            if key not in self.said
        )
        self.said.update(key for key, _ in found)
        return Flow(layers, self.count, told)

    def _outputs(self, units: Units, trace: dict[str, Numbers], y: Numbers) -> Units:
        """The last layer, of which only those units are dead that ought to change."""
        delta = trace.get(f"delta{len(self.layers)}")
        if delta is None:
            return units
        stuck = is_stuck(len(y) * delta, trace[f"a{len(self.layers)}"], y)
        return Units(units.zero & stuck, units.flat & stuck, units.saturated)

    def _updates(
        self, parameters: Sequence[Numbers], arrays: Sequence[Numbers], rest: Sequence[Any]
    ) -> list[float]:
        """‖ΔW‖ / ‖W‖ of each layer for the step that would come next, made upon copies."""
        rows = np.linspace(0, self.count - 1, self.size, dtype=np.intp)
        x, y = (array[rows] for array in self.sample)
        copies = [array.copy() for array in parameters]
        states = [array.copy() for array in arrays]
        work = self.program.functions["workspace"](self.size)
        self.program.functions["train_step"](x, y, *copies, *states, *rest, work)
        return [
            relative_change(before, after)
            for before, after in zip(parameters[::2], copies[::2], strict=True)
        ]

    def _not_finite(
        self, trace: dict[str, Numbers], parameters: Sequence[Numbers]
    ) -> Iterator[Finding]:
        """The first quantity that is not finite, though the parameters are."""
        if all(np.isfinite(value).all() for value in trace.values()):
            return
        x, y = self.sample
        origin = Replay(self.program, (x, y, *parameters), "trace").origin(self.numbers, trace)
        if origin is not None:
            row = origin.row
            number = None if row is None else int(self.numbers[row])
            text = not_finite_yet(origin, number, self.equation)
            yield ("not finite", 0), f"{text}; the parameters are finite so far"

    def _whole(
        self,
        key: tuple[str, int],
        text: str,
        layers: Sequence[LayerFlow],
        trace: dict[str, Numbers],
        updates: int,
    ) -> str:
        """A sentence; of a layer that is dead as a whole with equation, line, operand and step."""
        kind, number = key
        if kind != "dead" or layers[number - 1].dead < layers[number - 1].units:
            return text
        z, name = trace[f"z{number}"], f"a{number}"
        slope = np.abs(self.slopes[number - 1].of(z))
        place = int((slope if slope.any() else z).argmax())
        said = self.equation(self.program.after("lift")[name])
        return (
            f"{text} after step {updates:,}, by {line_of(self.program, 'trace', name)}"
            f"{f', that is {said}' if said else ''}, where z{number} is between "
            f"{z.min():.4g} and {z.max():.4g}; nearest to a slope is {z.flat[place]:.4g}, for "
            f"example {self.numbers[place // z.shape[1]]}"
        )
