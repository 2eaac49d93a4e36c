"""All that a training run works with, and an epoch of it: mini-batch after mini-batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import Program
from glassprop.compile.targets import TARGETS
from glassprop.data.memory import memory
from glassprop.system import blas
from glassprop.system.interrupt import Interrupt
from glassprop.system.memory import require
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.mapped_files import check_files
from glassprop.train.examples.typed_rows import CHUNK
from glassprop.train.flow.layer_flow import Flow
from glassprop.train.progress.history import Evaluation, History
from glassprop.train.progress.progress import Silent
from glassprop.train.run.compiled_epoch import CompiledEpoch
from glassprop.train.run.compiled_measure import measuring
from glassprop.train.run.divergence import Equation, unwritten
from glassprop.train.run.engine import Choice, choose, explain
from glassprop.train.run.lookout import Lookout
from glassprop.train.run.monitor import Monitor
from glassprop.train.run.rule_states import States

Numbers = npt.NDArray[Any]
Numbered = npt.NDArray[np.intp]
Pause = Callable[[int], int]
"""Called between mini-batches with how many examples were trained on since the last call, none
before the first; gives how many updates may be made until it has to be called again."""


@dataclass
class Run:
    """All that a training run works with.

    Attributes:
        program: what is trained with.
        parameters: of the network, in the program's order; updated in place.
        states: the update rule and what it keeps, updated in place.
        data: checked examples, and those to measure on after each epoch, if any.
        measured: on how many of the training examples cost and accuracy are measured.
        batch_size: of all mini-batches but the last of an epoch, which may be smaller.
        threshold: above it a single output means class 1.
        threads: how many cores training may use.
        parts: the numbers of the examples to train on and of those held back from them to measure
            on, or None to train on all.
        equation: writes a step as the derivation has it, for messages.
        compiled: the compiled engine's epoch; without one, `train_step` is called for each
            mini-batch.
        lookout: what watches the run, if it is watched.
    """

    program: Program
    parameters: Sequence[Numbers]
    states: States
    data: tuple[Examples, Examples | None]
    measured: int
    batch_size: int
    threshold: float
    threads: int = 1
    parts: tuple[Numbered, Numbered] | None = None
    equation: Equation = unwritten
    compiled: CompiledEpoch | None = None
    lookout: Lookout | None = None

    def __post_init__(self) -> None:
        self.examples, self.validation = self.data
        self.count = len(self.examples) if self.parts is None else len(self.parts[0])
        self.monitors = list(self._monitors())
        self.functions = self.program.functions
        arguments = self.program.routines["train_step"].arguments
        self.counts = any(s.role == "counter" for s in arguments)
        self.size = min(self.batch_size, self.count)
        self.largest = max(array.size for array in self.parameters)
        self.set_hyper()

    def set_hyper(self) -> None:
        """Take the hyper-parameters that the rule has now."""
        given = {} if self.states.rule is None else self.states.rule.hyper
        arguments = self.program.routines["train_step"].arguments
        self.hyper = [given[s.name] for s in arguments if s.role == "hyper"]
        if self.compiled is not None:
            self.compiled.set_hyper(self.hyper)

    @property
    def arrays(self) -> Sequence[Numbers]:
        """What the update rule keeps, in the program's order."""
        return self.states.arrays

    @property
    def learning_rate(self) -> float | None:
        """That of the rule, if it has one."""
        return None if self.states.rule is None else self.states.rule.hyper.get("learning_rate")

    def _monitors(self) -> Iterator[Monitor]:
        """What is measured after each epoch."""
        given = self.program, self.examples, self.threshold
        if self.measured:
            yield Monitor("training", *given, self.sample(), equation=self.equation)
        if self.validation is not None:
            other = self.program, self.validation, self.threshold
            yield Monitor("validation", *other, equation=self.equation)
        elif self.parts is not None:
            yield Monitor("validation", *given, self.parts[1], equation=self.equation)

    def sample(self) -> Numbered | None:
        """The numbers of the training examples to measure on, evenly spaced; None for all."""
        if self.parts is None:
            return self.examples.spread(self.measured)
        own = self.parts[0]
        if self.measured >= len(own):
            return own
        return own[np.linspace(0, len(own) - 1, self.measured, dtype=np.intp)]

    def order(self, random: np.random.Generator) -> Numbered:
        """The numbers of the training examples, shuffled."""
        order = random.permutation(self.count)
        return order if self.parts is None else self.parts[0][order]

    @cached_property
    def memory(self) -> tuple[Numbers, Numbers, Any]:
        """Inputs, target rows and the workspace of a mini-batch, for the NumPy engine."""
        x, y = (np.empty((self.size, w), self.program.dtype) for w in self.examples.widths)
        work = self.functions["workspace"](self.size)
        require(x.nbytes + y.nbytes + sum(array.nbytes for array in work), memory())
        return x, y, work

    def choose(
        self,
        wanted: str,
        epochs: int,
        title: str,
        progress: Silent,
        history: History,
        said: str = "",
    ) -> Choice:
        """Take the engine for a run, compile if need be, and say in a line what is worth knowing.

        Raises:
            KeyboardInterrupt: after Ctrl-C, also in the midst of a compilation.
        """
        work = (self.program, self.examples, epochs, self.batch_size)
        choice = choose(wanted, *work, title, self.threads, self.states.updates, self.count)
        explain(choice, wanted, progress.note, said)
        if choice.compiled is None:
            return choice
        try:
            self.compiled = CompiledEpoch(
                choice.compiled, self, lambda: progress.note("compiling the training loop …")
            )
            self.monitors = [
                self._compiled_monitor(one, choice.name, title, progress) for one in self.monitors
            ]
        except KeyboardInterrupt:
            history.interrupted = True
            raise
        return choice

    def _compiled_monitor(self, one: Monitor, target: str, title: str, progress: Silent) -> Monitor:
        """The same with its measurements compiled, where that is worth it."""
        found = measuring(
            self.program,
            self.parameters,
            (one.examples, one.chosen),
            title,
            self.threads,
            lambda: progress.note("compiling the measurements …"),
            TARGETS[target],
        )
        return replace(one, compiled=found)

    def epoch(
        self, order: Numbered, progress: Silent, interrupt: Interrupt, pause: Pause | None = None
    ) -> None:
        """One pass over the examples in a given order, the last, smaller mini-batch included.

        Where `pause` is called, all that training changes is as after the updates so far; the
        compiled engine may have weights as a number times an array then (`CompiledEpoch.factor`).
        """
        files = self.examples.files
        check_files(files)
        if self.compiled is not None:
            compiled = self.compiled
            compiled.most = None if pause is None else pause(0)

            def advance(examples: int) -> bool:
                self.states.updates += -(-examples // self.size)
                progress.advance(examples)
                check_files(files)
                ends = interrupt.requested  # one that comes later ends it after the next piece
                if pause is not None:
                    compiled.most = pause(examples)
                return ends or self.lost

            compiled.run(order, advance, self.states.updates)
            return
        with blas.worth(self.size * self.largest):
            self.mini_batches(order, progress, interrupt, pause)

    def mini_batches(
        self, order: Numbered, progress: Silent, interrupt: Interrupt, pause: Pause | None = None
    ) -> None:
        """An epoch of the NumPy engine."""
        files = self.examples.files
        put_x, put_y = self.examples.inputs.rows.put, self.examples.targets.put
        x, y, work = self.memory
        for start in range(0, len(order), self.size):
            rows = order[start : start + self.size]
            if len(rows) < self.size:
                x, y = x[: len(rows)], y[: len(rows)]
                work = self.functions["narrow"](work, len(rows))
            if files:
                check_files(files)
            put_x(rows, x)
            put_y(rows, y)
            self.step(x, y, work)
            progress.advance(len(rows))
            ends = interrupt.requested  # one that comes later ends it after the next mini-batch
            if pause is not None:
                pause(len(rows))
            if ends or self.lost:
                return

    @property
    def lost(self) -> bool:
        """Whether it has been seen that going on makes no sense; only what is watched is seen."""
        if self.lookout is None:
            return False
        return self.lookout.sees_loss((*self.parameters, *self.states.arrays))

    def flow(self, say: Callable[[str], object]) -> Flow | None:
        """The flow through the layers, if the run is watched.

        Args:
            say: told if it cannot be measured.
        """
        if self.lookout is None:
            return None
        # Threads of BLAS wait for more work for a while, in the way of the next epoch's.
        with blas.hold(1, insist=False):
            try:
                return self.lookout.flow(self.states, self.values(self.states.updates + 1))
            except MemoryError:
                self.lookout = None
                say("there is not enough memory to go on watching")
                return None

    def step(self, x: Numbers, y: Numbers, work: Any) -> None:
        """One mini-batch with the NumPy engine."""
        self.states.updates += 1
        self.functions["train_step"](x, y, *self.values(self.states.updates), work)

    def values(self, update: int) -> tuple[Any, ...]:
        """What `train_step` is called with for an update, beside examples and memory."""
        counted = (update,) if self.counts else ()
        return (*self.parameters, *self.states.arrays, *self.hyper, *counted)

    def measure(self, one: Monitor) -> Evaluation:
        """Cost and accuracy on some examples."""
        with blas.worth(min(len(one), CHUNK) * self.largest):
            return one.measured(self.parameters)
