"""Compiled measurements at work: outputs and costs of examples, in as many threads as are worth it.

Examples go in blocks, each computed by one thread, and the costs of the blocks are added up in
their order: the figures are the same in any number of threads.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.numba_source.measuring import BLOCK
from glassprop.compile.program import LacksError, MeasureSource, Program, Purpose
from glassprop.compile.targets import FASTEST, TARGETS, Target
from glassprop.data.memory import memory
from glassprop.system.memory import require
from glassprop.system.thread_team import Team, refusal
from glassprop.train.evaluation import Part, is_worth_compiling
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.mapped_files import check_files
from glassprop.train.examples.staging import data_of, source_for
from glassprop.train.predictor import WORTH

Numbers = npt.NDArray[Any]

Data = tuple[Examples, npt.NDArray[np.intp] | None]

PIECE = 1 << 14
"""Examples that a thread computes in one go, so that outputs take little memory."""


class CompiledMeasure:
    """What measures some examples with a network's parameters, time after time.

    Args:
        source: the source, made for these examples.
        parameters: of the network, in the program's order.
        data: checked examples, and the numbers of those to measure on, or None for all.
        threads: how many may share the work.
        announce: called before a compilation that takes seconds.
    """

    def __init__(
        self,
        source: MeasureSource,
        parameters: Sequence[Numbers],
        data: Data,
        threads: int,
        announce: Callable[[], object],
    ) -> None:
        self.examples, chosen = data
        self.rows = source.rows
        self.order = np.arange(len(self.examples)) if chosen is None else chosen
        self.threads = max(1, min(threads, source.work * self._blocks() // WORTH))
        self.data, self.stage = data_of(source, self.examples, self.rows)
        load = TARGETS[source.target].load
        assert load is not None
        self.module = load(source.source, "measure", announce)
        self.work: list[tuple[Numbers, ...]] = []
        self.function = self.module.load(lambda: self._first(parameters))

    def _blocks(self) -> int:
        return -(-len(self.order) // self.rows)

    def parts(self, parameters: Sequence[Numbers]) -> Iterator[Part]:
        """The outputs and the costs of all examples, piece by piece.

        Raises:
            DataError: for a mapped file that has become shorter.
        """
        most = self.threads * PIECE
        most = most if self.stage is None else min(most, self.stage.rows)
        width, labels = self.examples.widths[1], self.examples.labels
        outputs = np.empty((min(most, len(self.order)), width), self.examples.dtype)
        with Team(self.threads) as team:
            if team.size < self.threads:
                warnings.warn(refusal(team.size, self.threads), RuntimeWarning, stacklevel=4)
            for start in range(0, len(self.order), most):
                order = self.order[start : start + most]
                check_files(self.examples.files)
                staged = self.stage.fill(order) if self.stage else order
                found = outputs[: len(order)]
                costs = self._piece(team, staged, parameters, found)
                sizes = np.full(len(costs), self.rows)
                sizes[-1] = len(order) - self.rows * (len(costs) - 1)
                yield Part(found, float(costs @ sizes), None if labels is None else labels[order])

    def _first(self, parameters: Sequence[Numbers]) -> tuple[Any, ...]:
        """The arguments of a first call, for no examples, with memory that all calls take."""
        room = [min(self.rows, len(self.order))] + [0] * (len(self.data) > 2)  # compressed rows
        workspace = self.module.namespace["workspace"]
        self.work = [workspace(*room)]
        require(self.threads * sum(array.nbytes for array in self.work[0]), memory())
        self.work += [workspace(*room) for _ in range(self.threads - 1)]
        none = np.empty((0, self.examples.widths[1]), self.examples.dtype)
        return self._arguments(0, self.order[:0], parameters, none, np.empty(0))

    def _arguments(
        self,
        thread: int,
        order: npt.NDArray[np.intp],
        parameters: Sequence[Numbers],
        outputs: Numbers,
        costs: Numbers,
    ) -> tuple[Any, ...]:
        given = (*self.data, order, self.rows, *parameters)
        return (*given, outputs, costs, self.work[thread])

    def _piece(
        self,
        team: Team,
        order: npt.NDArray[np.intp],
        parameters: Sequence[Numbers],
        outputs: Numbers,
    ) -> Numbers:
        """Fill the outputs of some examples; gives the mean costs of their blocks."""
        costs = np.empty(-(-len(order) // self.rows))
        blocks = -(-len(costs) // team.size)
        jobs: list[Callable[[], object]] = []
        for thread, start in enumerate(range(0, len(costs), blocks)):
            rows = slice(start * self.rows, (start + blocks) * self.rows)
            own = (order[rows], parameters, outputs[rows], costs[start : start + blocks])
            jobs.append(partial(self.function, *self._arguments(thread, *own)))
        team.run(jobs, lambda: None)
        return costs


def measuring(
    program: Program,
    parameters: Sequence[Numbers],
    data: Data,
    title: str,
    threads: int,
    announce: Callable[[], object] = lambda: None,
    target: Target = TARGETS[FASTEST],
) -> CompiledMeasure | None:
    """What measures examples by compiled code, or None where that is not worth it or cannot be.

    Whether it is depends on the work alone, so that the figures do not change between runs.

    Args:
        program: with the routine `evaluate`.
        parameters: of the network, in the program's order.
        data: checked examples, and the numbers of those to measure on, or None for all.
        title: what the program is for.
        threads: how many may share the work.
        announce: called before a compilation that takes seconds.
        target: what trains.
    """
    examples, chosen = data
    count = len(examples) if chosen is None else len(chosen)
    if target.measurement is None or not is_worth_compiling(count, parameters):
        return None
    purpose = Purpose(title, BLOCK)
    with suppress(LacksError):
        source = source_for(target.measurement_of, program, "evaluate", examples, purpose)
        if not target.unavailable(source.source):
            return CompiledMeasure(source, parameters, data, threads, announce)
    return None
