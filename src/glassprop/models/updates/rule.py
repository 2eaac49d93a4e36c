"""What every update rule is: numbers, states and formulas, and the steps that follow from them.

A rule may have a schedule, by which its learning rate depends on the number of the update, and
limits of gradients and weights; `kind` is the rule's formulas with those put in.
"""

from __future__ import annotations

import copyreg
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, ClassVar, cast

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import NetworkError
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.formula.parse import names_in, parse
from glassprop.models.checked_numbers import above_one, below_one, finite, not_negative, positive
from glassprop.models.updates.limits import LIMITS, clipping, norm_limit, step_symbol
from glassprop.models.updates.schedules import RATE, Schedule, given_names

RANGES: dict[str, Callable[[object, str], float]] = {
    "learning_rate": positive,
    "momentum": below_one,
    "beta1": below_one,
    "beta2": below_one,
    "alpha": below_one,
    "epsilon": positive,
    "weight_decay": not_negative,
    "momentum_decay": not_negative,
    "shrink": below_one,
    "grow": above_one,
    "smallest": positive,
    "largest": positive,
    **dict.fromkeys(LIMITS, positive),
}
"""Where each hyper-parameter has to lie."""


class RuleClass(type):
    """The type of update rules' classes, of which some are made as they are needed.

    Those are pickled as what makes them; all others by their names, as classes are.
    """

    made_by: tuple[Callable[..., Any], tuple[Any, ...]] | None


def _pickled(rule: RuleClass) -> Any:
    own = rule.__dict__.get("made_by")
    return rule.__qualname__ if own is None else own


copyreg.pickle(RuleClass, _pickled)  # type: ignore[arg-type]


