"""Examples as a network takes them: checked, of its number type, labels turned into rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError
from glassprop.models.costs import Cost

Floats = npt.NDArray[Any]
CHUNK = 4096


@dataclass(frozen=True)
class Examples:
    """Inputs x of shape (n, features), target rows y of shape (n, outputs), and their labels.

    `labels` is None where the targets are not classes.
    """

    x: Floats
    y: Floats
    labels: npt.NDArray[np.intp] | None

    def __len__(self) -> int:
        return len(self.x)

    def spread(self, count: int) -> Examples:
        """Up to `count` of the examples, evenly spaced."""
        rows = np.linspace(0, len(self) - 1, min(count, len(self)), dtype=np.intp)
        return Examples(
            self.x[rows], self.y[rows], None if self.labels is None else self.labels[rows]
        )


def check_inputs(x: object, features: int, dtype: str) -> Floats:
    """Inputs as an array of shape (n, features) and the network's number type.

    Raises:
        DataError: for another shape, no examples, or entries that are not finite numbers.
    """
    array = _rows(_numbers(x, "x"), features, dtype, f"(n, {features})")
    _check_finite(array, "x", "feature")
    return array


def one_or_many(x: object, features: int, dtype: str) -> tuple[Floats, bool]:
    """Inputs of shape (features,) or (n, features) as rows, and whether it is one example.

    Entries that are not finite are let through.

    Raises:
        DataError: for another shape, no examples, or entries that are not numbers.
    """
    array = _numbers(x, "x")
    one = array.shape == (features,)
    rows = array[None] if one else array
    found = _rows(rows, features, dtype, f"({features},) or (n, {features})")
    return np.require(found, requirements=["A"]), one


def _rows(array: npt.NDArray[Any], features: int, dtype: str, expected: str) -> Floats:
    if array.ndim != 2 or array.shape[1] != features:
        hint = ""
        if array.ndim == 1 and len(array) == features:
            hint = "; for a single example give x[None, :]"
        elif array.ndim > 2 and int(np.prod(array.shape[1:])) == features:
            hint = "; flatten each example with x.reshape(len(x), -1)"
        raise DataError(
            f"x: expected an array of shape {expected} for a network with {features} inputs, "
            f"got {array.shape}{hint}"
        )
    if not len(array):
        raise DataError("x: expected at least one example, got none")
    return _cast(array, dtype)


def check_examples(
    x: object, y: object, features: int, outputs: int, cost: Cost, dtype: str
) -> Examples:
    """Inputs and targets; whole-number labels become rows.

    Raises:
        DataError: as `check_inputs`, and for targets that do not fit the network or its cost.
    """
    inputs = check_inputs(x, features, dtype)
    target = _numbers(y, "y")
    if target.ndim not in (1, 2):
        raise DataError(f"y: expected labels (n,) or rows (n, {outputs}), got shape {target.shape}")
    if len(target) != len(inputs):
        raise DataError(
            f"y: expected one target for each of the {len(inputs)} examples in x, got {len(target)}"
        )
    if target.ndim == 1 and outputs > 1:
        labels = _labels(target, outputs)
        return Examples(inputs, label_rows(labels, outputs, cost, dtype), labels)
    if target.ndim == 1:
        target = target[:, None]
        if cost.labels == "signs" and _only(target, (0, 1)):
            target = 2 * target.astype(dtype) - 1
    if target.shape[1] != outputs:
        hint = "; for labels give y.ravel()" if target.shape[1] == 1 else ""
        raise DataError(
            f"y: expected rows of {outputs} entries for a network with {outputs} outputs, "
            f"got {target.shape[1]}{hint}"
        )
    rows = _cast(target, dtype)
    _check_finite(rows, "y", "output")
    _check_targets(rows, cost)
    return Examples(inputs, rows, _labels_of_rows(rows, target, cost))


def label_rows(labels: npt.NDArray[Any], outputs: int, cost: Cost, dtype: str) -> Floats:
    """Target rows for labels: 1 for the class and 0, or −1 for the hinge cost, for the others."""
    rows = np.full((len(labels), outputs), -1 if cost.labels == "signs" else 0, dtype)
    rows[np.arange(len(labels)), labels] = 1
    return rows


def _numbers(given: object, what: str) -> npt.NDArray[Any]:
    """Anything array-like as an array of real numbers."""
    if given is None:
        raise DataError(f"{what}: expected an array, got None")
    if hasattr(given, "tocsr"):
        raise DataError(f"{what}: sparse matrices are not supported; give {what}.toarray()")
    try:
        array = np.asarray(given)
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{what}: expected a rectangular array of numbers: {_line(error)}"
        ) from None
    if array.dtype == object or array.dtype.kind not in "biuf":
        raise DataError(
            f"{what}: expected an array of real numbers, got entries of type {array.dtype}"
        )
    return array


def _cast(array: npt.NDArray[Any], dtype: str) -> Floats:
    """The array in the network's number type; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(array, dtype)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _check_finite(array: Floats, what: str, column: str) -> None:
    for start in range(0, len(array), CHUNK):
        part = array[start : start + CHUNK]
        if not np.isfinite(part).all():
            row, place = np.argwhere(~np.isfinite(part))[0]
            raise DataError(
                f"{what}: {column} {place} of example {start + row} is {part[row, place]}; "
                "expected finite numbers, remove or replace it"
            )


