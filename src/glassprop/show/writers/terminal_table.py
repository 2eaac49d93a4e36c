"""A derivation on one screen: formula, shape and NumPy side by side, the reasons below."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Node, Rewriting, Step, Symbol
from glassprop.show.document.notes import (
    called,
    explained,
    function_equations,
    in_words,
    mean_note,
    skipped_note,
    softmax_equation,
)
from glassprop.show.document.program_names import program_names
from glassprop.show.document.text_wrapping import source, wrap
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.l2_penalty import penalty
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.outline.code_lines import Lines, shape_of
from glassprop.show.outline.outline import Entry, Story, givens, story
from glassprop.show.sentences.phrases import shortened
from glassprop.show.sentences.sentences import Sentences

WIDTH = 100
NARROWEST, WIDEST = 60, 120
"""Between these a table is as wide as the terminal."""
LONGEST_BEFORE = 64
GAP = "   "


def table(
    derivation: Derivation, lines: Lines, width: int = WIDTH, notation: Notation = NIELSEN
) -> str:
    """The derivation in lines of at most `width` characters, code that is longer apart."""
    return _Table(story(derivation, lines, fold=True), width, notation).text()


class _Table:
    def __init__(self, told: Story, width: int, notation: Notation) -> None:
        self.told, self.width = told, width
        self.printer = TextPrinter(notation)
        self.printer.penalty = penalty(told.derivation, told.rule)
        self.words = Sentences(told.derivation, self.printer)
        self.digits = len(str(max((entry.number for entry in told.entries), default=1)))
        self.has_code = any(entry.line for entry in told.entries)

    def text(self) -> str:
        rows = self.scalar_rows() if self.told.scalar else self.rows()
        parts = [self.head(), *rows]
        if not self.told.scalar:
            parts.append([self.why_title(), *self.why()])
        notes = self.notes()
        if notes:
            parts.append(notes)
        return "\n\n".join("\n".join(line.rstrip() for line in part) for part in parts)

    def head(self) -> list[str]:
        told = self.told.derivation
        title = self.wrapped(self.words.goal(self.told.scalar), 0, "    ")
        if self.told.scalar:
            return title
        given = [f"{self.words.name(s)} {self.shape(s)}".strip() for s in givens(told)]
        if self.printer.penalty:
            given.append(f"{self.printer.strength().text} = {self.printer.penalty:g}")
        made = [*title, *self.wrapped(f"given {', '.join(shortened(given))}", 0, "      ")]
        for text in self.program_names():
            made += self.wrapped(text, 0, "")
        return made

    def program_names(self) -> list[str]:
        """What the NumPy calls the quantities, where that is something else."""
        if not self.has_code:
            return []
        told = [entry.step.symbol for entry in self.told.entries]
        return program_names(self.words, [*givens(self.told.derivation), *told])

    def shape(self, symbol: Symbol) -> str:
        """The sizes of a quantity in the order of its indices, for a mini-batch beside NumPy."""
        batch = self.has_code and self.told.derivation.batch is None
        return shape_of(self.printer.notation.shape(symbol, batch))

    def equation(self, step: Step, formula: Node | None = None) -> str:
        return equation(self.printer, step, formula)

    def rows(self) -> list[list[str]]:
        """The sections with their columns."""
        entries = self.told.entries
        left = {e.number: self.equation(e.step, e.formula) for e in entries}
        shapes = {e.number: self.shape(e.step.symbol) for e in entries}
        code = {e.number: max(map(len, e.line.code)) if e.line else 0 for e in entries}
        margin = self.digits + 3
        shape_width = max(len("shape"), *map(len, shapes.values()))
        room = self.width - margin - 2 * len(GAP) - shape_width
        column = _column([(len(left[k]), code[k]) for k in left], room)
        sections: list[list[str]] = []
        for section in self.told.sections:
            made: list[str] = []
            for entry in section.entries:
                made += self.row(
                    entry, left[entry.number], shapes[entry.number], column, shape_width
                )
            head = section.title
            if not sections:
                numpy = "NumPy" if self.has_code else ""
                head = f"{head:<{margin + column}}{GAP}{'shape':<{shape_width}}{GAP}{numpy}"
            sections.append([head, *made])
        return sections

    def row(self, entry: Entry, left: str, shape: str, column: int, shape_width: int) -> list[str]:
        margin = self.digits + 3
        before = (
            self.wrapped(skipped_note(entry, self.words), margin, "  ") if entry.skipped else []
        )
        return before + self.shown(entry, left, shape, column, shape_width)

    def shown(
        self, entry: Entry, left: str, shape: str, column: int, shape_width: int
    ) -> list[str]:
        margin = self.digits + 3
        code = list(entry.line.code) if entry.line else []
        at = margin + column + len(GAP) + shape_width + len(GAP)
        folded = self.wrapped(left, margin, "    ")
        number = f"{entry.number:>{self.digits + 1}}  "
        first = number + folded[0][margin:]
        beside = code and len(first) <= margin + column and at + max(map(len, code)) <= self.width
        if beside:
            start = f"{first:<{margin + column}}{GAP}{shape:<{shape_width}}{GAP}"
            return [start + code[0], *(" " * at + line for line in code[1:])]
        if len(folded) == 1 and len(first) <= margin + column:
            made = [f"{first:<{margin + column}}{GAP}{shape}"]
        else:
            folded = self.wrapped(f"{left}{GAP}{shape}".rstrip(), margin, "    ")
            made = [number + folded[0][margin:], *folded[1:]]
        pad, room = " " * (margin + 4), self.width - margin - 4
        return made + [pad + text for line in code for text in source(line, room)]

    def scalar_rows(self) -> list[list[str]]:
        """Formulas with their reasons beside them."""
        entries = self.told.entries
        left = {e.number: self.equation(e.step, e.formula) for e in entries}
        margin = self.digits + 3
        column = min(max(map(len, left.values())), self.width // 2)
        sections: list[list[str]] = []
        for section in self.told.sections:
            made: list[str] = []
            for entry in section.entries:
                start = f"{entry.number:>{self.digits + 1}}  {left[entry.number]}"
                reason = self.scalar_reason(entry.step)
                at = margin + column + len(GAP)
                if len(start) > margin + column:
                    made += self.wrapped(start, 0, " " * (margin + 4))
                    start = ""
                lines = self.wrapped(reason, at, "") if reason else [""]
                made += [f"{start:<{at}}{lines[0].lstrip()}", *lines[1:]]
            sections.append([section.title, *made])
        return sections

    def scalar_reason(self, step: Step) -> str:
        if step.wrt is None:
            return "; ".join(self.words.sentence(mark.reason) for mark in step.rewrites)
        clauses = self.words.reasons(step)
        chain, equals, product = self.words.chain(step).partition(" = ")
        if equals and chain.startswith("∂"):
            local = ", ".join(self.words.causes.locals(step)) if step.through else ""
            return f"chain rule: {product}, where {local}" if local else f"chain rule: {product}"
        return "; ".join(clauses[1:] or clauses)

    def why_title(self) -> str:
        """The head of the reasons, which also have the steps that are written out above."""
        shown = self.told.entries
        folded = sorted({self.told.numbers[s.symbol] for entry in shown for s in entry.where})
        if not folded:
            return "why"
        which = self.words.listed(shortened(list(map(str, folded))))
        steps, are = ("step", "is") if len(folded) == 1 else ("steps", "are")
        return f"why ({steps} {which} {are} written out above)"

    def why(self) -> list[str]:
        """A line of reason for each step back, and for steps that were rewritten.

        Steps that are written out where they are used have theirs before the step that does it.
        """
        made: list[str] = []
        for entry in self.told.entries:
            folded = sorted(entry.where, key=lambda step: self.told.numbers[step.symbol])
            for step in (*folded, entry.step):
                texts = [self.reason(step, folded)] if step.wrt is not None else []
                texts += [self.rewriting(step, mark) for mark in step.rewrites]
                for text in texts:
                    number = f"{self.told.numbers[step.symbol]:>{self.digits + 1}}  "
                    number = number if text is texts[0] else ""
                    lines = self.wrapped(text, self.digits + 3, "  ")
                    made += [number + lines[0][len(number) :], *lines[1:]]
        return made

    def reason(self, step: Step, folded: Sequence[Step]) -> str:
        """The chain rule with what it comes to, and why there is a sum."""
        words, causes = self.words, self.words.causes
        value = self.equation(step).partition(" = ")[2]
        if not causes.known(step):
            text = f"{causes.called(step)} = {value}" if step in folded else words.chain(step)
            if step.through and step not in folded:
                text = f"{causes.called(step)}: {text}"
            factor = words.factor(step)
            return f"{text}{': ' if step in folded else '; '}{factor}" if factor else text
        text = causes.called(step) + words.chain(step).removeprefix(causes.left(step))
        text += f" = {value}" if step in folded else ""
        why = causes.sum(step)
        text += f", since {why}" if why else ""
        local = "" if step in folded else ", ".join(causes.locals(step))
        return f"{text}{'; ' if why else ', where '}{local}" if local else text

    def rewriting(self, step: Step, mark: Rewriting) -> str:
        """The identity used, and the formula before it where that is short."""
        before = equation(self.printer, step, mark.before).partition(" = ")[2]
        reason = self.words.sentence(mark.reason)
        return f"from {before}: {reason}" if len(before) <= LONGEST_BEFORE else reason

    def notes(self) -> list[str]:
        made: list[str] = []
        for function, primed in explained(self.told):
            equations = function_equations(function, self.printer, primed)
            about = in_words(function)
            if about:
                name = called(function, self.printer)
                equations = [f"{name}: {about}", *equations]
            if equations:
                made += self.wrapped(",  ".join(equations), 0, "  ")
        softmax = softmax_equation(self.told, self.printer)
        made += self.wrapped(softmax, 0, "  ") if softmax else []
        for convention in self.told.conventions:
            made += self.wrapped(convention, 0, "  ")
        mean = mean_note(self.told, self.words)
        return made + (self.wrapped(mean, 0, "") if mean else [])

    def wrapped(self, text: str, margin: int, hanging: str) -> list[str]:
        """Lines within the width, after a margin; further lines after a hanging indent too."""
        return wrap(text, self.width, " " * margin, " " * margin + hanging)


def equation(printer: TextPrinter, step: Step, formula: Node | None = None) -> str:
    """A step on a line; a formula that is too long to be written out is only counted."""
    try:
        return " ".join(printer.equation(step, formula))
    except TooLong:
        return f"{printer.name(step.symbol)} = {printer.dots}"


def _column(rows: Sequence[tuple[int, int]], room: int) -> int:
    """The width of the formulas with which most rows, formula and code, fit into the room."""

    def beside(width: int) -> int:
        return sum(1 for formula, code in rows if formula <= width and code <= room - width)

    widths = sorted({formula for formula, _ in rows if formula <= room}) or [room]
    return max(widths, key=lambda width: (beside(width), -width))
