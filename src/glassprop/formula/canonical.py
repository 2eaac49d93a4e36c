"""Canonical forms, so that what is equal is one node: numbers, and the labels of sums."""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, cast

from glassprop.errors import FormulaError, clipped
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.node import Number
from glassprop.formula.nodes import Factor

EXACT = 2**53
"""Whole numbers up to here are floating-point numbers exactly."""


def canonical_number(value: object) -> Number:
    """A number as an int where it is a whole number, else as a float; NumPy's scalars too.

    Raises FormulaError for what is not a number, and for numbers that are not finite.
    """
    if getattr(value, "shape", None) == ():
        value = cast(Any, value).item()
    if isinstance(value, bool) or not isinstance(value, Real):
        raise FormulaError(_refusal(cast(object, value)))
    if isinstance(value, Integral) and abs(int(value)) <= EXACT:
        return int(value)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FormulaError(f"a number in a formula is not finite or too large: {number}")
    return int(number) if number.is_integer() and abs(number) < 1e15 else number


def decimal_sum(left: Number, right: Number) -> Number:
    """The sum of two numbers as a person adds them: 0.7 - 1 is -0.3, not -0.30000000000000004."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    return _finite(float(Decimal(repr(left)) + Decimal(repr(right))), f"{left!r} + {right!r}")


def real_sum(left: Number, right: Number) -> Number:
    """The sum of two numbers; FormulaError, with both, where it is not finite."""
    return _finite(left + right, f"{left!r} + {right!r}")


def real_product(left: Number, right: Number) -> Number:
    """The product of two numbers; FormulaError, with both, where it is not finite."""
    return _finite(left * right, f"{left!r} times {right!r}")


def reciprocal(value: Number) -> Number:
    """One divided by a number; FormulaError, with the number, where that is not finite."""
    if value == 0:
        raise FormulaError("a formula divides by the number 0")
    return _finite(1 / value, f"1 / {value!r}")


def real_power(base: Number, exponent: Number) -> Number:
    """A number to the power of another; FormulaError where that is no finite real number."""
    if base or exponent >= 0:
        try:
            value: object = float(base) ** float(exponent)
        except OverflowError:
            raise FormulaError(f"{base} to the power {exponent} is too large") from None
        if isinstance(value, float):
            return value
    raise FormulaError(f"{base} to the power {exponent} is not a real number")


def _finite(value: Number, written: str) -> Number:
    """A number that was computed, if it is one; FormulaError says how it is written."""
    try:
        return canonical_number(value)
    except FormulaError:
        raise FormulaError(f"{written} is not a finite number") from None


def _refusal(value: object) -> str:
    shape = getattr(value, "shape", None)
    if shape:
        return (
            f"an array of shape {shape} in a formula: make a symbol for it, and give its values "
            "when the formula is computed"
        )
    return f"{clipped(repr(value))} in a formula: expected a number or a formula"


def canonical_labels(factors: list[Factor], axes: Axes) -> list[Factor]:
    """The factors with the primes of bound labels set anew: j, j', … in order of appearance."""
    taken = {axis.name for axis in axes}
    names: dict[Axis, Axis] = {axis: axis for axis in axes}
    changed = False
    for factor in factors:
        for label in factor.labels:
            if label not in names:
                names[label] = label.primed(taken)
                taken.add(names[label].name)
                changed = changed or names[label] is not label
    if not changed:
        return factors
    return [Factor(f.node, tuple(names[label] for label in f.labels)) for f in factors]
