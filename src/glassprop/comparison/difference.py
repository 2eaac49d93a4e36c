"""Where formulas of two graphs differ, narrowed down to a factor, a term, a function, a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from glassprop.comparison.equivalence import At, Likeness, Places, below, own_places, through, whole
from glassprop.formula.axes import Axis
from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, Reduce, Symbol, walk

EditKind = Literal["factor", "term", "function", "number", "part"]
DEEPEST = 40
MOST_PAIRS = 64
MOST_EFFORT = 20_000
"""How many pairs of parts are looked into; beyond that a part counts as another one altogether."""


@dataclass(frozen=True)
class Edit:
    """A smallest part in which two formulas differ; one side is None for what comes or goes.

    Attributes:
        kind: a factor or a term that comes or goes, another function of the same operands,
            another number before the same product, or another part altogether.
        left: the part of the left formula.
        right: the part of the right formula.
    """

    kind: EditKind
    left: Node | None
    right: Node | None


Found = tuple[int, tuple[Edit, ...]]
"""How much differs, in nodes, and where."""


@dataclass
class Comparison(Likeness):
    """Compares formulas, given which symbol of the left is which symbol of the right."""

    effort: int = 0

    def edits(
        self, left: Node, right: Node, first: Sequence[Axis], second: Sequence[Axis]
    ) -> tuple[Edit, ...]:
        """The smallest parts in which they differ; none if they are equal."""
        return self.differ(whole(left, first, True), whole(right, second, False), 0)[1]

    def differ(self, left: At, right: At, depth: int) -> Found:
        """The cheapest way to say in what two formulas differ."""
        if self.key(left) == self.key(right):
            return 0, ()
        entire = (_size(left.node) + _size(right.node), (Edit("part", left.node, right.node),))
        if _exchanged(left, right):
            return 1, entire[1]
        self.effort += 1
        if depth == DEEPEST or self.effort > MOST_EFFORT:
            return entire
        # parts say more than the whole only if much stays
        ways = (self._functions, self._reductions, self._sums, self._products)
        found = [way(left, right, depth + 1) for way in ways]
        # equal pieces may still make unequal wholes, if indices are tied in another way
        return min(
            [f for f in found if f is not None and f[1] and 5 * f[0] <= 4 * entire[0]] + [entire],
            key=lambda f: f[0],
        )

    def _functions(self, left: At, right: At, depth: int) -> Found | None:
        u, v = left.node, right.node
        if not (isinstance(u, Map) and isinstance(v, Map)):
            return None
        if len(u.operands) != len(v.operands):
            return None
        pairs = zip(u.operands, v.operands, strict=True)
        inner = [self.differ(left.part(p), right.part(q), depth) for p, q in pairs]
        cost, edits = _together(inner)
        if u.function.key == v.function.key:
            return cost, edits
        return (2, (Edit("function", u, v),)) if not edits else None

    def _reductions(self, left: At, right: At, depth: int) -> Found | None:
        u, v = left.node, right.node
        if not (isinstance(u, Reduce) and isinstance(v, Reduce)) or u.kind != v.kind:
            return None
        if len(u.over) != len(v.over):
            return None
        return self.differ(below(left)[0], below(right)[0], depth)

    def _sums(self, left: At, right: At, depth: int) -> Found | None:
        if not (isinstance(left.node, Add) or isinstance(right.node, Add)):
            return None
        ours, theirs = ([at.part(term) for term in _terms(at.node)] for at in (left, right))
        return self._aligned(ours, theirs, "term", depth)

    def _products(self, left: At, right: At, depth: int) -> Found | None:
        if not (isinstance(left.node, Contract) or isinstance(right.node, Contract)):
            return None
        first, ours, ours_places = _factors(left)
        second, theirs, theirs_places = _factors(right)
        tied = self._tied(left, ours, ours_places, right, theirs, theirs_places, depth)
        mine = [left.part(f.node, through(f, tied[0])) for f in ours]
        yours = [right.part(f.node, through(f, tied[1])) for f in theirs]
        found = self._aligned(mine, yours, "factor", depth)
        if found is None or first == second:
            return found
        return found[0] + 1, (*found[1], Edit("number", left.node, right.node))

    def _tied(
        self, left: At, ours: Sequence[Factor], mine: Places,
        right: At, theirs: Sequence[Factor], yours: Places, depth: int,
    ) -> tuple[Places, Places]:  # fmt: skip
        """Places for the bound labels of two products: the same for those used alike."""
        uses = [
            self._uses(at, factors, places)
            for at, factors, places in ((left, ours, mine), (right, theirs, yours))
        ]
        tied = dict(mine), dict(yours)
        free, waiting = list(uses[1]), list(uses[0])
        for label in list(waiting):
            own = uses[0][label]
            alike = max(free, key=lambda other: len(own & uses[1][other]), default=None)
            if alike is not None and own & uses[1][alike]:
                tied[0][label] = tied[1][alike] = ("tied", depth, len(tied[0]))
                waiting.remove(label)
                free.remove(alike)
        if len(waiting) == len(free):  # used by nothing alike: in order
            for label, other in zip(waiting, free, strict=True):
                tied[0][label] = tied[1][other] = ("tied", depth, len(tied[0]))
            return tied
        for label in waiting:
            tied[0][label] = ("left", depth, len(tied[0]))
        for label in free:
            tied[1][label] = ("right", depth, len(tied[1]))
        return tied

    def _uses(
        self, at: At, factors: Sequence[Factor], places: Places
    ) -> dict[Axis, set[tuple[int, int]]]:
        """In which factors, and there at which place, each bound label stands."""
        found: dict[Axis, set[tuple[int, int]]] = {}
        for factor in factors:
            blank = {**dict.fromkeys(factor.labels, ("bound",)), **places}
            key = self.key(at.part(factor.node, through(factor, blank)))
            for place, label in enumerate(factor.labels):
                if label not in places:
                    found.setdefault(label, set()).add((key, place))
        return found

    def _aligned(
        self, ours: list[At], theirs: list[At], kind: EditKind, depth: int
    ) -> Found | None:
        """Terms or factors with equal ones paired, then those that have something in common."""
        left, right = list(ours), list(theirs)
        for part in ours:
            twin = next((other for other in right if self.key(other) == self.key(part)), None)
            if twin is not None:
                left.remove(part)
                right.remove(twin)
        shared = len(left) < len(ours)
        uneven = not shared and 1 in (len(ours), len(theirs)) and len(ours) != len(theirs)
        found: list[Found] = []
        while left and right and len(left) * len(right) <= MOST_PAIRS:
            cost, edits, p, q = min(
                ((*self.differ(p, q, depth), p, q) for p in left for q in right),
                key=lambda pair: pair[0] - _size(pair[2].node) - _size(pair[3].node),
            )
            alone = len(left) == len(right) == 1
            entire = _size(p.node) + _size(q.node)
            if uneven and 2 * cost > entire:
                return None
            if cost >= entire and not alone:
                break
            found.append((cost, edits))
            left.remove(p)
            right.remove(q)
        if uneven and not found:
            return None
        found += [(_size(p.node), (Edit(kind, p.node, None),)) for p in left]
        found += [(_size(q.node), (Edit(kind, None, q.node),)) for q in right]
        return _together(found)


def _exchanged(left: At, right: At) -> bool:
    """Whether one quantity stands for another of the same kind with the same indices."""
    u, v = left.node, right.node
    if not (isinstance(u, Symbol) and isinstance(v, Symbol)) or u.role != v.role:
        return False
    return [left.places[k] for k in u.axes] == [right.places[k] for k in v.axes]


def _terms(node: Node) -> Sequence[Node]:
    return node.terms if isinstance(node, Add) else (node,)


def _factors(at: At) -> tuple[int | float, Sequence[Factor], Places]:
    node = at.node
    if isinstance(node, Contract):
        return node.coefficient, node.factors, own_places(node, at.places)
    if isinstance(node, Const):
        return node.value, (), {}
    return 1, (Factor(node, node.axes),), own_places(node, at.places)


def _size(node: Node) -> int:
    return sum(1 for _ in walk([node]))


def _together(found: Sequence[Found]) -> Found:
    return sum(cost for cost, _ in found), tuple(edit for _, edits in found for edit in edits)
