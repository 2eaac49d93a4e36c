"""The gradients of a network's program, compared with numerical derivatives of its cost.

The cost is computed in double precision whatever the network's number type. Where the program's
NumPy takes complex numbers, derivatives come from a complex step, C(θ + ihv) = C + ih ∇C·v + O(h²),
which loses no digits: Im C / h has a relative error of roundings alone (Squire & Trapp 1998).
Whether that holds is not believed but measured, by central differences along a direction in each
array. Else, and where it does not agree with the gradient though there are kinks about, derivatives
are central differences, with steps that reach no kink.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.gradients.checker import Along, Checker, Settings
from glassprop.check.gradients.derivative import FIRST, Slope, slope
from glassprop.check.gradients.gradient_check import GradientCheck
from glassprop.check.gradients.noise import EPSILON, noise_along
from glassprop.check.gradients.report import number
from glassprop.check.gradients.verdicts import (
    COARSE,
    IMPRECISE,
    SAFETY,
    WRONG,
    ArrayCheck,
    Compared,
)
from glassprop.check.kinks import Forms, Switch, between, forms, nearest_kink, switches
from glassprop.compile.program import Program

Numbers = npt.NDArray[Any]
Named = dict[str, Numbers]

STEP = 1e-30
"""Of a complex step, in units of the scale: its square is nothing beside 1."""
NEAREST = 2.0**-30
"""A step, in units of the scale, within which a kink is so near that no slope can be measured."""
ROUNDINGS = 64
"""Roundings that a derivative by a complex step may have, one after the other."""


@dataclass(frozen=True)
class NetworkPoint:
    """A network at some examples, in double precision.

    Attributes:
        program: of float64.
        x, y: inputs and target rows.
        parameters: by name, in the program's order.
    """

    program: Program
    x: Numbers
    y: Numbers
    parameters: Named

    def cost(self, parameters: Mapping[str, Numbers]) -> Any:
        """The mean cost."""
        return self.program.functions["cost"](self.x, self.y, *parameters.values())

    def gradients(self) -> Named:
        """The gradients by the program."""
        found = self.program.functions["gradients"](self.x, self.y, *self.parameters.values())
        return dict(zip(self.parameters, found, strict=True))

    def values(self, moved: Mapping[str, Numbers]) -> Named:
        """All quantities on the way to the cost."""
        parameters = {**self.parameters, **moved}
        steps = self.program.functions["trace"](self.x, self.y, *parameters.values())
        return {"x": self.x, "y": self.y, **parameters, **steps}


def check_network(
    point: NetworkPoint, gradients: Named, dtype: str, settings: Settings, title: str
) -> GradientCheck:
    """Compare the gradients of a program with numerical derivatives.

    Args:
        point: the network and the examples.
        gradients: by the network's own program, of its number type.
        dtype: that type.
        settings: how to compare.
        title: what is checked.
    """
    with np.errstate(all="ignore"):
        kinks = switches(point.program.after("lift"))
        around = _Kinks(point, kinks) if kinks else None
        if around is not None:
            settings = replace(settings, reach=around.reach, explain=around.explain)
        notes: list[str] = []
        wide = point.gradients()
        along = _complex_step(point, wide, around)
        if along is not None:
            settings = replace(settings, along=along, how="a complex step")
            notes.append("derivatives by a complex step, which central differences confirm")
        checker = Checker(lambda p: float(point.cost(p)), point.parameters, wide, settings)
        found = checker.run(title, notes)
        return found if dtype == "float64" else _in_single(found, gradients, wide)


class _Kinks:
    """The kinks of a network's formulas around a point."""

    def __init__(self, point: NetworkPoint, found: Sequence[Switch]) -> None:
        self.point, self.found = point, found
        self.here = forms(found, point.values({}))

    def _sides(self, name: str, v: Numbers, step: float) -> list[Forms]:
        at = self.point.parameters[name]
        moved = (at + sign * step * v for sign in (-1, 1))
        return [forms(self.found, self.point.values({name: one})) for one in moved]

    def reach(self, name: str, v: Numbers) -> float:
        """How far one can go to both sides without a kink; 0 where that is next to nothing."""
        step = FIRST
        while step > NEAREST:
            if not any(near.any() for near in between(self.here, *self._sides(name, v, step))):
                return step
            step /= 4
        return 0.0

    def explain(self, name: str, v: Numbers) -> str:
        """The kink that is nearest on the way."""
        return nearest_kink(self.found, self.here, *self._sides(name, v, NEAREST))


def _complex_step(point: NetworkPoint, gradients: Named, kinks: _Kinks | None) -> Along | None:
    """Derivatives by a complex step, if central differences along a direction confirm them."""

    def along(name: str, v: Numbers) -> Slope:
        moved = {**point.parameters, name: point.parameters[name] + 1j * STEP * v}
        found = complex(point.cost(moved)).imag / STEP
        size = float(np.abs(gradients[name] * v).sum())
        return Slope(found, ROUNDINGS * EPSILON * max(abs(found), size) / SAFETY)

    random = np.random.default_rng(0)
    value = float(point.cost(point.parameters))
    for name, at in point.parameters.items():
        v = random.choice([-1.0, 1.0], at.shape) * max(float(np.abs(at).max()), 1.0)
        v /= np.sqrt(v.size)

        def phi(t: float, name: str = name, at: Numbers = at, v: Numbers = v) -> float:
            return float(point.cost({**point.parameters, name: at + t * v}))

        reach = FIRST if kinks is None else kinks.reach(name, v)
        if not reach:
            continue
        measured = slope(phi, value, reach / FIRST, noise_along(phi, value, reach))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a complex number is made a real one
                found = along(name, v)
        except (TypeError, Warning):
            return None
        allowed = SAFETY * measured.error + 1e-6 * abs(measured.value)
        if not abs(found.value - measured.value) <= allowed:
            return None
    return along


def _in_single(found: GradientCheck, gradients: Named, wide: Named) -> GradientCheck:
    """The report, with how far float32 is from the same formulas in float64."""
    arrays: list[ArrayCheck] = []
    worst = 0.0
    for one in found.arrays:
        given, right = gradients[one.name].astype(np.float64), wide[one.name]
        scale = float(np.abs(right).max())
        off = np.abs(given - right)
        place = tuple(int(k) for k in np.unravel_index(int(np.argmax(off)), off.shape))
        relative = float(off[place]) / scale if scale else 0.0
        if not relative <= COARSE and one.verdict != WRONG:
            error = float(off[place])
            said = Compared(
                place,
                float(given[place]),
                float(right[place]),
                error,
                IMPRECISE,
                "the same formulas in float64",
            )
            one = replace(one, compared=(*one.compared, said))
        worst = max(worst, relative)
        arrays.append(one)
    if not worst:
        return replace(found, arrays=tuple(arrays))
    digits = "no digit" if worst >= 1 else f"{-np.log10(max(worst, 1e-16)):.1f} digits"
    note = (
        f"float32 gives {digits} of the largest entry of an array: at worst it is "
        f"{number(worst, 2)} of it off the same formulas in float64"
    )
    return replace(found, arrays=tuple(arrays), notes=(*found.notes, note))
