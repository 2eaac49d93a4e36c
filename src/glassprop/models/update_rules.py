"""Update rules, stated as formulas; they become part of the program like everything else.

Formulas are applied in order, and later ones see the new values. Sources: gradient descent:
Nielsen, eqs. (20) and (21); momentum: Polyak 1964, Nielsen, eqs. (107) and (108); Nesterov 1983,
in the form of Sutskever et al. 2013, eqs. (3) and (4); Adam: Kingma & Ba 2015, Algorithm 1; AdamW:
Loshchilov & Hutter 2019, Algorithm 2.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import ClassVar

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import NetworkError
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.formula.parse import names_in, parse
from glassprop.models.checked_numbers import below_one, finite, not_negative, positive

RANGES: dict[str, Callable[[object, str], float]] = {
    "learning_rate": positive,
    "momentum": below_one,
    "beta1": below_one,
    "beta2": below_one,
    "epsilon": positive,
    "weight_decay": not_negative,
}
"""Where each hyper-parameter has to lie."""


@dataclass(frozen=True)
class UpdateRule:
    """A rule by which a parameter θ follows its gradient g.

    `formulas` are (quantity, formula) in theta, gradient, the states, the hyper-parameters, and
    `t`, the number of the update, 1 for the first. `shared` are (name, formula, meaning) of numbers
    that are the same for all parameters; they come first and are computed once in each update.
    """

    formulas: ClassVar[tuple[tuple[str, str], ...]] = ()
    shared: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    states: ClassVar[tuple[str, ...]] = ()
    reason: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None or field.default is not None:
                checked = RANGES.get(field.name, finite)(value, field.name.replace("_", " "))
                object.__setattr__(self, field.name, checked)

    @property
    def hyper(self) -> dict[str, float]:
        """The values of the hyper-parameters by name; a learning rate that is not given is 0.1.

        Training does not meet that: `glassprop.models.defaults` has given one by then.
        """
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: 0.1 if value is None else value for name, value in found.items()}

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
        for theta, gradient in derivation.gradients.items():
            made += cls.steps_for(theta, gradient, made[: len(cls.shared)], f"_{theta.name}")
        return made

    @classmethod
    def steps_for(
        cls, theta: Symbol, gradient: Symbol, shared: Sequence[Step], ending: str = ""
    ) -> Iterator[Step]:
        """The update steps of one parameter, whose states have names with some ending."""
        graph = theta.graph
        names: dict[str, Node] = {"theta": theta, "gradient": gradient, **cls.numbers(graph)}
        names |= {step.name: step.symbol for step in shared}
        for state in cls.states:
            names[state] = graph.symbol(f"{state}{ending}", theta.axes, "state")
        for target, text in cls.formulas:
            quantity = names[target]
            assert isinstance(quantity, Symbol)
            meaning = f"update of {quantity.name}"
            formula = parse(text, graph, names)
            yield Step(quantity, formula, "update", meaning, cls.__name__, cls.reason)

    @classmethod
    def numbers(cls, graph: AnyGraph) -> dict[str, Node]:
        """The hyper-parameters and, where the rule counts its updates, t."""
        found: dict[str, Node] = {
            field.name: graph.symbol(field.name, (), "hyper") for field in fields(cls)
        }
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
            formula = parse(text, graph, names)
            names[name] = symbol
            yield Step(symbol, formula, meaning=meaning, rule=cls.__name__)


@dataclass(frozen=True)
class SGD(UpdateRule):
    """Stochastic gradient descent, θ ← θ − η g.

    Args:
        learning_rate: η > 0; by default one that suits the network, see `Network.fit`.

    Raises:
        NetworkError: for a learning rate that is not a positive number.
    """

    learning_rate: float | None = None
    formulas = (("theta", "theta - learning_rate * gradient"),)
    reason = "a step against the gradient lowers the cost"


@dataclass(frozen=True)
class Momentum(UpdateRule):
    """Gradient descent with momentum, v ← μ v − η g, θ ← θ + v.

    Args:
        learning_rate: η > 0; by default one that suits the network, see `Network.fit`.
        momentum: μ, at least 0 and below 1.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float | None = None
    momentum: float = 0.9
    formulas = (
        ("velocity", "momentum * velocity - learning_rate * gradient"),
        ("theta", "theta + velocity"),
    )
    states = ("velocity",)
    reason = "the velocity remembers earlier gradients, which smooths the way down"


