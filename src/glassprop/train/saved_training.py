"""What a model file says of the training: the update rule, how far it is, the random numbers.

It is a part of the JSON that describes the network, with a version of its own:

    "training": {"version": 1,
                 "rule": "Adam", "hyper": {"learning_rate": 0.001, …}, "updates": 1563,
                 "random": {"name": "PCG64", "state": …, "inc": …, "has_uint32": 0, "uinteger": 0},
                 "engine": "auto"}

`rule` and `hyper` are null and {} before any update; `saved_rule.py` has what else a rule may have,
and then the version is 2, which older readers refuse. What the rule keeps for each parameter is in
the file as arrays, by names such as m_W1. Files without such a record are those of older versions.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassprop.errors import ModelFileError
from glassprop.models.update_rules import RULES, UpdateRule
from glassprop.train.run.engine import ENGINES
from glassprop.train.run.rule_states import States
from glassprop.train.saved_rule import MORE, described_rule, is_known, read_rule

VERSION, MORE_VERSION = 1, 2
"""The version of records, and that of those whose rule has more than a name and numbers."""
MOST = 1 << 53
"""More updates than can be made, and that a float64 counts."""


@dataclass(frozen=True)
class Record:
    """How far the training of a saved network is.

    Attributes:
        rule: the update rule that trained last, if any.
        updates: how many updates it has made.
        random: the random numbers that the next epochs are shuffled by.
        engine: the engine that was asked for; others round differently.
    """

    rule: UpdateRule | None
    updates: int
    random: np.random.Generator
    engine: str = "auto"

    def names(self, parameters: Iterable[str]) -> dict[str, str]:
        """The arrays that the rule keeps, by name, and the parameter that each is for."""
        return {} if self.rule is None else self.rule.kind.kept_for(parameters)


def record_of(states: States, random: np.random.Generator, engine: str) -> Record:
    """What is to be saved; without a rule that a reader of the file would not know."""
    rule, updates = states.rule, states.updates
    if rule is not None and not is_known(rule):
        warnings.warn(
            f"the file keeps the network without its update rule: {type(rule).__name__} is not "
            f"one of glassprop's ({', '.join(RULES)})",
            stacklevel=4,
        )
        rule, updates = None, 0
    return Record(rule, updates, random, engine)


def described(record: Record) -> dict[str, Any]:
    """The record, ready for JSON."""
    found = record.random.bit_generator.state
    rule = {"rule": None, "hyper": {}} if record.rule is None else described_rule(record.rule)
    return {
        "version": MORE_VERSION if set(MORE) & set(rule) else VERSION,
        **rule,
        "updates": record.updates,
        "random": {
            "name": found["bit_generator"],
            **found["state"],
            "has_uint32": found["has_uint32"],
            "uinteger": found["uinteger"],
        },
        "engine": record.engine,
    }


def read(found: Any) -> Record | None:
    """The record that a file holds; None for None.

    Raises:
        ModelFileError: for anything else.
    """
    if found is None:
        return None
    try:
        version = whole(found["version"], MOST, "version")
        if version not in (VERSION, MORE_VERSION):
            raise ModelFileError(
                f"its record of the training has version {version!r:.20}, this glassprop reads "
                f"versions {VERSION} and {MORE_VERSION}; upgrade glassprop"
            )
        updates = whole(found["updates"], MOST, "updates")
        rule = read_rule(found)
        if rule is None and updates:
            raise ValueError(f"{updates} updates without a rule")
        engine = found.get("engine", "auto")
        if engine not in ENGINES:
            raise ValueError(f"unknown engine {engine!r:.40}")
        return Record(rule, updates, _generator(found["random"]), engine)
    except ModelFileError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise ModelFileError(f"its record of the training is damaged: {reason:.200}") from None


def _generator(saved: Any) -> np.random.Generator:
    if not isinstance(saved, dict):
        raise ValueError(f"its random numbers are {saved!r:.40}, expected their state")
    if saved["name"] != "PCG64":
        raise ValueError(f"unknown random numbers {saved['name']!r:.40}")
    state: Any = {
        "bit_generator": "PCG64",
        "state": {key: whole(saved[key], 1 << 128, key) for key in ("state", "inc")},
        "has_uint32": whole(saved["has_uint32"], 2, "has_uint32"),
        "uinteger": whole(saved["uinteger"], 1 << 32, "uinteger"),
    }
    bits = np.random.PCG64(0)
    bits.state = state
    return np.random.Generator(bits)


def whole(value: Any, end: int, what: str) -> int:
    """A whole number from 0, below some end, that a file has.

    Raises:
        ValueError: for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < end:
        raise ValueError(f"{what} is {value!r:.40}, expected a whole number from 0")
    return value
