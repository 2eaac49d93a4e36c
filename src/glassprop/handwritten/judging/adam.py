"""Whether Adam, as a file has it, was given the gradients, or sums of them that are never zeroed.

Both are tried with the numbers that the file may have, against the changes of the first updates.
Adam: Kingma & Ba 2015, Algorithm 1.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from itertools import accumulate, product

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
BETAS = {(0.9, 0.999), (0.9, 0.99)}
EPSILONS = (1e-8, 1e-7, 1e-6, 1e-10, 0.0)
MOST = 40
"""Pairs of betas that are tried."""
CLOSE = 1e-5


def sums_never_zeroed(
    tree: ast.AST,
    gradients: Sequence[Numbers],
    changes: Sequence[Numbers],
    factors: Sequence[float],
) -> bool:
    """Whether the changes are Adam's for Σ g over all updates so far, and not for g.

    Args:
        tree: of the file, for the numbers in it.
        gradients: of the sum over the examples, all parameters in one row, of the first updates.
        changes: of the parameters in these updates.
        factors: by which gradients may be multiplied, as by 1/n.
    """
    if len(gradients) < 2 or not all(np.isfinite(one).all() for one in (*gradients, *changes)):
        return False
    betas = list(_betas(tree))[:MOST]
    summed = list(accumulate(gradients))
    if any(_is_adam(gradients, changes, *b, f) for b, f in product(betas, factors)):
        return False
    return any(_is_adam(summed, changes, *b, f) for b, f in product(betas, factors))


def _betas(tree: ast.AST) -> Iterator[tuple[float, float]]:
    """Pairs of numbers of the file, and the usual ones."""
    yield from sorted(BETAS)
    numbers = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value < 1
    }
    near = sorted((one for one in numbers if one >= 0.5), reverse=True)
    yield from ((a, b) for a, b in product(near, near) if (a, b) not in BETAS)


def _is_adam(
    gradients: Sequence[Numbers],
    changes: Sequence[Numbers],
    beta1: float,
    beta2: float,
    factor: float,
) -> bool:
    """Whether all changes are −η m̂ / (√v̂ + ε), with one η."""
    for epsilon in EPSILONS:
        m, v = np.zeros_like(gradients[0]), np.zeros_like(gradients[0])
        rate = None
        for t, (given, change) in enumerate(zip(gradients, changes, strict=True), 1):
            g = factor * given
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g * g
            with np.errstate(all="ignore"):
                step = m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)
            step = np.where(np.isfinite(step), step, 0.0)
            below = float(step @ step)
            rate = -float(step @ change) / below if rate is None and below else rate
            if rate is None or np.abs(change + rate * step).max() > CLOSE * np.abs(change).max():
                break
        else:
            return True
    return False
