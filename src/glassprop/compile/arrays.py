"""Array expressions: what a formula becomes once it is known which product is which call.

A small tree between formulas and source. Both ways of writing source (as expressions, and in
place) print from it, and so can any further engine.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from glassprop.formula.axes import Axis
from glassprop.formula.functions import ScalarFunction

Kind = Literal["real", "bool", "index"]

INFIX = {
    "+": "np.add",
    "-": "np.subtract",
    "*": "np.multiply",
    "/": "np.divide",
    "**": "np.power",
    ">": "np.greater",
    "==": "np.equal",
}


@dataclass(frozen=True, eq=False)
class Array:
    """An operation on arrays.

    Attributes:
        op: "name", "number", an infix operator, "neg", "ufunc", "matmul", "sum", "max", "cast",
            "full", "call", or a view: "transpose", "insert", "reshape", "at".
        args: the arrays that it works on.
        value: the name, number, function, positions or arguments that go with `op`.
        shape: one Python expression for each dimension, such as ("n", "30").
    """

    op: str
    args: tuple[Array, ...] = ()
    value: object = None
    shape: tuple[str, ...] = ()
    kind: Kind = "real"

    @property
    def is_view(self) -> bool:
        """Whether it costs nothing: another look at the memory of its operand."""
        return self.op in ("transpose", "insert", "reshape", "at")

    @property
    def is_leaf(self) -> bool:
        return self.op in ("name", "number")


def name(text: str, shape: tuple[str, ...] = (), kind: Kind = "real") -> Array:
    return Array("name", value=text, shape=shape, kind=kind)


def number(value: float) -> Array:
    return Array("number", value=value)


def length(axis: Axis) -> str:
    """The size of an axis as source: "30" or "n"."""
    return str(axis.size)


def broadcast(left: tuple[str, ...], right: tuple[str, ...]) -> tuple[str, ...]:
    """The shape of an elementwise operation on two shapes that fit."""
    longer, shorter = (left, right) if len(left) >= len(right) else (right, left)
    shift = len(longer) - len(shorter)
    return tuple(
        size if k < shift or size != "1" else shorter[k - shift] for k, size in enumerate(longer)
    )


def elementwise(op: str, *args: Array, value: object = None) -> Array:
    """An operation on each entry. A truth value counts as 0 or 1 of the program's number type."""
    shape: tuple[str, ...] = ()
    for arg in args:
        shape = broadcast(shape, arg.shape)
    typed = any(arg.kind == "real" and arg.shape for arg in args)
    if not typed:  # a bare number would make NumPy take a truth value for its widest type
        args = tuple(real(arg) for arg in args)
    return Array(op, args, value, shape, "bool" if op in (">", "==") else "real")


def real(array: Array) -> Array:
    """Truth values as numbers; anything else as it is."""
    return Array("cast", (array,), shape=array.shape) if array.kind == "bool" else array


def negated(array: Array) -> Array:
    """−u, with the sign at the first factor of a product, where it reads best."""
    if array.op in ("*", "/"):
        return elementwise(array.op, negated(array.args[0]), array.args[1])
    if array.op == "number":
        assert isinstance(array.value, (int, float))
        return number(-array.value)
    return elementwise("neg", array)


def full(value: Array, shape: tuple[str, ...]) -> Array:
    """One number, or fewer axes than wanted, repeated to a whole array."""
    return Array("full", (real(value),), shape=shape)


@lru_cache(maxsize=256)
def _template(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def call_function(function: ScalarFunction, operands: tuple[Array, ...]) -> Array:
    """A scalar function's NumPy form on some arrays."""
    names = dict(zip(function.operands, operands, strict=True))
    names |= {key: number(value) for key, value in function.parameters.items()}
    return _instance(_template(function.numpy), names)


def _instance(tree: ast.expr, names: dict[str, Array]) -> Array:
    if isinstance(tree, ast.Name):
        return names[tree.id]
    if isinstance(tree, ast.Constant):
        assert isinstance(tree.value, (int, float))
        return number(tree.value)
    if isinstance(tree, ast.UnaryOp):
        inner = _instance(tree.operand, names)
        if inner.op == "number":
            assert isinstance(inner.value, (int, float))
            return number(-inner.value)
        return elementwise("neg", inner)
    if isinstance(tree, ast.BinOp):
        op = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}[type(tree.op)]
        return elementwise(op, _instance(tree.left, names), _instance(tree.right, names))
    if isinstance(tree, ast.Compare):
        op = ">" if isinstance(tree.ops[0], ast.Gt) else "=="
        return elementwise(op, _instance(tree.left, names), _instance(tree.comparators[0], names))
    assert isinstance(tree, ast.Call)
    args = [_instance(arg, names) for arg in tree.args]
    called = ast.unparse(tree.func)
    if called.startswith("np."):
        return elementwise("ufunc", *args, value=called)
    return Array("call", tuple(args), (called, ()), args[0].shape)


def is_costly(function: ScalarFunction) -> bool:
    """Whether computing a function twice costs more than keeping its value."""
    return any(word in function.numpy for word in ("exp", "log", "tanh", "cdf", "sin", "cos", "**"))


