"""How a network is trained: what `fit` checks, begins, and keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

import numpy as np
import numpy.typing as npt

from glassprop.checking import Checkable
from glassprop.computation import Features
from glassprop.models.checked_numbers import whole
from glassprop.models.defaults import BATCH_SIZE, EPOCHS
from glassprop.models.update_rules import UpdateRule
from glassprop.system import blas
from glassprop.system import threads as cores
from glassprop.system.memory import fitting
from glassprop.train.examples.examples import Examples, check_pair
from glassprop.train.examples.unreachable_targets import warn_of_unreachable
from glassprop.train.progress.history import Epoch, History
from glassprop.train.progress.progress import shown
from glassprop.train.run.exclusive import alone
from glassprop.train.run.loop import train
from glassprop.train.run.run import Run
from glassprop.train.run.trainable import require_trainable
from glassprop.train.run.update_rule import rule_for, scheduled


class Trainable(Checkable):
    """The part of `Network` that trains it."""

    history: History
    engine: str
    _said: str
    _random: np.random.Generator

    def fit(
        self,
        x: Features,
        y: npt.ArrayLike,
        *,
        epochs: int = EPOCHS,
        batch_size: int = BATCH_SIZE,
        optimizer: UpdateRule | None = None,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        progress: bool | TextIO | Callable[[Epoch], object] = True,
        measure: int = 10_000,
    ) -> History:
        """Train on shuffled mini-batches, going on from the present parameters.

        Args:
            x: inputs of shape (n, features), as for `predict`; they are not copied.
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).
            epochs: how often to go through all examples, at least 1.
            batch_size: examples in a mini-batch, at least 1; the last of an epoch may be smaller.
            optimizer: an update rule such as `gp.SGD(3.0)` or `gp.Adam()`, else `gp.SGD()`; a
                further fit with the same rule goes on with what it keeps. A learning rate that is
                not given is 3 for sigmoid layers and the quadratic cost, 0.5 for sigmoid layers and
                a cross-entropy, else 0.1, or 0.03 for outputs without bounds; times 1 − momentum;
                √(s / 100) times less where s, the mean of Σ x² over the examples, is above 100.
            validation: a pair (x, y) to measure on after each epoch.
            progress: whether to show a bar and a line for each epoch, on standard error; a file for
                the lines, such as sys.stdout; or a function that is called with each `Epoch`, once
                it is measured. If it returns True or "stop", training ends there. It may use and
                save the network, and assign to its parameters, which training goes on from; it may
                not call `fit`. What it raises comes through, and leaves the network as it is.
            measure: on how many of the training examples, evenly spaced, cost and accuracy are
                measured after each epoch; 0 for none, and then it is not seen whether the cost is
                still a number.

        Returns:
            What was measured, epoch by epoch; also kept as `history`.

        Raises:
            NetworkError: for settings out of range, a gradient that is 0 for any parameters, or if
                training diverges, a cost that is not finite included.
            DataError: for data that the network cannot take.
            KeyboardInterrupt: on Ctrl-C, after the mini-batch under way; the network can be used.
        """
        epochs, batch_size = whole(epochs, "epochs"), whole(batch_size, "batch size")
        measure = whole(measure, "measure", 0)
        with alone(self, "fit"), fitting("fit", "give a smaller batch_size, or fewer examples"):
            examples = self._examples(x, y)
            require_trainable(self._programs.derivation, self.architecture)
            warn_of_unreachable(examples, self.architecture)
            self.architecture = self.architecture.trained_on(examples.low)
            rule, reason = rule_for(optimizer, self.architecture, examples)
            validated = check_pair(validation, "validation", self._examples)
            before, history = self._states, History()
            rule = scheduled(rule, before, epochs, batch_size, len(examples))
            run = self._run(rule, examples, validated, batch_size, measure)
            bar, started = shown(progress, epochs, len(examples)), run.states.updates
            bar.rule(rule, batch_size, reason)
            self.history = history
            try:
                given = (self._wanted, epochs, self.architecture.title, bar, history)
                choice = run.choose(*given, self._said)
                self._compiled, self.engine = choice.compiled, choice.name
                self._said = choice.reason if progress else self._said
                with blas.hold(run.threads, insist=cores.asked(self._threads) is not None):
                    train(run, epochs, self._random, bar, history)
            finally:
                if run.states.updates == started:  # the rule before has trained last
                    self._states = before
            return history

    def _run(
        self,
        rule: UpdateRule,
        examples: Examples,
        validation: Examples | None,
        batch_size: int,
        measured: int,
    ) -> Run:
        """A run that goes on with what is kept for a rule, or begins with the rule."""
        program, data = self._program(rule.kind), (examples, validation)
        self._states = self._states.for_rule(rule, program)
        given = (program, self._values(), self._states, data, measured, batch_size)
        return Run(*given, self.architecture.threshold(), self.threads)
