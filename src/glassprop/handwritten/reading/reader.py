"""What network a run trains, on what, and for which cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.reading.costs import StatedCost, stated_costs
from glassprop.handwritten.reading.forward_pass import networks
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.scalar_passes import scalar_networks
from glassprop.handwritten.reading.targets import targets
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """A network as it was read from a run.

    Attributes:
        trace: of the run.
        passes: the forward passes.
        targets: of each pass, of shape (examples, outputs), or None.
    """

    trace: Trace
    passes: Sequence[Pass]
    targets: Sequence[Numbers | None]

    @cached_property
    def costs(self) -> list[StatedCost]:
        """Costs that the file computes, the likeliest first."""
        return stated_costs(self.trace, self.passes, self.targets)

    @cached_property
    def is_partial(self) -> bool:
        """Whether the first layer's inputs were computed by products: by layers not understood."""
        trace = self.trace
        if not trace.products:
            return False
        since = self.passes[-2].end if len(self.passes) > 1 else 0
        last = self.passes[-1]
        products = {one.result for one in trace.products if since < one.time < last.start}
        made: dict[int, list[int]] = {}
        for time, result, parts in trace.made_of:
            if since < time < last.start:
                made.setdefault(result, []).extend(parts)
        return _comes_from(last.inputs, made, products)

    @property
    def likely_costs(self) -> list[str]:
        """Names of costs that may be meant where none is computed, the likeliest first."""
        y = next(one for one in self.targets if one is not None)
        last = self.passes[0].layers[-1].activation
        if last == "softmax":
            return ["cross_entropy", "quadratic"]
        found = ["quadratic"]
        if last == "sigmoid":
            found.append("binary_cross_entropy")
        if last == "identity" and y.shape[1] > 1 and np.isin(y, (0.0, 1.0)).all():
            found += ["softmax cross-entropy of z", "svm"]
        if np.isin(y, (-1.0, 1.0)).all():
            found.append("hinge")
        if any(one.name == "absolute" for one in self.costs):
            found.append("absolute")
        return found


def _comes_from(place: int, made: dict[int, list[int]], products: set[int]) -> bool:
    """Whether an array was computed from a product."""
    waiting, seen = [place], set()
    while waiting:
        one = waiting.pop()
        if one in products:
            return True
        if one not in seen:
            seen.add(one)
            waiting += made.get(one, [])
    return False


def readings(trace: Trace) -> Iterator[Reading]:
    """The networks that a run may train, the likeliest first."""
    groups = networks(trace) if trace.products else scalar_networks(trace)
    for group in groups:
        for before in (False,) if trace.products else (False, True):
            found = [targets(trace, one, before) for one in group]
            if any(y is not None for y in found):
                yield Reading(trace, group, found)
