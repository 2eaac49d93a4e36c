"""A derivation in full as Markdown with the mathematics that GitHub renders."""

from __future__ import annotations

from glassprop.show.document import Document
from glassprop.show.latex import LatexPrinter
from glassprop.show.story import Entry

ESCAPED = str.maketrans({sign: "\\" + sign for sign in "\\`*_{}[]<>$|~"})


class MarkdownDocument(Document):
    """Sections of numbered steps, formulas in `math` blocks, NumPy in `python` blocks."""

    printer = LatexPrinter()

    def math(self, text: str) -> str:
        """Between dollar signs."""
        return f"${text}$"

    def prose(self, text: str) -> str:
        """With the signs escaped that Markdown gives a meaning."""
        return text.translate(ESCAPED)

    def title(self, text: str) -> str:
        """First level."""
        return f"# {text}"

    def heading(self, text: str) -> str:
        """Second level."""
        return f"## {text}"

    def paragraph(self, text: str) -> str:
        """As it is."""
        return text

    def display(self, text: str) -> str:
        """A block of mathematics."""
        return f"```math\n{text}\n```"

    def entry(self, entry: Entry) -> str:
        """Number and meaning, equation, other forms, reason, NumPy."""
        step = entry.step
        made = [f"**{entry.number}.** {self.meaning(step)}".strip()]
        made.append(self.display(self.equation(step, entry.formula)))
        softmax = self.softmax(step)
        if softmax:
            made += ["that is, the softmax", self.display(softmax)]
        for before, identity in self.rewritings(entry):
            made += ["from", self.display(before), f"by: {identity}."]
        reason = self.reason(step)
        if reason:
            made.append(f"{reason[0].upper()}{reason[1:]}.")
        if entry.line and not self.told.scalar:
            code = list(entry.line.code)
            if entry.line.shape:
                code[-1] += f"  # {entry.line.shape}"
            made.append("\n".join(["```python", *code, "```"]))
        return "\n\n".join(made)

    def whole(self, parts: list[str]) -> str:
        """With an empty line between."""
        return "\n\n".join(parts) + "\n"
