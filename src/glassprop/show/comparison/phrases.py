"""Phrases of a comparison: names, formulas, differences and identities within a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.compare import Change, Compared
from glassprop.comparison.difference import Edit
from glassprop.formula.nodes import Contract, Node, Rewriting, Step, Symbol
from glassprop.show.comparison.rows import Marking, clean, marked_nodes, printed
from glassprop.show.sentences.phrases import shortened
from glassprop.show.sentences.sentences import Sentences

MOST_EDITS = 4
VERBS = {
    ("factor", False): ("comes in", "come in"),
    ("factor", True): ("is gone", "are gone"),
    ("term", False): ("is added", "are added"),
    ("term", True): ("is gone", "are gone"),
}
"""What parts of a kind do that come (False) or are gone (True): one of them, several."""


class Phrases:
    """What sentences about a comparison are made of, in one format.

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
        self.words = [Sentences(side, printer, math, prose) for side in sides]
        partners = compared.partners
        self.partner = dict(partners) | {q: p for p, q in partners.items()}
        self.place: dict[Symbol, Change] = {}
        for change in self.changes:
            own = [s.symbol for s in (change.left, change.right) if s and s.kind != "update"]
            self.place |= dict.fromkeys(own, change)

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


def spoken(labels: tuple[str, str]) -> tuple[str, str]:
    """What the sides are called in sentences: by their labels if these are words, else A and B."""
    words = all(re.fullmatch(r"[^\W\d_]{1,16}", label) for label in labels)
    return labels if words and labels[0] != labels[1] else ("A", "B")