@dataclass(frozen=True, repr=False)
class UpdateRule(metaclass=RuleClass):
    """A rule by which a parameter θ follows its gradient g.

    `formulas` are (quantity, formula) in theta, gradient, the states, the hyper-parameters, and
    `t`, the number of the update, 1 for the first. `shared` are (name, formula, meaning) of numbers
    that are the same for all parameters; they come first and are computed once in each update.

    Args:
        schedule: how the learning rate depends on the number of the update, such as `gp.cosine()`.
        clip_value: c > 0; entries of gradients are held between −c and c.
        clip_norm: c > 0; all gradients together are scaled down to a norm of c where it is larger,
            after `clip_value`, as by `torch.nn.utils.clip_grad_norm_`.
        max_norm: c > 0; after an update each unit's incoming weights, not its bias, are scaled down
            to a norm of c where it is larger (Srivastava et al. 2014, section 5.1).
    """

    schedule: Schedule | None = field(default=None, kw_only=True)
    clip_value: float | None = field(default=None, kw_only=True)
    clip_norm: float | None = field(default=None, kw_only=True)
    max_norm: float | None = field(default=None, kw_only=True)

    formulas: ClassVar[tuple[tuple[str, str], ...]] = ()
    shared: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    states: ClassVar[tuple[str, ...]] = ()
    reason: ClassVar[str] = ""
    named: ClassVar[tuple[str, ...]] = ()
    """Shared numbers that documents call by their names, and do not write where they are used."""
    scheduled: ClassVar[tuple[str, ...] | None] = None
    """The numbers of the schedule in a kind with one."""
    limits: ClassVar[tuple[str, ...]] = ()
    """Which limits a kind has."""

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "schedule":
                self._check_schedule(value)
            elif value is not None or one.default is not None:
                checked = self.checked(one.name, value)
                object.__setattr__(self, one.name, checked)

    @classmethod
    def checked(cls, name: str, value: object) -> float:
        """The value of a number of the rule.

        Raises:
            NetworkError: for a value out of range.
        """
        return RANGES.get(name, finite)(value, name.replace("_", " "))

    def _check_schedule(self, value: object) -> None:
        if value is None:
            return
        if not isinstance(value, Schedule):
            raise NetworkError(
                f"schedule: expected a schedule such as gp.cosine(), got {value!r:.60}"
            )
        if "learning_rate" not in self.own_numbers():
            raise NetworkError(f"schedule: {type(self).__name__} has no learning rate")
        taken = {*self.own_numbers(), *self.states, *(name for name, _, _ in self.shared)}
        for name in value.names:
            if name in taken or name in (*LIMITS, "theta", "gradient"):
                raise NetworkError(
                    f"schedule: {type(self).__name__} has a {name!r} of its own; choose another "
                    "name in the schedule"
                )

    def __repr__(self) -> str:
        """The call that makes it, without what is left out."""
        own = [one for one in fields(self) if not one.kw_only]
        given = [one for one in fields(self) if one.kw_only and getattr(self, one.name) is not None]
        values = [f"{one.name}={getattr(self, one.name)!r}" for one in (*own, *given)]
        return f"{type(self).__name__}({', '.join(values)})"

    @classmethod
    def own_numbers(cls) -> tuple[str, ...]:
        """The names of the rule's own hyper-parameters, in order."""
        return tuple(one.name for one in fields(cls) if not one.kw_only)

    @property
    def limited(self) -> tuple[str, ...]:
        """Which limits the rule has."""
        return tuple(name for name in LIMITS if getattr(self, name) is not None)

    @property
    def hyper(self) -> dict[str, float]:
        """The values of the hyper-parameters by name; a learning rate that is not given is 0.1.

        Training does not meet that: `glassprop.models.defaults` has given one by then.

        Raises:
            NetworkError: for a schedule that needs the number of updates, if it is not known yet.
        """
        found = {name: getattr(self, name) for name in self.own_numbers()}
        found = {name: 0.1 if value is None else value for name, value in found.items()}
        found |= {} if self.schedule is None else self.schedule.hyper
        return found | {name: getattr(self, name) for name in self.limited}

    @property
    def kind(self) -> type[UpdateRule]:
        """The formulas that train: those of the class, with this rule's schedule and limits."""
        schedule = self.schedule
        given = None if schedule is None else (schedule.formula, schedule.names)
        return _kind(self.stated, given, self.limited)

    @property
    def stated(self) -> type[UpdateRule]:
        """The class whose formulas these are; another one where they depend on a number."""
        return type(self)

    @classmethod
    def kept_for(cls, parameters: Iterable[str]) -> dict[str, str]:
        """The arrays that the rule keeps, by name, and the parameter that each has the shape of."""
        return {f"{state}_{name}": name for name in parameters for state in cls.states}

    @classmethod
    def steps(cls, derivation: Derivation) -> list[Step]:
        """The update steps of a lifted derivation: shared numbers, states and parameters.

        Raises:
            FormulaError: if the derivation has another quantity of a name that the rule needs.
        """
        graph, own = derivation.graph, {step.name for step in derivation.steps}
        made = list(cls.shared_steps(graph, own))
        shared, numbers = made[:], cls.numbers(graph)
        gradients, limited = clipping(cls.limits, derivation.gradients, numbers, cls.__name__, own)
        made += limited
        for theta, gradient in gradients.items():
            ending, moved = f"_{theta.name}", theta
            if "max_norm" in cls.limits and len(theta.axes) > 1:
                moved = step_symbol(graph, f"moved{ending}", theta.axes, own)
            made += cls.steps_for(theta, gradient, shared, ending, moved)
            if moved is not theta:
                made += norm_limit(theta, moved, numbers, cls.__name__, own)
        return made

    @classmethod
    def steps_for(
        cls,
        theta: Symbol,
        gradient: Symbol,
        shared: Sequence[Step],
        ending: str = "",
        moved: Symbol | None = None,
    ) -> Iterator[Step]:
        """The update steps of one parameter.

        Args:
            theta: the parameter.
            gradient: its gradient, as updates go by it.
            shared: the steps of the numbers that all parameters share.
            ending: of the names of its states.
            moved: a step that takes the parameter's next value, if that is limited afterwards.
        """
        graph = theta.graph
        names: dict[str, Node] = {"theta": theta, "gradient": gradient, **cls.numbers(graph)}
        names |= {step.name: step.symbol for step in shared}
        if cls.scheduled is not None:
            names["learning_rate"] = names[RATE]
        for state in cls.states:
            names[state] = graph.symbol(f"{state}{ending}", theta.axes, "state")
        for target, text in cls.formulas:
            quantity = names[target]
            assert isinstance(quantity, Symbol)
            meaning = f"update of {quantity.name}"
            formula = parse(text, graph, names)
            if target == "theta" and moved is not None and moved is not theta:
                meaning = f"{theta.name} before its rows are limited"
                names["theta"] = moved  # which later formulas see
                yield Step(moved, formula, "backward", meaning, cls.__name__, cls.reason)
                continue
            yield Step(quantity, formula, "update", meaning, cls.__name__, cls.reason)

    @classmethod
    def numbers(cls, graph: AnyGraph) -> dict[str, Node]:
        """The hyper-parameters and, where the rule counts its updates, t."""
        names = (*cls.own_numbers(), *(cls.scheduled or ()), *cls.limits)
        found: dict[str, Node] = {name: graph.symbol(name, (), "hyper") for name in names}
        texts = [text for _, text in cls.formulas] + [text for _, text, _ in cls.shared]
        if any("t" in names_in(text) for text in texts):
            found["t"] = graph.symbol("t", (), "counter")
        return found

    @classmethod
    def shared_steps(cls, graph: AnyGraph, taken: Collection[str] = ()) -> Iterator[Step]:
        """The steps for the numbers that all parameters share; `taken` are names of others."""
        names = cls.numbers(graph)
        for name, text, meaning in cls.shared:
            symbol = None if name in taken else graph.find(name)
            if symbol is None or symbol.role != "step":
                symbol = graph.symbol(name, (), "step")
            of_rate = name == RATE and cls.scheduled is not None
            known = given_names(graph, cls.scheduled or ()) if of_rate else names
            formula = parse(text, graph, known)
            names["learning_rate" if of_rate else name] = symbol
            yield Step(symbol, formula, meaning=meaning, rule=cls.__name__)


@lru_cache(maxsize=256)
def _kind(
    rule: type[UpdateRule], schedule: tuple[str, tuple[str, ...]] | None, limits: tuple[str, ...]
) -> type[UpdateRule]:
    """The formulas of a rule with a schedule and limits; one class for all rules with the same."""
    if schedule is None and not limits:
        return rule
    made_by = (_kind, (rule, schedule, limits))
    added: dict[str, Any] = {"__doc__": rule.__doc__, "limits": limits, "made_by": made_by}
    if schedule is not None:
        formula, names = schedule
        first = (RATE, formula, "the learning rate of this update")
        added |= {"shared": (first, *rule.shared), "scheduled": names, "named": (RATE, *rule.named)}
    return cast("type[UpdateRule]", RuleClass(rule.__name__, (rule,), added))
