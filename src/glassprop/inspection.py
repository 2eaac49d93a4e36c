"""What a network shows of itself: its derivation, its program, and the source that runs."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from glassprop.compile.numpy_source.standalone import standalone
from glassprop.compile.program import EpochSource, Program, Purpose
from glassprop.compile.targets import PLAIN, find_target
from glassprop.derivation import Derivation
from glassprop.models.architecture import Architecture
from glassprop.models.update_rules import UpdateRule, check_rule
from glassprop.train.network_programs import Programs
from glassprop.train.run.rule_states import States

Array = npt.NDArray[Any]


class Inspectable:
    """The part of `Network` that follows from its architecture and its update rule."""

    architecture: Architecture
    dtype: str
    _programs: Programs
    _states: States
    _compiled: EpochSource | None

    @property
    def derivation(self) -> Derivation:
        """The derivation of the gradients for one example, step by step.

        Documents state the update rule that trained last, or plain gradient descent.
        """
        return Derivation(self._programs.derivation, self.dtype, rule=self._states.kind)

    @property
    def optimizer(self) -> UpdateRule | None:
        """The update rule that trained last, with its hyper-parameters; None before training.

        Documents, `source` and `standalone` state it. It is kept in model files and pickles with
        what it keeps, so that a further `fit` with it goes on as if nothing had been saved.
        """
        return self._states.rule

    @property
    def kept(self) -> dict[str, Array]:
        """What `standalone` reads beside the parameters, to go on with the rule that trained."""
        return self._states.saved()

    def _program(self, rule: type[UpdateRule] | None = None) -> Program:
        """The program with a kind of rule; by default with the one that trained last."""
        return self._programs.of(rule or self._states.kind)

    def program(self, after: str | None = None) -> Any:
        """The compiled program, or the steps as one pass of the pipeline left them.

        Raises:
            NetworkError: for an unknown pass, with the nearest known one.
        """
        program = self._program()
        return program if after is None else program.after(after)

    def source(self, engine: str = PLAIN, optimizer: UpdateRule | None = None) -> str:
        """The source that runs.

        Args:
            engine: "numpy", or another target, such as "compiled", for the epoch in loops that the
                last `fit` ran, or else the one for dense inputs and mini-batches of 32.
            optimizer: the update rule in it; by default that which trained last, or `gp.SGD()`.

        Raises:
            NetworkError: for an unknown target, or if it lacks an operation.
        """
        target = find_target(engine)
        last = self._compiled if optimizer is None else None
        if last is not None and last.target == target.name:
            return last.source
        program = self._program(None if optimizer is None else check_rule(optimizer).kind)
        with target.refusing():
            return target.source(program, Purpose(self.architecture.title))

    def standalone(self, weights: str, optimizer: UpdateRule | None = None, pair: str = "") -> str:
        """The text of a module that needs NumPy only and reads its parameters from a file.

        It has `predict(x)`, `cost(x, y)`, `gradients(x, y)` and `train_step(x, y, learning_rate)`,
        made of the same lines that run here, by default with all hyper-parameters of the rule.
        `glassprop source` writes it with its parameters.

        Args:
            weights: the name of an .npz file beside the module.
            optimizer: the update rule of `train_step`, as in `source`.
            pair: what the entry `pair` of that file must be, if there is one.

        Raises:
            NetworkError: if the name has a folder in it.
        """
        header = f"{self.architecture.title}: derived and written by glassprop; needs NumPy only."
        rule = self.optimizer if optimizer is None else check_rule(optimizer)
        program = self._program(None if rule is None else rule.kind)
        hyper = {} if rule is None else rule.hyper
        return standalone(program, header, weights, self.architecture.cost.labels, hyper, pair)

    def _repr_html_(self) -> str:
        """The layers and the derivation, in a notebook."""
        from glassprop.show.jupyter import network_html

        return network_html(
            self.architecture.title, self.architecture, self.derivation._repr_html_()
        )
