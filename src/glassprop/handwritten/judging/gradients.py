"""Whether gradients, and what parameters were changed by, are what the derivation says.

An update W ← W − c ∂C/∂W with one c for all parameters is right whatever c is; so is a term d W
beside it, weight decay. Other rules (momentum, Adam) have their gradients looked for among what was
computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.recorder import VALUE
from glassprop.handwritten.judging.adam import sums_never_zeroed
from glassprop.handwritten.judging.derivation_values import Derived, quantities
from glassprop.handwritten.reading.costs import factors
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
TOLERANCE = 1e-6
LARGEST_MOMENTUM = 0.9999
"""Above it a memory is a sum of gradients that is never zeroed."""


@dataclass(frozen=True)
class Training:
    """Passes between two changes of the parameters.

    Attributes:
        passes: with targets.
        targets: of each.
        change: of each parameter, W1, b1, …; empty if none came after.
        until: the time of the first pass after the change.
    """

    passes: Sequence[Pass]
    targets: Sequence[Numbers]
    change: Mapping[str, Numbers]
    until: int


@dataclass
class Found:
    """What was found of gradients.

    Attributes:
        verdict: "right", "update" for right gradients with a wrong update, "wrong", or "none".
        factors: of each parameter's change: c of −c ∂C/∂W, None where there is no such number.
        wrong: parameters.
        how: how it was judged, in words.
    """

    verdict: str
    factors: dict[str, float | None] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    how: str = ""


def parameters(made: Pass) -> dict[str, Numbers]:
    """The parameters of a pass: W1, b1, …; biases that are not there are left out."""
    found: dict[str, Numbers] = {}
    for k, layer in enumerate(made.layers, 1):
        found[f"W{k}"] = layer.weights
        if layer.has_bias:
            found[f"b{k}"] = layer.bias
    return found


def trainings(made: Sequence[Pass], targets: Sequence[Numbers | None]) -> list[Training]:
    """The passes of a run, by the changes of parameters that follow them."""
    found: list[Training] = []
    here: list[int] = []
    for k, one in enumerate(made):
        if here:
            before, after = parameters(made[here[0]]), parameters(one)
            change = {name: after[name] - before[name] for name in before if name in after}
            if any(np.abs(value).max() > 0 for value in change.values()):
                found.append(_training(made, targets, here, change, one.start))
                here = []
        here.append(k)
    if here:
        found.append(_training(made, targets, here, {}, made[here[-1]].until))
    return [one for one in found if one.passes]


def _training(
    made: Sequence[Pass],
    targets: Sequence[Numbers | None],
    here: Sequence[int],
    change: Mapping[str, Numbers],
    until: int,
) -> Training:
    chosen = [(made[k], y) for k in here if (y := targets[k]) is not None]
    return Training([one for one, _ in chosen], [y for _, y in chosen], change, until)


def judge(trace: Trace, of: Derived, steps: Sequence[Training], decay: float = 0.0) -> Found:
    """Whether the gradients of a run are right.

    Args:
        trace: of the run.
        of: the derivation of the network.
        steps: of training.
        decay: λ of λ/2 Σ W² beside the derivation's cost of all examples, where the file states it.
    """
    moved = [one for one in steps if one.change and not any(p.gap for p in one.passes)][:4]
    if not moved:
        if not trace.products:
            return Found("none")
        changes = any(one.change for one in steps)  # after passes that were not all read
        found = _by_values(trace, of, steps[:3], strict=True)
        if changes and found.verdict != "right":
            return Found("none")
        return found if found.verdict == "right" else _by_values(trace, of, steps[:3])
    judged = [_by_change(of, one, decay) for one in moved]
    if all(one.verdict == "right" for one in judged):
        return judged[0]
    worst = next(one for one in judged if one.verdict != "right")
    if _is_plain(judged[0]):  # W − c ∂C/∂W at first: not a rule like Adam's
        if judged[0].verdict == "right" and _has_momentum(of, moved):
            return Found("right", judged[0].factors, how="momentum")
        values = _by_values(trace, of, moved)
        if values.verdict == "right" and judged[0].verdict == "right":
            return Found("update", worst.factors, worst.wrong, worst.how)
        return worst
    values = _by_values(trace, of, moved)
    if values.verdict == "right":
        if _sums_up(trace, of, moved):
            words = "gradients are added to those of the updates before, and never zeroed"
            return Found("wrong", {}, list(moved[0].change), words)
        if _goes_downhill(of, moved) or _has_momentum(of, moved):
            values.how = "an update rule with a memory, such as momentum or Adam"
            return values
        return Found("update", worst.factors, worst.wrong, worst.how)
    if not worst.wrong or len(worst.wrong) == len(worst.factors):
        worst.wrong = values.wrong or worst.wrong
    return worst


def _is_plain(found: Found) -> bool:
    """Whether the change of each parameter is a multiple of its gradient, whatever multiple."""
    return all(one is not None for one in found.factors.values())


def gradient(of: Derived, step: Training, chosen: Sequence[int]) -> dict[str, Numbers]:
    """The gradients of the sum over the examples of some passes."""
    total: dict[str, Numbers] = {}
    for k in chosen:
        for name, value in quantities(of, step.passes[k], step.targets[k]).items():
            if name.startswith(("dW", "db")):
                total[name[1:]] = total.get(name[1:], 0) + value
    for one, other in _tied(step.passes[0]):
        total[one] = total[one] + total[other].T
        total[other] = total[one].T
    return total


def with_biases(weights: Numbers, biases: Numbers, where: str) -> Numbers:
    """Weights with the biases as their first or last column, as a file has them."""
    column = biases.reshape(-1, 1)
    return np.hstack([column, weights] if where == "first" else [weights, column])


def _tied(made: Pass) -> list[tuple[str, str]]:
    """Pairs of weights that are one matrix, the second its transpose."""
    ws = [layer.weights for layer in made.layers]
    return [
        (f"W{j + 1}", f"W{k + 1}")
        for k in range(len(ws))
        for j in range(k)
        if ws[j].shape == ws[k].T.shape and ws[j].size > 4 and (ws[j] == ws[k].T).all()
    ]


def trained(step: Training) -> list[int]:
    """The passes of a step with a backward pass behind them: those that most products follow."""
    counts = [one.products for one in step.passes]
    return [k for k, count in enumerate(counts) if 2 * count >= max(*counts, 0)]


def _by_change(of: Derived, step: Training, decay: float) -> Found:
    best: Found | None = None
    chosen = trained(step)
    for choice in (
        [chosen] if len(chosen) == len(step.passes) else [chosen, list(range(len(step.passes)))]
    ):
        found = _compared(gradient(of, step, choice), step, decay)
        if found.verdict == "right":
            return found
        if best is None or len(found.wrong) < len(best.wrong):
            best = found
    assert best is not None
    return best


def _compared(right: Mapping[str, Numbers], step: Training, decay: float) -> Found:
    fits: dict[str, tuple[float, float] | None] = {}
    weights = parameters(step.passes[0])
    for name, change in step.change.items():
        fits[name] = fit(-change, right[name], weights[name], rounding(weights[name], change))
    factors = {name: None if one is None else one[0] for name, one in fits.items()}
    usual = _usual([value for value in factors.values() if value is not None])
    wrong = [n for n, c in factors.items() if c is None or usual is None or not _alike(c, usual)]
    if usual is not None and not np.isnan(usual):
        wrong += _wrong_decays(fits, usual, decay, wrong)
    if not wrong and usual is not None and usual < 0:
        return Found("wrong", factors, list(factors), "every parameter goes up the gradient")
    return Found("wrong" if wrong else "right", factors, wrong)


def _wrong_decays(
    fits: Mapping[str, tuple[float, float] | None], usual: float, decay: float, wrong: Sequence[str]
) -> list[str]:
    """Parameters whose regulariser is not that of the others, or of the cost that is stated."""
    decays = {name: one[1] for name, one in fits.items() if one is not None and name not in wrong}
    of_weights = {name: d for name, d in decays.items() if name[0] == "W"}
    if decay:
        wanted = decay * usual
        return [
            n
            for n, d in decays.items()
            if abs(d - (wanted if n[0] == "W" else 0.0)) > 1e-3 * abs(wanted)
        ]
    common = _usual(list(of_weights.values()))
    found = [n for n, d in of_weights.items() if not _alike(d, common or 0.0)]
    return found + [
        n for n, d in decays.items() if n[0] == "b" and d and not _alike(d, common or 0.0)
    ]


def rounding(weights: Numbers, change: Numbers) -> float:
    """How well a change can be known, relative to its largest entry."""
    largest = float(np.abs(change).max(initial=0.0))
    single = bool((weights == weights.astype(np.float32)).all()) and bool(weights.any())
    unit = 4e-7 if single else 1e-14
    known = unit * float(np.abs(weights).max(initial=0.0)) / largest if largest else 0.0
    return (1e-4 if single else TOLERANCE) + known


def fit(
    given: Numbers, right: Numbers, weights: Numbers, tolerance: float, decays: bool = True
) -> tuple[float, float] | None:
    """The c and d with given = c · right + d · weights, d = 0 where it can be, if there are any."""
    g, r, w = given.ravel(), right.ravel(), weights.ravel()
    scale = float(np.abs(g).max(initial=0.0))
    below = float(r @ r)
    if not np.isfinite(g).all() or not np.isfinite(r).all():
        return None
    largest = float(np.abs(r).max(initial=0.0))
    if largest < 1e-13 and scale < 1e-13:
        return np.nan, 0.0
    if scale == 0 or below == 0 or largest < 1e-13:
        return (0.0, 0.0) if scale == 0 and largest > 1e-13 else None if scale else (np.nan, 0.0)
    c = float(g @ r) / below
    if np.abs(g - c * r).max() <= tolerance * scale:
        return c, 0.0
    if decays and g.size > 2:
        basis = np.stack([r, w], 1)
        (c, d), *_ = np.linalg.lstsq(basis, g, rcond=None)
        if np.abs(g - basis @ np.array([c, d])).max() <= tolerance * scale and abs(d) < 1:
            return float(c), float(d)
    return None


def _usual(values: Sequence[float]) -> float | None:
    """The number that most are equal to."""
    known = [one for one in values if not np.isnan(one)]
    if not known:
        return None
    return max(
        known, key=lambda one: (sum(_alike(one, other) for other in known), one > 0, abs(one))
    )


def _alike(one: float, other: float) -> bool:
    return bool(
        np.isnan(one) or np.isnan(other) or abs(one - other) <= 1e-5 * max(abs(one), abs(other))
    )


def _by_values(trace: Trace, of: Derived, steps: Sequence[Training], strict: bool = False) -> Found:
    """Whether all gradients are among what was computed, as multiples by one number.

    With `strict` what has a name counts before what is only a part of an expression.
    """
    wrong: dict[str, int] = {}
    judged = 0
    for step in steps:
        k = trained(step)[-1]
        one, y = step.passes[k], step.targets[k]
        until = min(step.until, len(trace.events))
        whole = quantities(of, one, y)
        sums = gradient(of, step, trained(step))
        weights = parameters(one)
        for number, layer in enumerate(one.layers, 1):
            if layer.in_weights:
                keys = (f"W{number}", f"b{number}")
                for values, of_values in ((weights, ""), (sums, ""), (whole, "d")):
                    w, b = (f"{of_values}{key}" for key in keys)
                    values[w] = with_biases(values[w], values.pop(b), layer.in_weights)
        events = trace.events[one.start : until]
        named = {event.array for event in events if event.kind != VALUE}
        seen = {event.array for event in events}
        found: dict[str, list[float]] = {}
        for name, weight in weights.items():
            found[name] = []
            ways = ((named, False), (seen, False), (named, True), (seen, True))
            for places, decays in ways if strict else ways[1::2]:
                near = [trace.arrays[p] for p in places if trace.arrays[p].size == weight.size]
                for right in (whole[f"d{name}"], sums[name]):
                    for array in near:
                        for given in turned(array, right.shape):
                            made = fit(given, right, weight, 1e-6, decays)
                            if made is not None and made[0] and not np.isnan(made[0]):
                                found[name].append(made[0])
                if found[name]:
                    break
        judged += 1
        common = [
            c for c in found[next(iter(weights))]
            if all(any(_alike(c, d) or _alike(-c, d) for d in others) for others in found.values())
        ]  # fmt: skip
        if not common:
            missing = [name for name, ones in found.items() if not ones]
            for name in missing or list(found):
                wrong[name] = wrong.get(name, 0) + 1
    if not judged:
        return Found("none")
    return Found("wrong" if wrong else "right", {}, list(wrong))


def turned(array: Numbers, shape: tuple[int, ...]) -> list[Numbers]:
    """An array in a shape, as it is and transposed."""
    size = int(np.prod(shape))
    if array.size != size:
        return []
    if len(shape) == 1:
        return [array.reshape(shape)] if max(array.shape, default=1) == size else []
    found: list[Numbers] = []
    if array.shape == shape or array.ndim < 2:
        found.append(array.reshape(shape))
    if array.ndim == 2 and array.T.shape == shape:
        found.append(array.T)
    return found


def _goes_downhill(of: Derived, steps: Sequence[Training]) -> bool:
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


def _sums_up(trace: Trace, of: Derived, steps: Sequence[Training]) -> bool:
    """Whether an adaptive rule was given sums of gradients that were never zeroed."""
    gradients: list[Numbers] = []
    changes: list[Numbers] = []
    for step in steps:
        right = gradient(of, step, trained(step))
        gradients.append(np.concatenate([right[name].ravel() for name in step.change]))
        changes.append(np.concatenate([step.change[name].ravel() for name in step.change]))
    return sums_never_zeroed(trace.tree, gradients, changes, factors(*steps[0].targets[0].shape))


def _has_momentum(of: Derived, steps: Sequence[Training]) -> bool:
    """Whether each change is c times the gradient and μ times the change before, for all alike."""
    for before, step in pairwise(steps):
        right = gradient(of, step, trained(step))
        g = np.concatenate([right[name].ravel() for name in step.change])
        v = np.concatenate([before.change[name].ravel() for name in step.change])
        d = np.concatenate([step.change[name].ravel() for name in step.change])
        basis = np.stack([-g, v], 1)
        (c, mu), *_ = np.linalg.lstsq(basis, d, rcond=None)
        if (
            np.abs(d - basis @ np.array([c, mu])).max() > 1e-6 * np.abs(d).max()
            or c <= 0
            or not 0 <= mu < LARGEST_MOMENTUM
        ):
            return False
    return len(steps) > 1
