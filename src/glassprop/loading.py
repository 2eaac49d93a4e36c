"""Networks from model files."""

from __future__ import annotations

import os

from glassprop.models.initial import generator
from glassprop.network import Network
from glassprop.threads import check
from glassprop.train import files
from glassprop.train.engine import check_engine
from glassprop.train.history import History


def load(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    engine: str = "auto",
    threads: int | None = None,
) -> Network:
    """A network from a file that `save` wrote. Nothing in the file is executed.

    Args:
        path: the model file.
        seed: makes the order of the mini-batches repeatable in further training.
        engine: see `Network`.
        threads: see `Network`.

    Raises:
        ModelFileError: for a file that is missing, damaged, or not a glassprop model.
        NetworkError: for an unknown engine or a number of threads that is none.
    """
    architecture, parameters, dtype = files.load(path)
    network = Network.__new__(Network)
    network.__setstate__(
        {
            "architecture": architecture,
            "dtype": dtype,
            "engine": check_engine(engine),
            "_threads": None if threads is None else check(threads),
            "_random": generator(seed),
            "parameters": parameters,
            "history": History(),
        }
    )
    return network
