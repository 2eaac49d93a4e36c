"""Steps, derivations and networks as notebooks show them: HTML with MathML, and LaTeX."""

from __future__ import annotations

import sys
from html import escape
from typing import Any

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Node, Step
from glassprop.models.architecture import Architecture
from glassprop.show.document.notes import mean_note
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.printer import Printer, TooLong
from glassprop.show.notation.l2_penalty import penalty
from glassprop.show.outline.code_lines import Lines, shape_of
from glassprop.show.outline.outline import story
from glassprop.show.sentences.sentences import Sentences
from glassprop.show.writers.html import asset
from glassprop.show.writers.html_parts import coded, mathematics
from glassprop.show.writers.markdown import aligned


def step_html(step: Step) -> str:
    """A step as a formula, with what it is."""
    meaning = f'<div class="note">{escape(step.meaning)}</div>' if step.meaning else ""
    return _framed(f"<div>{_formula(step)}</div>{meaning}")


def step_latex(step: Step) -> str:
    """A step as a displayed formula."""
    return f"$\\displaystyle {' '.join(_row(LatexPrinter(), step))}$"


def derivation_html(derivation: Derivation, lines: Lines) -> str:
    """A derivation as a table: formulas, shapes and NumPy side by side."""
    return _framed(_table(derivation, lines))


def derivation_latex(derivation: Derivation, lines: Lines) -> str:
    """A derivation as aligned equations."""
    printer = LatexPrinter()
    printer.penalty = penalty(derivation, lines.rule)
    entries = story(derivation, lines, fold=True).entries
    return f"$${aligned([_row(printer, e.step, e.formula) for e in entries])}$$"


def network_html(title: str, architecture: Architecture, derivation: str) -> str:
    """A network as a table of its layers, with its derivation folded in below.

    Args:
        title: what it is.
        architecture: its layers.
        derivation: the derivation of its gradients as a notebook shows it.
    """
    heads = ("layer", "units", "activation", "parameters")
    shapes = architecture.shapes()
    layers = [
        (k, one.units, one.activation.name, f"W{k} {shapes[f'W{k}']}, b{k} {shapes[f'b{k}']}")
        for k, one in enumerate(architecture.layers, 1)
    ]
    head = "".join(f'<th scope="col">{text}</th>' for text in heads)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in layer)}</tr>" for layer in layers
    )
    table = f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{rows}</table>"
    return _framed(f"{table}<details><summary>derivation</summary>{derivation}</details>")


def register() -> None:
    """Have a notebook that is running show steps as formulas; nothing outside of one."""
    module = sys.modules.get("IPython")
    shell: Any = module and getattr(module, "get_ipython", lambda: None)()
    if shell is not None:
        formatters = shell.display_formatter.formatters
        formatters["text/html"].for_type(Step, step_html)
        formatters["text/latex"].for_type(Step, step_latex)


def _framed(body: str) -> str:
    style = asset("notebook.css")
    return f'<div class="glassprop"><style>{style}</style>{body}</div>'


def _table(derivation: Derivation, lines: Lines) -> str:
    printer = MathmlPrinter()
    printer.penalty = penalty(derivation, lines.rule)
    names = {symbol.name for symbol in derivation.givens} | {step.name for step in derivation}
    made: list[str] = []
    told = story(derivation, lines, fold=True)
    for section in told.sections:
        made.append(f'<tr><th colspan="4" scope="colgroup">{section.title}</th></tr>')
        for entry in section.entries:
            line = entry.line
            shape = line.shape if line else shape_of(entry.step.shape)
            code = coded("\n".join(line.code), names) if line and not told.scalar else ""
            cells = (
                str(entry.number),
                _formula(entry.step, entry.formula, printer),
                escape(shape),
                code,
            )
            made.append(f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    words = Sentences(derivation, printer, mathematics, escape)
    note = mean_note(told, words)
    below = f'<div class="note">{note}</div>' if note else ""
    return f'<div class="scroll"><table>{"".join(made)}</table></div>{below}'


def _formula(step: Step, formula: Node | None = None, printer: Printer | None = None) -> str:
    row = _row(printer or MathmlPrinter(), step, formula)
    return mathematics("".join(row), ' display="block"')


def _row(printer: Printer, step: Step, formula: Node | None = None) -> tuple[str, str, str]:
    try:
        return printer.equation(step, formula)
    except TooLong:
        return printer.name(step.symbol), printer.equals, printer.dots
