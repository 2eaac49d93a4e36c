"""The training loop: an iterator over epochs, which `fit` goes through to its end."""

from __future__ import annotations

import copy
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from glassprop.errors import NetworkError
from glassprop.errors import shown as error_text
from glassprop.models.checked_numbers import whole
from glassprop.models.defaults import EPOCHS
from glassprop.models.update_rules import UpdateRule
from glassprop.system import blas
from glassprop.system import threads as cores
from glassprop.system.interrupt import DEADLY, Interrupt
from glassprop.train.checkpoints.checkpoint import Checkpoint
from glassprop.train.checkpoints.data_digest import digest
from glassprop.train.checkpoints.record import Record
from glassprop.train.examples.examples import check_pair
from glassprop.train.examples.held_back import held_back, share_of
from glassprop.train.examples.unreachable_targets import warn_of_unreachable
from glassprop.train.loop.keeping import Pauses, Resumed, contents, resumed
from glassprop.train.loop.settings import Settings, training_alone
from glassprop.train.loop.trained import Trained
from glassprop.train.progress.answers import Answers
from glassprop.train.progress.history import Epoch, History
from glassprop.train.progress.progress import shown
from glassprop.train.run.divergence import largest
from glassprop.train.run.engine import Choice
from glassprop.train.run.lookout import Lookout
from glassprop.train.run.loop import Place, go_through
from glassprop.train.run.run import Run
from glassprop.train.run.trainable import require_trainable
from glassprop.train.run.update_rule import rule_for, scheduled


