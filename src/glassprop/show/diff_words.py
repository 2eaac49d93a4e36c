"""In sentences: what becomes of a step from one derivation to another, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from glassprop.chainrule.compare import Change, Compared
from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.difference import Edit
from glassprop.formula.nodes import Contract, Map, Node, Rewriting, Step, Symbol, symbols
from glassprop.show.diff_rows import Marking, Row, clean, marked_nodes, printed
from glassprop.show.words import Words, shortened

MOST_EDITS = 4
VERBS = {
    ("factor", False): ("comes in", "come in"),
    ("factor", True): ("is gone", "are gone"),
    ("term", False): ("is added", "are added"),
    ("term", True): ("is gone", "are gone"),
}
"""What parts of a kind do that come (False) or are gone (True): one of them, several."""


class Sentences:
    """Writes the sentences of a comparison for one format.

    Args:
        compared: every step of both sides, and which quantity is which.
        sides: the left and the right derivation.
        labels: what the sides are called.
        printer: how mathematics is written.
        math: what marks it as such within a sentence.
        prose: how other characters are written.
    """

    def __init__(
        self,
        compared: Compared,
        sides: tuple[Derivation, Derivation],
        labels: tuple[str, str],
        printer: Marking,
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> None:
        self.changes, self.sides, self.printer = compared.changes, sides, printer
        self.math, self.prose = math, prose
        self.labels = tuple(map(prose, spoken(labels)))
        self.words = [Words(side, printer, math, prose) for side in sides]
        partners = compared.partners
        self.partner = dict(partners) | {q: p for p, q in partners.items()}
        self.place: dict[Symbol, Change] = {}
        for change in self.changes:
            own = [s.symbol for s in (change.left, change.right) if s and s.kind != "update"]
            self.place |= dict.fromkeys(own, change)

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
        told = self.edits(change) or "is stated by another formula"
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
        verb, here = ("comes", 1) if change.kind == "added" else ("goes", 0)
        step = change.step
        if step.kind == "forward" or step.wrt is None:
            meaning = self.words[here].sentence(step.meaning)
            return f"{verb}, {meaning}" if meaning else verb
        wrt = step.wrt
        if not isinstance(wrt, Symbol):
            return f"{verb}, a part of a derivative that is named because it is used twice"
        partner = self.partner.get(wrt)
        if partner is None:
            return f"{verb} with {self.name(wrt)}"
        there, cost = self.labels[1 - here], self.name(self.sides[1 - here].cost)
        routes = change.lost if here == 0 else change.gained
        gone = self.resolved(partner, 1 - here)
        if gone:
            return f"{verb}: {gone}"
        if routes:
            return (
                f"{verb}: only in {self.labels[here]} does {self.name(wrt)} change {cost} "
                f"through {self.names(routes)}"
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
                told = f"in {there}, {cost} is stated by {q} directly"
            if list(lost) == [self.sides[0].cost]:
                told += f", while in {self.labels[0]} {cost} is stated by {q} directly"
            else:
                told += f" and not through {self.names(lost)}"
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

    # -- parts of sentences

    def edits(self, change: Change) -> str:
        """In what two formulas differ; empty where one takes the place of the other altogether."""
        alone: dict[tuple[str, bool], list[str]] = {}
        others: list[str] = []
        told: list[str] = []
        for edit in change.edits:
            whole = edit.left is change.left_formula and edit.right is change.right_formula
            if whole and edit.kind == "part":
                return ""
            if edit.kind == "number":
                told.append(self.number(edit))
            elif edit.left is None or edit.right is None:
                gone = edit.right is None
                text = self.math(self.part(change, edit, gone))
                alone.setdefault((edit.kind, gone), []).append(text)
            else:
                left, right = (self.math(self.part(change, edit, own)) for own in (True, False))
                if left == right:
                    others.append(right)
                else:
                    told.append(f"{left} becomes {right}")
        if others:
            verb = "is" if len(others) == 1 else "are"
            names = self.listed(others)
            told.append(f"{names} {verb} of the same name, but not what {self.labels[0]} has there")
        for (kind, gone), texts in alone.items():
            verb = VERBS[kind, gone][len(texts) > 1]
            told.append(f"the {kind}{'s' * (len(texts) > 1)} {self.listed(texts)} {verb}")
        told = list(dict.fromkeys(told))
        return self.listed(told if len(told) <= MOST_EDITS else [*told[: MOST_EDITS - 1], "more"])

    def number(self, edit: Edit) -> str:
        """Another number before the same product."""
        a, b = (_coefficient(node) for node in (edit.left, edit.right))
        if a == -b:
            return "the sign changes"
        return f"the number {self.math(self.printer.plain(a))} becomes " + self.math(
            self.printer.plain(b)
        )

    def part(self, change: Change, edit: Edit, left: bool) -> str:
        """A marked part as it is printed in its formula."""
        step, formula, node = (
            (change.left, change.left_formula, edit.left)
            if left
            else (change.right, change.right_formula, edit.right)
        )
        assert step is not None and formula is not None and node is not None
        parts = printed(self.printer, step, formula, marked_nodes(change, left)).parts
        return clean(parts[node]) if node in parts else self.printer.formula(node)

    def identities(self, marks: Iterable[Rewriting], place: int) -> str:
        """The identities of some rewritings, without what they are good for."""
        found = [mark.reason.partition(", which")[0] for mark in marks]
        equations = [text for text in found if "=" in text]
        rest = [text for text in found if "=" not in text]
        told = [self.words[place].sentence(text) for text in dict.fromkeys(equations or rest)]
        return self.listed(told)

    def name(self, symbol: Symbol) -> str:
        """A name, with what the other side calls it where that is something else."""
        own = self.math(self.printer.name(symbol))
        twin = self.partner.get(symbol)
        if twin is None or twin.name == symbol.name:
            return own
        other = symbol.graph is self.sides[0].graph
        return f"{own} ({self.labels[1 if other else 0]}: {self.math(self.printer.name(twin))})"

    def names(self, listed: Iterable[Symbol]) -> str:
        """Names: z², a² and C."""
        return self.listed(shortened([self.name(symbol) for symbol in listed]))

    def listed(self, texts: Sequence[str]) -> str:
        """Several texts: one, two and three."""
        return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"

    def quotient(self, of: Symbol, by: Symbol) -> str:
        """∂of/∂by."""
        named = self.printer.named
        return self.printer.quotient(named(of, ()), named(by, ())).text

    def causes(self, change: Change) -> list[Symbol]:
        """The steps that a change follows from."""
        return [self.changes[place].step.symbol for place in change.causes]

    def step(self, symbol: Symbol, place: int) -> Step | None:
        """The step of one side that states a quantity."""
        change = self.place.get(symbol)
        return change and (change.right if place else change.left)


def _coefficient(node: Node | None) -> float:
    return node.coefficient if isinstance(node, Contract) else 1


def _resolving(step: Step, quantity: Symbol) -> tuple[Rewriting, ...]:
    """The rewritings of a step from one that has a quantity to its formula, which has it not."""
    if quantity in symbols(step.formula):
        return ()
    with_it = [mark for mark in step.rewrites if quantity in symbols(mark.before)]
    return tuple(with_it)


def _same_rewriting(left: Step, right: Step) -> bool:
    return [mark.rule for mark in left.rewrites] == [mark.rule for mark in right.rewrites]


def spoken(labels: tuple[str, str]) -> tuple[str, str]:
    """What the sides are called in sentences: by their labels if these are words, else A and B."""
    words = all(re.fullmatch(r"[^\W\d_]{1,16}", label) for label in labels)
    return labels if words and labels[0] != labels[1] else ("A", "B")


def likeness(sentence: str) -> str:
    """A sentence with the layer numbers and indices left out, by which like ones are found."""
    return re.sub(r"[\d⁰¹²³⁴⁵⁶⁷⁸⁹₀-₉ₐ-ₜᵢ-ᵪⱼ]|_\{\w*\}", "", sentence)
