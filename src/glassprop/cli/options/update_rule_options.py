"""The update rule that the options of `glassprop train` describe."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from glassprop.cli.option_values import rule_named
from glassprop.errors import NetworkError, nearest
from glassprop.models.checked_numbers import below_one, finite, positive
from glassprop.models.update_rules import UpdateRule
from glassprop.models.updates.schedules import SCHEDULES, Schedule, schedule

MOMENTUM = 0.9


@dataclass(frozen=True)
class RuleOptions:
    """The options of an update rule, as given; None for those that are not."""

    optimizer: str | None = None
    momentum: float | None = None
    lr: float | None = None
    schedule: str | None = None
    clip_value: float | None = None
    clip_norm: float | None = None
    max_norm: float | None = None

    @property
    def rule(self) -> UpdateRule:
        """The update rule that they describe.

        Raises:
            NetworkError: for an unknown rule, with the nearest known one, for numbers out of range,
                for a momentum with a rule that has none, and for what is no schedule.
            FormulaError: for a schedule that is a formula with unknown names.
        """
        name = self.optimizer
        if name is None:
            name = "momentum" if self.momentum else "sgd"
        rule, settings = rule_named(name), dict[str, Any]()
        has_momentum = "momentum" in rule.__dataclass_fields__
        if self.momentum and not has_momentum:
            raise NetworkError(f"--momentum: {name} has none; take momentum or nesterov")
        if has_momentum and (name != "rmsprop" or self.momentum is not None):
            settings["momentum"] = MOMENTUM if self.momentum is None else self.momentum
            below_one(settings["momentum"], "--momentum")
        if self.lr is not None:
            settings["learning_rate"] = positive(self.lr, "--lr")
        for limit in ("clip_value", "clip_norm", "max_norm"):
            value = getattr(self, limit)
            if value is not None:
                settings[limit] = positive(value, f"--{limit.replace('_', '-')}")
        if self.schedule is not None:
            settings["schedule"] = read_schedule(self.schedule)
        return rule(**settings)


def read_schedule(text: str) -> Schedule:
    """The schedule in a text such as "cosine:warmup=500", or a formula in learning_rate and t.

    Raises:
        NetworkError: for an unknown name or setting, or a number out of range.
        FormulaError: for a formula with unknown names.
    """
    name, colon, listed = text.partition(":")
    name = name.strip().replace("-", "_")
    if name not in SCHEDULES:
        if name.isidentifier() and name != "learning_rate":
            raise NetworkError(f"--schedule: unknown schedule {name!r}; {nearest(name, SCHEDULES)}")
        return schedule(text)
    known = tuple(inspect.signature(SCHEDULES[name]).parameters)
    settings: dict[str, float] = {}
    for setting in listed.split(",") if colon else ():
        key, equals, value = (part.strip() for part in setting.partition("="))
        if key not in known or not equals or key in settings:
            raise NetworkError(
                f"--schedule {text!r}: expected settings such as {name}:{known[0]}=0.5, got "
                f"{setting!r}; {nearest(key, known)}"
            )
        try:
            settings[key] = finite(float(value), f"--schedule {text!r}: {key}")
        except ValueError:
            raise NetworkError(
                f"--schedule {text!r}: expected a number as {key}, got {value!r}"
            ) from None
    if name in ("step_decay", "exponential_decay") and known[0] not in settings:
        raise NetworkError(f"--schedule {name}: give {known[0]}, as in {name}:{known[0]}=0.5")
    return SCHEDULES[name](**settings)
