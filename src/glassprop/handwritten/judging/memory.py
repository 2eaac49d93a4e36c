"""Update rules that remember earlier gradients: momentum, Adam and its like."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.judging.adam import sums_never_zeroed
from glassprop.handwritten.judging.derivation_values import Derived
from glassprop.handwritten.judging.steps import Training, gradient, parameters, trained
from glassprop.handwritten.reading.costs import factors
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
LARGEST_MOMENTUM = 0.9999
"""Above it a memory is a sum of gradients that is never zeroed."""


def goes_downhill(of: Derived, steps: Sequence[Training]) -> bool:
    """Whether the first change goes against the gradient by the same length in each entry.

    So do the first steps of Adam, RMSProp and Adagrad, which divide a gradient by its own size.
    """
    step = steps[0]
    right = gradient(of, step, trained(step))
    lengths: list[Numbers] = []
    for name, change in step.change.items():
        g = right[name]
        there = np.abs(g) > 1e-3 * np.abs(g).max(initial=0.0)
        if not (np.sign(change[there]) == -np.sign(g[there])).all():
            return False
        lengths.append(np.abs(change[there]))
    every = np.concatenate([one.ravel() for one in lengths])
    return bool(
        every.size and (np.abs(every - np.median(every)) <= 0.05 * np.median(every)).mean() > 0.9
    )


def sums_up(trace: Trace, of: Derived, steps: Sequence[Training]) -> bool:
    """Whether an adaptive rule was given sums of gradients that were never zeroed."""
    gradients: list[Numbers] = []
    changes: list[Numbers] = []
    for step in steps:
        right = gradient(of, step, trained(step))
        gradients.append(np.concatenate([right[name].ravel() for name in step.change]))
        changes.append(np.concatenate([step.change[name].ravel() for name in step.change]))
    return sums_never_zeroed(trace.tree, gradients, changes, factors(*steps[0].targets[0].shape))


def has_momentum(of: Derived, steps: Sequence[Training], decay: float = 0.0) -> bool:
    """Whether each change is c times the gradient and μ times the change before, for all alike.

    Args:
        of: the derivation.
        steps: of training.
        decay: λ of λ/2 Σ W² beside the cost of all examples; where none is stated, a term d W with
            one d ≥ 0 for all weights is allowed, too.
    """
    for before, step in pairwise(steps):
        right, weights = gradient(of, step, trained(step)), parameters(step.passes[0])
        own = [weights[n].ravel() if n[0] == "W" else 0 * right[n].ravel() for n in step.change]
        w = np.concatenate(own)
        g = np.concatenate([right[name].ravel() for name in step.change]) + decay * w
        v = np.concatenate([before.change[name].ravel() for name in step.change])
        d = np.concatenate([step.change[name].ravel() for name in step.change])
        largest = 1e-6 * np.abs(d).max()
        for basis in (np.stack([-g, v], 1), np.stack([-g, v, -w], 1))[: 1 if decay else 2]:
            found, *_ = np.linalg.lstsq(basis, d, rcond=None)
            c, mu, rest = (*found, 0.0)[:3]
            fits = np.abs(d - basis @ found).max() <= largest
            if fits and c > 0 and 0 <= mu < LARGEST_MOMENTUM and 0 <= rest < 1:
                break
        else:
            return False
    return len(steps) > 1
