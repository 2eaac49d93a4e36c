"""Whether formulas of two graphs say the same, where it is given which quantities correspond.

They are equal up to the order of terms and factors and up to the names of axes. Every formula gets
a number, the same for formulas that say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from glassprop.formula.axes import Axis
from glassprop.formula.nodes import (
    Add,
    Apart,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    OneHot,
    Reduce,
    Select,
    Symbol,
)

Place = tuple[object, ...]
Places = Mapping[Axis, Place]
"""What each axis of a part is called in both formulas: the first of the result, the second, …"""


@dataclass(frozen=True)
class At:
    """A part of a formula with the places of its axes."""

    node: Node
    places: Places
    left: bool

    def part(self, node: Node, places: Places | None = None) -> At:
        """A part of this part; its axes stand where they stood, unless places are given."""
        return At(node, self.places if places is None else places, self.left)


@dataclass
class Likeness:
    """Numbers formulas, given which symbol of the left is which symbol of the right."""

    partners: Mapping[Symbol, Symbol]
    numbers: dict[Place, int] = field(default_factory=dict[Place, int])
    known: dict[Place, int] = field(default_factory=dict[Place, int])

    def __post_init__(self) -> None:
        self.reached = set(self.partners.values())

    def equal(self, left: Node, right: Node, first: Sequence[Axis], second: Sequence[Axis]) -> bool:
        """Whether two formulas of results with some axes say the same."""
        return self.key(whole(left, first, True)) == self.key(whole(right, second, False))

    def key(self, at: At) -> int:
        """The number of a formula. Iterative, since formulas may be deep."""
        stack: list[tuple[At, list[Callable[[At], list[At]]]]] = [(at, [self._bound, below])]
        while stack:
            now, waiting = stack.pop()
            if _name(now) in self.known:
                continue
            if not waiting:
                self.known[_name(now)] = self._number(now)
                continue
            stack.append((now, waiting[:-1]))
            stack.extend((part, [self._bound, below]) for part in waiting[-1](now))
        return self.known[_name(at)]

    def _number(self, at: At) -> int:
        structure = self._structure(at)
        return self.numbers.setdefault(structure, len(self.numbers))

    def _structure(self, at: At) -> Place:
        node, places = at.node, at.places
        own = tuple(places[axis] for axis in node.axes)
        if isinstance(node, Symbol):
            return ("symbol", self.identity(node, at.left), own)
        if isinstance(node, Const):
            return ("const", node.value)
        if isinstance(node, Apart):
            return ("apart", own)
        if isinstance(node, Select):
            return ("select", own, node.stride, node.dilation, node.pad)
        parts = [self.known[_name(part)] for part in self._bound(at)]
        if isinstance(node, Contract):
            return ("contract", node.coefficient, frozenset(own), *sorted(parts))
        if isinstance(node, Add):
            return ("add", *sorted(parts))
        if isinstance(node, Map):
            return ("map", node.function.key, *parts)
        if isinstance(node, Reduce):
            return ("reduce", node.kind, *parts)
        if isinstance(node, OneHot):
            return ("one hot", own[-1], *parts)
        raise AssertionError(f"{type(node).__name__} is not a node of the language")

    def _bound(self, at: At) -> list[At]:
        """The parts, with the labels that a product sums over in an order both sides agree on."""
        node = at.node
        if not isinstance(node, Contract):
            return below(at)
        keys = [self.known[_name(part)] for part in below(at)]
        order = sorted(zip(keys, node.factors, strict=True), key=lambda pair: pair[0])
        level = _level(node, at.places)
        places = own_places(node, at.places)
        for _, factor in order:
            for label in factor.labels:
                places.setdefault(label, ("sum", level, len(places)))
        return [at.part(f.node, through(f, places)) for f in node.factors]

    def identity(self, symbol: Symbol, left: bool) -> object:
        """What a symbol of either side is called: by its partner on the right if it has one."""
        if left:
            return self.partners.get(symbol, ("left", symbol))
        return symbol if symbol in self.reached else ("right", symbol)


def whole(node: Node, axes: Sequence[Axis], left: bool) -> At:
    """A whole formula of a result with some axes."""
    return At(node, {axis: (place,) for place, axis in enumerate(axes)}, left)


def _name(at: At) -> Place:
    return (at.left, at.node, tuple(at.places[axis] for axis in at.node.axes))


def below(at: At) -> list[At]:
    """The parts of a node; labels bound there are blank in products, numbered in reductions."""
    node, places = at.node, at.places
    if isinstance(node, Contract):
        blank = {**dict.fromkeys(node.summed, ("bound",)), **own_places(node, places)}
        return [at.part(f.node, through(f, blank)) for f in node.factors]
    if isinstance(node, Reduce):
        level = _level(node, places)
        over = {axis: ("over", level, k) for k, axis in enumerate(node.over)}
        return [at.part(node.operand, {**own_places(node, places), **over})]
    return [at.part(part) for part in node.parts]


def own_places(node: Node, places: Places) -> dict[Axis, Place]:
    """Where the axes of a node stand, and no others."""
    return {axis: places[axis] for axis in node.axes}


def _level(node: Node, places: Places) -> int:
    """One more than the levels of the sums that a node stands in."""
    levels = [place[1] for place in own_places(node, places).values() if len(place) > 1]
    return 1 + max((level for level in levels if isinstance(level, int)), default=0)


def through(factor: Factor, places: Places) -> Places:
    """Where the axes of an operand of a product stand."""
    return {
        axis: places[label] for axis, label in zip(factor.node.axes, factor.labels, strict=True)
    }
