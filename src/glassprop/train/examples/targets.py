"""Targets as a network takes them: labels, or rows of numbers, checked against its cost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError
from glassprop.models.costs import Cost
from glassprop.train.examples.inputs import array_of_numbers, check_finite
from glassprop.train.examples.known_arrays import facts_of
from glassprop.train.examples.mapped_files import check_files, mapped_files
from glassprop.train.examples.typed_rows import CHUNK, LabelRows, Numbers, Rows

Labels = npt.NDArray[np.unsignedinteger[Any]]


class Targets(NamedTuple):
    """Target rows, and what they stand for.

    Attributes:
        rows: of numbers, or made of labels.
        labels: the classes, or None where they are not classes.
        low: what one output is to be for class 0, 0 or −1; None where there are several outputs,
            where the targets are not classes, and where only class 1 is among them.
    """

    rows: Rows | LabelRows
    labels: Labels | None
    low: int | None = None


def check_targets(y: object, examples: int, outputs: int, cost: Cost, dtype: str) -> Targets:
    """Target rows as they are, and the classes that they stand for, where they do.

    Raises:
        DataError: for targets that do not fit the network or its cost.
    """
    target = array_of_numbers(y, "y")
    files = mapped_files(target)
    check_files(files)
    if target.ndim not in (1, 2):
        raise DataError(f"y: expected labels (n,) or rows (n, {outputs}), got shape {target.shape}")
    if len(target) != examples:
        raise DataError(
            f"y: expected one target for each of the {examples} examples in x, got {len(target)}"
        )
    if target.ndim == 1 and outputs > 1:
        labels = _labels(target, outputs)
        return Targets(LabelRows(labels, outputs, low_of(cost), dtype), labels)
    facts = facts_of(target, files)
    if target.ndim == 1:
        target = target[:, None]
    if target.shape[1] != outputs:
        hint = "; for labels give y.ravel()" if target.shape[1] == 1 else ""
        raise DataError(
            f"y: expected rows of {outputs} entries for a network with {outputs} outputs, "
            f"got {target.shape[1]}{hint}"
        )
    key = outputs, cost.labels, cost.targets, cost.distribution, dtype
    signs, labels, low = facts.found(key, lambda: _checked(target, cost, dtype))
    return Targets(Rows(target if signs is None else signs, dtype), labels, low)


def _checked(
    target: Numbers, cost: Cost, dtype: str
) -> tuple[Numbers | None, Labels | None, int | None]:
    """Rows that are taken instead of target rows, if any; their labels, and what is for class 0."""
    check_finite(target, "y", "output", dtype)
    made = _signs(target, cost) if cost.labels == "signs" else target
    _check_range(made, cost, dtype)
    if target.shape[1] == 1:
        labels, low = _two_classes(made)
    else:
        labels, low = _labels_of_rows(made), None
    return None if made is target else made, labels, low


def low_of(cost: Cost) -> int:
    """What the rows of labels have beside their 1."""
    return -1 if cost.labels == "signs" else 0


def _blocks(array: Numbers, dtype: str) -> Iterator[tuple[int, Numbers]]:
    """Parts of target rows in the network's number type."""
    for start in range(0, len(array), CHUNK):
        yield start, array[start : start + CHUNK].astype(dtype, copy=False)


def _labels(target: Numbers, outputs: int) -> Labels:
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
    return target.astype(_small(outputs))  # our own, since loops write at the labels' places


def _small(outputs: int) -> np.dtype[np.unsignedinteger[Any]]:
    return np.min_scalar_type(outputs - 1)


def _only(array: Numbers, values: tuple[int, ...]) -> bool:
    return all(np.isin(array[at : at + CHUNK], values).all() for at in range(0, len(array), CHUNK))


def _signs(target: Numbers, cost: Cost) -> Numbers:
    """Targets of −1 and 1 as they are, and those of 0 and 1 as −1 and 1."""
    if _only(target, (0, 1)):
        return 2 * target.astype(np.int8) - 1
    for start in range(0, len(target), CHUNK):
        rows = target[start : start + CHUNK]
        wrong = np.argwhere((rows != -1) & (rows != 1))
        if len(wrong):
            row, place = wrong[0]
            raise DataError(
                f"y: target {rows[row, place]:g} of example {start + row}, output {place}: the "
                f"cost {cost.name} takes −1 and 1 for two classes, or 0 and 1, and nothing else"
            )
    return target


def _check_range(target: Numbers, cost: Cost, dtype: str) -> None:
    low, high = cost.targets
    for start, rows in _blocks(target, dtype):
        wrong = np.argwhere((rows < low) | (rows > high))
        if len(wrong):
            row, place = wrong[0]
            raise DataError(
                f"y: target {rows[row, place]:g} of example {start + row}, output {place}, is out "
                f"of range; the cost {cost.name} takes targets from {low:g} to {high:g}"
            )
    for start, rows in _blocks(target, dtype) if cost.distribution else ():
        sums = rows.sum(1, dtype=np.float64)
        odd = np.flatnonzero(np.abs(sums - 1) > 1e-4)
        if len(odd):
            raise DataError(
                f"y: row {start + odd[0]} sums to {sums[odd[0]]:g}; the cost {cost.name} takes "
                "rows that sum to 1, such as one-hot rows"
            )


def _two_classes(target: Numbers) -> tuple[Labels | None, int | None]:
    """The classes that targets of one output stand for, and what is to be the output for class 0.

    What the numbers are decides, not their type: 0 and 1, or −1 and 1.
    """
    low = next((low for low in (0, -1) if _only(target, (low, 1))), None)
    if low is None:
        return None, None
    labels = (target[:, 0] > 0).astype(np.uint8)
    return labels, None if labels.all() else low


def _labels_of_rows(target: Numbers) -> Labels | None:
    """The classes of rows with one 1, and otherwise 0, or otherwise −1."""
    n, outputs = target.shape
    labels, low = np.empty(n, _small(outputs)), None
    for start in range(0, n, CHUNK):
        rows = target[start : start + CHUNK]
        if low is None:
            low = rows[0].min()
        ones, others = (rows == 1).sum(1), (rows == low).sum(1)
        if low not in (0, -1) or not ((ones == 1) & (others == outputs - 1)).all():
            return None
        labels[start : start + len(rows)] = rows.argmax(1)
    return labels
