"""The training loop: shuffled mini-batches, one emitted `train_step` for each or a whole epoch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import Program
from glassprop.errors import NetworkError
from glassprop.models.updates import UpdateRule
from glassprop.train.engine import Choice, CompiledEpoch, choose, explain
from glassprop.train.examples import Examples
from glassprop.train.history import Epoch, Evaluation, History
from glassprop.train.interrupt import Interrupt
from glassprop.train.measure import measure
from glassprop.train.progress import Silent
from glassprop.train.states import States

Numbers = npt.NDArray[Any]


@dataclass
class Run:
    """All that a training run works with.

    Attributes:
        program: what is trained with.
        parameters: of the network, in the program's order; updated in place.
        states: of the update rule, updated in place; how many updates it has made.
        rule: the update rule.
        data: checked examples; those to measure on after each epoch, if any; and the training
            examples on which cost and accuracy are measured, if any.
        batch_size: of all mini-batches but the last of an epoch, which may be smaller.
        threshold: above it a single output means class 1.
        threads: how many cores training may use.
        compiled: the compiled engine's epoch; without one, `train_step` is called for each
            mini-batch.
    """

    program: Program
    parameters: Sequence[Numbers]
    states: States
    rule: UpdateRule
    data: tuple[Examples, Examples | None, Examples | None]
    batch_size: int
    threshold: float
    threads: int = 1
    compiled: CompiledEpoch | None = None

    def __post_init__(self) -> None:
        self.examples, self.validation, self.sample = self.data
        self.functions = self.program.functions
        arguments = self.program.routines["train_step"].arguments
        self.hyper = [self.rule.hyper[s.name] for s in arguments if s.role == "hyper"]
        self.counts = any(s.role == "counter" for s in arguments)
        rows = min(self.batch_size, len(self.examples))
        x, y = self.examples.x, self.examples.y
        self.work = self.functions["workspace"](rows)
        self.x = np.empty((rows, x.shape[1]), x.dtype)
        self.y = np.empty((rows, y.shape[1]), y.dtype)

    def choose(
        self,
        wanted: str,
        epochs: int,
        title: str,
        progress: Silent,
        history: History,
    ) -> Choice:
        """Take the engine for a run, compile if need be, and say in a line what is worth knowing.

        Raises:
            KeyboardInterrupt: after Ctrl-C, once the compilation is done.
        """
        choice = choose(
            wanted, self.program, self.examples.x, epochs, self.batch_size, title, self.threads
        )
        explain(choice, wanted, progress.note)
        if choice.compiled is None:
            return choice
        arguments = (
            self.parameters,
            self.states.arrays,
            self.hyper,
            self.examples,
            self.batch_size,
        )
        with Interrupt() as interrupt:
            self.compiled = CompiledEpoch(
                choice.compiled,
                *arguments,
                lambda: progress.note("compiling the training loop …"),
                self.threads,
            )
        if interrupt.requested:
            history.interrupted = True
            raise KeyboardInterrupt
        return choice

    def train(
        self, epochs: int, random: np.random.Generator, progress: Silent, history: History
    ) -> None:
        """Go through all examples `epochs` times, in a new order each time.

        Raises:
            NetworkError: if a parameter is not finite any more; the parameters are put back to
                what they were before that epoch.
            KeyboardInterrupt: after Ctrl-C, once the mini-batch under way is finished.
        """
        with Interrupt() as interrupt, progress:
            for number in range(1, epochs + 1):
                before = [array.copy() for array in self.parameters], self.states.copied()
                start = time.perf_counter()
                self.epoch(random.permutation(len(self.examples)), progress, interrupt)
                seconds = time.perf_counter() - start
                self.check(number, *before)
                if interrupt.requested:
                    break
                epoch = Epoch(
                    number, self.measured(self.sample), self.measured(self.validation), seconds
                )
                history.epochs.append(epoch)
                progress.epoch(epoch)
        if interrupt.requested:
            history.interrupted = len(history.epochs) < epochs
            raise KeyboardInterrupt

    def epoch(self, order: npt.NDArray[np.intp], progress: Silent, interrupt: Interrupt) -> None:
        """One pass over the examples in a given order, the last, smaller mini-batch included."""
        if self.compiled is not None:

            def advance(examples: int) -> bool:
                progress.advance(examples)
                return interrupt.requested

            self.states.updates = self.compiled.run(order, advance, self.states.updates)
            return
        size = len(self.x)
        whole = len(order) - len(order) % size
        x, y, work = self.examples.x, self.examples.y, self.work
        for start in range(0, whole, size):
            rows = order[start : start + size]
            x.take(rows, 0, self.x, "clip")
            y.take(rows, 0, self.y, "clip")
            self.step(self.x, self.y, work)
            progress.advance(size)
            if interrupt.requested:
                return
        if whole < len(order):
            rows = order[whole:]
            work = self.functions["narrow"](self.work, len(rows))
            self.step(x[rows], y[rows], work)
            progress.advance(len(rows))

    def step(self, x: Numbers, y: Numbers, work: Any) -> None:
        """One mini-batch with the NumPy engine."""
        self.states.updates += 1
        counted = (self.states.updates,) if self.counts else ()
        arguments = (*self.parameters, *self.states.arrays, *self.hyper, *counted)
        self.functions["train_step"](x, y, *arguments, work)

    def check(self, number: int, parameters: Sequence[Numbers], states: States) -> None:
        """Refuse parameters that are not finite, and put back what was there before."""
        if all(np.isfinite(array).all() for array in self.parameters):
            return
        for array, old in zip(self.parameters, parameters, strict=True):
            array[...] = old
        self.states.restore(states)
        raise NetworkError(
            f"training diverged in epoch {number}: a parameter is not finite any more; the network "
            "is back at the start of that epoch, go on with a smaller learning rate"
        )

    def measured(self, examples: Examples | None) -> Evaluation | None:
        """Cost and accuracy on some examples."""
        if examples is None:
            return None
        return measure(self.functions["evaluate"], self.parameters, examples, self.threshold)
