"""glassprop's own engines in a comparison: the one file that reaches below the public face.

Epochs are run one by one, so that their order can be given and the cost of starting a `fit` is not
in them; what whole calls of `fit` take is measured too, see `fit_seconds`.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np

import glassprop as gp
from bench.contender import Trainer, UnavailableError
from bench.data import Data
from bench.jobs import Job
from glassprop.compile.program import Purpose
from glassprop.compile.targets import FASTEST, TARGETS
from glassprop.system.interrupt import Interrupt
from glassprop.train.examples.staging import source_for
from glassprop.train.progress.history import History
from glassprop.train.progress.progress import Silent
from glassprop.train.run.compiled_epoch import CompiledEpoch

threads: int | None = None
"""What `--threads` asks for."""


def rule(job: Job) -> Any:
    """The update rule of a job."""
    return {"sgd": gp.SGD, "adam": gp.Adam}[job.optimizer](job.learning_rate)


def network(job: Job, data: Data, engine: str) -> gp.Network:
    """The network of a job with its initial weights."""
    kinds = [job.hidden] * (len(job.sizes) - 2) + [job.output]
    layers = [gp.Dense(units, kind) for units, kind in zip(job.sizes[1:], kinds, strict=True)]
    options: dict[str, Any] = {"cost": job.cost, "l2": job.l2, "dtype": job.dtype}
    net = gp.Network(job.sizes[0], *layers, seed=0, engine=engine, threads=threads, **options)
    for name, value in zip(net.parameters, data.initial(), strict=True):
        net.parameters[name] = value
    return net


class Ours(Trainer):
    """An engine of glassprop on checked examples.

    Args:
        job: what is trained.
        data: on what.
        engine: "compiled" or "numpy".
        density: what the share of inputs that are not zero is taken for, which decides between
            dense and sparse products; None for what it is.
    """

    def __init__(self, job: Job, data: Data, engine: str, density: float | None = None) -> None:
        self.data = data
        net = network(job, data, engine)
        examples = net._examples(data.x, data.y)
        self.run = net._run(rule(job), examples, None, job.batch_size, 0)
        if density is not None:
            self.take(density, net.architecture.title)
        elif engine == "compiled":
            with warnings.catch_warnings(action="ignore"):
                choice = self.run.choose("compiled", 1, net.architecture.title, Silent(), History())
            if choice.compiled is None:
                raise UnavailableError(choice.reason)
        self.states = [state.copy() for state in self.run.states.arrays]

    def take(self, density: float, title: str) -> None:
        """Compile for inputs of a density, whatever theirs is."""
        run = self.run
        purpose, write = Purpose(title, run.batch_size), TARGETS[FASTEST].epoch_of
        source = source_for(write, run.program, "train_step", run.examples, purpose, density)
        run.compiled = CompiledEpoch(source, run)

    def reset(self) -> None:
        self.run.states.updates = 0
        values = (*self.run.parameters, *self.run.states.arrays)
        for value, old in zip(values, (*self.data.weights, *self.states), strict=True):
            value[...] = old

    def epoch(self) -> None:
        self.run.epoch(self.order, Silent(), Interrupt())

    def weights(self) -> list[np.ndarray]:
        return [value.copy() for value in self.run.parameters]


def compiled(job: Job, data: Data) -> Trainer:
    return Ours(job, data, "compiled")


def numpy_engine(job: Job, data: Data) -> Trainer:
    return Ours(job, data, "numpy")


def fit_seconds(job: Job, data: Data, epochs: int, fits: int = 1) -> float:
    """Seconds of whole calls of `fit`, one after the other, with compiled code in the cache."""
    net = network(job, data, "compiled")
    start = time.perf_counter()
    for _ in range(fits):
        net.fit(
            data.x,
            data.y,
            epochs=epochs,
            batch_size=job.batch_size,
            optimizer=rule(job),
            progress=False,
            measure=0,
        )
    return time.perf_counter() - start


def predictor(job: Job, data: Data) -> Any:
    """What `net.compile()` gives."""
    return network(job, data, "compiled").compile()


def numpy_predictor(job: Job, data: Data) -> Any:
    return network(job, data, "numpy").predict
