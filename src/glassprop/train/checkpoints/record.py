"""What a checkpoint says of its run, beside the network: how far it is, and what it is of."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import Any

from glassprop.compile.targets import find_target
from glassprop.errors import ModelFileError, NetworkError
from glassprop.models.json_entries import read_object
from glassprop.models.update_rules import UpdateRule
from glassprop.train.progress.history import Epoch, Evaluation
from glassprop.train.saved_rule import described_rule, read_rule
from glassprop.train.saved_training import MOST, whole

VERSION = 1


@dataclass(frozen=True)
class Record:
    """How far a run is, and what it is of.

    Attributes:
        epochs: those that are complete.
        done: how many examples of the next one have been trained on, in the order that follows
            from the random numbers of the file.
        seconds: that these have taken.
        batch_size: of the mini-batches now.
        began: batch size and update rule that the run was begun with.
        engine: that trains.
        threads: that may share its work.
        data: digests of the training data and, if there are any, of the validation data.
        share: of the examples that is held back, if one is.
        at_first: the size of the largest parameter before the run.
        factor: by which the array `weights` of the file is to be multiplied, if there is one.
        callbacks: kind and numbers of those that keep something.
    """

    epochs: tuple[Epoch, ...]
    done: int
    seconds: float
    batch_size: int
    began: tuple[int, UpdateRule]
    engine: str
    threads: int
    data: tuple[str, str]
    share: float | None
    at_first: float
    factor: float | None = None
    callbacks: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def to_json(self) -> str:
        """The record as text."""
        size, rule = self.began
        return json.dumps(
            {
                "version": VERSION,
                "epochs": [epoch[:4] for epoch in self.epochs],  # without figures by layer
                "done": self.done,
                "seconds": self.seconds,
                "batch_size": self.batch_size,
                "began": {"batch_size": size, **described_rule(rule)},
                "engine": self.engine,
                "threads": self.threads,
                "data": self.data,
                "share": self.share,
                "at_first": self.at_first,
                "factor": self.factor,
                "callbacks": self.callbacks,
            }
        )


def read_record(text: str) -> Record:
    """The record that a checkpoint has.

    Raises:
        ModelFileError: for what is none.
    """
    try:
        found: Any = read_object(text)
        version = whole(found["version"], MOST, "version")
        if version != VERSION:
            raise ModelFileError(
                f"is a checkpoint of version {version}, this glassprop reads version {VERSION}; "
                "upgrade glassprop"
            )
        began = found["began"]
        rule = read_rule(began)
        if rule is None:
            raise ValueError("no update rule")
        one, other = found["data"]
        callbacks = found["callbacks"]
        if not all(isinstance(one["kind"], str) for one in callbacks):
            raise ValueError("callbacks without a name")
        return Record(
            tuple(map(_epoch, found["epochs"])),
            whole(found["done"], MOST, "done"),
            _number(found["seconds"], "seconds"),
            _size(found["batch_size"]),
            (_size(began["batch_size"]), rule),
            find_target(found["engine"]).name,
            whole(found["threads"], MOST, "threads"),
            (str(one), str(other)),
            None if found["share"] is None else _number(found["share"], "share"),
            _number(found["at_first"], "at_first"),
            None if found["factor"] is None else _number(found["factor"], "factor"),
            callbacks,
        )
    except ModelFileError:
        raise
    except NetworkError as error:
        raise ModelFileError(f"its record of the run is damaged: {error}") from None
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelFileError(f"its record of the run is damaged: {reason:.200}") from None


def _epoch(found: Any) -> Epoch:
    number, training, validation, seconds = found
    measured = (_evaluation(training), _evaluation(validation))
    return Epoch(whole(number, MOST, "epoch"), *measured, _number(seconds, "seconds"))


def _evaluation(found: Any) -> Evaluation | None:
    if found is None:
        return None
    cost, accuracy, examples = found
    right = None if accuracy is None else _number(accuracy, "accuracy")
    return Evaluation(_number(cost, "cost"), right, whole(examples, MOST, "examples"))


def _size(found: Any) -> int:
    return max(1, whole(found, MOST, "batch_size"))


def _number(found: Any, what: str) -> float:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
        raise ValueError(f"{what} is {found!r:.40}, expected a finite number")
    return float(found)
