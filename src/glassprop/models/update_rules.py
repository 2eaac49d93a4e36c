"""Update rules, stated as formulas; they become part of the program like everything else.

Formulas are applied in order, and later ones see the new values. Sources: gradient descent:
Nielsen, eqs. (20) and (21); momentum: Polyak 1964, Nielsen, eqs. (107) and (108); Nesterov 1983,
in the form of Sutskever et al. 2013, eqs. (3) and (4); Adam: Kingma & Ba 2015, Algorithm 1; SGDW
and AdamW: Loshchilov & Hutter 2019, Algorithms 1 and 2. Others are in `updates/adaptive_rules.py`,
what all share in `updates/rule.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassprop.errors import NetworkError
from glassprop.models.updates.adaptive_rules import AdaGrad, NAdam, RMSProp, RProp
from glassprop.models.updates.rule import UpdateRule as UpdateRule


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
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


@dataclass(frozen=True, repr=False)
class SGDW(SGD):
    """Gradient descent with decoupled weight decay, θ ← (1 − η λ) θ − η g.

    As in AdamW all parameters decay, biases too. Without momentum, and without the other terms that
    a cost may have, it is what an L2 term in the cost does to the weights.

    Args:
        learning_rate: η > 0; by default one that suits the network, see `Network.fit`.
        weight_decay: λ ≥ 0.

    Raises:
        NetworkError: for values outside these ranges.
    """

    weight_decay: float = 0.0001
    formulas = (("theta", "(1 - learning_rate * weight_decay) * theta - learning_rate * gradient"),)
    reason = "a step against the gradient lowers the cost, and all parameters decay by themselves"


RULES: dict[str, type[UpdateRule]] = {
    rule.__name__: rule
    for rule in (SGD, Momentum, Nesterov, Adam, AdamW, SGDW, AdaGrad, RMSProp, NAdam, RProp)
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
