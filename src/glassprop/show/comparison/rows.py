"""Two derivations side by side: rows of equations with the parts marked in which they differ."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from glassprop.chainrule.derivation import Derivation
from glassprop.comparison.compare import Change
from glassprop.comparison.difference import Edit
from glassprop.formula.algebra import substitute
from glassprop.formula.nodes import Map, Node, Step, walk
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.printer import Printer, TooLong, Writing
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.precedence import Piece

OPEN, CLOSE = "\ue000", "\ue001"
"""Private characters around a marked part, until the format puts its own signs there."""
TITLES = ("forward", "cost", "backward", "gradients", "update")


@dataclass(frozen=True)
class Row:
    """One step of both sides, as it is shown.

    Attributes:
        title: the section that it stands in.
        change: what becomes of the step; steps that both sides do without are written out.
        folded: the steps that are written out in it.
    """

    title: str
    change: Change
    folded: tuple[Change, ...] = ()


def rows(
    changes: Sequence[Change],
    left: Derivation,
    right: Derivation,
    passing: tuple[Collection[str], Collection[str]],
) -> list[Row]:
    """The rows, section by section.

    Args:
        changes: every step of both sides.
        left: the left derivation.
        right: the right derivation.
        passing: for either side the steps that its printed table writes out where they are used.
    """
    values: tuple[dict[Node, Node], dict[Node, Node]] = ({}, {})
    waiting: dict[Node, Change] = {}
    found: dict[str, list[Row]] = {title: [] for title in TITLES}
    for change in changes:
        a, b = change.left, change.right
        shown = _written_out(change, values) if values[0] else change
        pair = a is not None and b is not None and change.kind in ("same", "resized")
        if pair and a.name in passing[0] and b.name in passing[1]:  # type: ignore[union-attr]
            assert a is not None and b is not None
            assert shown.left_formula is not None and shown.right_formula is not None
            values[0][a.symbol], values[1][b.symbol] = shown.left_formula, shown.right_formula
            waiting[a.symbol] = change
            continue
        used = [] if change.left_formula is None else _below(change.left_formula)
        folded = tuple(waiting[symbol] for symbol in used if symbol in waiting)
        found[_title(change, left, right)].append(Row("", shown, folded))
    return [replace(row, title=title) for title in TITLES for row in found[title]]


def _below(formula: Node) -> list[Node]:
    return list(walk([formula]))


def _title(change: Change, left: Derivation, right: Derivation) -> str:
    step = change.step
    if step.symbol in (left.cost, right.cost):
        return "cost"
    return "gradients" if step.kind == "gradient" else step.kind


def _written_out(change: Change, values: tuple[dict[Node, Node], dict[Node, Node]]) -> Change:
    def side(formula: Node | None, own: Mapping[Node, Node]) -> Node | None:
        return None if formula is None else substitute(formula, own)

    edits = tuple(
        Edit(edit.kind, side(edit.left, values[0]), side(edit.right, values[1]))
        for edit in change.edits
    )
    return replace(
        change,
        left_formula=side(change.left_formula, values[0]),
        right_formula=side(change.right_formula, values[1]),
        edits=edits,
    )


# -- marked formulas


@dataclass
class Marks:
    """Which parts of a formula to mark, and how they were printed."""

    nodes: set[Node]
    printed: dict[Node, str] = field(default_factory=dict[Node, str])


class Marking(Printer):
    """A printer that marks some parts of what it prints."""

    marks: Marks | None = None

    def visit(self, node: Node, scope: object) -> Writing:
        """The part in marks, if it is one to be marked."""
        writing = super().visit(node, scope)  # type: ignore[arg-type]
        found = self.marks
        return self._marked(node, writing, found) if found and node in found.nodes else writing

    def _marked(self, node: Node, writing: Writing, found: Marks) -> Writing:
        piece: Piece = yield from writing
        found.printed.setdefault(node, self.signed(piece))
        return replace(piece, text=self.around(piece.text))

    def around(self, text: str) -> str:
        """A part between the signs of its beginning and its end."""
        return f"{OPEN}{text}{CLOSE}"


class MarkedText(Marking, TextPrinter):
    """Unicode text, the marked parts between private characters."""


class MarkedLatex(Marking, LatexPrinter):
    """LaTeX, the marked parts underlined."""

    def around(self, text: str) -> str:
        """A part with a line below it."""
        return rf"\underline{{{text}}}"


class MarkedMathml(Marking, MathmlPrinter):
    """MathML, the marked parts as rows of a class of their own."""

    def around(self, text: str) -> str:
        """A part as a row."""
        return f'<mrow class="part">{text}</mrow>'


def clean(text: str) -> str:
    """A text without marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


@dataclass(frozen=True)
class Printed:
    """An equation with marks, and its marked parts without."""

    left: str
    sign: str
    right: str
    parts: Mapping[Node, str]


def printed(printer: Marking, step: Step, formula: Node, nodes: Iterable[Node]) -> Printed:
    """A step's equation with some parts of it marked."""
    wanted = set(nodes)
    wanted |= {part for node in wanted if _is_reciprocal(node) for part in node.parts}
    marks = Marks(wanted - {formula})
    printer.marks = marks
    try:
        left, sign, right = printer.equation(step, formula)
        if formula in wanted:
            marks.printed[formula] = right
            right = printer.around(right)
    except TooLong:
        left, sign, right = printer.name(step.symbol), printer.equals, printer.dots
    finally:
        printer.marks = None
    return Printed(left, sign, right, marks.printed)


def _is_reciprocal(node: Node) -> bool:
    return isinstance(node, Map) and node.function.name == "reciprocal"


def marked_nodes(change: Change, left: bool) -> list[Node]:
    """The parts of one side that differ; a number counts only where nothing else differs."""
    edits = [edit for edit in change.edits if edit.kind != "number"] or change.edits
    found = [edit.left if left else edit.right for edit in edits]
    return [node for node in found if node is not None]
