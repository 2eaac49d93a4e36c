"""Forwards and backwards through layers whose function is the user's own, as in the book.

A function of Python cannot be differentiated by glassprop, and the book's reader gives its
derivative beside it: so these are the book's equations (BP1) to (BP4), for one example.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError

Array = npt.NDArray[Any]
Function = Callable[[Any], Any]


def forward(
    parameters: Sequence[Array], a: Array, sigmoid: Function
) -> tuple[list[Array], list[Array]]:
    """The weighted inputs z and the activations a of all layers, the input first among these.

    Args:
        parameters: W1, b1, W2, b2 and so on.
        a: a column of inputs, or several side by side.
        sigmoid: the function of the neurons.

    Raises:
        NetworkError: if the function gives what is not an array of the shape of z.
    """
    zs: list[Array] = []
    activations = [a]
    for w, b in zip(parameters[::2], parameters[1::2], strict=True):
        zs.append(np.dot(w, activations[-1]) + b[:, None])
        activations.append(_applied(sigmoid, zs[-1], "sigmoid"))
    return zs, activations


def backward(
    parameters: Sequence[Array],
    x: Array,
    y: Any,
    cost_derivative: Callable[[Any, Any], Any],
    functions: tuple[Function, Function],
) -> tuple[list[Array], list[Array]]:
    """The gradient (nabla_b, nabla_w) of the cost of one example.

    Args:
        parameters: W1, b1, W2, b2 and so on.
        x: a column of inputs.
        y: what `cost_derivative` takes.
        cost_derivative: gives ∂C/∂a for the outputs a and y.
        functions: the function of the neurons, and its derivative.

    Raises:
        NetworkError: if one of the functions gives what is not an array of the shape of z.
    """
    weights, (sigmoid, sigmoid_prime) = parameters[::2], functions
    zs, activations = forward(parameters, x, sigmoid)
    slopes = [_applied(sigmoid_prime, z, "sigmoid_prime") for z in zs]
    delta = cost_derivative(activations[-1], y) * slopes[-1]
    nabla_b, nabla_w = [delta], [np.dot(delta, activations[-2].T)]
    for layer in range(len(weights) - 2, -1, -1):
        delta = np.dot(weights[layer + 1].T, delta) * slopes[layer]
        nabla_b.insert(0, delta)
        nabla_w.insert(0, np.dot(delta, activations[layer].T))
    return nabla_b, nabla_w


def _applied(function: Function, z: Array, name: str) -> Array:
    found = function(z)
    if np.shape(found) != z.shape:
        raise NetworkError(
            f"{name}: for z of shape {z.shape} the function that was put in its place gives "
            f"{'an array of shape ' + str(np.shape(found)) if np.ndim(found) else repr(found):.80};"
            " expected an array of the same shape"
        )
    return np.asarray(found)
