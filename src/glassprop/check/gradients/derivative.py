"""The derivative of a function along a line, with an estimate of its error, and kinks.

Central differences D(h) = (φ(h) − φ(−h)) / 2h have the error c₂h² + c₄h⁴ + … where φ is smooth,
and ε/h by the noise ε of φ. With h halved again and again the powers of h are taken out one by one,
Tₖₘ = (4ᵐ Tₖ,ₘ₋₁ − Tₖ₋₁,ₘ₋₁) / (4ᵐ − 1), and the best of all T is the one that differs least from
its neighbours and has little noise.

Source: Ridders, Accurate computation of F′(x) and F′(x)F″(x), Adv. Eng. Software 4(2), 1982; the
noise in it is that of `noise`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glassprop.check.gradients.noise import EPSILON

LEVELS = 16
FIRST = 1 / 16
"""How often the step is halved, and the first step in units of the scale."""
NOISE = 8.0
"""Standard deviations of noise that an error may have."""
WORSE = 4
"""Levels without a better one after which no further is tried."""
JUMP = 8.0
"""Times its noise, from which on a difference between the slopes on both sides is one."""
STAYS = 0.8
"""The part of such a difference that stays when the step is halved: of a bend ½, of a kink all."""

Side = tuple[float, float, float, float]
"""A step, the slopes on the left and on the right of 0 with it, and what rounding adds to them."""


@dataclass(frozen=True)
class Slope:
    """A derivative that was measured.

    Attributes:
        value: the derivative along the line, NaN where no step gave finite values.
        error: what it may be off by, about.
        sides: the slopes on the left and on the right where they differ, as at a kink.
    """

    value: float
    error: float
    sides: tuple[float, float] | None = None


def slope(
    phi: Callable[[float], float], value: float, scale: float, noise: float, enough: float = 0.0
) -> Slope:
    """The derivative of φ at 0.

    Args:
        phi: the function along a line.
        value: φ(0).
        scale: a distance over which φ changes much; steps begin at a sixteenth of it.
        noise: the standard deviation of the noise of φ near 0; further away it is at least what
            rounding gives.
        enough: an error at which nothing better is looked for.
    """
    table, sides, suspected = _Table(), list[Side](), 0.0
    for level in range(LEVELS):
        h = FIRST * scale * 0.5**level
        above, below = phi(h), phi(-h)
        if not (math.isfinite(above) and math.isfinite(below)):
            table.restart()
            sides.clear()
            continue
        left, right = (value - below) / h, (above - value) / h
        size = max(abs(above), abs(below))
        rounding = max(noise, EPSILON * size, math.ulp(size)) / h
        sides.append((h, left, right, rounding))
        if suspected and abs(right - left) < suspected / 4:  # the kink is further away than h
            table, sides, suspected = _Table(), [], 0.0
        table.add((above - below) / (2 * h), NOISE * rounding)
        if kink := _kink(sides):
            suspected = max(suspected, abs(kink[2] - kink[1]))
        settled = table.error <= enough or table.worse >= WORSE
        if settled and level >= 2 and not suspected:
            break
    if suspected and (kink := _kink(sides)):
        return Slope(table.value, table.least_error, kink[1:3])
    return Slope(table.value, table.least_error)


class _Table:
    """The tableau of extrapolation, and the best that was found in it."""

    def __init__(self) -> None:
        self.value, self.error, self.worse = math.nan, math.inf, 0
        self.row: list[float] = []

    @property
    def least_error(self) -> float:
        """The error; the derivative itself is rounded, too."""
        return max(self.error, EPSILON * abs(self.value), math.ulp(self.value))

    def restart(self) -> None:
        """Forget the row before: the function has no value there."""
        self.row = []

    def add(self, difference: float, rounding: float) -> None:
        """The row of a step: its central difference, and what rounding may add to that."""
        before, self.row = self.row, [difference]
        better = False
        if not before and self.error == math.inf:
            self.value, self.error = difference, abs(difference) + rounding
        for m, old in enumerate(before, 1):
            factor = 4.0**m
            new = (factor * self.row[-1] - old) / (factor - 1)
            error = max(abs(new - self.row[-1]), abs(new - old)) + rounding
            self.row.append(new)
            if error < self.error:
                self.value, self.error, better = new, error, True
        self.worse = 0 if better else self.worse + 1


def _kink(sides: Sequence[Side]) -> Side | None:
    """The smallest step at which the slopes of both sides differ by what is no noise, and stay so.

    Of a smooth function the difference is h φ″, half as large at half the step; beyond a kink at a
    distance it is gone once the step is smaller than that.
    """
    jumps = [abs(right - left) for _, left, right, _ in sides]
    told = [k for k, (*_, rounding) in enumerate(sides) if jumps[k] > JUMP * rounding]
    if len(told) < 3:
        return None
    last = told[-1]
    if any(JUMP * rounding < jumps[last] / 2 for *_, rounding in sides[last + 1 :]):
        return None  # it would be seen there
    before = [jumps[k] for k in told[-3:]]
    if all(after > STAYS * larger for larger, after in itertools.pairwise(before)):
        return sides[last]
    return None
