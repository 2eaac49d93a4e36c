"""Whether two implementations do the same work: they arrive at the same weights.

Compared is how far the weights have moved: |w − w′| / |w′ − w₀|, Euclidean norms over all
parameters, after 20 mini-batches from the same initial weights w₀; and the mean cost after a whole
epoch. The reference, w′, is NumPy written by hand.

In float32 a relu may be on the other side of its kink for a rounding error, and Adam's first steps
are as long for a small gradient as for a large one: hence the second tolerance. `--dtype float64`
runs all jobs in float64, where all of them agree to 1e-9.
"""

from __future__ import annotations

import numpy as np

BATCHES = 20
LARGEST = {
    ("sgd", "float32"): 1e-3,
    ("adam", "float32"): 2e-2,
    ("sgd", "float64"): 1e-9,
    ("adam", "float64"): 1e-9,
}
"""The tolerance. Sums are added up in another order by everyone."""
LARGEST_COST = {"float32": 5e-2, "float64": 1e-4}
"""The same for the cost, relative. Errors grow over thousands of mini-batches, in float32 and with
the long steps of job a to some percent."""


def flat(weights: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.asarray(value, "float64").ravel() for value in weights])


def difference(
    found: list[np.ndarray], reference: list[np.ndarray], start: list[np.ndarray]
) -> float:
    """How far apart two sets of weights are, by how far the reference has moved."""
    moved = np.linalg.norm(flat(reference) - flat(start))
    return float(np.linalg.norm(flat(found) - flat(reference)) / moved)
