"""A comparison as Markdown with mathematics, as GitHub sets it: a table, and the reasons below."""

from __future__ import annotations

from glassprop.comparison.compare import Change
from glassprop.show.comparison.outline import SIGNS, Telling, sign_of
from glassprop.show.comparison.rows import MarkedLatex, marked_nodes, printed


def diff_markdown(telling: Telling) -> str:
    """The comparison; what differs is underlined."""
    printer = MarkedLatex()
    told = telling.sentences(printer, _math, _prose)
    first, second = (_prose(label) for label in telling.called())
    lines = [f"# {told.title}", ""]
    for title, rows in telling.sections():
        lines += [f"## {title.capitalize()}", "", f"| | {first} | {second} |", "|---|---|---|"]
        for row in rows:
            if isinstance(row, str):
                lines.append(f"| | {row} | |")
                continue
            sides = [_side(printer, row.change, left) for left in (True, False)]
            lines.append(f"| {sign_of(row.change)} | {sides[0]} | {sides[1]} |")
        lines.append("")
    if told.reasons:
        lines += ["## Why", "", *(f"- {name}: {text}" for name, text in told.reasons), ""]
    for note in told.notes:
        lines += [note, ""]
    legend = ", ".join(f"{sign} {SIGNS[sign]}" for sign in telling.signs())
    return "\n".join([*lines, legend, ""])


def _side(printer: MarkedLatex, change: Change, left: bool) -> str:
    step = change.left if left else change.right
    formula = change.left_formula if left else change.right_formula
    if step is None or formula is None:
        return ""
    made = printed(printer, step, formula, marked_nodes(change, left))
    return _math(f"{made.left} {made.sign} {made.right}")


def _math(text: str) -> str:
    bars = text.replace("|", r"\vert ")  # a bar would end the cell of the table
    return f"${bars}$"


def _prose(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>#|$" else c for c in text)
