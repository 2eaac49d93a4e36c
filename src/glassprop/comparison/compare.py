"""What changes from one derivation to another, step by step, and what each change follows from.

A forward step that is stated otherwise changes of itself. A derivative changes because the steps
through which its quantity reaches the cost are stated otherwise, or because it reaches the cost
through others: that is the chain rule, read from the two derivations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.difference import Comparison, Edit
from glassprop.comparison.pairing import Pairing, pair
from glassprop.formula.algebra import substitute
from glassprop.formula.nodes import Node, Step, Symbol, symbols, walk

ChangeKind = Literal["same", "resized", "changed", "added", "removed"]
LONGEST = 60
"""Nodes up to which a step that the other side does without is written out where it is used."""


@dataclass(frozen=True)
class Change:
    """What becomes of one step.

    Attributes:
        kind: same formula and sizes, the same formula for other sizes, another formula, or a step
            that only the right or only the left has.
        left: the step of the left derivation, or None.
        right: the step of the right derivation, or None.
        left_formula: its formula, with steps that the right does without written out.
        right_formula: the same for the right.
        edits: the smallest parts in which the two formulas differ.
        causes: places, in the list of changes, of the changes that this one follows from.
        lost: forward steps through which only the left derivative goes.
        gained: forward steps through which only the right derivative goes.
        affected: whether the step has the same formula, of quantities that take other values.
    """

    kind: ChangeKind
    left: Step | None
    right: Step | None
    left_formula: Node | None = None
    right_formula: Node | None = None
    edits: tuple[Edit, ...] = ()
    causes: tuple[int, ...] = ()
    lost: tuple[Symbol, ...] = ()
    gained: tuple[Symbol, ...] = ()
    affected: bool = False

    @property
    def step(self) -> Step:
        """The step of the right or, where there is none, of the left."""
        found = self.right or self.left
        assert found is not None
        return found

    @property
    def primary(self) -> bool:
        """Whether it is a change that follows from no other."""
        return self.kind != "same" and not self.causes

    @property
    def renamed(self) -> bool:
        """Whether the two sides call the step by different names."""
        return bool(self.left and self.right) and self.left.name != self.right.name  # type: ignore[union-attr]


@dataclass(frozen=True)
class Compared:
    """Two derivations compared.

    Attributes:
        changes: every step of both once, in the order of the right, with what becomes of it.
        partners: for quantities of the left, given or stated, the same quantity of the right.
    """

    changes: tuple[Change, ...]
    partners: Mapping[Symbol, Symbol]


def compare(left: Derivation, right: Derivation) -> Compared:
    """Pair the steps of two derivations, and find what changes and what it follows from."""
    comparing = _Comparing(left, right)
    return Compared(comparing.run(), comparing.partners)


class _Side:
    """One derivation: who uses what on the way to the cost, and what is written out."""

    def __init__(self, derivation: Derivation, known: set[Symbol], alone: set[Symbol]) -> None:
        self.derivation = derivation
        self.uses: dict[Symbol, list[Symbol]] = {}
        reached = {derivation.cost}
        for step in reversed(derivation.forward):
            if step.symbol in reached:
                for symbol in symbols(step.formula):
                    reached.add(symbol)
                    self.uses.setdefault(symbol, []).insert(0, step.symbol)
        self.formulas: dict[Symbol, Node] = {}
        self.sources: dict[Symbol, set[Symbol]] = {}
        values: dict[Node, Node] = {}
        for step in derivation.steps:
            used = [symbol for symbol in symbols(step.formula) if symbol in values]
            formula = substitute(step.formula, values) if used else step.formula
            own = {step.wrt} if isinstance(step.wrt, Symbol) else set[Symbol]()
            if step.kind != "update":
                self.formulas[step.symbol] = formula
                self.sources[step.symbol] = own.union(*(self.sources[s] for s in used))
            of_known = not isinstance(step.wrt, Symbol) or step.wrt in known
            if step.kind == "backward" and step.symbol in alone and of_known and _short(formula):
                values[step.symbol] = formula

    def formula(self, step: Step | None) -> Node | None:
        if step is None or step.kind == "update":
            return step and step.formula
        return self.formulas[step.symbol]


def _short(formula: Node) -> bool:
    return sum(1 for _ in walk([formula])) <= LONGEST


class _Comparing:
    def __init__(self, left: Derivation, right: Derivation) -> None:
        self.pairing: Pairing = pair(left, right)
        self.partners: Mapping[Symbol, Symbol] = self.pairing.partners
        self.back = {q: p for p, q in self.partners.items()}
        pairs = self.pairing.steps
        mine = {a.symbol for a, b in pairs if a and not b}
        yours = {b.symbol for a, b in pairs if b and not a}
        self.left = _Side(left, set(self.partners), mine)
        self.right = _Side(right, set(self.back), yours)
        self.comparison = Comparison(self.partners)
        self.stated = {step.symbol for side in (left, right) for step in side.forward}
        self.changes: list[Change] = []
        self.places: dict[Symbol, int] = {}

    def run(self) -> tuple[Change, ...]:
        for place, (a, b) in enumerate(self.pairing.steps):
            self.changes.append(self.change(a, b))
            self.places |= {s.symbol: place for s in (a, b) if s and s.kind != "update"}
        for place, change in enumerate(self.changes):
            self.changes[place] = self.explained(change)
        for place, change in enumerate(self.changes):
            if change.kind == "same" and self.touched(change):
                self.changes[place] = replace(change, affected=True)
        return tuple(self.changes)

    def change(self, a: Step | None, b: Step | None) -> Change:
        """How the formulas of a pair differ."""
        mine, yours = self.left.formula(a), self.right.formula(b)
        if a is None or b is None:
            return Change("removed" if b is None else "added", a, b, mine, yours)
        assert mine is not None and yours is not None
        axes = a.symbol.axes, b.symbol.axes
        if not self.comparison.equal(mine, yours, *axes):
            edits = self.comparison.edits(mine, yours, *axes)
            return Change("changed", a, b, mine, yours, edits)
        used = [(s, self.partners[s]) for s in symbols(mine)]
        sizes = [(_sizes(p), _sizes(q)) for p, q in [(a.symbol, b.symbol), *used]]
        resized = any(p != q for p, q in sizes)
        return Change("resized" if resized else "same", a, b, mine, yours)

    # -- causes

    def explained(self, change: Change) -> Change:
        """The change with what it follows from."""
        step = change.step
        if step.kind == "forward":
            return replace(change, causes=self.references(change))
        if step.wrt is None:
            return change
        lost, gained, causes = self.routes(change)
        causes |= {place for edit in change.edits for place in self.exchanged(edit)}
        return replace(change, causes=tuple(sorted(causes)), lost=lost, gained=gained)

    def references(self, change: Change) -> tuple[int, ...]:
        """For a step that differs only in quantities that come or go, where these do."""
        found = [self.exchanged(edit) for edit in change.edits]
        return tuple(sorted({place for places in found for place in places})) if all(found) else ()

    def exchanged(self, edit: Edit) -> set[int]:
        """Where forward steps come or go that take each other's place in a formula."""
        if edit.kind != "part" or not _names_only(edit):
            return set()
        alone = {s for s in self.inside(edit) if self.differs(s, ("added", "removed"))}
        return {self.places[s] for s in alone if s in self.stated}

    def routes(self, change: Change) -> tuple[tuple[Symbol, ...], tuple[Symbol, ...], set[int]]:
        """Forward steps that the derivative goes through on one side only; changes among all."""
        mine = self.quantities(change.left, self.left)
        yours = self.quantities(change.right, self.right)
        mine |= {self.back[q] for q in yours if q in self.back}
        yours |= {self.partners[p] for p in mine if p in self.partners}
        through = _through(mine, self.left), _through(yours, self.right)
        own = [change.step.wrt] if isinstance(change.step.wrt, Symbol) else []
        before = _through([self.back.get(q, q) for q in own], self.left)
        after = _through([self.partners.get(q, q) for q in own], self.right)
        lost = tuple(s for s in before if self.partners.get(s) not in after)
        gained = tuple(s for s in after if self.back.get(s) not in before)
        everything = {s for s in mine | yours if s in self.places}
        alone = {self.places[s] for s in everything if self.differs(s, ("added", "removed"))}
        if alone:
            return lost, gained, alone
        causes = {
            self.places[s]
            for s in (*through[0], *through[1])
            if self.differs(s) and self.concerns(self.changes[self.places[s]], mine | yours)
        }
        return lost, gained, causes

    def quantities(self, step: Step | None, side: _Side) -> set[Symbol]:
        """With respect to what a step is a derivative, and the steps written out in its formula."""
        return set(side.sources.get(step.symbol, ())) if step else set()

    def differs(
        self, symbol: Symbol, kinds: tuple[ChangeKind, ...] = ("changed", "added", "removed")
    ) -> bool:
        place = self.places.get(symbol)
        return place is not None and self.changes[place].kind in kinds

    def concerns(self, change: Change, quantities: set[Symbol]) -> bool:
        """Whether what changes in a formula has one of some quantities in it."""
        if change.kind != "changed":
            return True
        return any(self.inside(edit) & quantities for edit in change.edits)

    @staticmethod
    def inside(edit: Edit) -> set[Symbol]:
        return {s for node in (edit.left, edit.right) if node is not None for s in symbols(node)}

    def touched(self, change: Change) -> bool:
        """Whether a quantity in the formula takes other values than on the other side."""
        assert change.right_formula is not None
        for symbol in symbols(change.right_formula):
            place = self.places.get(symbol)
            if place is not None:
                other = self.changes[place]
                if other.kind != "same" or other.affected:
                    return True
        return False


def _through(quantities: Iterable[Symbol], side: _Side) -> tuple[Symbol, ...]:
    return tuple(dict.fromkeys(user for q in quantities for user in side.uses.get(q, ())))


def _names_only(edit: Edit) -> bool:
    return all(node is None or isinstance(node, Symbol) for node in (edit.left, edit.right))


def _sizes(symbol: Symbol) -> tuple[int | str, ...]:
    return tuple(axis.size for axis in symbol.axes)
