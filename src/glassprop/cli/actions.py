"""What `glassprop evaluate`, `predict` and `derive` do, once their options have been read."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import numpy as np
import typer

from glassprop.cli import output_files
from glassprop.cli.data_options import TableOptions
from glassprop.cli.option_values import check_suffix, read_sizes, rule_named
from glassprop.cli.streams import tell
from glassprop.data.digits import mnist_test
from glassprop.errors import clipped, shown
from glassprop.loading import load
from glassprop.network import Network
from glassprop.show.document.text_wrapping import WIDTH, wrap
from glassprop.show.notation.notation import find_notation
from glassprop.show.writers.terminal_colours import coloured
from glassprop.system.terminal import columns, console
from glassprop.train.model_file import write_whole


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
