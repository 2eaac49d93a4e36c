"""What a callback is: a function of the training, called after each epoch, or a little more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import numpy.typing as npt

from glassprop.errors import NetworkError
from glassprop.train.progress.history import Epoch, History

Weights = dict[str, npt.NDArray[Any]]
MONITORS = {
    "validation_cost": "lower",
    "validation_accuracy": "higher",
    "cost": "lower",
    "accuracy": "higher",
}
"""What can be watched, by the names that `History` has for it, and whether lower is better."""


class Loop(Protocol):
    """A training loop, as callbacks see it: `Training`."""

    @property
    def network(self) -> Any:
        """The network, which may be used, saved, and given other parameters."""
        ...

    @property
    def history(self) -> History:
        """The epochs so far."""
        ...

    def measures(self, name: str) -> tuple[bool, bool]:
        """Whether there is a cost, and an accuracy, on the "training" or "validation" data."""
        ...

    def stop(self) -> None:
        """End training after this epoch."""
        ...

    def note(self, text: str) -> None:
        """Say something in a line where progress is shown."""
        ...


Callback = Callable[[Any], object]
"""Called with the `Training` after each epoch; it may stop it, too, by returning True or "stop".
What has a method `begin` or `end` gets the training there before the first and after the last."""


def checked(callbacks: Iterable[object]) -> list[Callback]:
    """Callbacks as a list.

    Raises:
        NetworkError: for what cannot be called.
    """
    if callable(callbacks) or not isinstance(callbacks, Iterable):
        raise NetworkError(
            f"callbacks: expected a list such as [gp.EarlyStopping()], got {callbacks!r:.60}"
        )
    found: list[Callback] = []
    for one in callbacks:
        if isinstance(one, type) or not callable(one):
            raise NetworkError(
                "callbacks: expected functions, or objects such as gp.EarlyStopping(), got "
                f"{one!r:.60}"
            )
        found.append(one)
    return found


def check_monitor(monitor: object) -> str:
    """What to watch, of `MONITORS`.

    Raises:
        NetworkError: for anything else.
    """
    if monitor not in MONITORS:
        raise NetworkError(f"monitor: expected one of {', '.join(MONITORS)}, got {monitor!r:.40}")
    return str(monitor)


def require_measured(training: Loop, monitor: str, of: str) -> None:
    """Refuse to watch what is not measured.

    Args:
        training: the loop.
        monitor: what is to be watched.
        of: what watches.

    Raises:
        NetworkError: saying what helps.
    """
    on_validation = monitor.startswith("validation")
    cost, accuracy = training.measures("validation" if on_validation else "training")
    if accuracy if "accuracy" in monitor else cost:
        return
    if cost:
        remedy = f"targets are no classes; give monitor={monitor.replace('accuracy', 'cost')!r}"
    elif on_validation:
        remedy = "give validation=(x, y), or a share such as validation=0.1, or monitor='cost'"
    else:
        remedy = "give a number of examples to measure on, such as measure=10000"
    raise NetworkError(f"{of}: there is no {monitor.replace('_', ' ')} to watch: {remedy}")


def watched(epoch: Epoch, monitor: str) -> float:
    """The figure of an epoch."""
    found = epoch.validation if monitor.startswith("validation") else epoch.training
    value = None if found is None else (found.cost if "cost" in monitor else found.accuracy)
    assert value is not None
    return value


def is_better(value: float, best: float | None, monitor: str, by: float = 0.0) -> bool:
    """Whether a figure is better than the best so far by more than some difference."""
    if best is None:
        return True
    return value < best - by if MONITORS[monitor] == "lower" else value > best + by


def copied(parameters: Mapping[str, npt.NDArray[Any]]) -> Weights:
    """Parameters as they are now."""
    return {name: array.copy() for name, array in parameters.items()}
