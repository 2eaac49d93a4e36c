"""Numbers for the symbols of a scalar derivation, and errors where a step has no value."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Real

import numpy as np

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.infix import infix, number
from glassprop.errors import FormulaError, nearest
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Add, Const, Contract, Map, Node, Step, Symbol, symbols, walk
from glassprop.formula.weights import is_weight


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


@dataclass(frozen=True)
class Point:
    """A derivation's values at one point."""

    derivation: Derivation
    values: dict[str, float]

    def slope(self, step: Step, source: Symbol, local: Node) -> float:
        """The value of ∂step/∂source.

        Raises:
            FormulaError: if the step has no derivative here.
        """
        what = f"∂{step.name}/∂{source.name} = {infix(local)}"
        return _value(local, self.values, f"{what} is not defined at this point")


def point(derivation: Derivation, given: Mapping[str, float]) -> Point:
    """The value of every step, one after the other.

    Raises:
        FormulaError: for a step with axes, or one that has no finite value; naming it.
    """
    values = dict(given)
    for step in derivation.steps:
        odd = next((node for node in walk([step.formula]) if node.axes or _foreign(node)), None)
        if odd is not None:
            raise FormulaError(
                f"paths are for formulas of numbers; {step.name} is made of tensors: {odd!r}"
            )
        values[step.name] = _value(
            step.formula, values, f"{step.name} = {infix(step.formula)} has no value at this point"
        )
    return Point(derivation, values)


def _foreign(node: Node) -> bool:
    return not isinstance(node, (Symbol, Const, Add, Contract, Map))


def _value(root: Node, values: Mapping[str, float], trouble: str) -> float:
    used = {symbol.name: values[symbol.name] for symbol in symbols(root)}
    with np.errstate(all="ignore"):
        found = evaluate([root], used)
    nodes = list(walk([root]))
    if math.isfinite(found[root]) and any(map(is_weight, nodes)):
        return float(found[root])  # a part that does not count may be infinite
    for node in nodes:
        if not math.isfinite(found[node]):
            raise FormulaError(f"{trouble}: {_cause(node, [float(found[p]) for p in node.parts])}")
    return float(found[root])


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
