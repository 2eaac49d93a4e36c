"""What Markdown and LaTeX have in common: mathematics between dollar signs, steps as paragraphs."""

from __future__ import annotations

from glassprop.show.document.document import Document
from glassprop.show.document.steps import StepParts
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.outline.outline import Entry


class DollarDocument(Document):
    """A document in LaTeX's mathematics, whose formats say what stands around it.

    Attributes:
        gap: what is between the parts of a step.
        numbered: how a step begins, with places for its number and its meaning.
    """

    printing = LatexPrinter
    gap = "\n\n"
    numbered = "{}. {}"

    def math(self, text: str) -> str:
        """Between dollar signs."""
        return f"${text}$"

    def paragraph(self, text: str) -> str:
        """As it is."""
        return text

    def entry(self, entry: Entry) -> str:
        """Number and meaning, equation, other forms, reason, NumPy, numbers."""
        start = self.numbered.format(entry.number, self.meaning(entry.step)).strip()
        return self.gap.join([start, *map(self.shown, self.said(entry))])

    def shown(self, item: StepParts) -> str:
        """One thing that is said of a step."""
        if item.array is not None:
            return self.heatmap(item.array, item.text)
        if item.code:
            return self.code(item.code)
        if item.row is None:
            lead = f"{item.label}: " if item.kind == "by" else ""
            return capitalised(f"{lead}{item.text}.")
        lead = f"{item.label}, {item.text}:" if item.text else f"{item.label}:"
        display = self.display(" ".join(item.row))
        return f"{capitalised(lead)}{self.gap}{display}" if item.label else display


def capitalised(text: str) -> str:
    """With a capital letter at its start, unless that is mathematics."""
    return text[0].upper() + text[1:]
