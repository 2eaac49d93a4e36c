"""Numbers that a user gives, as they have to be: whole, positive, from 0 to below 1."""

from __future__ import annotations

import math
import operator

from glassprop.errors import NetworkError


def whole(value: object, what: str, least: int = 1) -> int:
    """A whole number of at least some value.

    Raises:
        NetworkError: naming what it is for.
    """
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise NetworkError(
            f"{what}: expected a whole number of at least {least}, got {value!r}"
        ) from None
    if number < least:
        raise NetworkError(f"{what}: expected a whole number of at least {least}, got {number}")
    return number


def finite(value: object, what: str) -> float:
    """A finite number.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if math.isnan(number):
        raise NetworkError(f"{what}: expected a finite number, got {value!r}")
    return number


def positive(value: object, what: str) -> float:
    """A positive, finite number.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if not number > 0:
        raise NetworkError(f"{what}: expected a positive number, got {value!r}")
    return number


def not_negative(value: object, what: str) -> float:
    """A finite number that is 0 or more.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if not number >= 0:
        raise NetworkError(f"{what}: expected 0 or a positive number, got {value!r}")
    return number


def below_one(value: object, what: str) -> float:
    """A number from 0 to below 1.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if not 0 <= number < 1:
        raise NetworkError(f"{what}: expected a number from 0 to below 1, got {value!r}")
    return number


def share(value: object, what: str, below: bool = False) -> float:
    """A number above 0 and up to 1, or below it.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if not 0 < number <= 1 or (below and number == 1):
        expected = "below 1" if below else "up to 1"
        raise NetworkError(f"{what}: expected a number above 0 and {expected}, got {value!r}")
    return number


def above_one(value: object, what: str) -> float:
    """A finite number above 1.

    Raises:
        NetworkError: naming what it is for.
    """
    number = _number(value)
    if not number > 1:
        raise NetworkError(f"{what}: expected a number above 1, got {value!r}")
    return number


def _number(value: object) -> float:
    """The number that was given; NaN, which no range holds, for what is not a finite one."""
    if isinstance(value, (bool, str)):
        return math.nan
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return number if math.isfinite(number) else math.nan
