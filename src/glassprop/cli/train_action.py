"""`glassprop train`: data, a network, a run of training, and a file."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import typer

from glassprop.cli import output_files, signals
from glassprop.cli.data_options import TableOptions, require_one_pipe
from glassprop.cli.option_values import check_suffix, read_sizes
from glassprop.cli.options.update_rule_options import RuleOptions
from glassprop.cli.saving import keep
from glassprop.cli.streams import give, tell, unneeded
from glassprop.cli.training.run_options import RunOptions, share_in
from glassprop.data.digits import mnist_test, mnist_training
from glassprop.data.loading import is_table
from glassprop.errors import DataError, NetworkError, shown
from glassprop.network import Network
from glassprop.system.interrupt import Interrupt
from glassprop.system.threads import check, count

HIDDEN = 30
CLASSIFYING = ("cross_entropy", "binary_cross_entropy", "hinge")
"""The costs that are for classes: with them, whole numbers are labels though they be floats."""


@dataclass(frozen=True)
class TrainingOptions:
    """The options of `glassprop train`, as given."""

    data: str
    layers: str | None
    activation: str
    output_activation: str | None
    cost: str
    epochs: int
    batch_size: int
    l2: float
    l1: float
    validation: str | None
    seed: int | None
    dtype: str
    out: Path | None
    engine: str
    threads: int | None
    scale: float
    watch: bool
    tables: TableOptions
    update: RuleOptions
    run: RunOptions = field(default_factory=RunOptions)


def train(options: TrainingOptions) -> None:
    """Train and save.

    Raises:
        EndedError: after a signal that asked for an end.
    """
    if options.out is not None:
        check_suffix(options.out, (".safetensors",))
    output_files.check(options.out, (options.data, options.validation))
    options.run.check((options.data, options.validation))
    if options.epochs < 1:
        raise NetworkError(f"--epochs: expected at least 1, got {options.epochs}")
    if options.batch_size < 1:
        raise NetworkError(f"--batch-size: expected at least 1, got {options.batch_size}")
    threads = None if options.threads is None else count(check(options.threads, "--threads"))
    rule = options.update.rule
    sizes = None if options.layers is None else read_sizes(options.layers)
    examples, validation = training_data(options, sizes)
    x, y = examples
    callbacks = options.run.callbacks(validation is not None)
    said = bool(examples.classes) or options.tables.classes
    taken = sizes or [x.shape[1], HIDDEN, count_outputs(y, options.cost, said)]
    options.tables.require_proportion(taken, y, sizes is not None or bool(examples.classes))
    network = Network(
        taken,
        cost=options.cost,
        activation=options.activation,
        output=options.output_activation,
        l2=options.l2,
        l1=options.l1,
        scale=options.scale,
        seed=options.seed,
        dtype=options.dtype,
        engine=options.engine,
        threads=threads,
    )
    network.classes = examples.classes
    tell(f"{network!r}, {len(x):,} examples, engine {network.engine}")
    if options.out is None:
        tell("the network will not be saved; give --out FILE.safetensors")
    # Once it trains, what is trained is saved, whatever signals come.
    with Interrupt(patient=True) as late:
        stopped = False
        try:
            with late.apart():
                network.fit(
                    x,
                    y,
                    epochs=options.epochs,
                    batch_size=options.batch_size,
                    optimizer=rule,
                    validation=validation,
                    # It is trained to its end, whoever reads the lines.
                    progress=sys.stdout if options.out is None else unneeded(sys.stdout),
                    callbacks=callbacks,
                    resume=options.run.resume,
                    watch=options.watch,
                )
        except KeyboardInterrupt:
            stopped = True
        except NetworkError:
            if options.out is not None:
                tell(f"{shown(options.out)} is not written")
            raise
        kept = keep(network, options.out, stopped)
        options.run.say(callbacks, stopped)
        if network.history.epochs and network.history[-1].flow is not None:
            give(str(network.history[-1].flow))
    if options.data == "mnist" and kept:
        x, y = mnist_test()
        typer.echo(f"test: {network.evaluate(x, y)}")
    if stopped or late.requested:
        if not stopped:
            tell(f"{signals.words()} when the training was done")
        raise signals.EndedError


def training_data(options: TrainingOptions, sizes: list[int] | None) -> tuple[Any, Any]:
    """Examples to train on, and those to validate on, whose classes have the same names."""
    features, scale = None if sizes is None else sizes[0], options.scale
    given, tables, share = options.validation, options.tables, share_in(options.validation)
    if share is not None:
        found = training_data(replace(options, validation=None), sizes)[0]
        return found, share
    require_one_pipe(options.data, given)
    # What is said of tables has to be said of one at least.
    strict = given is None or not is_table(given)
    if options.data == "mnist":
        if tables.classes is False:
            raise DataError("mnist: its targets are classes; leave --no-classes out")
        digits, held_back = mnist_training(raw=scale != 1)
        if given is None:
            tables.require_none("mnist")
            return digits, held_back
        return digits, tables.examples(given, features, scale, names=())
    found = tables.examples(options.data, features, scale, strict)
    if given is None:
        return found, None
    features, strict = found.x.shape[1], not is_table(options.data)
    return found, tables.examples(given, features, scale, strict, found.classes)


def count_outputs(y: Any, cost: str, classes: bool | None = None) -> int:
    """How many outputs a network for some targets and a cost needs.

    Args:
        y: target rows, whole-number labels, or numbers.
        cost: its name; some are for numbers where it is not said that there are classes.
        classes: whether that is said.
    """
    if y.ndim == 2:
        return y.shape[1]
    numbers = cost in ("huber", "absolute") and not classes
    whole = y.dtype.kind in "iu" or (
        cost in CLASSIFYING and classes is not False and bool((y == np.rint(y)).all())
    )
    if not whole or y.min() < 0 or numbers:
        return 1
    return int(y.max()) + 1 if y.max() > 1 or cost == "cross_entropy" else 1
