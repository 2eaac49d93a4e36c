"""Weights and biases as Nielsen's class has them, and as the engine takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array
from glassprop.errors import DataError, NetworkError
from glassprop.models.checked_numbers import whole

Array = npt.NDArray[Any]


def check_sizes(sizes: object) -> list[int]:
    """The sizes of the layers, inputs first, at least two.

    Raises:
        NetworkError: for sizes that are not whole numbers of at least 1.
    """
    if not isinstance(sizes, (list, tuple, np.ndarray)) or len(sizes) < 2:
        raise NetworkError(f"sizes: expected a list such as [784, 30, 10], got {sizes!r}")
    return [whole(size, f"size of layer {place}") for place, size in enumerate(sizes)]


def parameters_of(
    weights: Sequence[Any], biases: Sequence[Any]
) -> tuple[tuple[int, ...], list[Array]]:
    """The sizes that the arrays have now, and W1, b1, W2, b2, … in float64.

    Arrays that are float64 already are not copied. User code may have assigned others, of another
    type or for other sizes.

    Raises:
        NetworkError: if the arrays do not fit together.
    """
    if len(weights) != len(biases) or not len(weights):
        raise NetworkError(
            "expected weights and biases for each layer after the inputs, "
            f"got {len(weights)} arrays of weights and {len(biases)} of biases"
        )
    sizes: list[int] = []
    parameters: list[Array] = []
    for place, (given_w, given_b) in enumerate(zip(weights, biases, strict=True)):
        w, b = _float64(given_w, f"weights[{place}]"), _float64(given_b, f"biases[{place}]")
        if w.ndim != 2 or not w.size or (sizes and w.shape[1] != sizes[-1]):
            inputs = sizes[-1] if sizes else "inputs"
            raise NetworkError(
                f"weights[{place}]: expected the shape (neurons, {inputs}), got {w.shape}"
            )
        if b.shape != (len(w), 1):
            raise NetworkError(
                f"biases[{place}]: expected the shape ({len(w)}, 1) beside weights of shape "
                f"{w.shape}, got {b.shape}"
            )
        sizes += [len(w)] if sizes else [w.shape[1], len(w)]
        parameters += [w, b[:, 0]]
    return tuple(sizes), parameters


def layers_from(parameters: Sequence[Array]) -> tuple[list[Array], list[Array]]:
    """Weights (y, x) and biases (y, 1), from W1, b1, W2, b2 and so on."""
    return list(parameters[::2]), [biases.reshape(-1, 1) for biases in parameters[1::2]]


def _float64(array: Any, what: str) -> Array:
    try:
        found = as_array(array, what)
    except DataError as error:
        raise NetworkError(str(error)) from error
    if found.dtype.kind not in "biuf":
        raise NetworkError(f"{what}: expected an array of real numbers")
    return found.astype(np.float64, copy=False)
