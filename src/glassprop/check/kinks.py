"""Where the formulas of a program have kinks, and which of them a point is near.

A function such as relu, |·| or max has no derivative where it goes over from one form to another,
and none can be measured with steps that go across. Which form holds is decided by a quantity: the
argument's distance from the kink, the difference of two, or which entry is the largest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.derivatives import expand
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.nodes import Map, Node, Reduce, Step, walk

Numbers = npt.NDArray[Any]
Values = Mapping[str, Numbers]

COMPARING = ("maximum", "minimum", "greater", "equal")
"""Functions of two operands that go over from one form to another where both are equal."""


@dataclass(frozen=True, eq=False)
class Switch:
    """A place in a formula that decides which form holds.

    Attributes:
        step: the step whose formula it is in.
        function: the name of what has the kink.
        operands: what is compared with `at`, or two that are compared with each other.
        at: the kink of a function of one operand.
        largest: the positions of the axes over which the largest is taken; () for others.
    """

    step: Step
    function: str
    operands: tuple[Node, ...]
    at: float = 0.0
    largest: tuple[int, ...] = ()

    def compared(self, values: Values) -> tuple[Numbers, Numbers]:
        """Which form holds for each entry, and how far from it another one does.

        Forms are −1, 0 (at the kink) and 1 for the sides of a kink, and for a maximum over axes the
        place of the largest, whose distance is that of the next.
        """
        found = evaluate(self.operands, values)
        first = np.asarray(found[self.operands[0]], float)
        if self.largest:
            rest = tuple(k for k in range(first.ndim) if k not in self.largest)
            flat = first.transpose(*rest, *self.largest)
            flat = flat.reshape(*flat.shape[: len(rest)], -1)
            if flat.shape[-1] < 2:
                return np.zeros(flat.shape[:-1]), np.full(flat.shape[:-1], np.inf)
            ordered = np.sort(flat, -1)
            apart = ordered[..., -1] - ordered[..., -2]
            return np.where(apart == 0, -1, flat.argmax(-1)), apart
        if len(self.operands) == 1:
            return np.sign(first - self.at), np.abs(first - self.at)
        axes = self.operands[0].axes, self.operands[1].axes
        second = np.asarray(found[self.operands[1]], float)
        if axes[0] != axes[1]:  # lined up by name
            order = list(dict.fromkeys([*axes[0], *axes[1]]))
            first, second = (
                _spread(one, own, order) for one, own in zip((first, second), axes, strict=True)
            )
        return np.sign(first - second), np.abs(first - second)


def _spread(array: Numbers, own: Sequence[Any], order: Sequence[Any]) -> Numbers:
    """An array with an axis for each of some, of length 1 where it has none."""
    placed = [axis for axis in order if axis in own]
    turned = array.transpose([own.index(axis) for axis in placed])
    shape = iter(turned.shape)
    return turned.reshape([next(shape) if axis in own else 1 for axis in order])


def switches(derivation: Derivation) -> list[Switch]:
    """All places in the forward steps that decide which form of a function holds."""
    found: list[Switch] = []
    for step in derivation.forward:
        for node in _nodes(step.formula):
            if isinstance(node, Reduce) and node.kind == "max":
                axes = tuple(node.operand.axes.index(axis) for axis in node.over)
                found.append(Switch(step, "max", (node.operand,), largest=axes))
            elif isinstance(node, Map):
                if node.function.name in COMPARING:
                    found.append(Switch(step, node.function.name, node.operands))
                for kink in node.function.kinks:
                    found.append(Switch(step, node.function.name, node.operands[:1], kink))
    return found


def _nodes(formula: Node) -> list[Node]:
    """The nodes of a formula, with what users' own functions stand for."""
    made: list[Node] = []
    for node in walk([formula]):
        made.append(node)
        if isinstance(node, Map) and node.function.name not in FUNCTIONS:
            made += _nodes(expand(node.function, node.operands))
    return made


Forms = list[tuple[Numbers, Numbers]]


def forms(found: Sequence[Switch], values: Values) -> Forms:
    """Which forms hold, and how far others are."""
    return [one.compared(values) for one in found]


def between(here: Forms, *others: Forms) -> list[Numbers]:
    """For each switch, the entries that have another form elsewhere."""
    return [
        np.logical_or.reduce([own[0] != other[k][0] for other in others])
        for k, own in enumerate(here)
    ]


def nearest_kink(found: Sequence[Switch], here: Forms, *others: Forms) -> str:
    """The nearest kink between a point and others, in words; "" if there is none."""
    least, said = np.inf, ""
    for one, (_, distance), near in zip(found, here, between(here, *others), strict=True):
        if not near.any():
            continue
        flat = int(np.where(near, distance, np.inf).argmin())
        place = tuple(int(k) for k in np.unravel_index(flat, distance.shape))
        if float(distance[place]) < least:
            least = float(distance[place])
            said = _words(one, place, least)
    return said


def _words(one: Switch, place: tuple[int, ...], distance: float) -> str:
    where = f" for example {place[0]}" if place else ""
    where += f", unit {', '.join(map(str, place[1:]))}" if len(place) > 1 else ""
    what = f"{one.step.name} ({one.step.meaning})" if one.step.meaning else one.step.name
    if one.largest:
        return f"{what}: the largest two are {distance:.2g} apart{where}"
    if len(one.operands) == 2:
        return f"{what}: what {one.function} compares is {distance:.2g} apart{where}"
    if not distance:
        return f"{what}: the argument of {one.function} is at its kink, {one.at:g}{where}"
    return f"{what}: the argument of {one.function} is {distance:.2g} from its kink{where}"
