"""How a training loop gets into a checkpoint, and goes on from one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError, ModelFileError, shown
from glassprop.models.architecture import Architecture
from glassprop.models.update_rules import UpdateRule
from glassprop.system.interrupt import Interrupt
from glassprop.train import model_file
from glassprop.train.callbacks.callback import Callback
from glassprop.train.checkpoints.checkpoint import Checkpoint
from glassprop.train.checkpoints.folder import newest
from glassprop.train.checkpoints.intervals import LONG
from glassprop.train.checkpoints.record import Record
from glassprop.train.loop.trained import Trained
from glassprop.train.model_file import Saved
from glassprop.train.progress.history import History
from glassprop.train.run.loop import Place
from glassprop.train.run.run import Run

WEIGHTS = "weights"
"""The array that is to be multiplied by the record's factor."""


class Resumed:
    """A checkpoint that a run goes on from.

    Args:
        path: of the checkpoint.
        saved: the network in it.
        record: of the run.
    """

    def __init__(self, path: Path, saved: Saved, record: Record) -> None:
        self.path, self.saved, self.record = path, saved, record

    @property
    def words(self) -> str:
        """How far it is."""
        epochs, done = len(self.record.epochs), self.record.done
        within = f" and {done:,} examples" if done else ""
        return f"after {epochs} epoch{'' if epochs == 1 else 's'}{within}"

    def require_network(self, network: Trained) -> None:
        """Refuse another network.

        Raises:
            ModelFileError: saying what differs.
        """
        architecture, dtype = self.saved.architecture, self.saved.dtype
        if _described(architecture, dtype) != _described(network.architecture, network.dtype):
            raise self._refusal(
                "network",
                f"{architecture.words}, {dtype}",
                f"{network.architecture.words}, {network.dtype}",
            )

    def as_it_began(self, rule: UpdateRule) -> UpdateRule:
        """A rule whose schedule has the T and E of the run that it goes on with, if it has none."""
        own, began = rule.schedule, self.record.began[1].schedule
        if own is None or began is None:
            return rule
        total = began.total if own.total is None else own.total
        in_epoch = began.in_epoch if own.in_epoch is None else own.in_epoch
        return replace(rule, schedule=replace(own, total=total, in_epoch=in_epoch))

    def require_settings(self, rule: UpdateRule, batch_size: int, epochs: int | None) -> None:
        """Refuse another update rule or size of mini-batches, or fewer epochs.

        Raises:
            ModelFileError: saying what differs.
        """
        size, began = self.record.began
        if rule != began:
            raise self._refusal("update rule", f"{began!r}", f"{rule!r}")
        if batch_size != size:
            raise self._refusal("batch size", f"{size}", f"{batch_size}")
        done = len(self.record.epochs) + (self.record.done > 0)
        if epochs is not None and done > epochs:
            raise ModelFileError(
                f"{shown(self.path)}: is from epoch {done}, and {epochs} epochs are asked for; "
                "give more, or resume an earlier checkpoint"
            )

    def require_data(self, data: tuple[str, str], share: float | None) -> None:
        """Refuse other data.

        Raises:
            DataError: saying which.
        """
        names = "training data", "validation data"
        for name, before, now in zip(names, self.record.data, data, strict=True):
            if before != now:
                raise DataError(
                    f"{shown(self.path)}: was written by a run on other {name}; give the same, of "
                    "the same type and in the same order, or begin anew"
                )
        if share != self.record.share:
            raise self._refusal("share held back", f"{self.record.share}", f"{share}")

    def require_place(self, count: int) -> None:
        """Refuse a place within an epoch that is none.

        Raises:
            ModelFileError: for a damaged one.
        """
        done, size = self.record.done, min(self.record.batch_size, count)
        if done > count or (done % size and done != count):
            raise ModelFileError(f"{shown(self.path)}: its place in the epoch is none")

    def _refusal(self, what: str, before: str, now: str) -> ModelFileError:
        return ModelFileError(
            f"{shown(self.path)}: was written by a run with another {what}: {before}, now {now}; "
            "give the same, or begin anew"
        )

    def put_back(self, network: Trained, callbacks: Sequence[Callback]) -> History:
        """Have a network and callbacks be as they were; gives the history.

        Raises:
            ModelFileError: for callbacks whose record is damaged.
        """
        kept = list(self.record.callbacks)
        for one in _keeping(callbacks):
            place = next((i for i, k in enumerate(kept) if k["kind"] == type(one).__name__), None)
            if place is None:
                continue
            found = kept.pop(place)
            try:
                one.restore(found["numbers"], self._arrays(found.get("arrays"), network))
            except (KeyError, TypeError, ValueError):
                raise ModelFileError(
                    f"{shown(self.path)}: what it has of {type(one).__name__} is damaged"
                ) from None
        network._parameters.update(self.saved.parameters)
        network._states = self.saved.states
        assert self.saved.random is not None
        network._random = self.saved.random
        return History(list(self.record.epochs))

    def _arrays(self, beginning: Any, network: Trained) -> dict[str, npt.NDArray[Any]]:
        """Arrays by the names of parameters that the file has for a callback."""
        if beginning is None:
            return {}
        found = {name: self.saved.more[f"{beginning}.{name}"] for name in network._parameters}
        for name, array in found.items():
            if array.shape != network._parameters[name].shape:
                raise ValueError(name)
        return found

    @property
    def weights(self) -> tuple[npt.NDArray[Any], float] | None:
        """Weights that the compiled engine had as a number times an array, and the number."""
        array = self.saved.more.get(WEIGHTS)
        return None if array is None or self.record.factor is None else (array, self.record.factor)