@dataclass(frozen=True)
class Nesterov(Momentum):
    """Nesterov's momentum, v ← μ v − η g, θ ← θ + (μ v − η g).

    Sutskever et al. take the gradient ahead of the parameters, at φ = θ + μ v. This is their rule
    for φ, by which the gradient is taken where the parameters are: the form of `torch.optim.SGD`
    with `nesterov=True` and of `optax.sgd` with `nesterov=True`, whose velocity is −v/η.

    Args:
        learning_rate: η > 0; by default one that suits the network, see `Network.fit`.
        momentum: μ, at least 0 and below 1.

    Raises:
        NetworkError: for values outside these ranges.
    """

    formulas = (
        ("velocity", "momentum * velocity - learning_rate * gradient"),
        ("theta", "theta + (momentum * velocity - learning_rate * gradient)"),
    )
    reason = "the velocity is followed one step ahead, so that a step too far is seen earlier"


@dataclass(frozen=True)
class Adam(UpdateRule):
    """Adam, m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← θ − η m̂ / (√v̂ + ε).

    m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) correct that m and v begin at 0, in the update number
    t = 1, 2, …; `torch.optim.Adam` and `optax.adam` are the same rule.

    Args:
        learning_rate: η > 0.
        beta1: β₁, at least 0 and below 1.
        beta2: β₂, at least 0 and below 1.
        epsilon: ε > 0.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    shared = (
        ("correction1", "1 - beta1**t", "the share of gradients in m, which begins at 0"),
        ("correction2", "1 - beta2**t", "the share of squared gradients in v, which begins at 0"),
        ("step_size", "learning_rate / correction1", "learning rate, with m corrected"),
    )
    formulas = (
        ("m", "beta1 * m + (1 - beta1) * gradient"),
        ("v", "beta2 * v + (1 - beta2) * gradient**2"),
        ("theta", "theta - step_size * m / (sqrt(v / correction2) + epsilon)"),
    )
    states = ("m", "v")
    reason = "a mean of gradients over the root of a mean of their squares gives even steps"


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: θ ← θ − η λ θ − η m̂ / (√v̂ + ε).

    The decay stays out of m and v, other than that of an L2 term in the cost. As in
    `torch.optim.AdamW` and `optax.adamw` it is multiplied by the learning rate (Algorithm 2 has a
    factor of its own for both), and it decays all parameters, biases too.

    Args:
        learning_rate: η > 0.
        beta1: β₁, at least 0 and below 1.
        beta2: β₂, at least 0 and below 1.
        epsilon: ε > 0.
        weight_decay: λ ≥ 0.

    Raises:
        NetworkError: for values outside these ranges.
    """

    weight_decay: float = 0.01
    formulas = (
        *Adam.formulas[:2],
        (
            "theta",
            "(1 - learning_rate * weight_decay) * theta"
            " - step_size * m / (sqrt(v / correction2) + epsilon)",
        ),
    )
    reason = "as in Adam, and all parameters decay by themselves"


RULES: dict[str, type[UpdateRule]] = {
    rule.__name__: rule for rule in (SGD, Momentum, Nesterov, Adam, AdamW)
}
"""The update rules by name, as model files have them."""


def check_rule(optimizer: object) -> UpdateRule:
    """An update rule, as it is.

    Raises:
        NetworkError: for anything else.
    """
    if not isinstance(optimizer, UpdateRule):
        shown = " ".join(repr(optimizer).split())
        raise NetworkError(
            f"optimizer: expected an update rule such as gp.SGD(0.1), got {shown:.80}"
        )
    return optimizer
