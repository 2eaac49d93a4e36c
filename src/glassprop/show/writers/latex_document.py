"""A derivation in full as a LaTeX document that needs amsmath and amssymb only."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.errors import FormulaError
from glassprop.show.document.typesetting import Numbers, Row
from glassprop.show.formulas.latex_breaks import WIDEST, broken, width
from glassprop.show.notation.quantity_names import GREEK
from glassprop.show.numbers.heat_map import cells
from glassprop.show.writers.dollar_document import DollarDocument

HEAD = r"""\documentclass[11pt,a4paper]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage[margin=22mm]{geometry}
\usepackage{longtable}
\usepackage{color}
\usepackage{amsmath}
\usepackage{amssymb}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\allowdisplaybreaks
\begin{document}
"""
FOOT = r"\end{document}" + "\n"
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
} | {sign: "\\" + sign for sign in "#$%&_{}"}
SIGNS = {
    "−": "-",
    "·": r"\cdot ",
    "′": "'",
    "∂": r"\partial ",
    "Σ": r"\sum ",
    "²": "^2",
    "½": r"\tfrac{1}{2}",
    "⅓": r"\tfrac{1}{3}",
    "¼": r"\tfrac{1}{4}",
    "≤": r"\le ",
    "≥": r"\ge ",
    "∞": r"\infty ",
    "√": r"\sqrt{}",
    "→": r"\to ",
    "…": r"\ldots ",
} | {sign: f"\\{name} " for name, sign in GREEK.items() if name not in ("omicron", "Sigma")}
IN_SOURCE = str.maketrans({"∂": "d", "…": "...", "−": "-", "′": "'"})
"""Glyphs in comments of source, which is set as it is."""
PUNCTUATION = "–—‘’“”"


def escape(text: str) -> str:
    """A sentence as LaTeX; mathematical signs are set as such.

    Raises FormulaError for letters that a plain LaTeX document cannot set.
    """
    made: list[str] = []
    for sign in text:
        if sign in SIGNS:
            made.append(f"${SIGNS[sign].strip()}$")
        elif sign.isascii():
            made.append(SPECIAL.get(sign, sign))
        elif "\u00c0" <= sign <= "\u017f" or sign in PUNCTUATION:
            made.append(sign)
        else:
            raise FormulaError(f"{text!r} has the letter {sign!r}, which LaTeX cannot set")
    return "".join(made).replace("$$", " ")


class TexDocument(DollarDocument):
    """Sections of numbered steps, equations displayed, NumPy verbatim."""

    gap = "\n"
    numbered = r"\medskip\textbf{{{}.}} {}"

    def prose(self, text: str) -> str:
        """Escaped."""
        return escape(text)

    def title(self, text: str) -> str:
        """Large, in bold."""
        return rf"{{\Large\bfseries {text}\par}}"

    def heading(self, text: str) -> str:
        """A section without a number."""
        return rf"\section*{{{text}}}"

    def subheading(self, text: str) -> str:
        """A part of a section, without a number."""
        return rf"\subsection*{{{text}}}"

    def display(self, text: str) -> str:
        """A displayed equation, over several lines if it is long."""
        first, *others = broken(text)
        if others:
            lines = [f"&{first}", *(rf"&\qquad {line}" for line in others)]
            joined = " \\\\\n".join(lines)
            text = f"\\begin{{aligned}}\n{joined}\n\\end{{aligned}}"
        return f"\\[\n{text}\n\\]"

    def equations(self, rows: Sequence[Row]) -> str:
        """Aligned at the signs; a page may end between two."""
        lines: list[str] = []
        for left, sign, right in rows:
            first, *others = broken(right, WIDEST - width(left))
            lines += [f"{left} &{sign} {first}", *(rf"&\qquad {line}" for line in others)]
        return "\n".join([r"\begin{align*}", " \\\\\n".join(lines), r"\end{align*}"])

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        """A table that may go over pages, with its head on each."""
        columns = "l" * (len(head) - 1) + r"p{0.45\linewidth}"
        top = " & ".join(rf"\textbf{{{cell}}}" for cell in head)
        made = [rf"\begin{{longtable}}[l]{{@{{}}{columns}@{{}}}}", rf"{top} \\ \hline \endhead"]
        made += [" & ".join(row) + r" \\" for row in rows]
        return "\n".join([*made, r"\end{longtable}"])

    def code(self, text: str) -> str:
        """Verbatim, in letters so small that lines of source fit."""
        plain = text.rstrip().translate(IN_SOURCE)
        return "\n".join([r"{\footnotesize", r"\begin{verbatim}", plain, r"\end{verbatim}", "}"])

    def heatmap(self, array: Numbers, caption: str) -> str:
        """Squares in shades of grey, the largest numbers black."""
        rows = [
            "".join(rf"\textcolor[gray]{{{1 - cell:.2f}}}{{\rule{{5pt}}{{5pt}}}}" for cell in row)
            for row in cells(array)
        ]
        picture = "\\\\\n".join(rows)
        return f"{caption}\n\n{{\\lineskip=0pt\\baselineskip=5pt\\noindent {picture}\\par}}"

    def whole(self, parts: list[str]) -> str:
        """Between the preamble and the end of the document."""
        return HEAD + "\n" + "\n\n".join(parts) + "\n\n" + FOOT
