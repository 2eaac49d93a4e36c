"""The verdict on a run: which network it trains, for which cost, and whether rightly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from glassprop.errors import GlasspropError
from glassprop.handwritten.judging.derivation_values import Derived, derived_of
from glassprop.handwritten.judging.gradients import Found, judge
from glassprop.handwritten.judging.steps import Training, trainings
from glassprop.handwritten.reading.reader import Reading, readings
from glassprop.handwritten.reading.trace import Trace

SCALES = {"quadratic": 2.0}
"""How many times the derivation's a cost as `costs.values` has it is: Σ (a − y)² is 2 C."""


@dataclass(frozen=True)
class Judgement:
    """What is judged of a run.

    Attributes:
        reading: the network that was read.
        derived: its derivation.
        stated: whether the file computes the cost that is judged by.
        found: whether gradients are right.
        steps: of training.
        l2: λ of a regulariser in the stated cost, for the sum over the examples.
        belongs_to: a cost that the gradients are right for, though the file states another one.
    """

    reading: Reading
    derived: Derived
    stated: bool
    found: Found
    steps: Sequence[Training]
    l2: float = 0.0
    belongs_to: str = ""

    @property
    def is_right(self) -> bool:
        """Whether all gradients and updates are right."""
        return self.found.verdict == "right"


def judged(trace: Trace) -> Judgement | None:
    """The verdict on a run; None where no network is found in it."""
    best: Judgement | None = None
    for reading in islice(readings(trace), 4):
        if best is not None and len(reading.passes[0].layers) < len(best.reading.passes[0].layers):
            break  # a part of the network, which would be judged for the whole
        made = judged_reading(reading)
        if made is not None and made.is_right:
            return made
        if best is None or (made is not None and _explains_more(made, best)):
            best = made
    return best


def _explains_more(made: Judgement, best: Judgement) -> bool:
    """Whether fewer gradients of the same network are wrong, with other targets."""
    same = made.reading.passes[0].form == best.reading.passes[0].form
    return same and len(made.found.wrong) < len(best.found.wrong)


def judged_reading(reading: Reading) -> Judgement | None:
    """The verdict on a network as it was read."""
    steps = trainings(reading.passes, reading.targets)
    if not steps:
        return None
    last = reading.passes[0].layers[-1].activation
    stated = [
        (one.name, one.l2)
        for one in reading.costs
        if (one.name != "cross_entropy" or last.startswith("softmax"))
        and one.name != "absolute"  # which many print, and do not minimise
    ]
    names = [name for name, _ in stated]
    made: list[Judgement] = []
    for name, l2 in stated or [(name, 0.0) for name in reading.likely_costs]:
        try:
            derived = derived_of(reading.passes[0], name)
            found = judge(reading.trace, derived, steps, l2 / SCALES.get(name, 1.0))
        except GlasspropError:
            continue
        made.append(Judgement(reading, derived, bool(stated), found, steps, l2))
        if found.verdict == "right":
            return made[-1]
    if not made:
        return None
    last_weights = f"W{len(reading.passes[0].layers)}"  # they tell costs apart, the others do not
    best = min(made, key=lambda one: (last_weights in one.found.wrong, len(one.found.wrong)))
    for name in reading.likely_costs if stated else []:
        if name in names:
            continue
        try:
            derived = derived_of(reading.passes[0], name)
            found = judge(reading.trace, derived, steps)
        except GlasspropError:
            continue
        if found.verdict == "right":
            return Judgement(reading, made[0].derived, True, made[0].found, steps, made[0].l2, name)
    return made[0] if stated else best
