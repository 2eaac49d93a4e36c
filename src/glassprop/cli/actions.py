"""What the commands do, once their options have been read."""

from __future__ import annotations

import csv
import io
import keyword
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from glassprop.cli import output_files, signals
from glassprop.cli.data_options import TableOptions, require_one_pipe
from glassprop.cli.saving import keep
from glassprop.cli.streams import tell, unneeded
from glassprop.compile.numpy_source.standalone import PAIR, pair_of
from glassprop.compile.targets import PLAIN, find_target
from glassprop.data.digits import mnist_test, mnist_training
from glassprop.data.loading import is_table
from glassprop.errors import DataError, ModelFileError, NetworkError, clipped, nearest, shown
from glassprop.loading import load
from glassprop.models.checked_numbers import below_one, positive
from glassprop.models.update_rules import RULES as UPDATE_RULES
from glassprop.models.update_rules import UpdateRule
from glassprop.network import Network
from glassprop.show.document.text_wrapping import WIDTH, wrap
from glassprop.show.notation.notation import find_notation
from glassprop.show.writers.terminal_colours import coloured
from glassprop.system.file_writing import replace_together
from glassprop.system.interrupt import Interrupt, finished
from glassprop.system.terminal import columns, console
from glassprop.system.threads import check, count
from glassprop.train.model_file import write_whole

HIDDEN = 30
RULES = {name.lower(): rule for name, rule in UPDATE_RULES.items()}
"""What --optimizer names."""
MOMENTUM = 0.9
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
    lr: float | None
    l2: float
    optimizer: str | None
    momentum: float | None
    validation: str | None
    seed: int | None
    dtype: str
    out: Path | None
    engine: str
    threads: int | None
    scale: float
    tables: TableOptions

    @property
    def rule(self) -> UpdateRule:
        """The update rule that they describe.

        Raises:
            NetworkError: for an unknown rule, with the nearest known one, for numbers out of range,
                and for a momentum with a rule that has none.
        """
        name = self.optimizer
        if name is None:
            name = "momentum" if self.momentum else "sgd"
        rule, settings = rule_named(name), dict[str, float]()
        has_momentum = "momentum" in rule.__dataclass_fields__
        if self.momentum and not has_momentum:
            raise NetworkError(f"--momentum: {name} has none; take momentum or nesterov")
        if has_momentum:
            settings["momentum"] = MOMENTUM if self.momentum is None else self.momentum
            below_one(settings["momentum"], "--momentum")
        if self.lr is not None:
            settings["learning_rate"] = positive(self.lr, "--lr")
        return rule(**settings)


def rule_named(name: str) -> type[UpdateRule]:
    """The update rule that --optimizer names.

    Raises:
        NetworkError: for an unknown rule, with the nearest known one.
    """
    if name not in RULES:
        raise NetworkError(f"--optimizer: unknown update rule {name!r}; {nearest(name, RULES)}")
    return RULES[name]


def train(options: TrainingOptions) -> None:
    """Train and save.

    Raises:
        EndedError: after a signal that asked for an end.
    """
    if options.out is not None:
        check_suffix(options.out, (".safetensors",))
    output_files.check(options.out, (options.data, options.validation))
    if options.epochs < 1:
        raise NetworkError(f"--epochs: expected at least 1, got {options.epochs}")
    if options.batch_size < 1:
        raise NetworkError(f"--batch-size: expected at least 1, got {options.batch_size}")
    threads = None if options.threads is None else count(check(options.threads, "--threads"))
    rule = options.rule
    sizes = None if options.layers is None else read_sizes(options.layers)
    examples, validation = training_data(options, sizes)
    x, y = examples
    said = bool(examples.classes) or options.tables.classes
    taken = sizes or [x.shape[1], HIDDEN, count_outputs(y, options.cost, said)]
    options.tables.require_proportion(taken, y, sizes is not None or bool(examples.classes))
    network = Network(
        taken,
        cost=options.cost,
        activation=options.activation,
        output=options.output_activation,
        l2=options.l2,
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
                )
        except KeyboardInterrupt:
            stopped = True
        except NetworkError:
            if options.out is not None:
                tell(f"{shown(options.out)} is not written")
            raise
        kept = keep(network, options.out, stopped)
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
    given, tables = options.validation, options.tables
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


def read_sizes(text: str) -> list[int]:
    """The numbers in a text such as "784,30,10".

    Raises:
        NetworkError: for anything else.
    """
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        raise NetworkError(
            f"layers {text!r}: expected whole numbers with commas between, as in 784,30,10"
        ) from None
    if len(sizes) < 2:
        raise NetworkError(f"layers {text!r}: expected at least inputs and outputs, as in 784,10")
    return sizes


def read_scale(text: str) -> float:
    """The number in a text such as "1/255" or "0.1".

    Raises:
        NetworkError: for anything else.
    """
    above, slash, below = text.partition("/")
    try:
        return float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        raise NetworkError(
            f"scale {text!r}: expected a number such as 0.1, or a quotient such as 1/255"
        ) from None


