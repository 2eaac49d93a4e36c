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

    x: features, float32 or float64, shape (n, features), C-contiguous.
    y: labels, int64, shape (n,), or targets, float, shape (n,) or (n, outputs), or None.
    """

    x: np.ndarray
    y: Targets


def features_from(array: np.ndarray, name: str) -> np.ndarray:
    """Features of shape (n, features), C-contiguous, from an array of two or more axes.

    float32 and float64 stay; other numbers become float32 where it holds them all exactly and
    float64 elsewhere. Values are not scaled.

    Raises DataError as `flattened` does.
    """
    return np.ascontiguousarray(flattened(array, name), dtype=_float_for(array.dtype))


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

    Raises DataError, naming `name`, for another number of axes, no numbers, another number of
    examples than n, or a label beyond int64.
    """
    _require_numbers(array, name)
    if array.ndim not in (1, 2):
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
        return np.ascontiguousarray(array, dtype=_float_for(array.dtype))
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


def require_features(x: np.ndarray, features: int | None, name: str) -> None:
    """Raise DataError, naming `name`, unless x has that many features (None: any number)."""
    if features is not None and x.shape[1] != features:
        raise DataError(
            f"{name}: expected {features} features, found {x.shape[1]}; "
            "give data of that width or change the size of the input layer"
        )


def _require_numbers(array: np.ndarray, name: str) -> None:
    if array.dtype.kind not in _NUMBERS:
        raise DataError(
            f"{name}: expected numbers, found the type {array.dtype}; "
            "convert it to floats or integers first"
        )


def _float_for(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float32 if np.can_cast(dtype, np.float32) else np.float64)