def resumed(given: object, callbacks: Sequence[Callback]) -> Resumed | None:
    """The checkpoint that a run is to go on from; None where its own folder has none yet.

    Raises:
        ModelFileError: where there is none elsewhere, or none that is whole.
    """
    found = newest(given)
    if found is not None:
        return Resumed(*found)
    path = Path(str(given))
    if any(isinstance(one, Checkpoint) and one.folder == path for one in callbacks):
        return None
    raise ModelFileError(
        f"{shown(path)}: there are no checkpoints; expected a folder that gp.Checkpoint (or "
        "--checkpoint) has written to, or one of its files"
    )


def _described(architecture: Architecture, dtype: str) -> dict[str, Any]:
    found = json.loads(architecture.to_json(dtype))
    found.pop("classes", None)
    return found


class Keeping(Protocol):
    """A callback that keeps something from epoch to epoch."""

    def state(self) -> tuple[dict[str, Any], Mapping[str, npt.NDArray[Any]]]:
        """Numbers, and arrays by the names of parameters."""
        ...

    def restore(self, numbers: dict[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> None:
        """Go on with them."""
        ...


def _keeping(callbacks: Sequence[Callback]) -> list[Keeping]:
    found: list[Any] = [one for one in callbacks if hasattr(one, "state")]
    return [one for one in found if hasattr(one, "restore")]


def contents(
    network: Trained, run: Run, record: Record, random: np.random.Generator, callbacks: Any
) -> bytes:
    """What a checkpoint holds.

    Args:
        network: that is trained.
        run: with which.
        record: of the run, without what follows from the other arguments.
        random: the random numbers that the order of the epoch under way follows from.
        callbacks: of the run.

    Raises:
        NetworkError: for what is no finite number.
    """
    parameters: dict[str, npt.NDArray[Any]] = dict(network._parameters)
    more: dict[str, npt.NDArray[Any]] = {}
    kept: list[dict[str, Any]] = []
    factor = None
    within = None if run.compiled is None else run.compiled.factor
    if within is not None:
        raw, factor = within
        name = next(name for name, array in parameters.items() if array is raw)
        parameters[name] = raw * raw.dtype.type(factor)
        more[WEIGHTS] = raw
    for number, one in enumerate(_keeping(callbacks)):
        numbers, arrays = one.state()
        entry: dict[str, Any] = {"kind": type(one).__name__, "numbers": numbers}
        if arrays:
            entry["arrays"] = f"callback{number}"
            more |= {f"callback{number}.{name}": array for name, array in arrays.items()}
        kept.append(entry)
    record = replace(record, factor=factor, callbacks=kept)
    given = network.architecture, parameters, network.dtype, run.states, random, network._wanted
    return model_file.contents(*given, record.to_json(), more)


class Pauses:
    """What is done between mini-batches of an epoch: the checkpoints that are due.

    Args:
        training: the loop.
        checkpoints: of the loop.
        place: where the epoch began.
        interrupt: whose request ends the training.
        run: what is trained.
        weights: those that the compiled engine is to go on with, and their factor.
    """

    def __init__(
        self,
        training: Any,
        checkpoints: Sequence[Checkpoint],
        place: Place,
        interrupt: Interrupt,
        run: Run,
        weights: tuple[npt.NDArray[Any], float] | None,
    ) -> None:
        self.training, self.checkpoints, self.place = training, checkpoints, place
        self.interrupt, self.run, self.weights = interrupt, run, weights
        self.done = place.done

    def __call__(self, examples: int) -> int:
        """See what is due; gives how many updates may be made until it has to be seen again."""
        if not examples and self.weights is not None and self.run.compiled is not None:
            self.run.compiled.go_on_with(*self.weights)
            self.weights = None
        self.done += examples
        ends = self.interrupt.requested
        if examples and (ends or self.done < self.run.count):
            self._look(ends)
        updates = self.run.states.updates
        return min((one.left(updates) for one in self.checkpoints), default=LONG)

    def _look(self, ends: bool) -> None:
        seconds = self.place.seconds + self.training.passed
        for one in self.checkpoints:
            one.look(self.training, self.done, seconds, ends)

    def end(self) -> None:
        """The epoch was interrupted: by a signal after its last mini-batch, it may be.

        Within it the place was kept when the signal was seen; later the compiled engine has its
        weights no more as it had them.
        """
        if self.done == self.run.count:
            self._look(True)
