"""Update rules that give each entry a step of its own, with the conventions of PyTorch.

Sources: AdaGrad: Duchi et al. 2011; RMSProp: Tieleman & Hinton 2012, centred as in Graves 2013,
eqs. (38) to (41); NAdam: Dozat 2016; RProp: Riedmiller & Braun 1993, in the form without weight
backtracking of Igel & Hüsken 2000.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassprop.errors import NetworkError
from glassprop.models.updates.rule import UpdateRule


@dataclass(frozen=True, repr=False)
class AdaGrad(UpdateRule):
    """AdaGrad, v ← v + g², θ ← θ − η g / (√v + ε); `torch.optim.Adagrad` is the same rule.

    Args:
        learning_rate: η > 0.
        epsilon: ε > 0.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float = 0.01
    epsilon: float = 1e-10
    formulas = (
        ("v", "v + gradient**2"),
        ("theta", "theta - learning_rate * gradient / (sqrt(v) + epsilon)"),
    )
    states = ("v",)
    reason = "each entry's steps shrink by the root of all its squared gradients so far"


@dataclass(frozen=True, repr=False)
class RMSProp(UpdateRule):
    """RMSProp, v ← α v + (1 − α) g², θ ← θ − η g / (√v + ε), as `torch.optim.RMSprop`.

    With a momentum μ the quotient goes into a velocity, u ← μ u + g / (√v + ε), θ ← θ − η u. If it
    is centred, √v becomes √(v − m²) for the mean m ← α m + (1 − α) g, so that steps are even in
    units of the standard deviation; a difference that rounding makes negative counts as 0.

    Args:
        learning_rate: η > 0.
        alpha: α, at least 0 and below 1.
        epsilon: ε > 0.
        momentum: μ, at least 0 and below 1; 0 keeps no velocity.
        centred: whether the mean of the gradients is taken out of that of their squares.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float = 0.01
    alpha: float = 0.99
    epsilon: float = 1e-8
    momentum: float = 0.0
    centred: bool = False
    formulas = (
        ("v", "alpha * v + (1 - alpha) * gradient**2"),
        ("theta", "theta - learning_rate * gradient / (sqrt(v) + epsilon)"),
    )
    states = ("v",)
    reason = "a gradient over the root of a mean of its squares gives even steps"

    @classmethod
    def own_numbers(cls) -> tuple[str, ...]:
        """The names of its hyper-parameters; whether it is centred is not one of them."""
        return tuple(name for name in super().own_numbers() if name != "centred")

    @classmethod
    def checked(cls, name: str, value: object) -> float:
        """The value of a number of the rule, or whether it is centred."""
        if name == "centred" and not isinstance(value, bool):
            raise NetworkError(f"centred: expected True or False, got {value!r:.60}")
        return bool(value) if name == "centred" else super().checked(name, value)

    @property
    def stated(self) -> type[UpdateRule]:
        """The class with the formulas for this momentum, centred or not."""
        return _RMSPROP[self.momentum > 0, self.centred]


class _RMSPropMomentum(RMSProp):
    formulas = (
        *RMSProp.formulas[:1],
        ("velocity", "momentum * velocity + gradient / (sqrt(v) + epsilon)"),
        ("theta", "theta - learning_rate * velocity"),
    )
    states = ("v", "velocity")


class _RMSPropCentred(RMSProp):
    formulas = (
        *RMSProp.formulas[:1],
        ("m", "alpha * m + (1 - alpha) * gradient"),
        (
            "theta",
            "theta - learning_rate * gradient / (sqrt(maximum(v - m**2, 0)) + epsilon)",
        ),
    )
    states = ("v", "m")


class _RMSPropCentredMomentum(RMSProp):
    formulas = (
        *_RMSPropCentred.formulas[:2],
        (
            "velocity",
            "momentum * velocity + gradient / (sqrt(maximum(v - m**2, 0)) + epsilon)",
        ),
        ("theta", "theta - learning_rate * velocity"),
    )
    states = ("v", "m", "velocity")


_RMSPROP: dict[tuple[bool, bool], type[UpdateRule]] = {
    (False, False): RMSProp,
    (True, False): _RMSPropMomentum,
    (False, True): _RMSPropCentred,
    (True, True): _RMSPropCentredMomentum,
}
"""By whether there is a momentum, and whether it is centred."""
for _rule in _RMSPROP.values():
    _rule.__name__ = "RMSProp"


@dataclass(frozen=True, repr=False)
class NAdam(UpdateRule):
    """Adam with Nesterov's momentum, as `torch.optim.NAdam`.

    m and v are those of Adam. With μₜ = β₁ (1 − ½ 0.96^(t ψ)) and the share c = 1 − μ₁ μ₂ … μₜ of
    the gradients so far, θ ← θ − η ((1 − μₜ) g / c + μₜ₊₁ m / (1 − (1 − c) μₜ₊₁)) / (√v̂ + ε). The
    product has no closed form, so that c is a state, one number for each entry: it begins at 0.

    Args:
        learning_rate: η > 0.
        beta1: β₁, at least 0 and below 1.
        beta2: β₂, at least 0 and below 1.
        epsilon: ε > 0.
        momentum_decay: ψ ≥ 0.

    Raises:
        NetworkError: for values outside these ranges.
    """

    learning_rate: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    momentum_decay: float = 0.004
    shared = (
        ("correction2", "1 - beta2**t", "the share of squared gradients in v, which begins at 0"),
        ("mu", "beta1 * (1 - 0.96**(t * momentum_decay) / 2)", "the momentum of this update"),
        (
            "next_mu",
            "beta1 * (1 - 0.96**((t + 1) * momentum_decay) / 2)",
            "the momentum of the next update",
        ),
    )
    named = ("mu", "next_mu")
    formulas = (
        ("c", "1 - (1 - c) * mu"),
        ("m", "beta1 * m + (1 - beta1) * gradient"),
        ("v", "beta2 * v + (1 - beta2) * gradient**2"),
        (
            "theta",
            "theta - learning_rate * ((1 - mu) * gradient / c"
            " + next_mu * m / (1 - (1 - c) * next_mu)) / (sqrt(v / correction2) + epsilon)",
        ),
    )
    states = ("c", "m", "v")
    reason = "Adam's mean of gradients is followed one step ahead, as with Nesterov's momentum"


@dataclass(frozen=True, repr=False)
class RProp(UpdateRule):
    """RProp: only the signs of gradients count, as in `torch.optim.Rprop`.

    Each entry has a step of its own, η at first. It grows where the gradient keeps its sign and
    shrinks where the sign changes, and then the entry waits for an update. As it compares gradients
    of one update with those of the last, it is for mini-batches of all examples.

    Args:
        learning_rate: η > 0, the first steps.
        shrink: what a step is multiplied by where the sign changes, at least 0 and below 1.
        grow: what it is multiplied by where the sign stays, above 1.
        smallest: the smallest step, above 0.
        largest: the largest step, above 0.

    Raises:
        NetworkError: for values outside these ranges, or steps that cannot be.
    """

    learning_rate: float = 0.01
    shrink: float = 0.5
    grow: float = 1.2
    smallest: float = 1e-6
    largest: float = 50.0
    shared = (("first_step", "learning_rate * (t < 2)", "the first step; step lengths begin at 0"),)
    formulas = (
        (
            "step_length",
            "minimum(maximum((step_length + first_step) * where(gradient * previous > 0, grow,"
            " where(gradient * previous < 0, shrink, 1)), smallest), largest)",
        ),
        ("previous", "where(gradient * previous < 0, 0, gradient)"),
        ("theta", "theta - step_length * sign(previous)"),
    )
    states = ("step_length", "previous")
    reason = "the sign of the gradient says where to go, and what it did before how far"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.schedule is not None:
            raise NetworkError(
                "schedule: RProp finds the lengths of its steps itself; leave it out"
            )
        if self.smallest > self.largest:
            raise NetworkError(
                f"smallest: expected at most the largest step, {self.largest:g}, got "
                f"{self.smallest:g}"
            )
