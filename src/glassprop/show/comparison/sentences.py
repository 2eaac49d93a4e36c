"""In sentences: what becomes of a step from one derivation to another, and why."""

from __future__ import annotations

import re

from glassprop.comparison.compare import Change
from glassprop.formula.nodes import Map, Rewriting, Step, Symbol, symbols
from glassprop.show.comparison.phrases import Phrases
from glassprop.show.comparison.rows import Row


class Sentences(Phrases):
    """Writes the sentences of a comparison for one format."""

    def of(self, row: Row | Change) -> str:
        """Why a row is as it is; empty for a step that stays and has nothing to be said of it."""
        change = row.change if isinstance(row, Row) else row
        if change.kind == "changed":
            told = self.stated(change) if change.step.kind == "forward" else self.derived(change)
        elif change.kind in ("added", "removed"):
            told = self.alone(change)
        elif change.kind == "same" and change.causes and change.step.kind != "forward":
            told = f"stays as it is, although {self.names(self.causes(change))} changes"
            return f"{told}."
        else:
            return ""
        follows = self.causes(change)
        return f"{told}; follows from {self.names(follows)}." if follows else f"{told}."

    # -- kinds of changes

    def stated(self, change: Change) -> str:
        """A forward step that is stated otherwise."""
        told = self.edits(change) or "has another formula"
        for place, step in enumerate((change.left, change.right)):
            other = (change.right, change.left)[place]
            assert step is not None and other is not None
            if step.rewrites and not _same_rewriting(step, other):
                before = self.math(self.printer.equation(step, step.rewrites[0].before)[2])
                told += f"; in {self.labels[place]} it is stated as {before} and rewritten by "
                told += self.identities(step.rewrites, place)
        return told

    def derived(self, change: Change) -> str:
        """A derivative by another formula."""
        told = self.edits(change) or "becomes another formula"
        route, because = self.route(change), self.because(change)
        if route:
            return f"{told}: {route}"
        return f"{told}, {because}" if because else told

    def alone(self, change: Change) -> str:
        """A step that only one side has."""
        here = 1 if change.kind == "added" else 0
        verb = f"is only in {self.labels[here]}"
        step = change.step
        if step.kind == "forward" or step.wrt is None:
            meaning = self.words[here].sentence(step.meaning)
            return f"{verb}: the {meaning}" if meaning else verb
        wrt = step.wrt
        if not isinstance(wrt, Symbol):
            return f"{verb}: a part of a derivative that is named because it is used twice"
        partner = self.partner.get(wrt)
        if partner is None:
            return f"{verb}, as {self.name(wrt)} is"
        there, cost = self.labels[1 - here], self.name(self.sides[1 - here].cost)
        routes = change.lost if here == 0 else change.gained
        gone = self.resolved(partner, 1 - here)
        if gone:
            return f"{verb}: {gone}"
        if routes:
            return (
                f"{verb}, since only there {self.name(wrt)} changes {cost} through "
                f"{self.names(routes)}"
            )
        return f"{verb}: in {there} it is written out where it is used"

    # -- reasons

    def route(self, change: Change) -> str:
        """Through which steps the quantity reaches the cost on either side, if that differs."""
        lost, gained = change.lost, change.gained
        step = change.right
        if step is None or not isinstance(step.wrt, Symbol) or not (lost or gained):
            return ""
        q, cost, there = self.name(step.wrt), self.name(self.sides[1].cost), self.labels[1]
        if lost and gained:
            told = f"in {there}, {q} reaches {cost} through {self.names(gained)}"
            if list(gained) == [self.sides[1].cost]:
                told = f"in {there}, {q} stands in the formula of {cost} itself"
            if list(lost) == [self.sides[0].cost]:
                told += f", while in {self.labels[0]} it stands in the formula of {cost} itself"
            else:
                told += f", while in {self.labels[0]} it reaches it through {self.names(lost)}"
        elif gained == (self.sides[1].cost,):
            told = f"in {there}, {q} also stands in {cost} itself"
        elif lost == (self.sides[0].cost,):
            told = f"in {there}, {q} no longer stands in {cost} itself"
        elif gained:
            told = f"in {there}, {q} reaches {cost} through {self.names(gained)} too"
        else:
            told = f"in {there}, {q} no longer reaches {cost} through {self.names(lost)}"
        told += self.terms(change)
        why = self.rewritten(change)
        if why:
            told += f", {why}"
        return told + self.cancelled(change)

    def terms(self, change: Change) -> str:
        """The terms of the cost that come or go with a quantity: (0.05 Σ W²)."""
        assert change.right is not None
        found: list[str] = []
        for cause in self.causes(change):
            other = self.place[cause]
            for edit in other.edits:
                node = edit.left if edit.right is None else edit.right
                if edit.kind == "term" and (edit.left is None or edit.right is None):
                    assert node is not None
                    names = {s.name for s in symbols(node)}
                    if isinstance(change.right.wrt, Symbol) and change.right.wrt.name in names:
                        found.append(self.math(self.part(other, edit, edit.left is not None)))
        if not found:
            return ""
        (edit,) = change.edits if len(change.edits) == 1 else (None,)
        its = edit and edit.kind == "term" and len(found) == 1
        terms = "term" if len(found) == 1 else "terms"
        return f", in the {terms} {self.listed(found)}" + (
            ", whose derivative this is" if its else ""
        )

    def rewritten(self, change: Change) -> str:
        """The identities by which a step on the new way no longer needs one on the old way."""
        for place, steps, others in (
            (1, change.gained, change.lost),
            (0, change.lost, change.gained),
        ):
            for symbol in steps:
                step = self.step(symbol, place)
                for other in others:
                    twin = self.partner.get(other)
                    marks = _resolving(step, twin) if step and twin is not None else ()
                    if marks:
                        said = self.identities(marks, place)
                        where = "" if place else f" in {self.labels[0]}"
                        return f"since {self.name(symbol)} was rewritten by {said}{where}"
        return ""

    def resolved(self, quantity: Symbol, place: int) -> str:
        """How a quantity drops out of the cost of one side."""
        side = self.sides[place]
        users = {s for step in side.forward for s in symbols(step.formula)}
        if quantity in users:
            return ""
        label, name = self.labels[place], self.name(quantity)
        for step in side.forward:
            marks = _resolving(step, quantity)
            if marks:
                said = self.identities(marks, place)
                return (
                    f"in {label}, {self.name(step.symbol)} does without {name}, since it was "
                    f"rewritten by {said}"
                )
        return f"in {label}, {self.name(side.cost)} does without {name}"

    def cancelled(self, change: Change) -> str:
        """The slope of a function that the derivative no longer goes through, or now does."""
        for edit in change.edits:
            gone, steps, place = edit.left, change.lost, 0
            if edit.left is None:
                gone, steps, place = edit.right, change.gained, 1
            if edit.kind != "factor" or not isinstance(gone, Map):
                continue
            for symbol in steps:
                step = self.step(symbol, place)
                outer = step.formula if step else None
                if isinstance(outer, Map) and gone.function.primitive is outer.function:
                    wrt = outer.operands[0]
                    if isinstance(wrt, Symbol):
                        slope = self.math(self.quotient(symbol, wrt))
                        verb = "so that {} cancels" if place == 0 else "which brings {} in"
                        return f", {verb.format(slope)}"
        return ""

    def because(self, change: Change) -> str:
        """What changes in the steps that the derivative goes through."""
        found = [
            f"{self.name(cause)} changes, where {self.edits(self.place[cause])}"
            for cause in self.causes(change)
            if self.place[cause].kind == "changed" and self.edits(self.place[cause])
        ]
        return f"since {self.listed(found)}" if found else ""


def _resolving(step: Step, quantity: Symbol) -> tuple[Rewriting, ...]:
    """The rewritings of a step from one that has a quantity to its formula, which has it not."""
    if quantity in symbols(step.formula):
        return ()
    with_it = [mark for mark in step.rewrites if quantity in symbols(mark.before)]
    return tuple(with_it)


def _same_rewriting(left: Step, right: Step) -> bool:
    return [mark.rule for mark in left.rewrites] == [mark.rule for mark in right.rewrites]


def likeness(sentence: str) -> str:
    """A sentence with the layer numbers and indices left out, by which like ones are found."""
    return re.sub(r"[\d⁰¹²³⁴⁵⁶⁷⁸⁹₀-₉ₐ-ₜᵢ-ᵪⱼ]|_\{\w*\}", "", sentence)
