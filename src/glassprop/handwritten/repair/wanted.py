"""What an expression of a backward pass may be: quantities of the derivation, by their values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.runs import Run
from glassprop.handwritten.judging.alignment import FEW, Match
from glassprop.handwritten.judging.derivation_values import backward_order
from glassprop.handwritten.judging.gradients import fit, rounding, turned
from glassprop.handwritten.repair.aim import Aim

Numbers = npt.NDArray[np.float64]
MISSING, USUAL, SOME = 200, 2, 1
"""Scores of a quantity that the file lacks, less its place in the backward pass; of one that it
has, with a factor that others have too; and of one with another factor."""
CLOSE = 2e-6
TRIVIAL = (0.25, 0.5, 1.0, 2.0)
"""Numbers that stand for many things."""


class Wanted:
    """The quantities that a step of training is to compute.

    Args:
        aim: of the repair.
        slopes: of the layers, σ′(z), of shape (examples, units), NaN where they are not known.
        there: the quantities that the file computes, whose factors are usual.
        wrong: the parameters whose gradients are wrong.
        arrays: that the file computes in the step.
        named: places of those that are put under a name, or given back.
        decay: λ of λ/2 Σ W² beside the cost of all examples.
    """

    def __init__(
        self,
        aim: Aim,
        slopes: Sequence[Numbers],
        there: Mapping[str, Sequence[Match]],
        wrong: Sequence[str],
        arrays: Sequence[Numbers],
        named: Collection[int],
        decay: float = 0.0,
    ) -> None:
        self.right: dict[str, Numbers] = {
            name: value for name, value in aim.quantities.items() if name[0] == "d"
        }
        uphill = _goes_uphill(aim)
        if uphill:
            there = {}
        order = backward_order(len(aim.made.layers))
        layers = {name[1:] for name in wrong}
        self.missing = {
            name: MISSING - order.index(name)
            for name in self.right
            if not there.get(name) and re.sub(r"\D", "", name) in layers
        }
        self.right |= {f"d{name} of all": value for name, value in aim.right.items()}
        for name, value in aim.right.items() if decay else ():
            if name[0] == "W":
                self.right[f"d{name} with decay"] = value + decay * aim.weights[name]
                if name in wrong:
                    self.missing[f"d{name} with decay"] = MISSING - order.index(f"d{name}")
        self.slopes: list[tuple[Numbers, int]] = []
        for k, slope in enumerate(slopes, 1):
            if np.isfinite(slope).any() and (slope != 1).any():
                lacks = not any(_are_slopes(one, slope) for one in arrays)
                worth = self.missing.get(f"delta{k}", USUAL) if lacks else USUAL
                self.slopes.append((slope, worth))
        every = [one.shape for one in (*self.right.values(), *slopes)]
        self.shapes = {shape for one in every for shape in (one, one[::-1])}
        self.shapes |= {(max(one),) for one in every if one and min(one) == 1}
        self.shapes |= {shape for one in every if len(one) == 1 for shape in ((1, *one), (*one, 1))}
        found = {
            name: {float(f"{match.factor:.6g}") for match in ones}
            for name, ones in there.items()
            if self.right[name].size > FEW
        }
        every_one = {factor for ones in found.values() for factor in ones}
        gradients = [
            {float(f"{m.factor:.6g}") for m in ones if m.place in named}
            for name, ones in there.items()
            if name[1] in "Wb" and name[1:] not in wrong and self.right[name].size > FEW
        ]
        if uphill:  # whatever is there has the wrong sign
            every_one = {1.0}
        self.usual = np.array(sorted(every_one))
        of_gradients = {factor for ones in gradients for factor in ones}
        self.usual_of_gradients = np.array(sorted(of_gradients or every_one))
        self.allowed = np.array(sorted({abs(one) for one in (*aim.plain, *every_one)}))

    def has_shape(self, shape: tuple[int, ...]) -> bool:
        """Whether a quantity may have a shape."""
        return shape in self.shapes

    def score(self, value: Numbers, parameter: str = "") -> int:
        """Whether an array is a quantity: MISSING and below, USUAL, SOME or 0.

        Args:
            value: the array.
            parameter: whose gradient it has to be, if it is to be any.
        """
        if not np.isfinite(value).all() or not value.any():
            return 0
        if value.size == 1 and abs(value.item()) in TRIVIAL:
            return 0
        best = 0 if parameter else self._is_slope(value)
        for name, right in self.right.items():
            if parameter and name.split()[0] != f"d{parameter}":
                continue
            for given in turned(value, right.shape):
                best = max(best, self._factor_score(name, given, right, bool(parameter)))
        return best

    def _is_slope(self, value: Numbers) -> int:
        if value.size <= FEW:
            return 0
        return max((worth for one, worth in self.slopes if _are_slopes(value, one)), default=0)

    def _factor_score(self, name: str, given: Numbers, right: Numbers, updates: bool) -> int:
        below = float(np.vdot(right, right))
        if not below or not np.isfinite(below):
            return 0
        factor = float(np.vdot(given, right)) / below
        if not factor or np.abs(given - factor * right).max() > CLOSE * np.abs(given).max():
            return 0
        return self._of_a_factor(name, factor, right.size, updates)

    def _of_a_factor(self, name: str, factor: float, size: int, updates: bool = False) -> int:
        if size <= FEW and not self._among(abs(factor), self.allowed):
            return 0
        of_gradients = name[1] in "Wb" and not updates
        usual = self.usual_of_gradients if of_gradients else self.usual
        if not self._among(factor, usual):
            return SOME
        return self.missing.get(name, USUAL)

    @staticmethod
    def _among(factor: float, known: Numbers) -> bool:
        return bool(known.size and np.isclose(factor, known, rtol=1e-5, atol=0).any())

    @staticmethod
    def joined(ran: Run, places: Sequence[int | None]) -> Numbers:
        """Single numbers of several times; NaN where one is not known."""
        found = [
            np.nan if one is None or ran.arrays[one].size != 1 else ran.arrays[one].item()
            for one in places
        ]
        return np.array(found, float)

    def runs(self, numbers: Numbers) -> Iterator[tuple[int, int]]:
        """Where the entries of a quantity stand one after the other: their times, and a score."""
        rights = dict(self.right)
        rights |= {f"slope {k}": v for k, (v, _) in enumerate(self.slopes) if np.isfinite(v).all()}
        for name, right in rights.items():
            flat = right.ravel()
            if not flat.size or flat.size > numbers.size or not flat.any():
                continue
            below = float(flat @ flat)
            windows = np.lib.stride_tricks.sliding_window_view(numbers, flat.size)
            with np.errstate(all="ignore"):
                factors = windows @ flat / below
                gaps = np.abs(windows - factors[:, None] * flat).max(1)
                fits = gaps <= 1e-8 * np.abs(windows).max(1)
            for at in np.flatnonzero(fits & (factors != 0)):
                score = self._of_a_factor(name, float(factors[at]), flat.size)
                for k in range(flat.size) if score else ():
                    yield int(at) + k, score


def _are_slopes(value: Numbers, slope: Numbers) -> bool:
    """Whether an array is σ′(z), wherever that is known."""
    known = np.isfinite(slope)
    return known.sum() > 0.5 * slope.size and any(
        np.allclose(given[known], slope[known], 1e-4, 1e-6) for given in turned(value, slope.shape)
    )


def _goes_uphill(aim: Aim) -> bool:
    """Whether the parameters that change by multiples of their gradients go up them."""
    made = [
        fit(-change, aim.right[name], aim.weights[name], rounding(aim.weights[name], change))
        for name, change in aim.step.change.items()
        if name in aim.right and aim.right[name].shape == change.shape
    ]
    known = [one[0] for one in made if one is not None and not np.isnan(one[0]) and one[0]]
    return bool(known) and sum(c < 0 for c in known) > len(known) / 2
