"""Which engine trains, and the compiled engine at work: an epoch in pieces of a tenth of a second.

`auto` takes the compiled engine where it pays: compiling takes seconds, once for each program and
machine. The choice depends on the work alone, not on what the cache holds, so that the same seed
gives the same bits on the first run and on the second.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import EpochSource, LacksError, Program, Purpose
from glassprop.compile.targets import FASTEST, PLAIN, TARGETS, Target
from glassprop.data.memory import memory
from glassprop.errors import NetworkError, nearest
from glassprop.system.memory import require
from glassprop.system.thread_team import Team, refusal
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.staging import data_of, forms_of
from glassprop.train.examples.typed_rows import Rows

Numbers = npt.NDArray[Any]

AUTO = "auto"
ENGINES = (AUTO, *TARGETS)
WORTH = 5.0
"""Estimated seconds of training with the NumPy engine from which `auto` compiles."""
CALL = 1.0e-6
MULTIPLICATION = 3.0e-11
"""Seconds of a NumPy call on a small array, and of a multiplication in a matrix product; good
enough to tell a second from a minute."""
PIECE = 0.1
"""Seconds between looks at Ctrl-C and at the progress bar."""
ALONE = Team(1)


class Pace:
    """Where an epoch is interrupted: after about a tenth of a second.

    No bit may depend on it. What goes on from one piece to the next is in parameters, states and
    arguments; a test goes through epochs at other paces.

    Attributes:
        batches: how many mini-batches the next piece has.
    """

    def __init__(self) -> None:
        self.batches = 1

    def took(self, seconds: float, batches: float) -> None:
        """Make the next piece about as long as wanted, at most eight times as long as this one."""
        more = min(8.0, PIECE / max(seconds, 1e-9))
        self.batches = max(1, int(batches * more))


def check_engine(engine: str) -> str:
    """The engine that a name stands for.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    if engine not in ENGINES:
        raise NetworkError(f"unknown engine {engine!r}; {nearest(str(engine), ENGINES)}")
    return engine


