"""Letters for the axes of a formula: i for the axis i0, a fresh letter for a second i."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glassprop.formula.axes import Axes, Axis
from glassprop.formula.nodes import Contract, Factor, Node, Reduce, Symbol, walk

FRESH = "ijklmprstuvaehox" + "bcdfgqwyz"
"""Letters for sums, those first that Unicode has as subscripts; n is the number of examples."""


def letter(axis: Axis) -> str:
    """The letter of an axis: i for i0 and i', s for sequence; e for examples, n of them."""
    if isinstance(axis.size, str):
        return "e"
    return axis.name.lstrip("_")[:1] or "i"


@dataclass(frozen=True)
class Scope:
    """The letters of the axes in one part of a formula.

    Attributes:
        letters: the letter of each axis that the part may have.
        taken: letters of all surrounding parts, which a sum inside must not use again.
        wanted: letters that other axes of the whole formula would like to have.
    """

    letters: Mapping[Axis, str]
    taken: frozenset[str]
    wanted: frozenset[str]

    @classmethod
    def of(cls, axes: Axes, root: Node) -> Scope:
        """The scope of a whole formula whose result has some axes.

        An index is never called like a number in the formula.
        """
        nodes = list(walk([root]))
        found = {axis for node in nodes for axis in _axes(node)}
        numbers = (node for node in nodes if isinstance(node, Symbol) and not node.axes)
        taken = frozenset(node.name for node in numbers if node.role != "size")
        start = cls({}, taken, frozenset(letter(axis) for axis in (*axes, *found)))
        return start.binding(dict.fromkeys((*axes, *root.axes)))

    def binding(self, axes: Iterable[Axis]) -> Scope:
        """The scope with letters for further axes, each its own letter if that is free."""
        listed = list(axes)
        letters, taken = dict(self.letters), set(self.taken)
        late: list[Axis] = []
        for axis in listed:
            own = letter(axis)
            if own in taken:
                late.append(axis)
            else:
                letters[axis] = own
                taken.add(own)
        for axis in late:
            letters[axis] = self._fresh(letter(axis), taken)
            taken.add(letters[axis])
        return Scope(letters, frozenset(taken), self.wanted)

    def through(self, factor: Factor) -> Scope:
        """The scope of an operand of a product, whose axes stand there under other names."""
        pairs = zip(factor.node.axes, factor.labels, strict=True)
        letters = {axis: self.letters[label] for axis, label in pairs}
        return Scope(letters, self.taken, self.wanted)

    def _fresh(self, own: str, taken: set[str]) -> str:
        at = FRESH.find(own) + 1
        order = FRESH[at:] + FRESH[:at] + string.ascii_uppercase
        for avoided in (taken | self.wanted, taken):
            for candidate in order:
                if candidate not in avoided:
                    return candidate
        name = own
        while name in taken:
            name += "′"
        return name


def _axes(node: Node) -> Axes:
    if isinstance(node, Contract):
        return (*node.axes, *node.summed)
    return (*node.axes, *node.over) if isinstance(node, Reduce) else node.axes
