"""A forward pass as it was computed."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layer:
    """A layer as it was computed.

    Attributes:
        weights: of shape (outputs, inputs).
        bias: of shape (outputs,); zeros where there is none.
        has_bias: whether there is.
        inputs: of shape (examples, inputs).
        z: of shape (examples, outputs).
        a: of shape (examples, outputs).
        activation: its name.
        slope: of a leaky relu.
        times: of the events of the product, z and a.
        places: of the arrays weights, bias (-1 for none), z and a.
        in_weights: where the biases are among the weights: "", "first" or "last".
    """

    weights: Numbers
    bias: Numbers
    has_bias: bool
    inputs: Numbers
    z: Numbers
    a: Numbers
    activation: str
    slope: float
    times: tuple[int, int, int]
    places: tuple[int, int, int, int]
    in_weights: str = ""


@dataclass(frozen=True)
class Pass:
    """A forward pass.

    Attributes:
        layers: in order.
        start: the time of its first product.
        end: the time of its output.
        rows: whether each row is an example.
        inputs: the place of the first layer's inputs.
        until: the time at which the next pass starts.
        products: how many products of two arrays come in between.
        gap: whether another pass may come in between that could not be read.
    """

    layers: tuple[Layer, ...]
    start: int
    end: int
    rows: bool
    inputs: int
    until: int = 0
    products: int = 0
    gap: bool = False
    starts_with: ast.AST | None = field(default=None, compare=False)

    @property
    def form(self) -> tuple[object, ...]:
        """What passes of one network have in common."""
        return (
            self.rows,
            tuple((layer.weights.shape, layer.activation, layer.has_bias) for layer in self.layers),
        )

    @property
    def output(self) -> Numbers:
        """The outputs, of shape (examples, outputs)."""
        return self.layers[-1].a
