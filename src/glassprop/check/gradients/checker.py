"""Goes through the arrays of a gradient: entry by entry, or along directions where they are many.

Along v the derivative of f is ∇f · v, so that a single number tests all entries of an array at
once: a mistake in any of them shows, but for directions that happen to be orthogonal to it. Where
it shows, the direction is halved until one entry is left.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.gradients.derivative import FIRST, Slope, slope
from glassprop.check.gradients.gradient_check import GradientCheck
from glassprop.check.gradients.guesses import factor_in_words, guess
from glassprop.check.gradients.noise import EPSILON, noise_along
from glassprop.check.gradients.verdicts import (
    IMPRECISE,
    KINK,
    RIGHT,
    WRONG,
    ArrayCheck,
    Compared,
    judged,
)

Numbers = npt.NDArray[Any]
Arrays = Mapping[str, Numbers]
Along = Callable[[str, Numbers], Slope]
"""Gives a derivative along a direction in another way."""
Reach = Callable[[str, Numbers], float]
"""How far one can go along a direction to both sides without meeting a kink, 0 for not at all."""
Explain = Callable[[str, Numbers], str]
"""Says which kink is near along a direction."""

TOLERANCE = 1e-6
ENTRIES = 60
DIRECTIONS = 3
SMALL = 200
"""Entries of an array up to which each is looked at by itself."""
ALL = 4000
"""Entries up to which a wrong array is computed whole, so that it can be said what it is."""
SPANS = (2.0**-6, 2.0**-12)
"""Of the first step, with which a derivative that seems wrong is measured again."""
NEAR_AN_END = 2.0**-18
"""Of the first step, where the function has no values with larger ones."""
UNSTEADY = "what is measured changes with the step: there are kinks all about"


@dataclass
class Settings:
    """How a gradient is compared.

    Attributes:
        tolerance: a relative difference that is let pass.
        entries: of a large array, how many are looked at one by one.
        directions: of a large array, along how many its derivative is compared.
        seed: of the directions, and of the entries that are drawn.
        counts: numbers that a sum may have been taken over by mistake, by what they count.
        along: another way to differentiate, if there is one.
        how: what that is called.
        reach: how far it is to the nearest kink, where that is known.
        explain: says which that is.
        progress: told how many arrays are done.
    """

    tolerance: float = TOLERANCE
    entries: int = ENTRIES
    directions: int = DIRECTIONS
    seed: int = 0
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    along: Along | None = None
    how: str = ""
    reach: Reach | None = None
    explain: Explain | None = None
    progress: Callable[[int], object] = lambda done: None


class Checker:
    """Compares a gradient at a point.

    Args:
        function: of arrays by name, giving a number; it may not keep them.
        at: the point, arrays of float64.
        gradient: an array of the same shape for each.
        settings: how.
    """

    def __init__(
        self,
        function: Callable[[dict[str, Numbers]], float],
        at: Arrays,
        gradient: Arrays,
        settings: Settings,
    ) -> None:
        self.function, self.at, self.gradient, self.settings = function, at, gradient, settings
        self.random = np.random.default_rng(settings.seed)
        self.calls = 0
        self.value = self._value({})
        self.noise = 0.0

    def _value(self, moved: Arrays) -> float:
        self.calls += 1
        return self.function({**self.at, **moved})

    def run(self, title: str = "gradient", notes: Sequence[str] = ()) -> GradientCheck:
        """Compare all arrays."""
        made: list[ArrayCheck] = []
        for done, name in enumerate(self.at):
            made.append(self._array(name))
            self.settings.progress(done + 1)
        return GradientCheck(tuple(made), self.value, self.noise, self.calls, title, tuple(notes))

    def _array(self, name: str) -> ArrayCheck:
        x, g = self.at[name], self.gradient[name]
        self.noise = max(self.noise, self._noise(name))
        terms = np.abs(g) * _own(x)
        largest = float(terms[np.isfinite(terms)].max(initial=0.0))
        compared = list(self._compared(name, largest))
        found = [abs(one.found) * _own(x)[one.place] for one in compared if one.place is not None]
        most = max([largest, *(value for value in found if math.isfinite(value))])
        if most > largest:  # the gradient is much too small
            compared = [self._again(name, one, most) for one in compared]
        made = ArrayCheck(name, x.shape, tuple(compared))
        said = self._guess(made) if made.verdict == WRONG else ""
        return replace(made, guess=said)

    def _again(self, name: str, one: Compared, largest: float) -> Compared:
        if one.verdict != IMPRECISE or one.place is None:
            return one
        return self._entry(name, one.place, largest)

    def _noise(self, name: str) -> float:
        """Of the function along a direction in which all entries of an array move."""
        return noise_along(self._line(name, self._signs(name)), self.value, 1.0)

    def _signs(self, name: str) -> Numbers:
        """A direction that moves all entries at random, as far as one entry alone would."""
        own = _own(self.at[name])
        return self.random.choice([-1.0, 1.0], own.shape) * own / math.sqrt(max(own.size, 1))

    def _line(self, name: str, v: Numbers) -> Callable[[float], float]:
        x = self.at[name]
        return lambda t: self._value({name: x + t * v})

    def _compared(self, name: str, largest: float) -> Iterator[Compared]:
        x = self.at[name]
        if x.size <= max(SMALL, self.settings.entries):
            for place in np.ndindex(x.shape):
                yield self._entry(name, place, largest)
            return
        wrong = False
        for _ in range(self.settings.directions):
            v = self._signs(name)
            one = self._direction(name, v, None)
            yield one
            if one.verdict == WRONG and not wrong:
                wrong = True
                yield from self._located(name, v, largest)
        for place in self._drawn(name):
            yield self._entry(name, place, largest)

    def _drawn(self, name: str) -> list[tuple[int, ...]]:
        """Entries to look at one by one: half of them those with the largest derivatives."""
        g, count = self.gradient[name], self.settings.entries
        order = np.argsort(-np.abs(np.nan_to_num(g, nan=np.inf)), axis=None)
        chosen = [*order[: count // 2], *self.random.choice(g.size, count - count // 2, False)]
        return [
            tuple(int(k) for k in np.unravel_index(flat, g.shape)) for flat in dict.fromkeys(chosen)
        ]

    def _entry(self, name: str, place: tuple[int, ...], largest: float) -> Compared:
        """The derivative with respect to an entry.

        It is moved as far as the others are large, and, where that says nothing, as it is itself:
        the entries of an array may differ in scale.
        """
        x = self.at[name]
        own, usual = float(_own(x)[place]), _typical(x)
        one = self._direction(name, _step(x, place, max(own, usual)), place, largest)
        if one.verdict == RIGHT or own >= usual:
            return one
        other = self._direction(name, _step(x, place, own), place, largest)
        return other if other.verdict == RIGHT or not one.error <= other.error else one

    def _direction(
        self, name: str, v: Numbers, place: tuple[int, ...] | None, largest: float = 0.0
    ) -> Compared:
        """The derivative along a direction; of an entry, divided by the length of the step."""
        g, settings = self.gradient[name], self.settings
        length = 1.0 if place is None else float(v[place])
        terms = g[v != 0] * v[v != 0]
        given = float(terms.sum())
        size = float(np.abs(terms).sum())
        rounding = 4 * EPSILON * size
        whole = max(largest, size / math.sqrt(max(terms.size, 1)))

        def said(measured: Slope, how: str) -> Compared:
            limits = (rounding, whole, self.value, settings.tolerance)
            return judged(place, given, measured, *limits, how)

        one = said(settings.along(name, v), settings.how) if settings.along else None
        if one is None or (one.verdict != RIGHT and settings.reach is not None):
            enough = settings.tolerance / 100 * max(abs(given), 1e-3 * whole)
            reach = FIRST if settings.reach is None else settings.reach(name, v)
            span = (reach or FIRST) / FIRST
            line = self._line(name, v)
            measured = slope(line, self.value, span, self.noise, enough)
            if math.isnan(measured.value):  # the domain may end nearby
                measured = slope(line, self.value, span * NEAR_AN_END, self.noise, enough)
            one = said(measured, "central differences")
            if not reach and settings.explain is not None:
                one = replace(one, verdict=KINK, about=settings.explain(name, v))
            elif one.verdict == WRONG and settings.reach is None and math.isfinite(given):
                one = self._confirmed(one, line, said, enough)
        sides = None if one.sides is None else (one.sides[0] / length, one.sides[1] / length)
        return replace(
            one,
            given=one.given / length,
            found=one.found / length,
            error=one.error / length,
            sides=sides,
        )

    def _confirmed(
        self,
        one: Compared,
        line: Callable[[float], float],
        said: Callable[[Slope, str], Compared],
        enough: float,
    ) -> Compared:
        """What is wrong, measured again with smaller steps: among many kinks it may not be.

        Between kinks a function is smooth, but differences with steps that go across some of them
        may look as if they had come to rest.
        """
        last = one
        for span in SPANS:
            nearer = said(slope(line, self.value, span, self.noise, enough), one.how)
            apart = abs(nearer.found - last.found)
            if nearer.verdict == RIGHT and 10 * nearer.error < abs(one.given - one.found):
                return nearer
            if apart <= nearer.error + last.error or nearer.verdict != WRONG:
                return one if last is one else replace(last, verdict=WRONG)
            last = nearer
        return replace(last, verdict=KINK, about=UNSTEADY)

    def _located(self, name: str, v: Numbers, largest: float) -> Iterator[Compared]:
        """A wrong entry, found by halving a direction along which the derivative is wrong."""
        flat = np.flatnonzero(v)
        while len(flat) > 1:
            half = flat[: len(flat) // 2]
            part = np.zeros(v.shape)
            part.flat[half] = v.flat[half]
            flat = half if self._direction(name, part, None).verdict == WRONG else flat[len(half) :]
        place = tuple(int(k) for k in np.unravel_index(int(flat[0]), v.shape))
        yield self._entry(name, place, largest)

    def _guess(self, made: ArrayCheck) -> str:
        """What a wrong gradient may be."""
        name, counts = made.name, self.settings.counts
        g, x = self.gradient[name], self.at[name]
        known = {one.place: one.found for one in made.compared if one.place is not None}
        if g.size <= ALL:
            found = np.array(
                [
                    known[place] if place in known else self._entry(name, place, 0.0).found
                    for place in np.ndindex(g.shape)
                ]
            ).reshape(g.shape)
            return guess(g, found, x, counts)
        pairs = [(one.given, one.found) for one in made.compared if one.place and one.found]
        ratios = [given / found for given, found in pairs]
        if len(ratios) > 2 and max(ratios) - min(ratios) < 1e-4 * abs(ratios[0]):
            return factor_in_words(ratios[0], counts)
        return "" if g.any() else "it is 0 throughout"


def _own(x: Numbers) -> Numbers:
    """How large each entry is; of one that is 0, how large the others are."""
    return np.where(x == 0, _typical(x), np.abs(x))


def _typical(x: Numbers) -> float:
    """How large the entries of an array are; 1 where they are 0."""
    return float(np.sqrt(np.mean(np.square(x)))) or 1.0


def _step(x: Numbers, place: tuple[int, ...], length: float) -> Numbers:
    """A direction in which one entry moves."""
    v = np.zeros(x.shape)
    v[place] = length
    return v
