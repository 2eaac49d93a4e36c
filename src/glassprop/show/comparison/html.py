"""A comparison as one page of HTML: side by side, below each other where the page is narrow.

What differs is underlined as well as coloured; every row says in words what becomes of the step.
"""

from __future__ import annotations

from functools import cache
from html import escape
from pathlib import Path

from glassprop.comparison.compare import Change
from glassprop.show.comparison.outline import SIGNS, Telling, sign_of
from glassprop.show.comparison.rows import MarkedMathml, Row, marked_nodes, printed
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.writers.html_parts import bare, broken, mathematics, whole_page

ASSETS = Path(__file__).parents[1] / "assets"
LONG = 36
"""Characters beyond which a formula may break before =, + and −."""


def diff_page(telling: Telling) -> str:
    """The comparison as a page that needs nothing else."""
    title = bare(telling.sentences(MarkedMathml(), mathematics, escape).title)
    return whole_page(title, _style(), _body(telling))


def diff_fragment(telling: Telling) -> str:
    """The comparison as a part of another page, such as a notebook."""
    return f"<style>{_style()}</style>{_body(telling)}"


def _body(telling: Telling) -> str:
    told = telling.sentences(MarkedMathml(), mathematics, escape)
    labels = [escape(label) for label in telling.called()]
    made = [f"<h1>{told.title}</h1>", _legend(telling)]
    for title, rows in telling.sections():
        heads = "".join(f'<th scope="col">{label}</th>' for label in labels)
        body = "\n".join(_row(row, labels) for row in rows)
        made.append(
            f"<h2>{escape(title.capitalize())}</h2>\n"
            f'<table><thead><tr><th scope="col"><span class="hidden">what becomes of it</span></th>'
            f"{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
        )
    if told.reasons:
        items = "".join(f"<dt>{name}</dt><dd>{text}</dd>\n" for name, text in told.reasons)
        made.append(f"<h2>Why</h2>\n<dl>\n{items}</dl>")
    made += [f"<p>{note}</p>" for note in told.notes]
    return '<main class="glassprop-diff">\n' + "\n".join(made) + "\n</main>"


def _legend(telling: Telling) -> str:
    items = "".join(
        f'<li><span class="sign" aria-hidden="true">{sign}</span> {SIGNS[sign]}</li>'
        for sign in telling.signs()
    )
    return f'<ul class="legend">{items}</ul>'


def _row(row: Row | str, labels: list[str]) -> str:
    if isinstance(row, str):
        return f'<tr class="more"><td colspan="3">{escape(row)}</td></tr>'
    change = row.change
    sign = sign_of(change)
    kind = "affected" if change.affected else change.kind
    cells = "".join(
        f'<td data-side="{label}">{_side(change, left)}</td>'
        for label, left in zip(labels, (True, False), strict=True)
    )
    said = f'<span aria-hidden="true">{sign}</span><span class="hidden">{SIGNS[sign]}</span>'
    return f'<tr class="{kind}"><th scope="row">{said}</th>{cells}</tr>'


def _side(change: Change, left: bool) -> str:
    step = change.left if left else change.right
    formula = change.left_formula if left else change.right_formula
    if step is None or formula is None:
        return '<span class="none">—</span>'
    made = printed(MarkedMathml(), step, formula, marked_nodes(change, left))
    text = f"{made.left}{made.sign}{made.right}"
    pieces = broken(made.sign + made.right) if len(plain(text)) > LONG else [""]
    pieces = [made.left + pieces[0], *pieces[1:]] if pieces[0] else [text]
    formulas = "".join(mathematics(piece, ' display="block"') for piece in pieces)
    return f'<div class="scroll">{formulas}</div>'


@cache
def _style() -> str:
    return (ASSETS / "diff.css").read_text(encoding="utf-8")
