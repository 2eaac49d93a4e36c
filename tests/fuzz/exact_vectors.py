"""The exact numbers of `exact` for vectors: costs of several outputs, and their derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf

from .exact import DIGITS, Dual, Duals, Exact, LostError, UndefinedError
from .libraries import value
from .tree import Tree


def exact_cost(root: Tree, a: list[float], y: list[float], by: int) -> Exact:
    """A cost and its derivative with respect to one of the outputs.

    Raises UndefinedError where there is none.
    """
    for digits in DIGITS[:-1]:
        try:
            return _at(root, a, y, by, digits, strict=True)
        except LostError:
            continue
    found = [_at(root, a, y, by, digits, strict=False) for digits in (500, 900)]
    for one, other in zip(*((each.value, each.slope) for each in found), strict=True):
        if abs(one - other) > abs(other) * mpf(10) ** -20:
            raise UndefinedError
    return found[1]


def _at(root: Tree, a: list[float], y: list[float], by: int, digits: int, strict: bool) -> Exact:
    with mp.workdps(digits):
        L = Vectors(strict)
        outputs = L.vector(Dual(L, mpf(x), mpf(place == by)) for place, x in enumerate(a))
        targets = L.vector(Dual(L, mpf(t), mpf(0)) for t in y)
        made = np.ravel(value(root, L, {"a": outputs, "y": targets}, len(a)))[0]
        if not (mpmath.isfinite(made.v) and mpmath.isfinite(made.d)):
            raise UndefinedError
        return L.told(made)


class Vectors(Duals):
    """The primitives, entry by entry, and what sums, means and maxima are."""

    def vector(self, entries: Any) -> Any:
        """An array of such numbers."""
        listed = [self.of(entry) for entry in entries]
        found = np.empty(len(listed), object)
        found[:] = listed
        return found

    def each(self, function: Callable[..., Any], *operands: Any) -> Any:
        """A function, entry by entry."""
        arrays = np.broadcast_arrays(*(np.atleast_1d(np.asarray(u, object)) for u in operands))
        return self.vector(function(*entries) for entries in zip(*arrays, strict=True))

    def number(self, value: float) -> Any:
        return self.vector([value])

    def where(self, condition: Any, u: Any, v: Callable[[], Any]) -> Any:
        kink = self.kink
        other = v()
        self.kink = kink  # a kink of what is not taken is none
        return self.each(lambda c, one, two: one if c else two, condition, u, other)

    def choose(self, gap: Any, u: Callable[[], Any], v: Callable[[], Any]) -> Any:
        self.away(gap)
        above = [self.of(entry) > 0 for entry in np.atleast_1d(gap)]
        if all(above) or not any(above):
            return u() if all(above) else v()
        return self.each(lambda c, one, two: one if c else two, above, u(), v())

    def flag(self, condition: Any, like: Any) -> Any:
        return self.each(lambda c, _: mpf(bool(c)), condition, like)

    def power(self, u: Any, p: float) -> Any:
        return self.each(lambda e: Duals.power(self, e, p), u)

    def sqrt(self, u: Any) -> Any:
        return self.power(u, 0.5)

    def sum(self, u: Any) -> Any:
        total = u[0]
        for entry in u[1:]:
            total = total + entry
        return self.vector([total])

    def mean(self, u: Any) -> Any:
        return self.sum(u) / len(u)

    def largest(self, u: Any) -> Any:
        found = u[0]
        for entry in u[1:]:
            found = Duals.maximum(self, found, entry)
        return self.vector([found])

    def logsumexp(self, u: Any) -> Any:
        top = self.vector([self.of(max(entry.v for entry in u))])
        return top + self.log(self.sum(self.exp(u - top)))


def _entrywise(name: str) -> Callable[..., Any]:
    inner = getattr(Duals, name)

    def function(self: Vectors, *operands: Any) -> Any:
        return self.each(lambda *entries: inner(self, *entries), *operands)

    return function


for _name in ("exp", "log", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "abs", "away"):
    setattr(Vectors, _name, _entrywise(_name))
for _name in ("maximum", "minimum"):
    setattr(Vectors, _name, _entrywise(_name))
