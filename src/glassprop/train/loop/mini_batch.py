"""An update on a single mini-batch, for loops that make the mini-batches themselves."""

from __future__ import annotations

import numpy as np

from glassprop.errors import NetworkError
from glassprop.models.update_rules import UpdateRule
from glassprop.system import blas
from glassprop.system import threads as cores
from glassprop.system.interrupt import Interrupt
from glassprop.train.loop.trained import Trained
from glassprop.train.progress.progress import Silent
from glassprop.train.run.divergence import largest
from glassprop.train.run.epoch_replay import Repetition
from glassprop.train.run.update_rule import rule_for


def train_on(network: Trained, x: object, y: object, optimizer: UpdateRule | None) -> None:
    """Make one update.

    Args:
        network: what is trained.
        x: inputs of shape (n, features).
        y: labels or target rows.
        optimizer: the rule; by default that which trained last.

    Raises:
        DataError: for data that the network cannot take.
        NetworkError: if something is not finite any more; all is put back.
    """
    examples = network._examples(x, y)
    network.architecture = network.architecture.trained_on(examples.low)
    rule = network._states.rule if optimizer is None else optimizer
    rule = rule_for(rule, network.architecture, examples)[0]
    run = network._run(rule, examples, None, len(examples), 0)
    states = run.states
    order, insist = np.arange(len(examples)), cores.asked(network._threads) is not None
    with blas.hold(run.threads, insist=insist), Interrupt(patient=True) as interrupt:
        course = Repetition(run, Interrupt())
        before, number, at_first = course.kept(), states.updates + 1, largest(run.parameters)
        run.epoch(order, Silent(), course.interrupt)
        if not course.is_finite():
            found = course.found(order, before, at_first)
            course.restore(before)
            raise NetworkError(
                f"training diverged in update {number}: {found}. What it changed is put back"
            )
        network._states = states
    interrupt.deliver()
