"""Update rules, stated as formulas; they become part of the program like everything else.

Formulas are applied in order, and later ones see the new values. Sources: gradient descent:
Nielsen, eqs. (20) and (21); momentum: Polyak 1964, Nielsen, eqs. (107) and (108).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import NetworkError
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.formula.parse import parse


def positive(value: object, what: str) -> float:
    """A positive, finite number.

    Raises:
        NetworkError: naming what it is for.
    """
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        raise NetworkError(f"{what}: expected a positive number, got {value!r}") from None
    if isinstance(value, (bool, str)) or not math.isfinite(number) or number <= 0:
        raise NetworkError(f"{what}: expected a positive number, got {value!r}")
    return number


@dataclass(frozen=True)
class UpdateRule:
    """A rule by which a parameter θ follows its gradient g.

    `formulas` are (quantity, formula) in theta, gradient, the states and the hyper-parameters.
    """

    formulas: ClassVar[tuple[tuple[str, str], ...]] = ()
    states: ClassVar[tuple[str, ...]] = ()
    reason: ClassVar[str] = ""

    @property
    def hyper(self) -> dict[str, float]:
        """The values of the hyper-parameters by name."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def steps(cls, derivation: Derivation) -> list[Step]:
        """The update steps of a lifted derivation: one for each state and each parameter."""
        graph = derivation.graph
        hyper = {name: _symbol(graph, name, (), "hyper") for name in cls.__dataclass_fields__}
        made: list[Step] = []
        for theta, gradient in derivation.gradients.items():
            names: dict[str, Node] = {"theta": theta, "gradient": gradient, **hyper}
            for state in cls.states:
                names[state] = _symbol(graph, f"{state}_{theta.name}", theta.axes, "state")
            for target, text in cls.formulas:
                quantity = names[target]
                assert isinstance(quantity, Symbol)
                formula = parse(text, graph, names)
                made.append(
                    Step(
                        quantity,
                        formula,
                        "update",
                        f"update of {quantity.name}",
                        cls.__name__,
                        cls.reason,
                    )
                )
        return made


def _symbol(graph: Graph, name: str, axes: Sequence[object], role: str) -> Symbol:
    found = graph.find(name)
    return graph.symbol(name, axes, role) if found is None else found  # type: ignore[arg-type]


@dataclass(frozen=True)
class SGD(UpdateRule):
    """Stochastic gradient descent, θ ← θ − η g.

    Args:
        learning_rate: η > 0.

    Raises:
        NetworkError: for a learning rate that is not a positive number.
    """

    learning_rate: float = 0.1
    formulas = (("theta", "theta - learning_rate * gradient"),)
    reason = "a step against the gradient lowers the cost"

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", positive(self.learning_rate, "learning rate"))


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """Gradient descent with momentum, v ← μ v − η g, θ ← θ + v.

    Args:
        learning_rate: η > 0.
        momentum: μ, at least 0 and below 1.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float = 0.1
    momentum: float = 0.9
    formulas = (
        ("velocity", "momentum * velocity - learning_rate * gradient"),
        ("theta", "theta + velocity"),
    )
    states = ("velocity",)
    reason = "the velocity remembers earlier gradients, which smooths the way down"

    def __post_init__(self) -> None:
        object.__setattr__(self, "learning_rate", positive(self.learning_rate, "learning rate"))
        if self.momentum != 0:
            object.__setattr__(self, "momentum", positive(self.momentum, "momentum"))
        if self.momentum >= 1:
            raise NetworkError(
                f"momentum: expected a number from 0 to below 1, got {self.momentum}"
            )
