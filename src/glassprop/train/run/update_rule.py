"""The update rule of a run: what was given, with the learning rate that it was given or gets."""

from __future__ import annotations

import numpy as np

from glassprop.errors import NetworkError
from glassprop.models.architecture import Architecture
from glassprop.models.defaults import completed
from glassprop.models.update_rules import SGD, UpdateRule
from glassprop.train.examples.examples import Examples

SPREAD = 1000
"""How many examples show how large inputs are."""


def rule_for(
    optimizer: object, architecture: Architecture, examples: Examples
) -> tuple[UpdateRule, str]:
    """The rule to train with, and what its learning rate is for, if it was not given.

    Raises:
        NetworkError: for what is no update rule.
        DataError: for a mapped file that has become shorter.
    """
    rule = SGD() if optimizer is None else optimizer
    if not isinstance(rule, UpdateRule):
        raise NetworkError(f"optimizer: expected an update rule such as gp.SGD(0.1), got {rule!r}")
    squared = architecture.scale * architecture.scale  # infinite where ** would raise
    return completed(rule, architecture, lambda: squared * mean_square_norm(examples))


def mean_square_norm(examples: Examples) -> float:
    """The mean of Σ x² over the examples, or over a thousand of them; infinite if it is too large.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    total, count = 0.0, 0
    with np.errstate(over="ignore"):
        for x, _, _ in examples.blocks(examples.spread(SPREAD)):
            total += float(np.square(x, dtype=np.float64).sum())
            count += len(x)
    return total / count
