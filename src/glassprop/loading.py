"""Networks from model files."""

from __future__ import annotations

import os

from glassprop.models.initial_weights import generator
from glassprop.network import Network
from glassprop.system.threads import check
from glassprop.train import model_file
from glassprop.train.progress.history import History
from glassprop.train.run.engine import check_engine


def load(
    path: str | os.PathLike[str],
    *,
    seed: int | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Network:
    """A network from a file that `save` wrote. Nothing in the file is executed.

    Training goes on where it was: with the same update rule, the network gets the same bits as one
    that was never saved. Files of versions that did not keep this have the parameters alone.

    Args:
        path: the model file.
        seed: a new order of the mini-batches in further training; by default the one that the
            network would have had.
        engine: see `Network`; by default the one that the network was made with, where it is there.
        threads: see `Network`.

    Raises:
        ModelFileError: for a file that is missing, damaged, or not a glassprop model.
        NetworkError: for an unknown engine or a number of threads that is none.
    """
    saved = model_file.load(path)
    known = saved.random is not None and seed is None
    network = Network.__new__(Network)
    network.__setstate__(
        {
            "architecture": saved.architecture,
            "dtype": saved.dtype,
            "engine": check_engine(saved.engine if engine is None else engine),
            "_threads": None if threads is None else check(threads),
            "_random": saved.random if known else generator(seed),
            "_states": saved.states,
            "parameters": saved.parameters,
            "history": History(),
        }
    )
    return network
