"""How networks are trained where nothing is said: one set, for `fit` and the command line.

The rates were found on MNIST with mini-batches of 10, whose images have a mean square norm of about
100. The first two are those of Nielsen, chs. 1 and 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassprop.models.architecture import Architecture
    from glassprop.models.update_rules import UpdateRule

EPOCHS = 30
BATCH_SIZE = 10
ORDINARY = 100.0
"""The mean of Σ x² over the examples up to which a learning rate is not lowered."""
SAID = (
    "3 with sigmoid layers and the quadratic cost, 0.5 with sigmoid layers and a cross-entropy, "
    "0.1 with others, or 0.03 where the outputs have no bounds; these times 1 - momentum, and "
    "lower where the inputs are large; 0.001 for adam and adamw, 0.002 for nadam, 0.01 for "
    "adagrad, rmsprop and rprop"
)
"""The default learning rates in words."""


def learning_rate(architecture: Architecture, momentum: float, norm: float) -> tuple[float, str]:
    """The learning rate for rules that follow the gradient, and what it is for.

    Args:
        architecture: of the network.
        momentum: from 0 to below 1; the velocity adds up 1 / (1 - momentum) steps.
        norm: the mean over the examples of Σ x², of what the first layer takes.
    """
    rate, reason = _rate(architecture)
    rate *= 1 - momentum
    if norm > ORDINARY and math.isfinite(norm):
        factor = math.sqrt(norm / ORDINARY)
        rate /= factor
        reason += f", lowered {factor:,.1f} times for large inputs"
        if factor > 3:
            reason += ": with a scale that makes them about 1, the network learns better"
    return float(f"{rate:.2g}"), reason


def _rate(architecture: Architecture) -> tuple[float, str]:
    layers, cost = architecture.layers, architecture.cost.name
    names = [layer.activation.name for layer in layers]
    if set(names) == {"sigmoid"} and cost == "quadratic":
        return 3.0, "sigmoid layers and the quadratic cost"
    if set(names[:-1]) == {"sigmoid"} and cost in ("cross_entropy", "binary_cross_entropy"):
        return 0.5, f"sigmoid layers and the cost {cost}"
    if all(map(math.isfinite, layers[-1].activation.range)):
        return 0.1, f"{names[-1]} outputs and the cost {cost}"
    return 0.03, f"{names[-1]} outputs, which have no bounds, and the cost {cost}"


def completed(
    rule: UpdateRule, architecture: Architecture, norm: Callable[[], float]
) -> tuple[UpdateRule, str]:
    """The rule with a learning rate, and, where it had none, what that is for.

    Args:
        rule: as it was given.
        architecture: of the network.
        norm: the mean of Σ x² over the examples, which is only asked for if it is needed.
    """
    if getattr(rule, "learning_rate", 0.0) is not None:
        return rule, ""
    rate, reason = learning_rate(architecture, getattr(rule, "momentum", 0.0), norm())
    return replace(rule, learning_rate=rate), reason  # type: ignore[call-arg]
