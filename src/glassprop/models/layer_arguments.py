"""What the arguments of a network mean: a list of sizes, or a number of inputs and layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassprop.errors import NetworkError
from glassprop.models import activations
from glassprop.models.activations import Activation
from glassprop.models.checked_numbers import whole
from glassprop.models.costs import Cost
from glassprop.models.layers import Dense

OUTPUTS = {
    "cross_entropy": "softmax",
    "binary_cross_entropy": "sigmoid",
    "hinge": "identity",
    "huber": "identity",
    "absolute": "identity",
}
"""The activation of the last layer that goes with a cost."""


def read_layers(
    layers: tuple[object, ...],
    activation: str | Activation | None,
    output: str | Activation | None,
    cost: Cost,
) -> tuple[int, tuple[Dense, ...]]:
    """The number of inputs and the layers, from the arguments that a network was called with.

    Raises:
        NetworkError: for anything else than a list of sizes, or a size and then layers.
    """
    usage = "expected a list of sizes, Network([784, 30, 10]), or Network(784, Dense(30), …)"
    if len(layers) == 1 and isinstance(layers[0], (list, tuple, np.ndarray)):
        hidden = "sigmoid" if activation is None else activation
        return layers_of(list(layers[0]), hidden, output, cost)
    if not layers:
        raise NetworkError(f"no layers given; {usage}")
    if len(layers) == 1:
        raise NetworkError(f"one argument {layers[0]!r} is not a network; {usage}")
    if activation is not None or output is not None:
        raise NetworkError(
            "activation and output go with a list of sizes; each Dense layer has its own"
        )
    for place, layer in enumerate(layers[1:], 1):
        if not isinstance(layer, Dense):
            raise NetworkError(f"layer {place} is {layer!r}; {usage}")
    return whole(layers[0], "number of inputs"), layers[1:]  # type: ignore[return-value]


def layers_of(
    sizes: Sequence[int],
    activation: str | Activation,
    output: str | Activation | None,
    cost: Cost,
) -> tuple[int, tuple[Dense, ...]]:
    """The layers that a list of sizes stands for, with the seed's N(0, 1) weights for sigmoids.

    Unless it is given, the output layer takes the activation that its cost is made for, see
    `OUTPUTS`, and for other costs the same as the other layers.
    """
    sizes = [whole(size, f"size of layer {place}") for place, size in enumerate(sizes)]
    if len(sizes) < 2:
        raise NetworkError(f"sizes {sizes}: expected at least inputs and outputs, as in [2, 1]")
    hidden = activations.find_activation(activation)
    last = activations.find_activation(OUTPUTS.get(cost.name, hidden) if output is None else output)
    seeds = hidden.name == last.name == "sigmoid"
    made = [
        Dense(size, kind, "normal" if seeds else None)
        for size, kind in zip(sizes[1:], [*[hidden] * (len(sizes) - 2), last], strict=True)
    ]
    return sizes[0], tuple(made)
