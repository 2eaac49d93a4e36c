"""Layers, stated by their forward formula alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from glassprop.formula.algebra import dot
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Symbol
from glassprop.models.activations import Activation, find_activation
from glassprop.models.checked_numbers import whole
from glassprop.models.initial_weights import find_scheme


@dataclass(frozen=True)
class Dense:
    """A fully connected layer, a = f(W x + b) with W of shape (units, inputs) and b of (units,).

    Args:
        units: number of neurons, at least 1.
        activation: a name ("relu"), or what `activation` gives.
        initial: how initial weights are drawn: "normal", "xavier", "he" or "fan_in"; by default
            "he" for relu and its relatives and "xavier" otherwise.

    Raises:
        NetworkError: for a size below 1 or an unknown name.
    """

    units: int
    activation: Activation = field(default="identity")  # type: ignore[assignment]
    initial: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", whole(self.units, "units of a Dense layer"))
        object.__setattr__(self, "activation", find_activation(self.activation))
        if self.activation.custom:
            self.activation(Graph().symbol("z", (Axis("j", self.units),)))  # refused here if at all
        if self.initial is not None:
            find_scheme(self.initial)

    @property
    def scheme(self) -> str:
        """The name of the scheme of the initial weights."""
        if self.initial is not None:
            return self.initial
        related = ("relu", "leaky_relu", "elu", "silu", "gelu", "softplus")
        return "he" if self.activation.name in related else "xavier"

    def state(self, number: int, a: Node, axis: Axis) -> tuple[Symbol, list[Symbol]]:
        """State the layer in the graph of its input; gives the activation and the parameters."""
        graph = a.graph
        weights = graph.symbol(f"W{number}", (axis, *a.axes), "parameter")
        biases = graph.symbol(f"b{number}", (axis,), "parameter")
        z = graph.let(
            f"z{number}", dot(weights, a, over=a.axes) + biases, f"weighted input of layer {number}"
        )
        out = graph.let(f"a{number}", self.activation(z), f"activation of layer {number}")
        return out, [weights, biases]
