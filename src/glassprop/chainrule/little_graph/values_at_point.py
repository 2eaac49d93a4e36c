"""Numbers for the symbols of a scalar derivation, and errors where a step has no value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from numbers import Real
from typing import NoReturn

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.infix import infix, number
from glassprop.chainrule.little_graph.forward_and_reverse import Edge
from glassprop.chainrule.little_graph.graph_copies import Unfolding
from glassprop.errors import FormulaError, nearest
from glassprop.formula.algebra import rewrite
from glassprop.formula.conditions import strong_zeros
from glassprop.formula.derivatives import derivative
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Add, Const, Contract, Map, Node, Step, Symbol, symbols, walk
from glassprop.formula.stability.exponential_identities import stabilised
from glassprop.formula.stability.reciprocals import divided_twice
from glassprop.formula.stability.scaled_exponentials import without_overflow
from glassprop.formula.user.statement import spelled_out


def checked_values(derivation: Derivation, values: Mapping[str, object]) -> dict[str, float]:
    """The values as finite floats, in the order of the derivation's givens.

    Raises:
        FormulaError: for a missing or unknown name, or a value that is not a finite number.
    """
    needed = [symbol.name for symbol in derivation.givens]
    steps = {step.name for step in derivation.steps}
    asked = [symbol.name for symbol in derivation.gradients if symbol.name not in steps]
    known = sorted({*asked, *needed})
    for name in values:
        if name in steps:
            raise FormulaError(
                f"{name} is worked out from {', '.join(needed)}; give values for these only"
            )
        if name not in known:
            hint = nearest(name, known) if known else "it has no symbols"
            raise FormulaError(f"the formula has no {name!r}; {hint}")
    for name in needed:
        if name not in values:
            raise FormulaError(
                f"{name} has no value; give one, as in {name}=2 (needed: {', '.join(needed)})"
            )
    return {name: _finite(name, values[name]) for name in known if name in values}


def _finite(name: str, value: object) -> float:
    if not isinstance(value, bool) and isinstance(value, Real):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return number
    raise FormulaError(f"{name}={value!r}: expected a finite number")


LARGEST = 400
"""Parts of a formula up to which it is written without overflow, to compare with."""


class Point:
    """A derivation's values at one point.

    A step may be infinite or undefined where it does not count: a condition that does not hold
    leaves it out, or what uses it has a limit that is the value of the whole formula, written so
    that nothing in it overflows.

    Args:
        derivation: whose steps have no axes.
        given: the numbers that are given, by name.

    Raises:
        FormulaError: for a step with axes, or if the result has no finite value here.

    Attributes:
        values: the number that each given quantity and each step is, by name.
        undefined: the backward steps without a number, with what they are derivatives with
            respect to.
    """

    def __init__(self, derivation: Derivation, given: Mapping[str, float]) -> None:
        for step in derivation.steps:
            odd = next((node for node in walk([step.formula]) if node.axes or _foreign(node)), None)
            if odd is not None:
                raise FormulaError(
                    f"paths are for formulas of numbers; {step.name} is made of tensors: {odd!r}"
                )
        self.derivation = derivation
        self.given = dict(given)
        steps = [replace(s, formula=rewrite(s.formula, divided_twice)) for s in derivation.steps]
        self.unfolding = Unfolding(steps)
        images = [self.unfolding.done[step.symbol] for step in derivation.steps]
        found = evaluate(images, self.given)
        numbers = [float(found[image]) for image in images]
        names = [step.name for step in derivation.steps]
        self.values = self.given | dict(zip(names, numbers, strict=True))
        self.zeros = strong_zeros(found)
        self.undefined = {
            step.name: step.wrt.name
            for step in derivation.backward
            if isinstance(step.wrt, Symbol) and not math.isfinite(self.values[step.name])
        }
        self._require_result()

    def numbers(self, formulas: Sequence[Node]) -> list[tuple[float, bool]]:
        """The values of formulas of the steps' symbols, and which of them are strong zeros."""
        images = [self.unfolding.image(rewrite(u, divided_twice)) for u in formulas]
        found = evaluate(images, self.given)
        zeros = strong_zeros(found)
        return [(float(found[image]), image in zeros) for image in images]

    def _require_result(self) -> None:
        """Refuse an infinite result, and one that is lost on the way through an infinite step."""
        infinite = [s for s in self.derivation.forward if not math.isfinite(self.values[s.name])]
        if not infinite:
            return
        used = {step.symbol for step in infinite}
        for step in self.derivation.forward:
            value = self.values[step.name]
            passed = any(symbol in used for symbol in symbols(step.formula))
            if not (passed and math.isfinite(value)) or self._chosen(step.formula):
                continue
            if not _close(value, self._exact(self.unfolding.done[step.symbol], self.given)):
                self._refuse_step(infinite[0])
        if not math.isfinite(self.values[self.derivation.cost.name]):
            self._refuse_step(infinite[0])

    def _chosen(self, formula: Node) -> bool:
        """Whether a condition decides that what is infinite does not count."""
        chooses = isinstance(formula, Map) and formula.function.name == "where"
        return chooses or self.unfolding.image(formula) in self.zeros

    def check(self, edges: Sequence[Edge], doubtful: Mapping[tuple[str, str], float]) -> None:
        """Compare derivatives in which 0 was taken for 0 · ∞ with formulas without overflow.

        Raises:
            FormulaError: where they differ, naming the first step or local derivative that is not
                a finite number.
        """
        for (target, source), value in doubtful.items():
            unfolding = Unfolding(self.derivation.forward, kept=source)
            root = unfolding.named(target)
            slope = derivative(root, unfolding.named(source))
            if not _close(value, self._exact(slope, self.values)):
                self._refuse(edges)

    def require(self, edges: Sequence[Edge], slope: float) -> None:
        """Refuse a derivative that is not a finite number, by the first local one that is not."""
        if not math.isfinite(slope):
            self._refuse(edges)

    def _exact(self, root: Node, values: Mapping[str, float]) -> float:
        """The value of a formula, written so that it does not overflow on the way."""
        if sum(1 for _ in walk([root])) > LARGEST:
            return math.nan
        made = without_overflow(stabilised(spelled_out(root)))
        used = {symbol.name: values[symbol.name] for symbol in symbols(made)}
        return float(evaluate([made], used)[made])

    def _refuse(self, edges: Sequence[Edge]) -> NoReturn:
        for step in self.derivation.forward:
            for edge in edges:
                if edge.target == step.name and not math.isfinite(edge.value):
                    what = f"∂{edge.target}/∂{edge.source} = {infix(edge.formula)}"
                    self._raise(edge.formula, f"{what} is not defined at this point")
            if not math.isfinite(self.values[step.name]):
                self._refuse_step(step)
        raise FormulaError(
            f"the derivative of {self.derivation.cost.name} is too large for a floating-point "
            "number at this point"
        )

    def _refuse_step(self, step: Step) -> NoReturn:
        what = f"{step.name} = {infix(step.formula)} has no value at this point"
        self._raise(step.formula, what)

    def _raise(self, root: Node, trouble: str) -> NoReturn:
        used = {symbol.name: self.values[symbol.name] for symbol in symbols(root)}
        found = evaluate([root], used)
        for node in walk([root]):
            if not math.isfinite(found[node]):
                parts = [float(found[part]) for part in node.parts]
                raise FormulaError(f"{trouble}: {_cause(node, parts)}")
        raise FormulaError(trouble)


def _close(value: float, exact: float) -> bool:
    return math.isclose(value, exact, rel_tol=1e-9, abs_tol=1e-300)


def _foreign(node: Node) -> bool:
    return not isinstance(node, (Symbol, Const, Add, Contract, Map))


CAUSES: Mapping[str, Callable[[str], str]] = {
    "reciprocal": lambda v: f"a division by {v}",
    "log": lambda v: f"the logarithm of {v}, which is not positive",
    "sqrt": lambda v: f"the square root of {v}, which is negative",
}


def _cause(node: Node, parts: list[float]) -> str:
    if isinstance(node, Map) and len(parts) == 1 and (node.function.name != "reciprocal"):
        what = f"{infix(node.operands[0])} = {number(parts[0])}"
        in_domain = node.function.name in ("log", "sqrt") and parts[0] > 0
        if node.function.name in CAUSES and not in_domain:
            return CAUSES[node.function.name](what)
        return f"{infix(node)} is not a finite number at {what}"
    if isinstance(node, Map) and len(parts) == 1:
        return CAUSES["reciprocal"](f"{infix(node.operands[0])} = {number(parts[0])}")
    return f"{infix(node)} is too large for a floating-point number"
