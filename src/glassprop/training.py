"""How a network is trained: epochs of `fit`, or of a loop of one's own, and single mini-batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TextIO

import numpy as np
import numpy.typing as npt

from glassprop.checking import Checkable
from glassprop.computation import Features
from glassprop.formula.nodes import Step
from glassprop.models.defaults import BATCH_SIZE, EPOCHS
from glassprop.models.update_rules import UpdateRule
from glassprop.train.examples.examples import Examples
from glassprop.train.loop.mini_batch import train_on
from glassprop.train.loop.settings import Settings, training_alone
from glassprop.train.loop.training import Training
from glassprop.train.progress.history import Epoch, History
from glassprop.train.run.run import Numbered, Run


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
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | float | None = None,
        progress: bool | TextIO | Callable[[Epoch], object] = True,
        measure: int = 10_000,
        callbacks: Sequence[Callable[[Training], object]] = (),
        resume: str | os.PathLike[str] | None = None,
        watch: bool = False,
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
            validation: a pair (x, y) to measure on after each epoch, or a share of the examples
                between 0 and 1 that is held back for that: of each class as much, and the same
                ones each time.
            progress: whether to show a bar and a line for each epoch, on standard error; a file for
                the lines, such as sys.stdout; or a function that is called with each `Epoch`, once
                it is measured. If it returns True or "stop", training ends there. It may use and
                save the network, and assign to its parameters, which training goes on from; it may
                not call `fit`. What it raises comes through, and leaves the network as it is.
            measure: on how many of the training examples, evenly spaced, cost and accuracy are
                measured after each epoch; 0 for none, and then it is not seen whether the cost is
                still a number.
            callbacks: called after each epoch with the `Training`, which has the network, the
                history, the learning rate and the batch size, and `stop()`: `gp.EarlyStopping()`,
                `gp.CSVLog(path)`, `gp.Checkpoint(folder)`, or functions, which may do what
                `progress` may.
            resume: a folder that `gp.Checkpoint` has written to, whose last whole checkpoint is
                taken, or one checkpoint. Parameters, states, random numbers and history become
                those in it, and training goes on bit for bit as if it had not been interrupted, up
                to `epochs` in all. The folder of the run's own `gp.Checkpoint` may be empty still.
            watch: whether to watch, on a sample of the training data, how errors and gradients flow
                through the layers, and to say once what is not well: dead or saturated units,
                vanishing or exploding errors, updates as large as the weights, quantities that are
                not finite. The figures are in `history.flow` and in `flow` of each `Epoch`, and
                `history.plot_flow()` plots them. Parameters are looked at within an epoch, too,
                which ends it as soon as one is not finite. No bit of the training changes.

        Returns:
            What was measured, epoch by epoch; also kept as `history`.

        Raises:
            NetworkError: for settings out of range, a gradient that is 0 for any parameters, or if
                training diverges, a cost that is not finite included.
            DataError: for data that the network cannot take, or others than a checkpoint is of.
            ModelFileError: for a checkpoint of another network, rule or batch size, or where there
                is none that is whole.
            KeyboardInterrupt: on Ctrl-C, after the mini-batch under way; the network can be used.
        """
        given = (
            epochs,
            batch_size,
            optimizer,
            validation,
            progress,
            measure,
            callbacks,
            resume,
            watch,
        )
        settings = Settings(*given)
        with training_alone(self, "fit"):
            training = Training(self, x, y, settings)
            with training.held():
                for _ in training:
                    pass
            return training.history

    def training(
        self,
        x: Features,
        y: npt.ArrayLike,
        *,
        epochs: int | None = EPOCHS,
        batch_size: int = BATCH_SIZE,
        optimizer: UpdateRule | None = None,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | float | None = None,
        progress: bool | TextIO | Callable[[Epoch], object] = False,
        measure: int = 10_000,
        callbacks: Sequence[Callable[[Training], object]] = (),
        resume: str | os.PathLike[str] | None = None,
        watch: bool = False,
    ) -> Training:
        """The loop of `fit` as an iterator: `for epoch in net.training(x, y): …`.

        Each step trains for an epoch and gives its `Epoch`; the same epochs as of `fit` have the
        same bits. Prepared data, compiled code and the states of the rule are held between them.
        Meanwhile the network may be used, saved, and given other parameters; `learning_rate`,
        `optimizer` (other numbers of the same rule) and `batch_size` of what is returned may be
        assigned to, for the epochs that follow. It may be left at any time, and gone on with.

        Args:
            x: as for `fit`, and so are the others.
            y: as for `fit`.
            epochs: after how many it ends; None for never.
            batch_size: at first.
            optimizer: at first.
            validation: as for `fit`.
            progress: as for `fit`.
            measure: as for `fit`.
            callbacks: as for `fit`; those that have an `end` do that only if the loop comes there.
                A checkpoint after an epoch is written when the next one is asked for.
            resume: as for `fit`.
            watch: as for `fit`.

        Raises:
            NetworkError: as `fit`, when it is called or in the epoch that it happens in.
            DataError: for data that the network cannot take.
        """
        given = (
            epochs,
            batch_size,
            optimizer,
            validation,
            progress,
            measure,
            callbacks,
            resume,
            watch,
        )
        settings = Settings(*given)
        with training_alone(self, "training"):
            return Training(self, x, y, settings)

    def train_step(
        self, x: Features, y: npt.ArrayLike, *, optimizer: UpdateRule | None = None
    ) -> None:
        """One update on the mini-batch that these examples are, by the NumPy engine.

        Updates on the mini-batches of an epoch, one after the other, have the bits of that epoch
        of `fit` with engine="numpy". A learning rate that is not given is what `fit` takes; the
        rule that trained last goes on with what it keeps.

        Args:
            x: inputs of shape (n, features).
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).
            optimizer: an update rule; by default that which trained last, else `gp.SGD()`.

        Raises:
            NetworkError: if a parameter is not finite any more; all is put back to before.
            DataError: for data that the network cannot take.
        """
        with training_alone(self, "train_step"):
            train_on(self, x, y, optimizer)

    def _run(
        self,
        rule: UpdateRule,
        examples: Examples,
        validation: Examples | None,
        batch_size: int,
        measured: int,
        parts: tuple[Numbered, Numbered] | None = None,
    ) -> Run:
        """A run that goes on with what is kept for a rule, or begins with the rule."""
        program, data = self._program(rule.kind), (examples, validation)
        states = self._states.for_rule(rule, program)
        given = (program, self._values(), states, data, measured, batch_size)
        return Run(*given, self.architecture.threshold(), self.threads, parts, self._equation)

    def _equation(self, step: Step) -> str:
        """A step of the program as the derivation has it, for messages."""
        from glassprop.show.matrices.single_equation import single_equation

        return single_equation(self._programs.derivation, step)
