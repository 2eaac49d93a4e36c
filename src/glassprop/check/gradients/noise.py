"""How far computed values of a function jump about: its noise, from differences along a line.

A computed function is a smooth one and a rounding error that looks random. In a table of
differences at neighbouring points the smooth part vanishes from some order on, and what stays is
noise, of a variance that grows with the order by a known factor.

Source: Moré & Wild, Estimating Computational Noise, SIAM J. Sci. Comput. 33(3), 2011.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

POINTS = 7
STEPS = (1e-9, 1e-7, 1e-5, 1e-3, 1e-1)
"""Distances of neighbouring points, in units of the scale along the line, tried in order; at the
smaller ones a function in single precision may not move at all."""
AGREE = 4.0
"""How much levels of noise from neighbouring orders may differ."""
EPSILON = float(np.finfo(np.float64).eps)


def noise_along(phi: Callable[[float], float], value: float, scale: float) -> float:
    """The standard deviation of the noise of φ near 0; never less than rounding gives.

    Args:
        phi: the function along a line.
        value: φ(0).
        scale: a distance over which φ changes much.
    """
    least = EPSILON * abs(value)
    for step in STEPS:
        h = step * scale
        values = np.array([phi(h * (k - POINTS // 2)) for k in range(POINTS)])
        if not np.isfinite(values).all():
            continue
        size = float(np.abs(values).max()) or 1.0
        found = _levels(values / size)  # whose squares do not become 0
        if found is not None:
            return max(least, found * size)
    return least


def _levels(values: np.ndarray) -> float | None:
    """The noise where three orders of differences agree on it and its signs look random."""
    differences, levels, mixed = values, list[float](), list[bool]()
    for order in range(1, POINTS - 1):
        differences = np.diff(differences)
        gamma = math.factorial(order) ** 2 / math.factorial(2 * order)
        levels.append(math.sqrt(gamma * float(np.mean(np.square(differences)))))
        mixed.append(bool((differences[:-1] * differences[1:] <= 0).any()))
    for k in range(len(levels) - 2):
        three = levels[k : k + 3]
        if min(three) > 0 and max(three) <= AGREE * min(three) and mixed[k]:
            return three[0]
    return None
