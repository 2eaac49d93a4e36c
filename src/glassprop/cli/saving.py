"""What a training run leaves behind: a good network is never replaced by a hardly trained one."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from glassprop.cli.signals import words
from glassprop.cli.streams import tell
from glassprop.errors import shown
from glassprop.network import Network


def keep(network: Network, out: Path | None, stopped: bool) -> bool:
    """Say what was trained, save it and say where; whether there was anything.

    Args:
        network: after its first `fit`.
        out: where to save it; what was not trained for a whole epoch is saved beside it.
        stopped: whether a signal has ended the training.
    """
    trained = network.optimizer is not None
    if stopped:
        when = f"in epoch {len(network.history) + 1}" if trained else "before anything was trained"
        tell(f"{words()} {when}")
    if not trained:
        if out is not None:
            tell(f"{shown(out)} is not written")
        return False
    tell(
        f"trained by the {network.engine} engine (the engines round differently, which training "
        f"amplifies: after a while figures differ; --engine {network.engine} keeps to it)"
    )
    if out is not None:
        path = out
        if not len(network.history):
            path = free_name(out)
            tell(f"less than one epoch was trained, so {shown(out)} is not written")
        network.save(path)
        typer.echo(f"saved {shown(path)}")
    return True


def free_name(path: Path) -> Path:
    """A name beside a path, for what was interrupted, that no file has."""
    stem = path.stem.encode()[:200].decode(errors="ignore")  # names may have some 250 bytes
    number, ending = 1, ""
    while os.path.lexists(name := path.with_name(f"{stem}-interrupted{ending}{path.suffix}")):
        number += 1
        ending = f"-{number}"
    return name
