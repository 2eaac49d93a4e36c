"""What stands in the picture of a formula of numbers: names, formulas, and numbers for the eye."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassprop.chainrule.infix import number
from glassprop.chainrule.little_graph.forward_and_reverse import Edge, Path
from glassprop.chainrule.little_graph.paths import Evaluation
from glassprop.formula.nodes import Step, Symbol
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.text import TextPrinter

DIGITS = 4
LONGEST_EXACT = 7
LONGEST_LOCAL = 18
ROUNDED = f"≈ stands before a number that is rounded to {DIGITS} digits."


def rounded(value: float) -> str:
    """A number for the eye: exact if that is short."""
    exact = number(value)
    short = len(exact.lstrip("-")) <= LONGEST_EXACT or not math.isfinite(value)
    text = exact if short else f"{value:.{DIGITS}g}"
    return text.replace("-", "−")


def equal_to(value: float) -> str:
    """The number with = before it, or ≈ if it is rounded."""
    text = rounded(value)
    if not math.isfinite(value):
        return f"= {text}"
    return f"{'=' if float(text.replace('−', '-')) == value else '≈'} {text}"


class Wording:
    """The words of one evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.printer = TextPrinter()
        derivation = evaluation.derivation
        self.steps: dict[str, Step] = {step.name: step for step in derivation.forward}
        listed = (*derivation.givens, *derivation.gradients)
        self.symbols: dict[str, Symbol] = {symbol.name: symbol for symbol in listed}
        self.symbols |= {name: step.symbol for name, step in self.steps.items()}

    def name(self, quantity: str) -> str:
        """A quantity as it is written."""
        return self.printer.name(self.symbols[quantity])

    def quotient(self, of: str, by: str) -> str:
        """A derivative: ∂e/∂b."""
        named = self.printer.named
        return self.printer.quotient(named(self.symbols[of], ()), named(self.symbols[by], ())).text

    def formula(self, quantity: str) -> str:
        """A quantity with its formula if it has one: c = a + b."""
        step = self.steps.get(quantity)
        if step is None:
            return self.name(quantity)
        try:
            return " ".join(self.printer.equation(step))
        except TooLong:
            return f"{self.name(quantity)} = …"

    def value(self, quantity: str) -> str:
        """The number that a quantity is: = 3; nothing if it has not been given."""
        found = self.evaluation.values.get(quantity)
        return "" if found is None else equal_to(found)

    def local(self, edge: Edge, whole: bool = False) -> str:
        """A local derivative: ∂e/∂c = d = 2; without its formula where that is long."""
        value = equal_to(edge.value)
        left = self.quotient(edge.target, edge.source)
        try:
            formula = self.printer.formula(edge.formula)
        except TooLong:
            formula = ""
        long = len(formula) > LONGEST_LOCAL and not whole
        if not formula or long or f"= {formula}" == value:
            return f"{left} {value}"
        return f"{left} = {formula} {value}"

    def derivative_step(self, quantity: str) -> str | None:
        """Name of the step that is the derivative with respect to a quantity, if there is one."""
        of = self.symbols[quantity]
        for step in self.evaluation.derivation.backward:
            if step.wrt is of:
                return step.name
        return None

    def trail(self, path: Path) -> str:
        """The quantities on a path: b → c → e."""
        return " → ".join(map(self.name, path.nodes))

    def product(self, path: Path) -> str:
        """The product along a path: 1 · 2 = 2."""
        if len(path.edges) < 2:
            return equal_to(path.product)
        factors = " · ".join(_within(edge.value) for edge in path.edges)
        return f"{factors} {_chained(path.product, [edge.value for edge in path.edges])}"

    def derivative(self, start: str) -> str:
        """What the derivative with respect to a quantity is: ∂e/∂b = 5."""
        evaluation = self.evaluation
        return (
            f"{self.quotient(evaluation.result, start)} {equal_to(evaluation.derivatives[start])}"
        )

    def total(self, start: str) -> str:
        """The sum over all paths: ∂e/∂b = 2 + 3 = 5."""
        evaluation = self.evaluation
        found = evaluation.derivatives[start]
        paths = evaluation.paths[start]
        if not 1 < len(paths) <= 6 or len(paths) < evaluation.path_counts[start]:
            return self.derivative(start)
        left = self.quotient(evaluation.result, start)
        terms = " + ".join(_within(path.product) for path in paths)
        products = [path.product for path in paths]
        sign = "=" if all(map(_exact, products)) else "≈"
        return f"{left} {sign} {terms} {_chained(found, products)}"

    def point(self) -> str:
        """Where: a = 2, b = 1."""
        given = [name for name in self.symbols if name not in self.steps]
        known = [name for name in given if name in self.evaluation.values]
        return ", ".join(f"{self.name(name)} {self.value(name)}" for name in known)

    def about(self, drawn: Sequence[Path]) -> str:
        """All of the picture in words, for those who cannot see it."""
        evaluation = self.evaluation
        values = [f"{self.formula(name)} {self.value(name)}".strip() for name in self.symbols]
        said = [f"Values: {'; '.join(values)}."]
        if evaluation.edges:
            local = "; ".join(self.local(edge, whole=True) for edge in evaluation.edges)
            said.append(f"Local derivatives: {local}.")
        for path in drawn:
            said.append(f"Path {self.trail(path)}: {self.product(path)}.")
        for start, mode in evaluation.forward.items():
            said.append(f"Sum over the paths from {self.name(start)}: {self.total(start)}.")
            said.append(f"Forward mode from {self.name(start)}: {mode.cost}.")
        said.append(f"Reverse mode from {self.name(evaluation.result)}: {evaluation.reverse.cost}.")
        return " ".join(said)


def _within(value: float) -> str:
    return f"({rounded(value)})" if value < 0 else rounded(value)


def _exact(value: float) -> bool:
    return equal_to(value).startswith("=")


def _chained(value: float, parts: Sequence[float]) -> str:
    """The result of an operation on printed numbers, ≈ if any of them is rounded."""
    sign = "=" if _exact(value) and all(map(_exact, parts)) else "≈"
    return f"{sign} {rounded(value)}"
