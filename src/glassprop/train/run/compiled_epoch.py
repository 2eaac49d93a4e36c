"""The compiled engine at work: an epoch in pieces of about a tenth of a second."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import EpochSource
from glassprop.compile.targets import TARGETS
from glassprop.data.memory import memory
from glassprop.system.memory import require
from glassprop.system.thread_team import Team, refusal
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.staging import data_of
from glassprop.train.run.pace import Crew, Pace

Numbers = npt.NDArray[Any]

ALONE = Team(1)


class Work(Protocol):
    """What an epoch trains, and on what; a `Run` is one."""

    @property
    def parameters(self) -> Sequence[Numbers]:
        """Those of the network, in the program's order; updated in place."""
        ...

    @property
    def arrays(self) -> Sequence[Numbers]:
        """What the update rule keeps, in the program's order; updated in place."""
        ...

    @property
    def hyper(self) -> Sequence[float]:
        """The hyper-parameters of the rule, in the program's order."""
        ...

    @property
    def examples(self) -> Examples:
        """Checked data."""
        ...

    @property
    def size(self) -> int:
        """Examples in a mini-batch."""
        ...

    @property
    def threads(self) -> int:
        """How many may share the work of a mini-batch."""
        ...


_crews: dict[str, Crew] = {}
"""What was learned of each program in this process, by the key of its code."""


class CompiledEpoch:
    """An epoch function with its data, parameters and memory.

    Args:
        compiled: the source.
        work: what it is to train, and on what.
        announce: called before a compilation that takes seconds.
        pace: how long pieces of an epoch are.

    Attributes:
        most: how many mini-batches the next piece may have; None for any.
    """

    most: int | None = None

    def __init__(
        self,
        compiled: EpochSource,
        work: Work,
        announce: Callable[[], object] = lambda: None,
        pace: Pace | None = None,
    ) -> None:
        self.size, parameters = work.size, work.parameters
        self.pace = Pace() if pace is None else pace
        self.before, self.stage = data_of(compiled, work.examples, self.size)
        self.kept = (*parameters, *work.arrays)
        self.set_hyper(work.hyper)
        self.counts, self.sparse = compiled.counts, bool(compiled.sparse)
        self.scaled = None if compiled.scaled is None else parameters[compiled.scaled]
        self.scale = np.ones(1)
        self.threads = work.threads if compiled.divided else 1
        load = TARGETS[compiled.target].load
        assert load is not None
        self.epoch = load(compiled.source, "epoch", announce)
        self.crew = _crews.setdefault(self.epoch.key, Crew())
        self.room: Any = None
        self.own: list[tuple[Any, ...]] = []
        self.meeting: Any = None
        self.team, self.alone = ALONE, False
        self.function = self.epoch.load(self._all)

    def set_hyper(self, hyper: Sequence[float]) -> None:
        """Go on with other hyper-parameters of the same rule, in the program's order."""
        self.after = (*self.kept, *map(float, hyper))

    @property
    def factor(self) -> tuple[Numbers, float] | None:
        """Weights that are a number times an array while an epoch runs, and the number; or None."""
        if self.scaled is None or self.scale[0] == 1.0:
            return None
        return self.scaled, float(self.scale[0])

    def go_on_with(self, weights: Numbers, factor: float) -> None:
        """Begin the next run with such weights as they were within an epoch."""
        if self.scaled is not None:
            self.scaled[...] = weights
            self.scale[0] = factor

    def _all(self) -> tuple[Any, ...]:
        room = [self.size]
        if self.sparse:
            starts = self.before[0]
            longest = int(np.diff(starts).max(initial=0))
            room.append(min(self.size * longest, int(starts[-1] - starts[0])))
        self.room = self.epoch.namespace["workspace"](*room)
        require(sum(array.nbytes for array in self.room), memory())
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
        return (*self.before, order, self.size, *self.after, *extra, self.room, *share)

    def _go(self, order: npt.NDArray[np.intp], updates: int) -> None:
        """Run the function for some examples, by all threads at once or by one."""
        if self.team.size > 1 and not self.alone and self._together(order, updates):
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
                many = self.team.size > 1
                batches, self.alone = self.pace.batches, False
                if many:
                    self.alone, batches = self.crew.next(batches)
                if self.most is not None:
                    batches = min(batches, max(1, self.most))
                rows = self.size * batches
                piece = order[at : at + (min(rows, self.stage.rows) if self.stage else rows)]
                start = time.perf_counter()
                staged = self.stage.fill(piece) if self.stage else piece
                self._go(staged, updates)
                took, done = time.perf_counter() - start, len(piece) / self.size
                self.pace.took(took, done)
                if many:
                    self.crew.took(took, done)
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
