"""Diagnoses of files as one page of HTML that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from glassprop.handwritten.file_diagnosis import FileDiagnosis, plain
from glassprop.show.writers.html_parts import stylesheet, whole_page

CLASSES = {"right": "right", "wrong": "wrong", "unsure": "precision"}


def page(found: Sequence[FileDiagnosis], hint: int, weights: Mapping[str, float]) -> str:
    """The whole page.

    Args:
        found: the diagnoses.
        hint: how much is told, 1 to 4.
        weights: of gradients in the mark.
    """
    heads = "".join(
        f'<th scope="col">{name}</th>' for name in ("file", "verdict", "mark", "first wrong")
    )
    rows = "\n".join(_row(k, one, weights) for k, one in enumerate(found))
    parts = [
        f"<h1>Backpropagation in {len(found):,} file{'s' if len(found) != 1 else ''}</h1>",
        f'<div class="scroll"><table><thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody></table></div>",
        *(_told(k, one, hint) for k, one in enumerate(found)),
    ]
    body = "\n".join(['<main class="glassprop-check">', *parts, "</main>"])
    return whole_page("Diagnoses", stylesheet("check.css"), body)


def _row(k: int, one: FileDiagnosis, weights: Mapping[str, float]) -> str:
    mark = "" if one.verdict == "unsure" else f"{100 * one.credit(weights):.0f} %"
    return (
        f'<tr><th scope="row"><a href="#file{k}">{escape(one.file)}</a></th>'
        f'<td class="{CLASSES[one.verdict]}">{one.verdict}</td><td class="number">{mark}</td>'
        f"<td>{escape(one.first_wrong)}</td></tr>"
    )


def _told(k: int, one: FileDiagnosis, hint: int) -> str:
    told = f'<pre style="white-space: pre-wrap">{escape(plain(one, hint))}</pre>'
    return f'<h2 id="file{k}">{escape(one.file)}</h2>\n{told}'
