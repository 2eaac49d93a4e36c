"""Array expressions: what a formula becomes once it is known which product is which call.

A small tree between formulas and source. Both ways of writing source (as expressions, and in
place) print from it, and so can any further engine.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

import numpy as np

from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import apply
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS

Kind = Literal["real", "bool", "index"]
Shape = tuple[str, ...]

INFIX = {
    "+": "np.add",
    "-": "np.subtract",
    "*": "np.multiply",
    "/": "np.divide",
    "**": "np.power",
    ">": "np.greater",
    "==": "np.equal",
    "!=": "np.not_equal",
}
COMPARISONS = (">", "==", "!=")
CHOICE = "np.where"
VIEWS = ("transpose", "insert", "reshape", "entry", "windows")
OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}


@dataclass(frozen=True, eq=False, slots=True)
class Array:
    """An operation on arrays.

    Attributes:
        op: "name", "number", an infix operator, "neg", "ufunc", "matmul", "sum", "max", "cast",
            "full", "take", "call", "float", or a view: "transpose", "insert", "reshape", "entry",
            "windows".
        args: the arrays that it works on.
        value: the name, number, function, positions or further arguments that go with `op`.
        shape: one Python expression for each dimension, such as ("n", "30").
        kind: numbers, truth values, or whole numbers that index.
        weak: whether it is a Python number, which leaves the number type of arrays alone.
    """

    op: str
    args: tuple[Array, ...] = ()
    value: object = None
    shape: Shape = ()
    kind: Kind = "real"
    weak: bool = False

    @property
    def is_view(self) -> bool:
        """Whether it costs nothing: another look at the memory of its first operand."""
        return self.op in VIEWS

    @property
    def is_leaf(self) -> bool:
        """Whether it is a name or a number."""
        return self.op in ("name", "number")

    @property
    def is_elementwise(self) -> bool:
        """Whether each entry of the result depends on the same entry of the operands alone."""
        return self.op in INFIX or self.op in ("neg", "ufunc")


def name(text: str, shape: Shape = (), kind: Kind = "real", weak: bool = False) -> Array:
    """A variable."""
    return Array("name", value=text, shape=shape, kind=kind, weak=weak)


def number(value: float) -> Array:
    """A number."""
    return Array("number", value=value, weak=True)


def number_of(array: Array) -> float:
    """The value of a number."""
    return cast(float, array.value)


def length(axis: Axis) -> str:
    """The size of an axis as source: "30" or "n"."""
    return str(axis.size)


def broadcast(left: Shape, right: Shape) -> Shape:
    """The shape of an elementwise operation on two shapes that fit."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    shift = len(longer) - len(shorter)
    return tuple(
        size if k < shift or size != "1" else shorter[k - shift] for k, size in enumerate(longer)
    )


def elementwise(op: str, *args: Array, value: object = None) -> Array:
    """An operation on each entry. A truth value counts as 0 or 1 of the program's number type."""
    if all(arg.weak for arg in args):
        return _weak(op, args, value)
    shape: Shape = ()
    for arg in args:
        shape = broadcast(shape, arg.shape)
    numbers = args[1:] if value == CHOICE else args
    typed = any(arg.kind == "real" and not arg.weak for arg in numbers)
    if not typed:  # NumPy would work with its own number type, or with truth values
        args = (*args[: len(args) - len(numbers)], *(real(arg) for arg in numbers))
    return Array(op, args, value, shape, "bool" if op in COMPARISONS else "real")


def _weak(op: str, args: tuple[Array, ...], value: object) -> Array:
    """An operation on Python numbers gives a Python number: NumPy's would widen float32."""
    args = (*args[:1], *map(real, args[1:])) if value == CHOICE else tuple(map(real, args))
    kind: Kind = "bool" if op in COMPARISONS else "real"
    made = Array(op, args, value, (), kind, weak=True)
    return Array("float", (made,), weak=True) if op == "ufunc" else made


