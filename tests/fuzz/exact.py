"""A formula's value and slope to as many digits as it takes, by dual numbers of mpmath.

A slope of exactly 0 counts as 0 however steep the function around it: what does not depend on z
has no slope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath
from mpmath import mp, mpf

from .libraries import value
from .tree import Tree

DIGITS = (60, 220, 900, 5000)
GUARD = 25
"""Digits that a difference has to keep."""
NEAR_TIE = 1e-5
FAR = 10**9
"""Beyond it tanh is 1, and exp(-z) is 0 whatever it is multiplied with in a float."""

TINY = 1e-30
"""Of numbers that differ by less a computer may not see which one is larger."""


class UndefinedError(Exception):
    """The formula has no value there, or none that we can reach."""


class LostError(Exception):
    """A difference has lost its digits: more are needed."""


@dataclass
class Exact:
    """Value and slope at a point.

    Attributes:
        value: what the formula is there.
        slope: its derivative.
        kink: whether a kink lies there.
        exponent: the largest exponent that it takes, by its absolute value.
        kept: the least that a sum, or its slope, is in proportion to its larger term.
        flat: the least slope of a tanh, σ or Φ, each of which is written as a difference.
    """

    value: Any
    slope: Any
    kink: bool = False
    exponent: Any = 0
    kept: Any = 1
    flat: Any = 1


def exact(root: Tree, x: float) -> Exact:
    """The value and slope of a formula in z.

    Raises UndefinedError where it has none.
    """
    for digits in DIGITS:
        try:
            return _at(root, x, digits, strict=True)
        except LostError:
            continue
    if abs(x) > 800:
        raise UndefinedError
    first, second = (_at(root, x, digits, strict=False) for digits in (500, 900))
    for one, other in ((first.value, second.value), (first.slope, second.slope)):
        if abs(one - other) > abs(other) * mpf(10) ** -20:
            raise UndefinedError
    return second


def _at(root: Tree, x: float, digits: int, strict: bool) -> Exact:
    with mp.workdps(digits):
        library = Duals(strict)
        made = value(root, library, {"z": Dual(library, mpf(x), mpf(1))}, 1)
        found = made if isinstance(made, Dual) else Dual(library, mpf(made), mpf(0))
        if not (mpmath.isfinite(found.v) and mpmath.isfinite(found.d)):
            raise UndefinedError
        return library.told(found)


def _times(d: Any, factor: Any) -> Any:
    return mpf(0) if d == 0 else d * factor


class Dual:
    """A number and its slope."""

    def __init__(self, library: Duals, v: Any, d: Any) -> None:
        if mpmath.isnan(v) or mpmath.isnan(d):
            raise UndefinedError
        self.L, self.v, self.d = library, v, d

    def of(self, other: Any) -> Dual:
        return other if isinstance(other, Dual) else Dual(self.L, mpf(other), mpf(0))

    def __add__(self, other: Any) -> Dual:
        other = self.of(other)
        return Dual(self.L, self.L.sum_of(self.v, other.v), self.L.sum_of(self.d, other.d))

    def __neg__(self) -> Dual:
        return Dual(self.L, -self.v, -self.d)

    def __sub__(self, other: Any) -> Dual:
        return self + -self.of(other)

    def __rsub__(self, other: Any) -> Dual:
        return self.of(other) + -self

    def __mul__(self, other: Any) -> Dual:
        other = self.of(other)
        slope = self.L.sum_of(_times(self.d, other.v), _times(other.d, self.v))
        return Dual(self.L, self.v * other.v, slope)

    def __truediv__(self, other: Any) -> Dual:
        return self * self.of(other).reciprocal()

    def __rtruediv__(self, other: Any) -> Dual:
        return self.of(other) * self.reciprocal()

    def reciprocal(self) -> Dual:
        if self.v == 0:
            raise UndefinedError
        if mpmath.isinf(self.v):
            return Dual(self.L, mpf(0), mpf(0))
        return Dual(self.L, 1 / self.v, _times(self.d, -1 / self.v**2))

    __radd__, __rmul__ = __add__, __mul__

    def __gt__(self, other: Any) -> bool:
        other = self.of(other)
        self.L.compared(self.v, other.v)
        return bool(self.v > other.v)

    def __lt__(self, other: Any) -> bool:
        return bool(self.v < self.of(other).v)

    def __le__(self, other: Any) -> bool:
        return bool(self.v <= self.of(other).v)

    def __abs__(self) -> Dual:
        return Duals.abs(self.L, self)


class Duals:
    """The primitives of the definitions, for duals and numbers."""

    pi = mpmath.pi

    def __init__(self, strict: bool) -> None:
        self.strict, self.kink = strict, False
        self.exponent, self.kept, self.flat = mpf(0), mpf(1), mpf(1)

    def told(self, found: Dual) -> Exact:
        """What is said of a formula that comes to this."""
        return Exact(found.v, found.d, self.kink, self.exponent, self.kept, self.flat)

    def compared(self, u: Any, v: Any) -> None:
        """Note two numbers that are compared."""
        if u != v and abs(u - v) < TINY:
            self.kept = mpf(0)

    def raised(self, exponent: Any) -> None:
        """Note an exponent."""
        self.exponent = max(self.exponent, abs(exponent))

    def bounded(self, found: Any, d: Any, slope: Any) -> Dual:
        """A function that has a limit: its value, the slope of its operand, and its own."""
        if d != 0:
            self.flat = min(self.flat, slope)
        return Dual(self, found, _times(d, slope))

    def sum_of(self, u: Any, v: Any) -> Any:
        """u + v, which must not lose its digits."""
        found = u + v
        if u and v and not mpmath.isinf(found):
            self.kept = min(self.kept, abs(found) / max(abs(u), abs(v)))
        if self.strict and u and v and not mpmath.isinf(found):
            least = mpf(10) ** (GUARD - mp.dps)
            if abs(found) < least * max(abs(u), abs(v)):
                raise LostError
        return found

    def of(self, u: Any) -> Dual:
        return u if isinstance(u, Dual) else Dual(self, mpf(u), mpf(0))

    def number(self, value: float) -> Any:
        return mpf(value)

    def away(self, u: Any) -> Any:
        if isinstance(u, Dual) and u.v == 0:
            self.kink = True
        return u

    def positive(self, u: Any) -> Any:
        return u

    def seen(self, u: Any) -> Any:
        return u

    def exp(self, u: Any) -> Dual:
        u = self.of(u)
        self.raised(u.v)
        if u.v > FAR:
            return Dual(self, mpf("inf"), _times(u.d, mpf("inf")))
        if u.v < -FAR:
            return Dual(self, mpf(0), mpf(0))
        found = mpmath.exp(u.v)
        return Dual(self, found, _times(u.d, found))

    def log(self, u: Any) -> Dual:
        u = self.of(u)
        if u.v <= 0 or mpmath.isinf(u.v):
            raise UndefinedError
        if self.strict and u.d != 0 and abs(u.v - 1) < mpf(10) ** (GUARD - mp.dps):
            raise LostError  # of 1 + u only 1 is left
        return Dual(self, mpmath.log(u.v), _times(u.d, 1 / u.v))

    def sqrt(self, u: Any) -> Dual:
        return self.power(u, 0.5)

    def power(self, u: Any, p: float) -> Dual:
        u = self.of(u)
        if u.v < 0 and p % 1:
            raise UndefinedError
        if u.v == 0 and (p < 0 or (p < 1 and u.d != 0)):
            raise UndefinedError
        exponent = int(p) if p % 1 == 0 else mpf(p)
        slope = _times(u.d, exponent * u.v ** (exponent - 1)) if u.d != 0 else mpf(0)
        return Dual(self, u.v**exponent, slope)

    def tanh(self, u: Any) -> Dual:
        u = self.of(u)
        self.raised(u.v)
        if abs(u.v) > FAR:
            return self.bounded(mpmath.sign(u.v), u.d, mpf(0))
        return self.bounded(mpmath.tanh(u.v), u.d, mpmath.sech(u.v) ** 2)

    def sigmoid(self, u: Any) -> Dual:
        u = self.of(u)
        self.raised(u.v)
        if abs(u.v) > FAR:
            return self.bounded(mpf(u.v > 0), u.d, mpf(0))
        found, rest = 1 / (1 + mpmath.exp(-u.v)), 1 / (1 + mpmath.exp(u.v))
        return self.bounded(found, u.d, found * rest)

    def softplus(self, u: Any) -> Dual:
        u = self.of(u)
        self.raised(u.v)
        if u.v > FAR:
            return u
        if u.v < -FAR:
            return Dual(self, mpf(0), mpf(0))
        small = mpmath.exp(-abs(u.v))
        found = (u.v if u.v > 0 else 0) + mpmath.log1p(small)
        return Dual(self, found, _times(u.d, 1 / (1 + mpmath.exp(-u.v))))

    def erf(self, u: Any) -> Dual:
        u = self.of(u)
        self.raised(u.v * u.v)
        if abs(u.v) > 100:
            return self.bounded(mpmath.sign(u.v), u.d, mpf(0))
        slope = 2 / mpmath.sqrt(mpmath.pi) * mpmath.exp(-u.v * u.v)
        return self.bounded(mpmath.erf(u.v), u.d, slope)

    def sin(self, u: Any) -> Dual:
        u = self.of(u)
        return Dual(self, mpmath.sin(u.v), _times(u.d, mpmath.cos(u.v)))

    def cos(self, u: Any) -> Dual:
        u = self.of(u)
        return Dual(self, mpmath.cos(u.v), _times(u.d, -mpmath.sin(u.v)))

    def where(self, condition: bool, u: Any, v: Callable[[], Any]) -> Any:
        return u if condition else v()

    def choose(self, gap: Any, u: Callable[[], Any], v: Callable[[], Any]) -> Any:
        self.away(gap)
        return u() if self.of(gap) > 0 else v()

    def flag(self, condition: bool, like: Any) -> Any:
        return mpf(bool(condition))

    def maximum(self, u: Any, v: Any) -> Dual:
        u, v = self.of(u), self.of(v)
        if abs(u.v - v.v) <= NEAR_TIE * max(abs(u.v), abs(v.v)):
            self.kink = True  # float32 takes the two for equal
        if u.v == v.v:
            return Dual(self, u.v, (u.d + v.d) / 2)
        return u if u.v > v.v else v

    def minimum(self, u: Any, v: Any) -> Dual:
        return -Duals.maximum(self, -self.of(u), -self.of(v))

    def abs(self, u: Any) -> Dual:
        u = self.of(u)
        if u.v == 0:
            self.kink = True
            return Dual(self, mpf(0), mpf(0))
        return u if u.v > 0 else -u

    def sum(self, u: Any) -> Any:
        return u

    mean = largest = logsumexp = sum
