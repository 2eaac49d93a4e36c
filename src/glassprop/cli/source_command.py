"""`glassprop source`: a program to read, or to take away with its weights."""

from __future__ import annotations

import io
import keyword
from pathlib import Path

import numpy as np
import typer

from glassprop.cli import output_files
from glassprop.cli.option_values import check_suffix, rule_named
from glassprop.cli.streams import tell
from glassprop.compile.numpy_source.standalone import PAIR, pair_of
from glassprop.compile.targets import PLAIN, find_target
from glassprop.errors import ModelFileError, NetworkError, shown
from glassprop.loading import load
from glassprop.system.file_writing import replace_together
from glassprop.system.interrupt import finished


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
