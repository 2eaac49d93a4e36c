"""What a model file says of the update rule: its name, its numbers, and what it has beside them.

    {"rule": "Adam", "hyper": {"learning_rate": 0.001, …},
     "schedule": {"formula": "learning_rate / sqrt(t)", "numbers": {}, "name": …, "total": …, …},
     "limits": {"clip_norm": 1.0},
     "definition": {"formulas": [["theta", "theta - …"]], "shared": [], "numbers": {…}, …}}

The last three are there only where the rule has a schedule, limits, or is one of a user's own.
Formulas are parsed, never evaluated.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from glassprop.errors import FormulaError, ModelFileError, NetworkError
from glassprop.models.json_entries import entry, of_kind
from glassprop.models.update_rules import RULES, UpdateRule
from glassprop.models.updates.limits import LIMITS
from glassprop.models.updates.own_rules import OwnRule, update_rule
from glassprop.models.updates.schedules import Schedule, schedule

MORE = ("schedule", "limits", "definition")
"""What only readers of the second version know."""


def is_known(rule: UpdateRule) -> bool:
    """Whether a reader of the file can make the rule again."""
    return isinstance(rule, OwnRule) or RULES.get(type(rule).__name__) is type(rule)


def described_rule(rule: UpdateRule) -> dict[str, Any]:
    """The rule, ready for JSON."""
    own = [one.name for one in fields(rule) if not one.kw_only]
    found: dict[str, Any] = {
        "rule": type(rule).__name__,
        "hyper": {name: getattr(rule, name) for name in own},
    }
    if rule.schedule is not None:
        found["schedule"] = {
            "formula": rule.schedule.formula,
            "numbers": dict(rule.schedule.numbers),
            "name": rule.schedule.name,
            "total": rule.schedule.total,
            "in_epoch": rule.schedule.in_epoch,
            "least": rule.schedule.least,
        }
    if rule.limited:
        found["limits"] = {name: getattr(rule, name) for name in rule.limited}
    if isinstance(rule, OwnRule):
        made = rule.definition
        found["definition"] = {
            "formulas": [list(pair) for pair in made.formulas],
            "shared": [list(pair) for pair in made.shared],
            "numbers": dict(made.numbers),
            "ranges": {name: list(bounds) for name, bounds in made.ranges},
            "reason": made.reason,
        }
    return found


def read_rule(found: dict[str, Any]) -> UpdateRule | None:
    """The rule of a record.

    Raises:
        ValueError: for what no rule can have.
    """
    name, hyper = found["rule"], found["hyper"]
    if name is None:
        return None
    if not isinstance(name, str):
        raise ValueError(f"unknown update rule {name!r:.40}")
    try:
        rule = _defined(name, found["definition"]) if "definition" in found else RULES.get(name)
        if rule is None:
            raise ValueError(f"unknown update rule {name!r:.40}")
        wanted = [one.name for one in fields(rule) if not one.kw_only]
        if not isinstance(hyper, dict) or set(hyper) != set(wanted):
            raise ValueError(f"expected {', '.join(wanted)} for the update rule {name}")
        limits = of_kind(found.get("limits", {}), dict, "'limits'")
        if not set(limits) <= set(LIMITS):
            raise ValueError(f"unknown limits {', '.join(map(str, limits))}"[:80])
        given: dict[str, Any] = {**hyper, **limits}
        if "schedule" in found:
            given["schedule"] = _schedule(found["schedule"])
        return rule(**given)
    except (NetworkError, FormulaError, ModelFileError) as error:
        raise ValueError(f"{name:.40}: {error}") from None


def _defined(name: str, found: Any) -> type[UpdateRule]:
    """A rule of a user's own."""
    made = of_kind(found, dict, "'definition'")
    return update_rule(
        name,
        dict(map(_pair, entry(made, "formulas", list))),
        shared=dict(map(_pair, entry(made, "shared", list))),
        ranges={key: tuple(bounds) for key, bounds in entry(made, "ranges", dict).items()},
        reason=entry(made, "reason", str),
        **entry(made, "numbers", dict),
    )


def _pair(found: Any) -> tuple[str, str]:
    name, text = of_kind(found, list, "a formula")
    return of_kind(name, str, "its name"), of_kind(text, str, "its text")


def _schedule(found: Any) -> Schedule:
    made = of_kind(found, dict, "'schedule'")
    numbers = entry(made, "numbers", dict)
    values = {key: entry(numbers, key, float) for key in numbers}
    schedule(entry(made, "formula", str), **values)  # refuses what is no formula
    total, in_epoch = (
        None if made.get(key) is None else entry(made, key, float) for key in ("total", "in_epoch")
    )
    return Schedule(
        entry(made, "formula", str),
        tuple(values.items()),
        entry(made, "name", str),
        total,
        in_epoch,
        entry(made, "least", float),
    )
