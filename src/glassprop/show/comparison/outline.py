"""What is told of a comparison, in which order; terminal, Markdown and HTML set the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.compare import Change, Compared
from glassprop.show.comparison.phrases import spoken
from glassprop.show.comparison.rows import MarkedText, Marking, Row
from glassprop.show.comparison.sentences import Sentences, likeness
from glassprop.show.outline.code_lines import shape_of
from glassprop.show.sentences.phrases import shortened

SIGNS = {
    "=": "stays",
    "↳": "the same formula, other values",
    "≈": "the same formula, other sizes",
    "≠": "changes",
    "+": "new",
    "−": "gone",
}
KIND_SIGNS = {"same": "=", "resized": "≈", "changed": "≠", "added": "+", "removed": "−"}
LONG = 40
"""Rows from which on runs of steps of one kind are folded, those that change excepted."""
RUN = 6


def sign_of(change: Change) -> str:
    """The sign before a step."""
    return "↳" if change.affected else KIND_SIGNS[change.kind]


@dataclass(frozen=True)
class Told:
    """The sentences of a comparison in one format.

    Attributes:
        title: how much changes.
        reasons: for each step that changes its name and why; like steps once.
        notes: which steps keep their formula with other values or sizes, or have other names.
    """

    title: str
    reasons: list[tuple[str, str]]
    notes: list[str]


@dataclass(frozen=True)
class Telling:
    """A comparison, ready to be set.

    Attributes:
        compared: every step of both sides, and which quantity is which.
        rows: what is shown of them.
        sides: the two derivations.
        labels: what they are called.
    """

    compared: Compared
    rows: Sequence[Row]
    sides: tuple[Derivation, Derivation]
    labels: tuple[str, str]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every step of both sides, with what becomes of it."""
        return self.compared.changes

    def sections(self) -> list[tuple[str, list[Row | str]]]:
        """The rows under their titles, and a text in place of many that stay."""
        found: list[tuple[str, list[Row | str]]] = []
        for title, group in groupby(self.rows, key=lambda row: row.title):
            rows = list(group)
            found.append((title, self._folded(rows) if len(self.rows) > LONG else [*rows]))
        return found

    def _folded(self, rows: list[Row]) -> list[Row | str]:
        made: list[Row | str] = []
        for sign, group in groupby(rows, key=lambda row: sign_of(row.change)):
            run = list(group)
            if len(run) > RUN and sign != KIND_SIGNS["changed"]:
                made += [*run[:2], f"… {len(run) - 4} more: {SIGNS[sign]} …", *run[-2:]]
            else:
                made += run
        return made

    def signs(self) -> list[str]:
        """The signs that occur, in order."""
        used = {sign_of(row.change) for row in self.rows}
        return [sign for sign in SIGNS if sign in used]

    def sentences(
        self,
        printer: Marking,
        math: Callable[[str], str] = str,
        prose: Callable[[str], str] = str,
    ) -> Told:
        """All sentences, with names and formulas as a printer writes them."""
        words = Sentences(self.compared, self.sides, self.labels, printer, math, prose)
        plain = Sentences(self.compared, self.sides, self.labels, MarkedText())
        groups: dict[str, list[Row]] = {}
        for row in self.rows:
            text = plain.of(row)
            if text:
                groups.setdefault(f"{row.change.kind} {likeness(text)}", []).append(row)
        reasons: list[tuple[str, str]] = []
        for group in groups.values():
            first, *others = (words.name(row.change.step.symbol) for row in group)
            also = f" Likewise {words.listed(shortened(others))}." if others else ""
            reasons.append((first, words.of(group[0]) + also))
        return Told(self.title(prose), reasons, self.notes(words))

    def called(self) -> tuple[str, str]:
        """The labels, after the letters that stand for them in sentences."""
        letters = spoken(self.labels)
        pairs = [a if a == b else f"{a}: {b}" for a, b in zip(letters, self.labels, strict=True)]
        return pairs[0], pairs[1]

    def title(self, prose: Callable[[str], str]) -> str:
        """How many steps stay, change, are new and are gone."""
        counts = dict.fromkeys(KIND_SIGNS, 0)
        for change in self.changes:
            counts[change.kind] += 1
        stay = counts["same"]
        texts = [
            _count(stay, "stays", "stay"),
            _count(counts["resized"], "has another size", "have other sizes"),
            _count(counts["changed"], "changes", "change"),
            _count(counts["added"], "is new", "are new"),
            _count(counts["removed"], "is gone", "are gone"),
        ]  # fmt: skip
        first, second = (prose(text) for text in spoken(self.labels))
        if stay == len(self.changes):
            return f"{first} and {second} are derived by the same {stay} steps"
        told = ", ".join(text for text in texts if text)
        noun = "step" if told.startswith("1 ") else "steps"
        number, _, rest = told.partition(" ")
        return f"From {first} to {second}: {number} {noun} {rest}"

    def notes(self, words: Sentences) -> list[str]:
        """What is said of steps that keep their formula."""
        found: list[str] = []
        touched = [change.step.symbol for change in self.changes if change.affected]
        if touched:
            found.append(
                "The same formula, but other values, since what stands in it changes: "
                f"{words.names(touched)}."
            )
        resized = [
            f"{words.name(c.step.symbol)} {shape_of(c.left.shape)} → {shape_of(c.right.shape)}"
            for c in self.changes
            if c.kind == "resized" and c.left and c.right and c.left.shape != c.right.shape
        ]
        if resized:
            found.append(f"Other sizes: {', '.join(shortened(resized))}.")
        renamed = [words.name(c.step.symbol) for c in self.changes if c.renamed]
        if renamed:
            found.append(f"Other names: {', '.join(shortened(renamed))}.")
        return found


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""
