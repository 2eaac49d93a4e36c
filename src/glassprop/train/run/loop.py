"""One epoch of training with all that belongs to it: looked after, measured, or put back."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError
from glassprop.system.interrupt import Interrupt
from glassprop.train.progress.history import Epoch, Evaluation
from glassprop.train.progress.progress import Silent
from glassprop.train.run.epoch_replay import Repetition
from glassprop.train.run.monitor import advice
from glassprop.train.run.run import Pause, Run


@dataclass(frozen=True)
class Place:
    """Where an epoch begins, or goes on.

    Attributes:
        number: of the epoch, from 1.
        done: how many of its examples have been trained on already.
        seconds: that this has taken.
        at_first: the size of the largest parameter before training.
    """

    number: int
    done: int = 0
    seconds: float = 0.0
    at_first: float = 1.0


def go_through(
    run: Run,
    order: npt.NDArray[np.intp],
    place: Place,
    progress: Silent,
    interrupt: Interrupt,
    pause: Pause | None = None,
) -> Epoch | None:
    """Train on the examples of an epoch in an order, and measure; None if it was interrupted.

    Args:
        run: what is trained.
        order: of all examples of the epoch, those that are done first.
        place: where the epoch begins.
        progress: what is told of it.
        interrupt: whose request ends it, after the mini-batch under way.
        pause: called between mini-batches, see `Run.epoch`.

    Raises:
        DataError: for a mapped file that has become shorter.
        NetworkError: if a parameter, what the rule keeps, or a cost is not finite any more; all
            is put back to what it was before.
    """
    course = Repetition(run, interrupt)
    course.require_finite(place.number)
    before, order = course.kept(), order[place.done :]
    start = time.perf_counter()
    run.epoch(order, progress, interrupt, pause)
    seconds = time.perf_counter() - start
    if not course.is_finite():
        progress.note("a parameter is not finite any more; looking for the reason …")
        found = course.found(order, before, place.at_first, place.done)
        course.restore(before)
        raise _diverged(place, found)
    if interrupt.requested:
        return None
    measured: dict[str, Evaluation] = {}
    for one in run.monitors:
        measured[one.name] = found = run.measure(one)
        if not math.isfinite(found.cost):
            text = one.reason(found, run.parameters)
            course.restore(before)
            raise _diverged(place, f"{text}; {advice(run.measure(one).cost)}")
    taken = place.seconds + seconds
    both = measured.get("training"), measured.get("validation")
    return Epoch(place.number, *both, taken, run.flow(progress.note))


def _diverged(place: Place, found: str) -> NetworkError:
    """What is said of a run that has gone wrong, once all is put back."""
    start = "where the checkpoint was written" if place.done else "at the start of that epoch"
    return NetworkError(
        f"training diverged in epoch {place.number}: {found}. What it changed is put back: the "
        f"network is {start}"
    )
