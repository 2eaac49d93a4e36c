"""Whether gradients, and what parameters were changed by, are what the derivation says.

An update W ← W − c ∂C/∂W with one c for all parameters is right whatever c is; so is a term d W
beside it, weight decay. Other rules (momentum, Adam) have their gradients looked for among what was
computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.recorder import VALUE
from glassprop.handwritten.judging.derivation_values import Derived, quantities
from glassprop.handwritten.judging.memory import goes_downhill, has_momentum, sums_up
from glassprop.handwritten.judging.steps import (
    Training,
    gradient,
    parameters,
    trained,
    with_biases,
)
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
TOLERANCE = 1e-6


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

    @property
    def is_unknown_rule(self) -> bool:
        """Whether the gradients are right, and no parameter changes by a multiple of its own."""
        known = [one for one in self.factors.values() if one is not None and not np.isnan(one)]
        return self.verdict == "update" and not known


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
        if judged[0].verdict == "right" and has_momentum(of, moved, decay):
            return Found("right", judged[0].factors, how="momentum")
        values = _by_values(trace, of, moved)
        if values.verdict == "right" and judged[0].verdict == "right":
            return Found("update", worst.factors, worst.wrong, worst.how)
        return worst
    values = _by_values(trace, of, moved)
    if values.verdict == "right":
        if sums_up(trace, of, moved):
            words = "gradients are added to those of the updates before, and never zeroed"
            return Found("wrong", {}, list(moved[0].change), words)
        if goes_downhill(of, moved) or has_momentum(of, moved, decay):
            values.how = "an update rule with a memory, such as momentum or Adam"
            return values
        return Found("update", worst.factors, worst.wrong, worst.how)
    if not worst.wrong or len(worst.wrong) == len(worst.factors):
        worst.wrong = values.wrong or worst.wrong
    return worst


def _is_plain(found: Found) -> bool:
    """Whether the change of each parameter is a multiple of its gradient, whatever multiple."""
    return all(one is not None for one in found.factors.values())


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
    known = {name: value for name, value in factors.items() if value is not None}
    usual = _usual(list(known.values()), [one for name, one in known.items() if name[0] == "W"])
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


def _usual(values: Sequence[float], of_weights: Sequence[float] = ()) -> float | None:
    """The number that most are equal to; that of the weights, where it is undecided."""
    known = [one for one in values if not np.isnan(one)]
    if not known:
        return None

    def worth(one: float) -> tuple[int, int, bool, float]:
        alike = [sum(_alike(one, other) for other in ones) for ones in (known, of_weights)]
        return alike[0], alike[1], one > 0, abs(one)

    return max(known, key=worth)


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
