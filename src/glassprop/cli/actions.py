"""What `check`, `evaluate`, `predict`, `derive` and `source` do with options that were read."""

from __future__ import annotations

import csv
import io
import json
import keyword
import sys
from pathlib import Path
from typing import Any

import numpy as np
import typer

from glassprop.check.gradients.verdicts import IMPRECISE, WRONG
from glassprop.cli import output_files
from glassprop.cli.data_options import TableOptions
from glassprop.cli.option_values import check_suffix, read_sizes, rule_named
from glassprop.cli.streams import tell
from glassprop.compile.numpy_source.standalone import PAIR, pair_of
from glassprop.compile.targets import PLAIN, find_target
from glassprop.data.digits import mnist_test
from glassprop.errors import ModelFileError, NetworkError, clipped, shown
from glassprop.loading import load
from glassprop.network import Network
from glassprop.show.document.text_wrapping import WIDTH, wrap
from glassprop.show.notation.notation import find_notation
from glassprop.show.writers.terminal_colours import coloured
from glassprop.system.file_writing import replace_together
from glassprop.system.interrupt import finished
from glassprop.system.terminal import columns, console
from glassprop.train.model_file import write_whole

STATUS = {WRONG: 1, IMPRECISE: 2}
"""Of the command line, for a verdict that is no success."""


def _examples(network: Network, source: str, tables: TableOptions) -> tuple[Any, Any]:
    """The examples of a source, as a network takes them."""
    features, scale = network.architecture.inputs, network.architecture.scale
    if source == "mnist":
        tables.require_none(source)
        return mnist_test(raw=scale != 1)
    return tables.examples(source, features, scale, names=network.classes)


def check(
    model: Path,
    source: str,
    counts: tuple[int, int],
    output: Path | None,
    as_json: bool,
    tables: TableOptions,
) -> None:
    """Print or write what came out of checking the gradients, and exit with a status for it.

    Args:
        model: the file of a network.
        source: of the examples.
        counts: of examples, and of entries that are looked at.
        output: where to write a report.
        as_json: whether to print it as JSON.
        tables: how a table is read.
    """
    if output is not None:
        check_suffix(output, (".html", ".txt"))
    output_files.check(output, (model, source))
    network = load(model)
    x, y = _examples(network, source, tables)
    found = network.check(x, y, examples=counts[0], entries=counts[1])
    if output is not None:
        found.save(output)
        tell(f"wrote {shown(output)}")
    if as_json:
        typer.echo(json.dumps(found.record(), indent=2))
    elif output is None:
        typer.echo(str(found))
    if found.verdict in STATUS:
        raise typer.Exit(STATUS[found.verdict])


def evaluate(model: Path, source: str, tables: TableOptions) -> None:
    """Print cost and accuracy."""
    output_files.check(None, (model, source))
    network = load(model)
    x, y = _examples(network, source, tables)
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
    l1: float,
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
            l1=l1,
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