def where(condition: Array, then: Array, otherwise: Array) -> Array:
    """One of two numbers by a condition, which is a truth value or a number that is 0 or not."""
    if condition.kind != "bool":
        condition = elementwise("!=", condition, number(0))
    if then.weak and otherwise.weak and not condition.weak:  # NumPy would choose a number type
        then = full(then, ())
    return elementwise("ufunc", condition, then, otherwise, value=CHOICE)


def real(array: Array) -> Array:
    """Truth values and indices as numbers; anything else as it is."""
    if array.kind == "real":
        return array
    if array.weak:
        return Array("float", (array,), weak=True)
    return Array("cast", (array,), shape=array.shape)


def negated(array: Array) -> Array:
    """−u, with the sign at the first factor of a product, where it reads best."""
    if array.op in ("*", "/"):
        return elementwise(array.op, negated(array.args[0]), array.args[1])
    if array.op == "neg":
        return array.args[0]
    if array.op == "number":
        return number(-number_of(array))
    return elementwise("neg", array)


def full(value: Array, shape: Shape) -> Array:
    """One number, or fewer axes than wanted, repeated to a whole array."""
    return Array("full", (real(value),), shape=shape)


def helper(called: str, args: tuple[Array, ...], extra: tuple[str, ...], shape: Shape) -> Array:
    """A call of one of the functions in `emitted_helpers`, with further arguments as text."""
    return Array("call", args, (called, extra), shape)


def call_of(array: Array) -> tuple[str, tuple[str, ...]]:
    """The function that a "call" calls, and its further arguments."""
    return cast(tuple[str, tuple[str, ...]], array.value)


@lru_cache(maxsize=256)
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def call_function(function: ScalarFunction, operands: tuple[Array, ...]) -> Array:
    """A scalar function's NumPy form on some arrays; of numbers, a number."""
    if all(operand.op == "number" for operand in operands):
        known = FUNCTIONS.get(function.name)
        if known is None or known.formula == function.formula:
            values = [np.asarray(float(number_of(operand))) for operand in operands]
            return number(float(apply(function, values)))
    names = dict(zip(function.operands, operands, strict=True))
    names |= {key: number(value) for key, value in function.parameters.items()}
    return _instance(_template(function.numpy), names)


def _instance(tree: ast.expr, names: dict[str, Array]) -> Array:
    if isinstance(tree, ast.Name):
        return names[tree.id]
    if isinstance(tree, ast.Constant):
        return number(cast(float, tree.value))
    if isinstance(tree, ast.UnaryOp):
        return negated(_instance(tree.operand, names))
    if isinstance(tree, ast.BinOp):
        left, right = _instance(tree.left, names), _instance(tree.right, names)
        return elementwise(OPERATORS[type(tree.op)], left, right)
    if isinstance(tree, ast.Call) and ast.unparse(tree.func) == CHOICE:
        return where(*(_instance(arg, names) for arg in tree.args))
    if isinstance(tree, ast.Compare):
        op = ">" if isinstance(tree.ops[0], ast.Gt) else "=="
        return elementwise(op, _instance(tree.left, names), _instance(tree.comparators[0], names))
    assert isinstance(tree, ast.Call)
    args = [_instance(arg, names) for arg in tree.args]
    called = ast.unparse(tree.func)
    if called == "np.abs" and args[0].op == "neg":
        args = list(args[0].args)
    if called.startswith("np."):
        return elementwise("ufunc", *args, value=called)
    (argument,) = args
    made = helper(called, (real(argument),), (), argument.shape)
    return Array("float", (made,), weak=True) if argument.weak else made


def compares(function: ScalarFunction) -> bool:
    """Whether a function compares, so that the last bit of an operand can decide its value."""
    return any(word in function.numpy for word in (">", "<", "=="))


def is_costly(function: ScalarFunction) -> bool:
    """Whether computing a function twice costs more than keeping its value."""
    return any(
        word in function.numpy for word in ("exp", "log", "tanh", "cdf", "sin", "cos", "**", "==")
    )
