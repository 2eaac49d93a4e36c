"""Initial weights: schemes by name, each the standard deviation of a normal law.

Sources: normal: Nielsen, ch. 1; fan_in: Nielsen, ch. 3 and LeCun et al. 1998, eq. (16);
xavier: Glorot & Bengio 2010, eq. (12); he: He et al. 2015, eq. (10).
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError, nearest

SCHEMES: dict[str, Callable[[int, int], float]] = {
    "normal": lambda inputs, outputs: 1.0,
    "fan_in": lambda inputs, outputs: 1 / sqrt(inputs),
    "xavier": lambda inputs, outputs: sqrt(2 / (inputs + outputs)),
    "he": lambda inputs, outputs: sqrt(2 / inputs),
}
ALIASES = {"glorot": "xavier", "kaiming": "he"}


def find_scheme(name: str) -> Callable[[int, int], float]:
    """The standard deviation of initial weights as a function of fan-in and fan-out.

    Raises:
        NetworkError: for an unknown name, with the nearest known one.
    """
    known = ALIASES.get(name, name)
    if known not in SCHEMES:
        raise NetworkError(f"unknown initial weights {name!r}; {nearest(str(name), SCHEMES)}")
    return SCHEMES[known]


def draw(
    scheme: str, inputs: int, outputs: int, random: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Initial weights of shape (outputs, inputs) and biases of shape (outputs,).

    Biases are N(0, 1) under the scheme "normal", as in the seed's network, and 0 under the others.
    """
    deviation = find_scheme(scheme)(inputs, outputs)
    weights = random.standard_normal((outputs, inputs))
    if deviation != 1:
        weights *= deviation
    biases = random.standard_normal(outputs) if scheme == "normal" else np.zeros(outputs)
    return weights, biases


def generator(seed: int | None) -> np.random.Generator:
    """Random numbers from a seed, or new ones.

    Raises:
        NetworkError: for a seed that is not a whole number of at least 0.
    """
    if seed is not None and not (isinstance(seed, (int, np.integer)) and seed >= 0):
        raise NetworkError(f"seed: expected a whole number of at least 0, got {seed!r}")
    return np.random.Generator(np.random.PCG64(seed))  # by its name, as model files keep its state