def check_suffix(path: Path, known: tuple[str, ...]) -> None:
    """Refuse a file name that ends in something else.

    Raises:
        DataError: with the nearest known suffix.
    """
    if path.suffix not in known:
        raise DataError(
            f"{shown(path)}: unknown suffix {path.suffix!r}; {nearest(path.suffix, known)}"
        )


def evaluate(model: Path, source: str, tables: TableOptions) -> None:
    """Print cost and accuracy."""
    output_files.check(None, (model, source))
    network = load(model)
    features, scale = network.architecture.inputs, network.architecture.scale
    if source == "mnist":
        tables.require_none(source)
        x, y = mnist_test(raw=scale != 1)
    else:
        x, y = tables.examples(source, features, scale, names=network.classes)
    typer.echo(str(network.evaluate(x, y)))
    if network.classes:
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(network.classes))
        typer.echo(f"classes: {clipped(listed, 300)}")


def predict(model: Path, source: str, output: Path | None, raw: bool, tables: TableOptions) -> None:
    """Print or write classes, or outputs."""
    if output is not None:
        check_suffix(output, (".csv", ".txt", ".npy"))
    output_files.check(output, (model, source))
    network = load(model)
    features, scale = network.architecture.inputs, network.architecture.scale
    if source == "mnist":
        tables.require_none(source)
        x = mnist_test(raw=scale != 1).x
    else:
        x = tables.load(source, features, scale)[0]
    last = network.architecture
    two = last.signs is not None or last.cost.name in ("binary_cross_entropy", "hinge")
    classifies = last.sizes[-1] > 1 or two
    found: Any = network.classify(x) if classifies and not raw else network.predict(x)
    if output is not None and output.suffix == ".npy":
        memory = io.BytesIO()
        np.save(memory, found, allow_pickle=False)
        write_whole(output, memory.getvalue())
        return
    rows = found.reshape(len(found), -1).tolist()
    if network.classes and classifies and not raw:
        rows = [[network.classes[number]] for (number,) in rows]
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(rows)
    if output is None:
        typer.echo(table.getvalue(), nl=False)
    else:
        write_whole(output, table.getvalue().encode())


def derive(
    network: str,
    activation: str,
    output_activation: str | None,
    cost: str,
    l2: float,
    scale: float,
    output: Path | None,
    notation: str = "nielsen",
    optimizer: str | None = None,
) -> None:
    """Print or write the derivation; by default with the update rule that trained the network."""
    find_notation(notation)
    output_files.check(output, (network,))
    rule = None if optimizer is None else rule_named(optimizer)()
    if Path(network).suffix == ".safetensors":
        loaded = load(network)
        derivation, rule = loaded.derivation, rule or loaded.optimizer
    else:
        sizes = read_sizes(network)
        derivation = Network(
            sizes,
            activation=activation,
            output=output_activation,
            cost=cost,
            l2=l2,
            scale=scale,
            seed=0,
        ).derivation
    if rule is not None:
        derivation = derivation.with_rule(rule)
    if output is not None:
        derivation.save(output, notation)
        tell(f"wrote {shown(output)}")
        return
    table = derivation.table(notation=notation)
    if sys.stdout.isatty():
        console().print(coloured(table), soft_wrap=True)
    else:
        typer.echo(table)
    if rule is not None:
        values = ", ".join(f"{key}={value:g}" for key, value in rule.hyper.items())
        head = wrap(f"update by {type(rule).__name__}({values})", columns(WIDTH), "", "  ")
        typer.echo("\n".join(["", *head, derivation.update(notation=notation)]))


def source(
    model: Path, output: Path | None, optimizer: str | None = None, target: str = PLAIN
) -> None:
    """Write the standalone file and its weights, or print the program as a target has it.

    By default with the update rule that trained the network, and with what it keeps.
    """
    given = None if optimizer is None else rule_named(optimizer)()
    if output is None:
        output_files.check(None, (model,))
        typer.echo(load(model).source(target, given), nl=False)
        return
    if find_target(target).name != PLAIN:
        raise NetworkError(f"--target {target}: it is only printed; leave --output out")
    check_suffix(output, (".py",))
    if keyword.iskeyword(output.stem):
        raise ModelFileError(
            f"{shown(output)}: {output.stem} is a word of Python, which cannot be imported; choose "
            "another name"
        )
    if not output.stem.isidentifier():
        raise ModelFileError(
            f"{shown(output)}: cannot be imported under this name; use letters, digits and "
            "underscores"
        )
    weights = output.with_suffix(".npz")
    for path in (output, weights):
        output_files.check(path, (model,))
    output_files.require_own(weights)
    network = load(model)
    goes_on = given is None or type(given) is type(network.optimizer)
    arrays = {**network.parameters, **(network.kept if goes_on else {})}
    rule = None if goes_on else given
    pair = pair_of(network.standalone(weights.name, rule), arrays)
    memory = io.BytesIO()
    np.savez(memory, **arrays, **{PAIR: np.array(pair)})  # type: ignore[arg-type]
    text = network.standalone(weights.name, rule, pair)
    with finished():
        contents = {weights: memory.getvalue(), output: text.encode()}
        replace_together(contents, ModelFileError)
        tell(f"wrote {shown(output)} and {shown(weights)}")