class Training(Iterator[Epoch]):
    """Epoch after epoch of a network's training: `for epoch in net.training(x, y): …`.

    Between epochs the network is as after the last one and may be used, saved, and given other
    parameters, or be trained otherwise. The loop may be left at any time, and be gone on with.

    Attributes:
        network: what is trained.
        history: the epochs so far; `network.history` is the same.
    """

    def __init__(self, network: Trained, x: object, y: object, given: Settings) -> None:
        self.network, self.epochs = network, given.epochs
        examples = network._examples(x, y)
        require_trainable(network._programs.derivation, network.architecture)
        warn_of_unreachable(examples, network.architecture)
        network.architecture = network.architecture.trained_on(examples.low)
        back = None if given.resume is None else resumed(given.resume, given.checked)
        rule = back.record.began[1] if back and given.optimizer is None else given.optimizer
        self._rule, reason = rule_for(rule, network.architecture, examples)
        share = share_of(given.validation)
        pair = None if share is not None else given.validation
        self._data = examples, check_pair(pair, "validation", network._examples)
        self._parts = None if share is None else held_back(examples, share)
        self._measure, self._batch_size = given.measure, given.batch_size
        self._watch, self._found = given.watch, set[tuple[str, int]]()
        if back is None:  # a rule that is gone on with knows how long it trains
            self._rule = self._scheduled(self._rule)
        self._began_with = self._batch_size, self._rule
        self._share = share
        self.history = History()
        self._checkpoints = [one for one in given.checked if isinstance(one, Checkpoint)]
        others = [one for one in given.checked if not isinstance(one, Checkpoint)]
        self._callbacks, self._answers = [*others, *self._checkpoints], Answers("callbacks")
        self._started = self._stopped = self._ended = False
        self._interrupt: Interrupt | None = None
        self._done, self._seconds, self._since = 0, 0.0, 0.0
        self._epoch_random: np.random.Generator | None = None
        self._back, self._at_first = back, 0.0
        if back is not None:
            self._go_back(back)
        self._run = self._new_run()
        self._says = bool(given.progress)
        planned = EPOCHS if given.epochs is None else given.epochs
        self._progress = shown(given.progress, planned, self._run.count)
        self._progress.rule(self._rule, self._batch_size, reason)
        if back is not None:
            self._progress.advance(len(self.history) * self._run.count + self._done)
            self._progress.note(f"going on from {error_text(back.path)}, {back.words}")
        elif given.resume is not None:
            self._progress.note("there is no checkpoint yet: training begins")

    def _go_back(self, back: Resumed) -> None:
        """Have all be as it was when a checkpoint was written, if it is one of this run."""
        back.require_network(self.network)
        self._rule = back.as_it_began(self._rule)
        back.require_settings(self._rule, self._batch_size, self.epochs)
        back.require_data(self._digests, self._share)
        back.require_place(len(self._data[0] if self._parts is None else self._parts[0]))
        self.history = back.put_back(self.network, self._callbacks)
        record, rule = back.record, back.saved.states.rule
        assert rule is not None
        self._rule, self._batch_size = rule, record.batch_size
        self._done, self._seconds = record.done, record.seconds
        self._at_first = record.at_first

    @cached_property
    def _digests(self) -> tuple[str, str]:
        """Of the training data and the validation data."""
        examples, validation = self._data
        return digest(examples), "" if validation is None else digest(validation)

    def _scheduled(self, rule: UpdateRule) -> UpdateRule:
        """A rule whose schedule knows how many updates there are, in all and in an epoch."""
        epochs = EPOCHS if self.epochs is None else self.epochs
        count = len(self._data[0] if self._parts is None else self._parts[0])
        return scheduled(rule, self.network._states, epochs, self._batch_size, count)

    # -- settings

    @property
    def batch_size(self) -> int:
        """The examples in a mini-batch, at least 1; another one holds from the next epoch on."""
        return self._batch_size

    @batch_size.setter
    def batch_size(self, size: int) -> None:
        self._batch_size = whole(size, "batch size")

    @property
    def optimizer(self) -> UpdateRule:
        """The update rule with its numbers; others of the same rule hold from the next epoch on."""
        return self._rule

    @optimizer.setter
    def optimizer(self, rule: UpdateRule) -> None:
        if not isinstance(rule, UpdateRule) or rule.kind is not self._rule.kind:
            raise NetworkError(
                f"optimizer: this training goes by {type(self._rule).__name__}, whose numbers may "
                f"be changed on the way; got {rule!r:.60}. Begin another training for another rule"
            )
        examples, architecture = self._data[0], self.network.architecture
        self._rule = self._scheduled(rule_for(rule, architecture, examples)[0])

    @property
    def learning_rate(self) -> float:
        """That of the update rule; another one holds from the next epoch on."""
        return self._rule.hyper["learning_rate"]

    @learning_rate.setter
    def learning_rate(self, rate: float) -> None:
        if "learning_rate" not in {field.name for field in fields(self._rule)}:
            raise NetworkError(f"{type(self._rule).__name__} has no learning rate to change")
        self._rule = replace(self._rule, learning_rate=rate)

    @property
    def updates(self) -> int:
        """How many updates the rule has made, those before this training included."""
        return self._run.states.updates

    @property
    def done(self) -> int:
        """How many examples of the next epoch have been trained on, after a checkpoint within."""
        return self._done

    @property
    def passed(self) -> float:
        """The seconds since the epoch under way was begun, or gone on with."""
        return time.perf_counter() - self._since

    @property
    def resumed(self) -> Path | None:
        """The checkpoint that it goes on from, if it does."""
        return None if self._back is None else self._back.path

    def stop(self) -> None:
        """Have no further epoch come."""
        self._stopped = True
        self.history.stopped = not self._is_complete()

    def measures(self, name: str) -> tuple[bool, bool]:
        """Whether there is a cost, and an accuracy, on the "training" or "validation" data."""
        for one in self._run.monitors:
            if one.name == name:
                return True, one.examples.labels is not None
        return False, False

    def note(self, text: str) -> None:
        """Say something in a line where progress is shown."""
        self._progress.note(text)

    def _is_complete(self) -> bool:
        return self.epochs is not None and len(self.history) >= self.epochs

    # -- epochs

    def __next__(self) -> Epoch:
        """Train for an epoch, and measure.

        Raises:
            DataError: for a mapped file that has become shorter.
            NetworkError: if training diverges, or where the network is being trained elsewhere.
            KeyboardInterrupt: on Ctrl-C, after the mini-batch under way.
        """
        if self._interrupt is not None:
            found = self._next(self._interrupt)
        else:
            with training_alone(self.network, "training"), self.held():
                found = self._next(self._interrupt)
        if found is None:
            raise StopIteration
        return found

    @contextmanager
    def held(self) -> Generator[None]:
        """Within it threads and signals are seen to: for one epoch, or for all.

        Raises:
            KeyboardInterrupt: after Ctrl-C, once the mini-batch under way is finished.
        """
        network = self.network
        self._renew()
        before, started = self._before, self._run.states.updates
        network._states, network.history = self._run.states, self.history
        try:
            self._choose()
            insist = cores.asked(network._threads) is not None
            with blas.hold(self._run.threads, insist=insist):
                more = DEADLY if self._checkpoints else ()
                with Interrupt(more=more) as interrupt, self._progress:
                    self._interrupt = interrupt
                    try:
                        yield
                    finally:
                        self._interrupt = None
                if interrupt.requested:
                    self.history.interrupted = not self._is_complete()
                    interrupt.deliver()
        finally:
            if self._run.states.updates == started:  # the rule before has trained last
                network._states = before
            self._before = network._states

    def _next(self, interrupt: Interrupt | None) -> Epoch | None:
        """The next epoch; None where there is none, or where it was interrupted."""
        assert interrupt is not None
        if not self._started:
            self._started = True
            self._at_first = self._at_first or largest(self._run.parameters)
            self._tell("begin")
        ends = self._stopped or self._is_complete()
        asked = interrupt.requested  # while the last epoch was measured
        self._look(asked or ends)
        if asked or self._ended:
            return None
        if ends:
            self._ended = True
            self._tell("end")
            return None
        if self._renew():
            with interrupt.apart():
                self._choose()
        epoch = self._epoch(interrupt)
        if epoch is None:
            return None
        self.history.epochs.append(epoch)
        self._progress.epoch(epoch)
        if self._progress.stopped:
            self.stop()
        for one in self._callbacks:
            if self._answers.stop(one(self), 4):
                self.stop()
        if interrupt.requested:
            self._look(True)
        return epoch

    def _epoch(self, interrupt: Interrupt) -> Epoch | None:
        """Train for an epoch, or what is left of one, and measure; None if it was interrupted."""
        random, number = self.network._random, len(self.history) + 1
        place = Place(number, self._done, self._seconds, self._at_first)
        pauses, weights = None, None
        if place.done and self._back is not None:
            weights = self._back.weights
        if self._checkpoints or weights is not None:
            pauses = Pauses(self, self._checkpoints, place, interrupt, self._run, weights)
            self._epoch_random = copy.deepcopy(random)
        order, self._since = self._run.order(random), time.perf_counter()
        self._done, self._seconds = 0, 0.0
        try:
            given = self._run, order, place, self._progress, interrupt, pauses
            epoch = go_through(*given)
            if epoch is None and pauses is not None:
                pauses.end()
            return epoch
        finally:
            self._epoch_random = None

    def _look(self, ends: bool) -> None:
        """Write the checkpoints that are due between two epochs."""
        for one in self._checkpoints:
            one.look(self, self._done, self._seconds, ends)

    def contents(self, done: int = 0, seconds: float = 0.0) -> bytes:
        """What a checkpoint holds now.

        Args:
            done: how many examples of the epoch under way have been trained on.
            seconds: that these have taken.

        Raises:
            NetworkError: for what is no finite number.
        """
        assert self._engine is not None
        record = Record(
            tuple(self.history.epochs), done, seconds, self._run.batch_size, self._began_with,
            self._engine.name, self._run.threads, self._digests, self._share, self._at_first,
        )  # fmt: skip
        random = self._epoch_random or self.network._random
        return contents(self.network, self._run, record, random, self._callbacks)

    def _tell(self, what: str) -> None:
        for one in self._callbacks:
            method = getattr(one, what, None)
            if method is not None:
                method(self)

    # -- the run

    def _new_run(self) -> Run:
        """A run that goes on with what the network keeps for the rule, or begins with the rule."""
        network, validation = self.network, self._data[1]
        self._before = network._states
        self._engine: Choice | None = None
        given = self._rule, self._data[0], validation, self._batch_size, self._measure
        run = network._run(*given, self._parts)
        if self._watch:
            of = run.program, run.examples, network.architecture, run.size, run.equation
            run.lookout = Lookout(*of, None if self._parts is None else self._parts[0])
            run.lookout.said = self._found  # goes on, so that nothing is said twice
        return run

    def _renew(self) -> bool:
        """See to what was changed since the last epoch; whether the run is another one."""
        run, states = self._run, self.network._states
        trained_elsewhere = states is not self._before and states is not run.states
        if self._batch_size != run.batch_size or trained_elsewhere:
            self._run = self._new_run()
            if self._interrupt is not None:
                self.network._states = self._run.states
            return True
        if self._rule is not run.states.rule:
            run.states.rule = self._rule
            run.set_hyper()
        return False

    def _choose(self) -> None:
        """Take the engine for the epochs that are left, if that is not done."""
        network = self.network
        if self._engine is not None:
            return
        epochs = (EPOCHS if self.epochs is None else self.epochs) - len(self.history)
        title = network.architecture.title
        given = (max(1, epochs), title, self._progress, self.history)
        wanted = network._wanted
        if self._back is not None and not self._started:
            wanted = self._back.record.engine
        self._engine = choice = self._run.choose(wanted, *given, network._said)
        network._compiled, network.engine = choice.compiled, choice.name
        network._said = choice.reason if self._says else network._said