def _labels(target: npt.NDArray[Any], outputs: int) -> npt.NDArray[np.intp]:
    if target.dtype.kind == "f":
        odd = np.flatnonzero(target != np.floor(target))  # NaN is not equal to itself
        if len(odd):
            raise DataError(
                f"y: target {target[odd[0]]} of example {odd[0]} is not a whole number; expected "
                f"labels from 0 to {outputs - 1}, or rows of shape (n, {outputs})"
            )
    wrong = np.flatnonzero((target < 0) | (target >= outputs))
    if len(wrong):
        raise DataError(
            f"y: label {target[wrong[0]]:g} of example {wrong[0]} is out of range; a network with "
            f"{outputs} outputs takes labels from 0 to {outputs - 1}"
        )
    return target.astype(np.intp)


def _only(array: npt.NDArray[Any], values: tuple[int, ...]) -> bool:
    return bool(np.isin(array, values).all())


def _check_targets(rows: Floats, cost: Cost) -> None:
    low, high = cost.targets
    wrong = np.argwhere((rows < low) | (rows > high))
    if len(wrong):
        row, place = wrong[0]
        raise DataError(
            f"y: target {rows[row, place]:g} of example {row}, output {place}, is out of range; "
            f"the cost {cost.name} takes targets from {low:g} to {high:g}"
        )
    if cost.labels == "signs" and rows.shape[1] > 1 and _only(rows, (0, 1)):
        raise DataError(
            f"y: the cost {cost.name} takes rows of −1 and 1, got rows of 0 and 1; "
            "give labels, or 2 * y - 1"
        )
    if cost.distribution:
        sums = rows.sum(1, dtype=np.float64)
        odd = np.flatnonzero(np.abs(sums - 1) > 1e-4)
        if len(odd):
            raise DataError(
                f"y: row {odd[0]} sums to {sums[odd[0]]:g}; the cost {cost.name} takes rows that "
                "sum to 1, such as one-hot rows"
            )


def _labels_of_rows(
    rows: Floats, given: npt.NDArray[Any], cost: Cost
) -> npt.NDArray[np.intp] | None:
    """The classes that target rows stand for, where they do."""
    if rows.shape[1] > 1:
        low = -1 if cost.labels == "signs" else 0
        exact = ((rows == 1).sum(1) == 1) & ((rows == low).sum(1) == rows.shape[1] - 1)
        return rows.argmax(1) if exact.all() else None
    two = _only(rows, (-1, 1)) if cost.labels == "signs" else _only(rows, (0, 1))
    whole = (
        given.dtype.kind in "biu" or cost.name == "binary_cross_entropy" or cost.labels == "signs"
    )
    return (rows[:, 0] > 0).astype(np.intp) if two and whole else None
