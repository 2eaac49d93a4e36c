"""What whole-number targets mean: classes by their numbers, or numbers such as prices."""

from __future__ import annotations

import numpy as np

from glassprop.data.examples import labels_or_numbers
from glassprop.errors import DataError

FEW = 10
"""Classes up to which nothing is asked."""
MOST_UNUSED = 100
"""Classes without an example, before it is asked whether they are meant."""


def meant(y: np.ndarray | None, classes: bool | None, name: str) -> np.ndarray | None:
    """The targets as labels or as numbers, as the user says; as they are where nothing is said.

    Raises DataError, naming `name`, for classes that are not one whole number from 0 for each
    example, or −1 and 1.
    """
    if classes is not None and type(classes) is not bool:
        raise DataError(f"{name}: expected True, False or None as classes, found {classes!r:.40}")
    if y is None or classes is None:
        return y
    if not classes:
        return y.astype(np.float64) if y.dtype.kind in "iu" else y
    if y.ndim == 2 and y.shape[1] > 1:
        raise DataError(
            f"{name}: expected one whole number for each example as its class, found rows of "
            f"{y.shape[1]}; leave classes out"
        )
    labels = labels_or_numbers(y.reshape(-1))
    odd = (labels < 0) & ~np.isin(labels, (-1, 1)).all()
    if labels.dtype.kind == "f":
        odd |= (np.rint(labels) != labels) | (np.abs(labels) > 2**53)
    if odd.any():
        raise DataError(
            f"{name}: expected whole numbers from 0 as classes, found {labels[odd.argmax()]:g} in "
            f"example {odd.argmax()}, counted from 0; say --no-classes (in Python classes=False) "
            "for numbers to approach"
        )
    return labels.astype(np.int64)


def question(y: np.ndarray) -> str:
    """What to ask where whole numbers would make far more classes than examples for each; or ""."""
    if y.ndim != 1 or y.dtype.kind not in "iu" or y.min() < 0:
        return ""
    classes = int(y.max()) + 1
    if classes <= FEW:
        return ""
    used = len(np.unique(y))
    if classes * classes <= len(y) and classes <= used + MOST_UNUSED:
        return ""
    return (
        f"the targets are whole numbers up to {classes - 1:,}, {used:,} different ones in "
        f"{len(y):,} examples: as labels they make {classes:,} classes"
    )
