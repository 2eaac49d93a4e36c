"""The update rule of a run: what was given, with the learning rate that it was given or gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glassprop.errors import NetworkError
from glassprop.models.architecture import Architecture
from glassprop.models.defaults import completed
from glassprop.models.update_rules import SGD, UpdateRule
from glassprop.train.examples.examples import Examples
from glassprop.train.run.rule_states import States

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


def scheduled(
    rule: UpdateRule, before: States, epochs: int, batch_size: int, examples: int
) -> UpdateRule:
    """The rule with T and E for its schedule, where they were not given.

    Args:
        rule: to train with.
        before: the rule that trained last, and how many updates it has made; those of the same kind
            count, as training goes on with them.
        epochs: of this run.
        batch_size: of this run.
        examples: how many there are.

    Raises:
        NetworkError: for fewer updates than those of a warm-up.
    """
    if rule.schedule is None:
        return rule
    in_epoch = -(-examples // batch_size)
    done = before.updates if type(before.rule) is type(rule) else 0
    return replace(rule, schedule=rule.schedule.in_run(done + epochs * in_epoch, in_epoch))


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
