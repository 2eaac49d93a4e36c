"""Parameters that no training changes, since their gradient is 0 whatever the numbers are.

It is so behind functions such as step and sign, whose slope is taken as 0 everywhere.
"""

from __future__ import annotations

import warnings

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import NetworkError
from glassprop.formula.derivatives import is_zero
from glassprop.models.architecture import Architecture


def require_trainable(derivation: Derivation, architecture: Architecture) -> None:
    """Refuse to train where nothing would change, and warn where some layers would not.

    A penalty on the weights (l2) is no training: the biases say whether the cost of the outputs
    depends on a layer.

    Raises:
        NetworkError: naming what has the slope 0.
    """
    layers = architecture.layers
    fixed = [
        number
        for number in range(1, len(layers) + 1)
        if is_zero(derivation[f"dC_db{number}"].formula)
    ]
    if not fixed:
        return
    last, end = fixed[-1], len(layers)
    activation, cost = layers[last - 1].activation, architecture.cost
    causes = [f"the activation {activation.name!r} of layer {last}"]
    if last == end:
        causes.append(f"the cost {cost.name!r}")
    if last == end and activation.function is not None:
        flat = activation.function.derivative == ("0",)
        causes = causes[:1] if flat else causes[1:]
    why = f"{' or '.join(causes)} has the slope 0 everywhere, as step, sign and comparisons have"
    if last == end:
        raise NetworkError(
            f"fit: the gradient is 0 for any parameters, so that training would change nothing: "
            f"{why}; take another"
        )
    names = "W1 and b1" if last == 1 else f"W1, b1, … b{last}"
    warnings.warn(
        f"{names} are not trained, as their gradient is 0 for any numbers: {why}", stacklevel=4
    )
