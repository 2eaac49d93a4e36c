"""What a training run leaves behind: a good network is never replaced by a hardly trained one."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from glassprop.network import Network


def keep(network: Network, out: Path) -> None:
    """Save a network and say where: beside `out` if it was not trained for a whole epoch."""
    path = out
    if not len(network.history):
        path = free_name(out)
        typer.echo(f"less than one epoch was trained, so {out} is not written", err=True)
    network.save(path)
    typer.echo(f"saved {path}")


def free_name(path: Path) -> Path:
    """A name beside a path, for what was interrupted, that no file has."""
    stem = path.stem.encode()[:200].decode(errors="ignore")  # names may have some 250 bytes
    number, ending = 1, ""
    while os.path.lexists(name := path.with_name(f"{stem}-interrupted{ending}{path.suffix}")):
        number += 1
        ending = f"-{number}"
    return name
