"""What a repair is to bring about: right gradients in the first step that is wrong."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.runs import Run
from glassprop.handwritten.judging.derivation_values import quantities
from glassprop.handwritten.judging.gradients import fit, rounding, turned
from glassprop.handwritten.judging.judgement import Judgement
from glassprop.handwritten.judging.steps import Training, gradient, parameters, trained, with_biases
from glassprop.handwritten.reading.costs import factors
from glassprop.handwritten.reading.passes import Pass

Numbers = npt.NDArray[np.float64]
ADAPTIVE = {
    "beta1", "beta2", "beta_1", "beta_2", "rmsprop", "adam", "momentum", "mu", "velocity",
}  # fmt: skip
MARGIN = 60
"""Events before and after a step of training that are looked at."""


@dataclass
class Aim:
    """What gradients should be in the first step of training that is wrong.

    Attributes:
        step: of training.
        made: its last pass with a backward pass.
        right: the gradient of each parameter, of the sum over the examples of the step.
        weights: the parameters before it.
        by_change: whether parameters are changed by a multiple of the gradient.
        quantities: of the step's last pass.
        until: how many events a run needs.
        skip: how many it does not need at the beginning.
        plain: factors that count for few numbers.
        single: whether parameters are in single precision.
    """

    step: Training
    made: Pass
    right: Mapping[str, Numbers]
    weights: Mapping[str, Numbers]
    by_change: bool
    quantities: Mapping[str, Numbers]
    until: int
    skip: int = 0
    plain: Sequence[float] = ()
    single: bool = False

    def score(self, run: Run) -> int:
        """How many parameters a run changes by the gradient, with one factor for all."""
        by_size: dict[int, list[Numbers]] = {}
        for array in run.arrays:
            for part in array if array.ndim == 3 else [array]:
                by_size.setdefault(part.size, []).append(part)
        found = [
            self._factors(right, self.weights[name], by_size.get(right.size, ()))
            for name, right in self.right.items()
        ]
        best = 0
        for values in found:
            for c in values:
                best = max(
                    best, sum(bool((np.abs(ones - c) <= 1e-5 * abs(c)).any()) for ones in found)
                )
        return best

    def _factors(self, right: Numbers, w: Numbers, arrays: Sequence[Numbers]) -> Numbers:
        """The numbers c for which one of the arrays is W − c G − d W, or c G + d W."""
        rows = [given.ravel() for array in arrays for given in turned(array, right.shape)]
        if not rows:
            return np.zeros(0)
        given = np.stack(rows)
        with np.errstate(all="ignore"):
            given = given[np.isfinite(given).all(1)]
            if self.by_change:
                given = w.ravel() - given
            scale = np.abs(given).max(1, initial=0.0)
            given, scale = given[scale > 0], scale[scale > 0]
            unit = 1e-4 if self.single else 1e-6
            allowed = unit * scale + (4e-7 if self.single else 1e-14) * np.abs(w).max(initial=0.0)
            found: list[Numbers] = []
            bases = [right.reshape(-1, 1)]
            if right.size > 2:
                bases.append(np.stack([right.ravel(), w.ravel()], 1))
            for basis in bases:
                c = given @ np.linalg.pinv(basis).T
                fits = np.abs(given - c @ basis.T).max(1, initial=0.0) <= allowed
                if c.shape[1] == 2:
                    fits &= np.abs(c[:, 1]) < 0.5
                found.append(c[fits, 0])
        values = np.concatenate(found)
        return values[values > 0] if self.by_change else np.abs(values[values != 0])


def aim_of(judgement: Judgement) -> Aim:
    """What gradients should be where they are wrong first."""
    steps = [s for s in judgement.steps if s.change and not any(p.gap for p in s.passes)]
    steps = steps or list(judgement.steps[:1])
    chosen = steps[0]
    for one in steps[:4]:
        if not _is_right(judgement, one):
            chosen = one
            break
    if not chosen.change:
        k = trained(chosen)[0]
        first = chosen.passes[k]
        chosen = Training([first], [chosen.targets[k]], {}, first.until)
    total = gradient(judgement.derived, chosen, trained(chosen))
    weights = parameters(chosen.passes[0])
    for k, layer in enumerate(chosen.passes[0].layers, 1):
        if layer.in_weights:
            for values in (total, weights):
                values[f"W{k}"] = with_biases(
                    values[f"W{k}"], values.pop(f"b{k}"), layer.in_weights
                )
    right = {name: total[name] for name in weights if np.abs(total[name]).max() > 1e-13}
    start = steps[0]
    first, before = gradient(judgement.derived, start, trained(start)), parameters(start.passes[0])
    fits = [
        fit(-c, first[n], before[n], rounding(before[n], c))
        for n, c in start.change.items()
        if c.size > 2 and np.abs(first[n]).max() > 1e-13
    ]
    proportional = any(one is not None for one in fits)
    plain = bool(chosen.change) and (proportional or _plain_change(judgement))
    place = trained(chosen)[-1]
    last = quantities(judgement.derived, chosen.passes[place], chosen.targets[place])
    n, k = chosen.targets[place].shape
    return Aim(
        chosen, chosen.passes[place], right, weights, plain,
        last, chosen.until + MARGIN, max(chosen.passes[0].start - MARGIN, 0), factors(n, k),
        all((w == w.astype(np.float32)).all() for w in weights.values() if w.size > 2),
    )  # fmt: skip


def _plain_change(judgement: Judgement) -> bool:
    """Whether a file's updates look like W − c · gradient: no square roots beside it."""
    names = {
        node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
        for node in judgement.reading.trace.nodes
    }
    changed = any(one.change for one in judgement.steps)
    return changed and not {name.lower() for name in names} & ADAPTIVE


def _is_right(judgement: Judgement, step: Training) -> bool:
    total = gradient(judgement.derived, step, trained(step))
    weights = parameters(step.passes[0])
    made = [fit(-c, total[n], weights[n], rounding(weights[n], c)) for n, c in step.change.items()]
    known = [one[0] for one in made if one is not None]
    complete = len(known) == len(made)
    known = [c for c in known if not np.isnan(c)]
    same = all(abs(c - known[0]) <= 1e-5 * abs(known[0]) for c in known)
    return complete and bool(known) and same and known[0] > 0
