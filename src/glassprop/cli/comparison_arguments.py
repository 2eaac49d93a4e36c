"""The two sides of a comparison as they are typed: "784,30,10:cost=cross_entropy,l2=0.1"."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import typer

from glassprop.cli import output_files
from glassprop.cli.option_values import read_scale, read_sizes
from glassprop.cli.streams import tell
from glassprop.derivation import Derivation, diff
from glassprop.errors import NetworkError, nearest, shown
from glassprop.loading import load
from glassprop.network import Network
from glassprop.system.terminal import console

SETTINGS = ("activation", "output", "cost", "l2", "l1", "scale")


def compare(a: str, b: str, output: Path | None) -> None:
    """Print or write what changes from one network to another."""
    output_files.check(output, (a, b))
    found = diff(read_side(a), read_side(b), (shown(a), shown(b)))
    if output is not None:
        found.save(output)
        tell(f"wrote {shown(output)}")
    elif sys.stdout.isatty():
        console().print(found)
    else:
        typer.echo(str(found))


def read_side(text: str) -> Derivation:
    """The derivation of a saved network, or of sizes with settings after a colon.

    Raises:
        NetworkError: for what is neither, an unknown setting, or a value that it cannot have.
        ModelFileError: for a file that is not a whole model.
    """
    if Path(text).suffix == ".safetensors":
        return load(text).derivation
    sizes, colon, listed = text.partition(":")
    settings: dict[str, str] = {}
    for setting in listed.split(",") if colon else ():
        key, equals, value = (part.strip() for part in setting.partition("="))
        if key not in SETTINGS or not equals or not value:
            raise NetworkError(
                f"{text!r}: expected settings such as 784,30,10:cost=cross_entropy,l2=0.1, "
                f"got {setting!r}; {nearest(key, SETTINGS)}"
            )
        if key in settings:
            raise NetworkError(f"{text!r}: {key} is set twice")
        settings[key] = value
    return Network(
        read_sizes(sizes),
        activation=settings.get("activation", "sigmoid"),
        output=settings.get("output"),
        cost=settings.get("cost", "quadratic"),
        l2=_number(text, "l2", settings.get("l2", "0")),
        l1=_number(text, "l1", settings.get("l1", "0")),
        scale=read_scale(settings.get("scale", "1")),
        seed=0,
    ).derivation


def _number(text: str, key: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise NetworkError(f"{text!r}: expected a number as {key}, got {value!r}")
    return number
