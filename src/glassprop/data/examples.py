"""Examples(x, y): what every reader returns, and what an array must be to become x or y."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

import numpy as np

from glassprop.errors import DataError

Targets = TypeVar("Targets", bound="np.ndarray | None", covariant=True)

_NUMBERS = "biuf"
_LARGEST_LABEL = 2**53  # the end of the integers that float64 counts one by one


class Examples(NamedTuple, Generic[Targets]):
    """Examples to learn from, one a row; unpacks as `x, y`.

    x: features, float32 or float64, shape (n, features), C-contiguous; or as they are stored.
    y: labels, int64, shape (n,), or targets, float, shape (n,) or (n, outputs), or None.
    """

    x: np.ndarray
    y: Targets

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes 0, 1, 2, … where a table has texts for them; else ()."""
        return getattr(self, "names", ())


class NamedExamples(Examples["np.ndarray | None"]):
    """Examples whose classes have names."""

    names: tuple[str, ...] = ()


def features_from(array: np.ndarray, name: str) -> np.ndarray:
    """Features of shape (n, features), C-contiguous, from an array of two or more axes.

    float32 and float64 stay; other numbers become float32 where it holds them all exactly and
    float64 elsewhere. Values are not scaled.

    Raises DataError, naming `name`, as `flattened` does, and for NaN and infinity.
    """
    return _floats(flattened(array, name), name)


def flattened(array: np.ndarray, name: str) -> np.ndarray:
    """The array of numbers with its axes after the first made one: shape (n, features).

    Raises DataError, naming `name`, for fewer than two axes, no rows, no features, or no numbers.
    """
    _require_numbers(array, name)
    if array.ndim < 2:
        raise DataError(
            f"{name}: expected features of shape (n, features), found shape {array.shape}; "
            "reshape it to one row for each example"
        )
    if array.size == 0:
        raise DataError(
            f"{name}: no data, found shape {array.shape}; give at least one example of one feature"
        )
    return array.reshape(len(array), -1)


def targets_from(array: np.ndarray, n: int, name: str) -> np.ndarray:
    """Targets for n examples: int64 labels (n,), or floats (n,) or (n, outputs).

    A row of integers with one axis is labels; with two axes, target rows, which are numbers to be
    approached (one-hot rows among them) and so become floats.

    Raises DataError, naming `name`, for another number of axes, no numbers, no outputs, another
    number of examples than n, NaN and infinity, or a label beyond int64.
    """
    _require_numbers(array, name)
    if array.ndim not in (1, 2) or 0 in array.shape[1:]:
        raise DataError(
            f"{name}: expected labels of shape (n,) or targets of shape (n, outputs), "
            f"found shape {array.shape}; reshape it"
        )
    if len(array) != n:
        raise DataError(
            f"{name}: expected {n} targets, one for each example, found {len(array)}; "
            "give features and targets of the same examples"
        )
    if array.ndim == 2 or array.dtype.kind == "f":
        return _floats(array, name)
    if array.dtype.kind == "u" and int(array.max()) > np.iinfo(np.int64).max:
        raise DataError(
            f"{name}: expected labels up to {np.iinfo(np.int64).max}, found {array.max()}; "
            "number the classes from 0"
        )
    return array.astype(np.int64)


def labels_or_numbers(column: np.ndarray) -> np.ndarray:
    """A column of floats as int64 labels if every value is integral, as floats otherwise."""
    integral = np.isfinite(column) & (np.rint(column) == column)
    if np.all(integral & (np.abs(column) <= _LARGEST_LABEL)):
        return column.astype(np.int64)
    return column.copy()


def _require_numbers(array: np.ndarray, name: str) -> None:
    if array.dtype.kind not in _NUMBERS:
        raise DataError(
            f"{name}: expected numbers, found the type {array.dtype}; "
            "convert it to floats or integers first"
        )


def _floats(array: np.ndarray, name: str) -> np.ndarray:
    """The array of numbers as C-contiguous float32 or float64, all of them finite."""
    exact = np.float32 if np.can_cast(array.dtype, np.float32) else np.float64
    floats = np.ascontiguousarray(array, dtype=exact)
    finite = np.isfinite(floats)
    if not finite.all():
        place = tuple(int(i) for i in np.unravel_index(np.argmin(finite), finite.shape))
        raise DataError(
            f"{name}: expected finite numbers, found {floats[place]} at index {list(place)}, "
            "counted from 0; replace it or leave that example out"
        )
    return floats
