"""What is said of a derivative, of all those of an array, and of a whole gradient."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from glassprop.check.gradients.derivative import Slope
from glassprop.check.gradients.noise import EPSILON

Verdict = Literal["right", "wrong", "kink nearby", "not enough precision"]
RIGHT: Literal["right"] = "right"
WRONG: Literal["wrong"] = "wrong"
KINK: Literal["kink nearby"] = "kink nearby"
IMPRECISE: Literal["not enough precision"] = "not enough precision"
ORDER: tuple[Verdict, ...] = (RIGHT, KINK, IMPRECISE, WRONG)
"""From what is least in need of a word to what is most."""

SAFETY = 4.0
"""Times the estimate of an error that a derivative may be off by."""
COARSE = 1e-2
"""The part of the largest derivative of an array that an error must stay below to say anything."""
HIDDEN = 16.0
"""Roundings of the function's own size that a derivative, over a whole step, may be lost in."""


@dataclass(frozen=True)
class Compared:
    """A derivative that was given, and what was found of it.

    Attributes:
        place: the entry of the array, None for a derivative along a direction.
        given: by the gradient.
        found: by numbers.
        error: what `found` may be off by, about.
        verdict: what follows.
        how: the method.
        sides: the slopes on both sides of a kink.
        about: more, as the unit that a kink is of.
    """

    place: tuple[int, ...] | None
    given: float
    found: float
    error: float
    verdict: Verdict
    how: str
    sides: tuple[float, float] | None = None
    about: str = ""

    @property
    def ratio(self) -> float:
        """What was given, divided by what was found."""
        return self.given / self.found if self.found else math.inf


def judged(
    place: tuple[int, ...] | None,
    given: float,
    slope: Slope,
    rounding: float,
    scale: float,
    value: float,
    tolerance: float,
    how: str = "central differences",
) -> Compared:
    """What is said of a derivative.

    Args:
        place: the entry, None for a direction.
        given: by the gradient.
        slope: what was measured.
        rounding: what rounding may have added to `given`.
        scale: the size of the largest derivatives beside it.
        value: of the function.
        tolerance: a relative difference that is let pass.
        how: what it was measured by.
    """
    error = SAFETY * slope.error + rounding
    allowed = error + tolerance * max(abs(given), abs(slope.value), 1e-3 * scale)
    verdict: Verdict = RIGHT
    if not math.isfinite(given):
        verdict = WRONG if math.isfinite(slope.value) else IMPRECISE
    elif math.isnan(slope.value):
        verdict = IMPRECISE
    elif slope.sides is not None:
        low, high = sorted(slope.sides)
        verdict = KINK if low - allowed <= given <= high + allowed else WRONG
    elif abs(given - slope.value) > allowed:
        hidden = abs(given - slope.value) <= HIDDEN * EPSILON * abs(value)
        verdict = IMPRECISE if hidden else WRONG
    elif given == 0 and abs(slope.value) <= error:
        verdict = RIGHT
    elif error > COARSE * max(scale, abs(slope.value)) and error > 0:
        verdict = IMPRECISE
    return Compared(place, given, slope.value, error, verdict, how, slope.sides)


@dataclass(frozen=True)
class ArrayCheck:
    """The derivatives with respect to one array.

    Attributes:
        name: of the array.
        shape: of the array.
        compared: derivatives, of single entries and along directions.
        guess: what a wrong one may be, in words; "" where nothing is known.
    """

    name: str
    shape: tuple[int, ...]
    compared: tuple[Compared, ...]
    guess: str = ""

    @property
    def verdict(self) -> Verdict:
        """That of the derivative that needs a word most."""
        found: list[Verdict] = [one.verdict for one in self.compared]
        return max([RIGHT, *found], key=ORDER.index)

    @property
    def entries(self) -> int:
        """How many single entries were compared."""
        return sum(one.place is not None for one in self.compared)

    @property
    def hidden(self) -> int:
        """How many entries were too small beside the others for their precision to be judged."""
        return sum(
            one.place is not None
            and one.verdict == RIGHT
            and one.error > COARSE * max(abs(one.given), abs(one.found)) > 0
            for one in self.compared
        )

    @property
    def directions(self) -> int:
        """How many directions were."""
        return len(self.compared) - self.entries

    @property
    def worst(self) -> Compared | None:
        """The derivative of its verdict that is furthest off, a single entry if there is one."""
        verdict = self.verdict
        found = [one for one in self.compared if one.verdict == verdict]
        single = [one for one in found if one.place is not None]
        if verdict == IMPRECISE:
            return max(single or found, key=lambda one: one.error, default=None)
        return max(single or found, key=lambda one: abs(one.given - one.found), default=None)


@dataclass(frozen=True)
class Findings:
    """What came out of comparing a gradient with numerical derivatives.

    Attributes:
        arrays: what was found for each array, in order.
        value: of the function.
        noise: the standard deviation of its rounding errors.
        evaluations: how often it was called.
        title: what was checked.
        notes: what else was compared, and what was not.
    """

    arrays: tuple[ArrayCheck, ...]
    value: float
    noise: float
    evaluations: int
    title: str = "gradient"
    notes: tuple[str, ...] = field(default_factory=tuple)

    @property
    def verdict(self) -> Verdict:
        """right, wrong, kink nearby, or not enough precision: the one that needs a word most."""
        found: list[Verdict] = [one.verdict for one in self.arrays]
        return max([RIGHT, *found], key=ORDER.index)

    def of(self, verdict: Verdict) -> Sequence[ArrayCheck]:
        """The arrays that something is said of."""
        return [one for one in self.arrays if one.verdict == verdict]

    def __getitem__(self, name: str) -> ArrayCheck:
        return next(one for one in self.arrays if one.name == name)

    def __bool__(self) -> bool:
        return self.verdict != WRONG
