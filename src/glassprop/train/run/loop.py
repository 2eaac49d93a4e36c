"""The training loop: epoch after epoch, in a new order each time, until something goes wrong."""

from __future__ import annotations

import math
import time

import numpy as np

from glassprop.errors import NetworkError
from glassprop.system.interrupt import Interrupt
from glassprop.train.progress.history import Epoch, Evaluation, History
from glassprop.train.progress.progress import Silent
from glassprop.train.run.divergence import largest
from glassprop.train.run.epoch_replay import Repetition
from glassprop.train.run.monitor import advice
from glassprop.train.run.run import Run


def train(
    run: Run, epochs: int, random: np.random.Generator, progress: Silent, history: History
) -> None:
    """Go through all examples `epochs` times, in a new order each time.

    Raises:
        DataError: for a mapped file that has become shorter.
        NetworkError: if a parameter, what the rule keeps, or a cost is not finite any more; all
            is put back to what it was before that epoch.
        KeyboardInterrupt: after Ctrl-C, once the mini-batch under way is finished.
    """
    with Interrupt() as interrupt, progress:
        at_first = largest(run.parameters)
        for number in range(1, epochs + 1):
            if interrupt.requested:  # while the last epoch was measured
                break
            course = Repetition(run, interrupt)
            course.require_finite(number)
            before, order = course.kept(), random.permutation(len(run.examples))
            start = time.perf_counter()
            run.epoch(order, progress, interrupt)
            seconds = time.perf_counter() - start
            if not course.is_finite():
                progress.note("a parameter is not finite any more; looking for the reason …")
                found = course.found(order, before, at_first)
                course.restore(before)
                raise diverged(number, found)
            if interrupt.requested:
                break
            measured: dict[str, Evaluation] = {}
            for one in run.monitors:
                measured[one.name] = found = run.measure(one)
                if not math.isfinite(found.cost):
                    text = one.reason(found, run.parameters)
                    course.restore(before)
                    raise diverged(number, f"{text}; {advice(run.measure(one).cost)}")
            both = measured.get("training"), measured.get("validation")
            epoch = Epoch(number, *both, seconds, run.flow(progress.note))
            history.epochs.append(epoch)
            progress.epoch(epoch)
            if progress.stopped:
                history.stopped = number < epochs
                break
    if interrupt.requested:
        history.interrupted = len(history.epochs) < epochs
        interrupt.deliver()


def diverged(number: int, found: str) -> NetworkError:
    """What is said of a run that has gone wrong, once all is put back."""
    return NetworkError(
        f"training diverged in epoch {number}: {found}. What it changed is put back: the network "
        "is at the start of that epoch"
    )