def estimate(program: Program, examples: int, epochs: int, batch_size: int) -> float:
    """About how many seconds the NumPy engine trains."""
    steps = program.routines["train_step"].steps.steps
    parameters = sum(_lengths(program))
    calls = 3 * len(steps) * -(-examples // batch_size)
    return epochs * (calls * CALL + 3 * examples * parameters * MULTIPLICATION)


def _lengths(program: Program) -> list[int]:
    """How many numbers each parameter has."""
    arguments = program.routines["train_step"].arguments
    parameters = [symbol for symbol in arguments if symbol.role == "parameter"]
    return [int(np.prod([int(axis.size) for axis in symbol.axes])) for symbol in parameters]


@dataclass(frozen=True)
class Choice:
    """The engine that trains: the source of its epochs, or why it is NumPy's, which has none."""

    compiled: EpochSource | None
    reason: str = ""

    @property
    def name(self) -> str:
        """The name of the target."""
        return PLAIN if self.compiled is None else self.compiled.target


def choose(
    wanted: str,
    program: Program,
    examples: Examples,
    epochs: int,
    batch_size: int,
    title: str,
    threads: int = 1,
) -> Choice:
    """The engine for a training run, given the engine that was asked for."""
    target = TARGETS[FASTEST if wanted == AUTO else wanted]
    if target.epoch is None:
        return Choice(None)
    if wanted == AUTO and estimate(program, len(examples), epochs, batch_size) < WORTH:
        return Choice(None)
    reason = target.unavailable("")
    if reason:
        return Choice(None, reason)
    try:
        size = min(batch_size, len(examples))
        found = source_for(program, examples, size, title, threads, target=target)
    except LacksError as error:
        return Choice(None, target.lacks(error))
    reason = target.unavailable(found.source)
    return Choice(None, reason) if reason else Choice(found)


def source_for(
    program: Program,
    examples: Examples,
    batch_size: int,
    title: str,
    threads: int = 1,
    density: float | None = None,
    target: Target = TARGETS[FASTEST],
) -> EpochSource:
    """The source for examples as they come; where it cannot take them so, for staged rows.

    Args:
        program: with the routine `train_step`.
        examples: checked data.
        batch_size: of the mini-batches.
        title: what the program is for.
        threads: how many may share the work of a mini-batch.
        density: the share of the inputs that is not zero, if it is not to be looked up.
        target: one that goes through epochs by itself.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    assert target.epoch is not None
    forms = forms_of(program.routines["train_step"], examples)
    staged = Purpose(title, batch_size, threads=threads)
    if forms is not None:
        share = examples.inputs.density if density is None else density
        found = target.epoch(program, replace(staged, density=share, forms=forms))
        if found.sparse or isinstance(examples.inputs.rows, Rows):
            return found
    return target.epoch(program, staged)


def explain(choice: Choice, wanted: str, show: Callable[[str], object]) -> None:
    """Say in one line why it is not the compiled engine that trains, if it was to be expected."""
    if not choice.reason:
        return
    text = f"training with the NumPy engine: {choice.reason}"
    if wanted != AUTO:
        warnings.warn(text, RuntimeWarning, stacklevel=4)
    else:
        show(text)


class CompiledEpoch:
    """An epoch function with its data, parameters and memory.

    Args:
        compiled: the source.
        parameters: of the network, by the routine's order; updated in place.
        states, hyper: of the update rule, by the routine's order.
        examples: checked data.
        batch_size: of all mini-batches but the last of an epoch.
        announce: called before a compilation that takes seconds.
        threads: how many share the work of a mini-batch, where the source says that they do.
        pace: how long pieces of an epoch are.
    """

    def __init__(
        self,
        compiled: EpochSource,
        parameters: Sequence[Numbers],
        states: Sequence[Numbers],
        hyper: Sequence[float],
        examples: Examples,
        batch_size: int,
        announce: Callable[[], object],
        threads: int = 1,
        pace: Pace | None = None,
    ) -> None:
        self.size = min(batch_size, len(examples))
        self.pace = Pace() if pace is None else pace
        data, self.stage = data_of(compiled, examples, self.size)
        self.before, self.after = data, (*parameters, *states, *map(float, hyper))
        self.counts, self.sparse = compiled.counts, bool(compiled.sparse)
        self.scaled = None if compiled.scaled is None else parameters[compiled.scaled]
        self.scale = np.ones(1)
        self.threads = threads if compiled.divided else 1
        load = TARGETS[compiled.target].load
        assert load is not None
        self.epoch = load(compiled.source, "epoch", announce)
        self.work: Any = None
        self.own: list[tuple[Any, ...]] = []
        self.meeting: Any = None
        self.team = ALONE
        self.function = self.epoch.load(self._all)

    def _all(self) -> tuple[Any, ...]:
        room = [self.size]
        if self.sparse:
            starts = self.before[0]
            longest = int(np.diff(starts).max(initial=0))
            room.append(min(self.size * longest, int(starts[-1] - starts[0])))
        self.work = self.epoch.namespace["workspace"](*room)
        require(sum(array.nbytes for array in self.work), memory())
        if self.threads > 1:
            from glassprop.compile.kernels.barrier import PLACES

            own = self.epoch.namespace["own_workspace"]
            self.own = [own(*room) for _ in range(self.threads)]
            self.meeting = np.zeros(PLACES, np.int64)
        return self._arguments(np.zeros(0, np.intp), 0, 0, 1)

    def _arguments(
        self, order: npt.NDArray[np.intp], updates: int, thread: int, threads: int
    ) -> tuple[Any, ...]:
        extra = [updates] if self.counts else []
        extra += [] if self.scaled is None else [self.scale]
        share = (self.own[thread], thread, threads, self.meeting) if self.own else ()
        return (*self.before, order, self.size, *self.after, *extra, self.work, *share)

    def _go(self, order: npt.NDArray[np.intp], updates: int) -> None:
        """Run the function for some examples, by all threads at once."""
        if self.team.size > 1 and self._together(order, updates):
            return
        self.function(*self._arguments(order, updates, 0, 1))

    def _together(self, order: npt.NDArray[np.intp], updates: int) -> bool:
        """Run it by all threads, or say that nothing was done as they have never met.

        A thread may lack the memory to begin with. What is done before the first meeting, at the
        beginning of the first mini-batch, can be done again.
        """
        from glassprop.compile.kernels.barrier import BROKEN, MET

        threads = self.team.size
        jobs = [
            partial(self.function, *self._arguments(order, updates, thread, threads))
            for thread in range(threads)
        ]
        self.meeting[:] = 0
        try:
            self.team.run(jobs, partial(self.meeting.__setitem__, BROKEN, 1))
        except Exception as error:
            if self.meeting[MET]:
                raise
            warnings.warn(f"{refusal(1, threads)}: {error!r}", RuntimeWarning, stacklevel=2)
            self.threads = self.team.size = 1
            self.meeting[:] = 0
            return False
        return True

    def run(
        self, order: npt.NDArray[np.intp], advance: Callable[[int], bool], updates: int = 0
    ) -> int:
        """Go through the examples in an order, in pieces of whole mini-batches.

        Args:
            order: the numbers of the examples.
            advance: told how many examples are done, after each piece; it says whether to stop.
            updates: how many updates have been made before.

        Returns:
            How many have been made now.
        """
        at = 0
        with self._working():
            while at < len(order):
                rows = self.size * self.pace.batches
                piece = order[at : at + (min(rows, self.stage.rows) if self.stage else rows)]
                start = time.perf_counter()
                staged = self.stage.fill(piece) if self.stage else piece
                self._go(staged, updates)
                self.pace.took(time.perf_counter() - start, len(piece) / self.size)
                at += len(piece)
                updates += -(-len(piece) // self.size)
                if advance(len(piece)):
                    break
        return updates

    @contextmanager
    def _working(self) -> Generator[None]:
        """Within it the threads are there that share the work."""
        try:
            with Team(self.threads) as self.team:
                if self.team.size < self.threads:
                    warnings.warn(
                        refusal(self.team.size, self.threads), RuntimeWarning, stacklevel=3
                    )
                    self.threads = self.team.size
                yield
        finally:
            self.team = ALONE
            self._scale_back()

    def _scale_back(self) -> None:
        """Multiply weights that were kept as a number times an array by that number."""
        if self.scaled is not None:
            self.scaled *= self.scaled.dtype.type(self.scale[0])
            self.scale[0] = 1.0
