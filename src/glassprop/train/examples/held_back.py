"""A share of the examples that is not trained on, but measured on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError
from glassprop.train.examples.examples import Examples

Numbered = npt.NDArray[np.intp]


def share_of(validation: object) -> float | None:
    """The share that `validation` is, if it is a number; None for anything else.

    Raises:
        DataError: for a number that is no share.
    """
    if isinstance(validation, (bool, np.bool_)) or not isinstance(
        validation, (int, float, np.integer, np.floating)
    ):
        return None
    share = float(validation)
    if not 0 < share < 1:
        raise DataError(
            f"validation: expected a share of the examples between 0 and 1, or a pair (x, y), got "
            f"{share:g}"
        )
    return share


def held_back(examples: Examples, share: float) -> tuple[Numbered, Numbered]:
    """The numbers of the examples to train on, and of those held back, each in order.

    Where the targets are classes, of each class as near to the share as whole numbers allow (the
    largest remainders are rounded up). Which examples they are follows from the number of examples,
    their classes and the share alone: a further run on the same data trains on none of them.

    Args:
        examples: checked data.
        share: between 0 and 1.

    Raises:
        DataError: where no example would be left on one of the sides.
    """
    count = len(examples)
    wanted = round(share * count)
    if not 0 < wanted < count:
        raise DataError(
            f"validation: {share:g} of {count} examples are {wanted}; at least one has to be held "
            "back, and one to be trained on"
        )
    random = np.random.default_rng(0)
    labels = examples.labels
    groups = [np.arange(count)] if labels is None else _by_class(labels)
    exact = np.array([share * len(group) for group in groups])
    taken = np.floor(exact).astype(int)
    short = wanted - int(taken.sum())
    taken[np.argsort(taken - exact, kind="stable")[:short]] += 1
    chosen = np.zeros(count, bool)
    for group, number in zip(groups, taken, strict=True):
        chosen[random.permutation(group)[:number]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def _by_class(labels: npt.NDArray[Any]) -> list[Numbered]:
    order = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[order])) + 1
    return np.split(order, starts)
