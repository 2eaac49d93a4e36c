"""The class of formulas that are computed without overflow, as `docs/architecture.md` states it.

A formula belongs to it at a point if it has none of a few functions, if each exponent, and each
part without exponentials, is a finite number of the number type there, and if no sum of the
formula, or of its slope, cancels, nor has exponents so large that they have no digits left. A slope
that is a difference of terms of size 1, as of tanh, has as many digits as those.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from .exact import Exact
from .libraries import NumPy, value
from .tree import Tree

EXPONENTIAL = (
    *("exp", "tanh", "sigmoid", "softplus", "silu", "gelu", "Phi", "phi", "elu", "softmax"),
    "logsumexp",
)
OTHERS = ("sin", "cos", "clip", "raised")
"""Functions that it does not have."""
LEAST = 1e-2
"""What may be lost: the hundredth that counts as wrong."""


def belongs(
    root: Tree, found: list[Exact], names: Mapping[str, Any], dtype: str, digits: bool
) -> bool:
    """Whether a formula belongs to the class at a point.

    Args:
        root: the formula.
        found: what it is there exactly.
        names: what its letters stand for.
        dtype: the number type.
        digits: whether the digits of a slope count, or only that it is finite.
    """
    limits = np.finfo(dtype)
    eps = float(limits.eps)
    return (
        not root.uses(*OTHERS)
        and all(one.exponent * eps < LEAST and one.kept**2 * LEAST > eps for one in found)
        and (not digits or all(one.flat * LEAST > eps for one in found))
        and all(
            _is_finite(node, names, dtype)
            for node in root.walk()
            if node.parts and not node.uses(*EXPONENTIAL)
        )
    )


def _is_finite(node: Tree, names: Mapping[str, Any], dtype: str) -> bool:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = value(node, NumPy(), names, max(u.shape[-1] for u in names.values()))
        return bool(np.isfinite(np.asarray(found, dtype)).all())
