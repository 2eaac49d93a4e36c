"""One training run at a time on one network: a second would interleave with it."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from glassprop.errors import NetworkError


@dataclass(frozen=True, eq=False)
class _Run:
    name: str
    thread: int


_RUNS: dict[int, _Run] = {}
"""What trains now, by the `id` of its network, which lives as long as the run. It is not kept with
the network, so that this can be copied and pickled meanwhile."""


@contextmanager
def alone(network: object, name: str, step: bool = False) -> Generator[None]:
    """Within it no other run changes a network.

    Args:
        network: what is trained.
        name: of the method that trains it.
        step: whether it may be a part of a run in the same thread.

    Raises:
        NetworkError: if the network is being trained; nothing is changed.
    """
    own = _Run(name, threading.get_ident())
    try:
        found = _RUNS.setdefault(id(network), own)  # one operation, also for Ctrl-C
        if found is not own and not (step and found.thread == own.thread):
            raise NetworkError(
                f"{name}: this network is being trained, in another thread or by the {found.name} "
                f"that has called this; wait until that {found.name} is done, or train a "
                "copy.deepcopy of the network"
            )
        yield
    finally:
        if _RUNS.get(id(network)) is own:
            del _RUNS[id(network)]
