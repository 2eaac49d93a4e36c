"""Update rules of a user's own, from formulas as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, cast

from glassprop.errors import FormulaError, NetworkError, clipped, nearest
from glassprop.formula.axes import Axis
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.naming import require_name
from glassprop.formula.nodes import Contract, Node, Reduce, Symbol, walk
from glassprop.formula.parse import REDUCTIONS, names_in, parse
from glassprop.formula.user.statement import of
from glassprop.models.checked_numbers import finite
from glassprop.models.custom_names import require_own_name
from glassprop.models.updates.limits import LIMITS
from glassprop.models.updates.rule import RANGES, UpdateRule
from glassprop.models.updates.schedules import GIVEN, RATE

GIVEN_HERE = ("theta", "gradient", "t")
TAKEN = {*GIVEN_HERE, *GIVEN, RATE, *LIMITS, *FUNCTIONS, *REDUCTIONS, "schedule", "n", "x", "y"}
"""Names that mean something else in formulas, or in the program."""
BUILT_IN = (
    *("SGD", "Momentum", "Nesterov", "Adam", "AdamW"),
    *("SGDW", "AdaGrad", "RMSProp", "NAdam", "RProp"),
)
"""The rules of `update_rules`, whose names are taken."""
Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Definition:
    """What a rule of one's own is: all that its class follows from.

    Attributes:
        name: of the rule.
        formulas: of the states and of theta, in order.
        shared: formulas of the numbers that are the same for all parameters.
        numbers: the hyper-parameters with what they are by default.
        ranges: for some of them the smallest and the largest value.
        reason: a sentence for documents, without its full stop.
    """

    name: str
    formulas: Pairs
    shared: Pairs
    numbers: tuple[tuple[str, float | None], ...]
    ranges: tuple[tuple[str, tuple[float, float]], ...]
    reason: str

    @property
    def states(self) -> tuple[str, ...]:
        """What has a formula beside theta."""
        return tuple(name for name, _ in self.formulas if name != "theta")


class OwnRule(UpdateRule):
    """A rule that `update_rule` made."""

    definition: ClassVar[Definition]

    @classmethod
    def checked(cls, name: str, value: object) -> float:
        """The value of a number of the rule.

        Raises:
            NetworkError: for a value out of its range.
        """
        for known, (low, high) in cls.definition.ranges:
            if known == name:
                number = finite(value, f"{cls.__name__}: {name}")
                if not low <= number <= high:
                    raise NetworkError(
                        f"{cls.__name__}: {name}: expected a number from {low:g} to {high:g}, got "
                        f"{value!r}"
                    )
                return number
        return RANGES.get(name, finite)(value, f"{cls.__name__}: {name.replace('_', ' ')}")

    def __reduce__(self) -> tuple[Any, ...]:
        values = {one.name: getattr(self, one.name) for one in dataclasses.fields(self)}
        return restored, (self.definition, values)


def restored(definition: Definition, values: Mapping[str, Any]) -> UpdateRule:
    """A rule of one's own from a pickle."""
    return rule_of(definition)(**values)


