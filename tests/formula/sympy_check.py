"""SymPy's opinion of the function table: every declared derivative against its own.

Formulas are read here independently of `parse`, so that a mistake there would show too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import sympy

from glassprop.errors import FormulaError
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS

DIGITS = 50
POINTS = 7
TOLERANCE = 1e-35
PARAMETER_VALUES = ("3/7", "9/4")


def to_sympy(record: ScalarFunction) -> Any:
    """The formula of a function in SymPy, its operands real and its parameters positive."""
    return _read(record.formula, _variables(record))


def check_record(record: ScalarFunction) -> None:
    """Compare the declared derivatives and the form in terms of the output with SymPy's derivative.

    On each side of each kink SymPy is asked to show that the difference is 0; where it cannot, the
    difference is computed with 50 digits at points on every side of it. What is taken exactly at a
    kink is a convention, which mathematics does not decide.

    Raises FormulaError naming the function, the form that is declared, and SymPy's.
    """
    variables = _variables(record)
    formula = _read(record.formula, variables)
    for operand, declared in zip(record.operands, record.derivative, strict=False):
        _compare(record, formula, operand, declared, _read(declared, variables))
    if record.output_form:
        by_output = _read(record.output_form, {**variables, "a": formula})
        _compare(record, formula, record.operands[0], record.output_form, by_output)


def _variables(record: ScalarFunction) -> dict[str, Any]:
    variables: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in record.operands}
    return variables | {name: sympy.Symbol(name, positive=True) for name in record.parameters}


def _compare(
    record: ScalarFunction, formula: Any, operand: str, declared: str, expression: Any
) -> None:
    variables = _variables(record)
    own = sympy.diff(formula, variables[operand])
    difference = own - expression
    if all(_vanishes(difference.subs(side)) for side in _sides(record)):
        return
    for point in _points(record):
        off = difference.subs(point).doit().evalf(DIGITS)
        if not off.is_real or abs(off) > TOLERANCE:
            at = ", ".join(f"{name} = {float(value):.6g}" for name, value in point.items())
            raise FormulaError(
                f"{record.name}: declared ∂/∂{operand} = {declared}, but SymPy's derivative of "
                f"{record.formula} is {own}; they differ at {at}"
            )


def _sides(record: ScalarFunction) -> list[dict[Any, Any]]:
    """Z as k plus and as k minus a positive number, for each kink k."""
    operand, *others = record.operands
    if others or not record.kinks:
        return [{}]
    z, distance = _variables(record)[operand], sympy.Dummy("distance", positive=True)
    return [
        {z: sympy.Rational(str(kink)) + sign * distance}
        for kink in record.kinks
        for sign in (1, -1)
    ]


def _vanishes(difference: Any) -> bool:
    """Whether SymPy can show that an expression without cases is 0."""
    if difference.has(sympy.Max, sympy.Min, sympy.Heaviside, sympy.DiracDelta, sympy.Piecewise):
        return False
    return bool(sympy.simplify(difference) == 0)


def _points(record: ScalarFunction) -> Iterator[dict[Any, Any]]:
    """Points of the domain that miss kinks and ties; a second operand is positive."""
    low, high = (sympy.Rational(str(end)) for end in record.domain)
    variables = _variables(record)
    grids: list[list[Any]] = []
    for place, name in enumerate(variables):
        if name in record.parameters:
            values = [
                sympy.Rational(str(record.parameters[name])),
                *map(sympy.Rational, PARAMETER_VALUES),
            ]
        else:
            start = low if place == 0 else max(low, sympy.Rational(1, 5))
            step = (high - start) / POINTS
            values = [
                start + step * (k + sympy.Rational(31 + 7 * place, 83)) for k in range(POINTS)
            ]
        grids.append(values)
    for values in product(*grids):
        yield dict(zip(variables.values(), values, strict=True))


def _read(text: str, names: Mapping[str, Any]) -> Any:
    return _expression(ast.parse(text, mode="eval").body, names)


def _expression(tree: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(tree, ast.Name):
        return sympy.pi if tree.id == "pi" else names[tree.id]
    if isinstance(tree, ast.Constant):
        return sympy.Rational(repr(tree.value))
    if isinstance(tree, ast.UnaryOp):
        return -_expression(tree.operand, names)
    if isinstance(tree, ast.BinOp):
        left, right = _expression(tree.left, names), _expression(tree.right, names)
        if isinstance(tree.op, ast.Add):
            return left + right
        if isinstance(tree.op, ast.Sub):
            return left - right
        if isinstance(tree.op, ast.Mult):
            return left * right
        return left / right if isinstance(tree.op, ast.Div) else left**right
    if isinstance(tree, ast.Compare):
        left, right = _expression(tree.left, names), _expression(tree.comparators[0], names)
        assert isinstance(tree.ops[0], ast.Gt)
        return sympy.Heaviside(left - right, 0)
    assert isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    return _call(tree.func.id, [_expression(argument, names) for argument in tree.args])


class _Floor(sympy.Function):
    """SymPy's floor, with the derivative that it has between whole numbers; SymPy has none."""

    @classmethod
    def eval(cls, z: Any) -> Any:
        return sympy.floor(z) if z.is_number else None

    def fdiff(self, argindex: int = 1) -> Any:
        return sympy.Integer(0)


def _call(name: str, operands: list[Any]) -> Any:
    """SymPy's function of the name, else the formula of the record of the name."""
    if name in ("exp", "log", "sin", "cos", "tanh", "sqrt", "sign", "erf"):
        return getattr(sympy, name)(*operands)
    if name == "floor":
        return _Floor(*operands)
    if name == "abs":
        return sympy.Abs(*operands)
    if name == "maximum":
        return sympy.Max(*operands)
    if name == "step":
        return sympy.Heaviside(operands[0], 0)
    if name == "equal":
        return sympy.Piecewise((1, sympy.Eq(*operands)), (0, True))
    record = FUNCTIONS[name]
    values = dict(zip((*record.operands, *record.parameters), operands, strict=False))
    for parameter, value in record.parameters.items():
        values.setdefault(parameter, sympy.Rational(str(value)))
    return _read(record.formula, values)
