"""Which step of one derivation is which step of another.

Forward steps are paired by name, or in order (the last layer with the last layer), whichever
leaves more steps as they are; derivatives by the quantity that they are with respect to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.equivalence import Likeness
from glassprop.formula.nodes import Node, Step, Symbol, symbols, walk

Partners = dict[Symbol, Symbol]
Matches = Iterable[tuple[Step, Step]]


@dataclass(frozen=True)
class Pairing:
    """Two derivations side by side.

    Attributes:
        partners: for quantities of the left, given or stated, the same quantity of the right.
        steps: every step of either side once; None where the other side has no such step.
    """

    partners: Mapping[Symbol, Symbol]
    steps: tuple[tuple[Step | None, Step | None], ...]

    @property
    def distance(self) -> float:
        """How far apart the two sides are.

        A step without a partner, or stated by another formula, counts 1; the same formula of other
        quantities, or of another size, counts one half.
        """
        likeness, outline = Likeness(self.partners), Outline({})
        total = 0.0
        for a, b in self.steps:
            if a is None or b is None or not alike(outline, a, b):
                total += 1
            elif not alike(likeness, a, b) or a.shape != b.shape:
                total += 0.5
        return total


class Outline(Likeness):
    """Formulas with the names of quantities left out."""

    def identity(self, symbol: Symbol, left: bool) -> object:
        """Its role: a parameter, an input, a step."""
        return symbol.role


def alike(likeness: Likeness, left: Step, right: Step) -> bool:
    """Whether two steps are stated by the same formula."""
    axes = left.symbol.axes, right.symbol.axes
    return likeness.equal(left.formula, right.formula, *axes)


def pair(left: Derivation, right: Derivation) -> Pairing:
    """The pairing that leaves most steps as they are; by name if another is no better."""
    found = _complete(left, right, _by_name(left, right))
    names = [{step.name for step in side.forward} for side in (left, right)]
    if names[0] == names[1]:
        return found
    ordered = _complete(left, right, _by_order(left, right))
    return min(found, ordered, key=lambda pairing: pairing.distance)


# -- forward steps


def _by_name(left: Derivation, right: Derivation) -> Partners:
    theirs = {step.name: step.symbol for step in right.forward if step.symbol is not right.cost}
    ours = [step.symbol for step in left.forward if step.symbol is not left.cost]
    found = {symbol: theirs[symbol.name] for symbol in ours if symbol.name in theirs}
    return found | {left.cost: right.cost}


def _by_order(left: Derivation, right: Derivation) -> Partners:
    """The layers in order such that most are stated alike: their longest common sequence.

    The shorter side comes first, so that it does not matter which side is the left one.
    """
    if _length(left) > _length(right):
        return {p: q for q, p in _by_order(right, left).items()}
    outline = Outline({})
    ours, theirs = _layers(left), _layers(right)
    gain = [[_gain(outline, a, b) for b in theirs] for a in ours]
    best = [[0.0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in reversed(range(len(ours))):
        for j in reversed(range(len(theirs))):
            taken = gain[i][j] + best[i + 1][j + 1] if gain[i][j] else 0.0
            best[i][j] = max(taken, best[i + 1][j], best[i][j + 1])
    found: Partners = {left.cost: right.cost}
    i = j = 0
    while i < len(ours) and j < len(theirs):
        if gain[i][j] and best[i][j] == gain[i][j] + best[i + 1][j + 1]:
            found |= {a.symbol: b.symbol for a, b in _together(ours[i], theirs[j])}
            i, j = i + 1, j + 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            i += 1
    return found


def _layers(side: Derivation) -> list[list[Step]]:
    """The forward steps, those with the same number at the end of their names together."""
    found: list[list[Step]] = []
    for step in side.forward:
        number = step.name[len(stem(step.symbol)) :]
        if step.symbol is side.cost:
            continue
        if number and found and found[-1][0].name.endswith(number):
            last = found[-1][0]
            if last.name == stem(last.symbol) + number:
                found[-1].append(step)
                continue
        found.append([step])
    return found


def _together(ours: Sequence[Step], theirs: Sequence[Step]) -> Matches:
    """Steps of two layers that state quantities of the same kind, z and z or a and a."""
    for step in ours:
        for other in theirs:
            if stem(step.symbol) == stem(other.symbol):
                yield step, other
                break


def _length(side: Derivation) -> tuple[int, list[str]]:
    return len(side.forward), [step.name for step in side.forward]


def _gain(outline: Likeness, ours: Sequence[Step], theirs: Sequence[Step]) -> float:
    """How well two layers go together; 0 if they have nothing of the same kind."""
    return sum(
        1.0
        + 2.0 * alike(outline, left, right)
        + 1.0 * (left.shape == right.shape)
        + 0.5 * (left.name == right.name)
        for left, right in _together(ours, theirs)
    )


def _name(symbol: Symbol) -> str:
    return symbol.name


def stem(symbol: Symbol) -> str:
    """The name without a number at its end: W of W2."""
    return re.sub(r"\d+$", "", symbol.name)


# -- all other quantities


def _complete(left: Derivation, right: Derivation, partners: Partners) -> Pairing:
    """The pairing in which some forward steps are paired as given."""
    partners = dict(partners)
    stated = {step.symbol: step for step in right.forward}
    steps: list[tuple[Step, Step]] = []
    for step in left.forward:
        if step.symbol in partners:
            steps.append((step, stated[partners[step.symbol]]))
    for mine, other in steps:
        if mine.name != other.name:
            _pair_givens(mine.formula, other.formula, partners)
    ours, theirs = (dict.fromkeys((*s.givens, *s.gradients)) for s in (left, right))
    _pair_given(ours, theirs, partners, _name)
    for pairs in (_derivatives, _parts, _updates):
        for mine, other in pairs(left, right, partners):
            steps.append((mine, other))
            if mine.kind != "update":
                partners[mine.symbol] = other.symbol
    return Pairing(partners, _in_order(left, right, steps))


def _pair_givens(mine: Node, other: Node, partners: Partners) -> None:
    ours = [s for s in symbols(mine) if s.role == "parameter"]
    theirs = [s for s in symbols(other) if s.role == "parameter"]
    _pair_given(ours, theirs, partners, stem)


def _pair_given(
    ours: Iterable[Symbol],
    theirs: Iterable[Symbol],
    partners: Partners,
    name: Callable[[Symbol], str],
) -> None:
    taken = set(partners.values())
    free = [symbol for symbol in theirs if symbol not in taken]
    for symbol in ours:
        if symbol in partners:
            continue
        wanted = (name(symbol), symbol.role, len(symbol.axes))
        for other in free:
            if (name(other), other.role, len(other.axes)) == wanted:
                partners[symbol] = other
                free.remove(other)
                break


def _derivatives(left: Derivation, right: Derivation, partners: Partners) -> Matches:
    """Derivatives with respect to quantities that are partners."""
    theirs: dict[tuple[Node, str], Step] = {}
    for step in right.backward:
        if isinstance(step.wrt, Symbol):
            theirs.setdefault((step.wrt, step.kind), step)
    for step in left.backward:
        if isinstance(step.wrt, Symbol) and step.wrt in partners:
            other = theirs.pop((partners[step.wrt], step.kind), None)
            if other is not None:
                yield step, other


def _parts(left: Derivation, right: Derivation, partners: Partners) -> Matches:
    """Derivatives with respect to parts of formulas: those of equal parts, else in order."""
    likeness = Likeness(partners)
    theirs = list(_inner(right))
    waiting: list[tuple[Step, Symbol]] = []
    for step, owner in _inner(left):
        for other, place in theirs:
            same_owner = partners.get(owner) is place
            if same_owner and _equal_parts(likeness, step, other):
                theirs.remove((other, place))
                yield step, other
                break
        else:
            waiting.append((step, owner))
    for step, owner in waiting:
        for other, place in theirs:
            if partners.get(owner) is place:
                theirs.remove((other, place))
                yield step, other
                break


def _inner(side: Derivation) -> Iterable[tuple[Step, Symbol]]:
    """The derivatives with respect to parts of formulas, each with the step of that part."""
    owners: dict[Node, Symbol] = {}
    for step in side.forward:
        for node in walk([step.formula]):
            owners.setdefault(node, step.symbol)
    for step in side.backward:
        if step.wrt is not None and not isinstance(step.wrt, Symbol) and step.wrt in owners:
            yield step, owners[step.wrt]


def _equal_parts(likeness: Likeness, left: Step, right: Step) -> bool:
    assert left.wrt is not None and right.wrt is not None
    return likeness.equal(left.wrt, right.wrt, left.symbol.axes, right.symbol.axes)


def _updates(left: Derivation, right: Derivation, partners: Partners) -> Matches:
    theirs = {step.symbol: step for step in right.steps if step.kind == "update"}
    for step in left.steps:
        if step.kind == "update" and partners.get(step.symbol) in theirs:
            yield step, theirs[partners[step.symbol]]


def _in_order(
    left: Derivation, right: Derivation, pairs: Sequence[tuple[Step, Step]]
) -> tuple[tuple[Step | None, Step | None], ...]:
    """Pairs in the order of the right, what only the left has before what follows it there."""
    places = {id(step): place for place, step in enumerate(left.steps)}
    mine = {id(other): step for step, other in pairs}
    paired = {id(step) for step, _ in pairs}
    alone = [step for step in left.steps if id(step) not in paired]
    made: list[tuple[Step | None, Step | None]] = []
    for other in right.steps:
        step = mine.get(id(other))
        while step is not None and alone and places[id(alone[0])] < places[id(step)]:
            made.append((alone.pop(0), None))
        made.append((step, other))
    return (*made, *((step, None) for step in alone))