def update_rule(
    name: str,
    formulas: Mapping[str, str],
    *,
    shared: Mapping[str, str] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    reason: str = "",
    **numbers: float | None,
) -> type[UpdateRule]:
    """An update rule of one's own, to be used like `gp.Adam`.

    Example:
        Lion = gp.update_rule(
            "Lion",
            {
                "theta": "theta - learning_rate * sign(beta1 * m + (1 - beta1) * gradient)",
                "m": "beta2 * m + (1 - beta2) * gradient",
            },
            learning_rate=0.0001, beta1=0.9, beta2=0.99,
        )
        net.fit(x, y, optimizer=Lion(learning_rate=0.001))

    Args:
        name: what the rule is called.
        formulas: how each entry of a parameter, theta, and of what is kept for it follows its
            gradient, in the order in which they are applied: later ones see the new values. They
            are text in theta, gradient, what is kept, the numbers, and t, the number of the update,
            1 for the first. What is kept, any other name with a formula, is 0 at first.
        shared: formulas in the numbers and t that are computed once in each update.
        ranges: for some numbers the smallest and the largest value that they may have.
        reason: a sentence about the rule for documents, without a full stop.
        numbers: the hyper-parameters with what they are by default; None for a learning rate that
            suits the network.

    Raises:
        FormulaError: for text that is no formula of one entry, a name in it that nothing gives, and
            what is given and not used.
        NetworkError: for a name that cannot be one, or a number out of range.
    """
    require_own_name("update rule", name, BUILT_IN)
    whose = f"update rule {name!r}"
    texts = _pairs(whose, "formulas", formulas)
    first = _pairs(whose, "shared", shared or {})
    bounds = tuple(_range(whose, key, ranges[key], numbers) for key in ranges) if ranges else ()
    if not isinstance(reason, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise NetworkError(f"{whose}: expected text as its reason, got {reason!r:.60}")
    given = tuple((key, None if v is None else float(v)) for key, v in _numbers(whose, numbers))
    definition = Definition(name, texts, first, given, bounds, " ".join(reason.split()))
    _check(whose, definition)
    made = rule_of(definition)
    made()  # refuses numbers out of range
    return made


@cache
def rule_of(definition: Definition) -> type[UpdateRule]:
    """The class of a definition: one for all that are equal."""
    fields = [(name, float, dataclasses.field(default=v)) for name, v in definition.numbers]
    about = "a number that all parameters share"
    members: dict[str, Any] = {
        "definition": definition,
        "made_by": (rule_of, (definition,)),
        "formulas": definition.formulas,
        "shared": tuple((name, text, about) for name, text in definition.shared),
        "named": tuple(name for name, _ in definition.shared),
        "states": definition.states,
        "reason": definition.reason or f"{definition.name} is a rule of one's own",
        "__doc__": f"The update rule {definition.name}.",
        "__module__": __name__,
    }
    made = dataclasses.make_dataclass(
        definition.name, fields, bases=(OwnRule,), namespace=members, frozen=True, repr=False
    )
    return cast("type[UpdateRule]", made)


def _pairs(whose: str, what: str, formulas: object) -> Pairs:
    if not isinstance(formulas, Mapping) or not all(
        isinstance(part, str) for pair in formulas.items() for part in pair
    ):
        raise FormulaError(
            f"{whose}: expected {what} as text by name, such as "
            "{'theta': 'theta - learning_rate * gradient'}, got " + clipped(repr(formulas))
        )
    return tuple(cast("Mapping[str, str]", formulas).items())


def _numbers(whose: str, numbers: Mapping[str, float | None]) -> list[tuple[str, float | None]]:
    """The hyper-parameters, each a number, or None for a learning rate."""
    for name, value in numbers.items():
        if value is not None or name != "learning_rate":
            finite(value, f"{whose}: {name}")
    return list(numbers.items())


def _range(
    whose: str, name: str, given: object, numbers: Mapping[str, object]
) -> tuple[str, tuple[float, float]]:
    if name not in numbers:
        raise NetworkError(f"{whose}: a range for {name!r}; {nearest(name, numbers)}")
    try:
        low, high = (float(bound) for bound in given)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low, high = 1.0, 0.0
    if not low <= high:
        raise NetworkError(
            f"{whose}: expected a smallest and a largest {name}, such as (0, 1), got {given!r:.60}"
        )
    return name, (low, high)


def _check(whose: str, rule: Definition) -> None:
    """Refuse names that cannot be, and formulas that do not fit together."""
    numbers, shared = dict(rule.numbers), dict(rule.shared)
    if "theta" not in dict(rule.formulas):
        raise FormulaError(f"{whose}: no formula for theta, what the parameters become")
    made = [*numbers, *shared, *rule.states]
    for name in made:
        with of(whose):
            require_name(name)
        if (name in TAKEN and name != "learning_rate") or made.count(name) > 1:
            raise FormulaError(f"{whose}: the name {name!r} is taken; choose another")
    if "learning_rate" in (*shared, *rule.states):
        raise FormulaError(f"{whose}: learning_rate is a number; give it as learning_rate=0.01")
    graph, axis = Graph(), Axis("k", 7)
    names: dict[str, Node] = {name: graph.symbol(name, (), "hyper") for name in numbers}
    names["t"] = graph.symbol("t", (), "counter")
    used: set[str] = set()
    for name, text in rule.shared:
        used |= _names(whose, name, text, {*names}, "a number of its own, or t")
        with of(f"{whose}, formula of {name}"):
            _require_entries(parse(text, graph, names), False)
        names[name] = graph.symbol(name, (), "hyper")
    for name in ("theta", "gradient", *rule.states):
        names[name] = graph.symbol(name, (axis,), "state")
    read: set[str] = set()
    for name, text in rule.formulas:
        known = "theta, gradient, t, a number of its own, or what has a formula of its own"
        found = _names(whose, name, text, {*names}, known)
        used |= found
        read |= found if name == "theta" else found - {name}
        with of(f"{whose}, formula of {name}"):
            _require_entries(parse(text, graph, names), True)
    for name in (*numbers, *shared):
        if name not in used:
            raise FormulaError(f"{whose}: no formula uses {name!r}")
    for name in rule.states:
        if name not in read:
            raise FormulaError(f"{whose}: {name!r} has a formula, and no other one uses it")


def _names(whose: str, name: str, text: str, known: set[str], expected: str) -> set[str]:
    with of(f"{whose}, formula of {name}"):
        found = set(names_in(text))
        for other in sorted(found - known):
            raise FormulaError(
                f"nothing gives {other!r}; expected {expected} ({nearest(other, known)})"
            )
    return found


def _require_entries(root: Node, many: bool) -> None:
    """Refuse a formula that mixes entries, or is a number where each entry has its own."""
    for node in walk([root]):
        sized = isinstance(node, Symbol) and node.role == "size"
        if isinstance(node, Reduce) or sized or (isinstance(node, Contract) and node.summed):
            raise FormulaError(
                "it goes over all entries; a rule is stated for each entry by itself"
            )
    if many and not root.axes:
        raise FormulaError(
            "it is one number, the same for all entries, where each entry of a parameter has one "
            "of its own; a number that all share is given in shared"
        )
