"""Array expressions as Python text, with one table of precedences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

import numpy as np

from glassprop.compile.layout.array_expressions import (
    CHOICE,
    COMPARISONS,
    INFIX,
    Array,
    call_of,
    number_of,
)
from glassprop.errors import FormulaError
from glassprop.formula.nodes import Number

PRECEDENCE = {
    ">": 1,
    "==": 1,
    "!=": 1,
    "+": 2,
    "-": 2,
    "*": 3,
    "/": 3,
    "matmul": 3,
    "neg": 4,
    "**": 5,
}
ATOM = 9
NOT_CHAINED = ("**", *COMPARISONS)
"""Operators whose left operand needs parentheses if it is one of the same level: Python reads
a > b == c as a > b and b == c."""
TYPED = ("one_hot", "selector", "apart")
"""The helpers that have to be told the number type of what they make."""

Text = tuple[str, int]
"""A text and how tightly its outermost operation binds."""


def literal(value: Number) -> str:
    """A number as source that reads back to the same number."""
    return repr(value)


def tuple_text(items: Sequence[str]) -> str:
    """A tuple as source."""
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def axis_argument(array: Array) -> str:
    """The axes of a sum or maximum as source, or "" for all."""
    places = cast(tuple[int, ...], array.value)
    if len(places) == len(array.args[0].shape):
        return ""
    return str(places[0]) if len(places) == 1 else tuple_text([str(place) for place in places])


class Writer:
    """Writes expressions for a number type ("float64" or "float32")."""

    def __init__(self, dtype: str) -> None:
        self.dtype = f"np.{dtype}"
        self.largest = float(np.finfo(dtype).max)

    def require_held(self, value: float) -> None:
        """Raises FormulaError for a number that is infinite in the program's number type."""
        if not abs(value) <= self.largest:
            wider = "; take dtype float64" if math.isfinite(value) else ""
            raise FormulaError(
                f"a formula needs the number {value:g}, and {self.dtype.removeprefix('np.')} has "
                f"none beyond {self.largest:.4g}{wider}"
            )

    def text(self, array: Array) -> str:
        """The expression as Python source."""
        return self._write(array)[0]

    def number_text(self, array: Array) -> Text:
        """The expression as Python source, and how tightly it binds."""
        return self._write(array)

    def view(self, array: Array, operand: str) -> str:
        """A view, a sum, a cast or any other operation that is written after its operand."""
        if array.op == "windows":
            return f"windows({', '.join([operand, *call_of(array)[1]])})"
        if array.op == "transpose":
            return operand + _transpose(cast(tuple[int, ...], array.value))
        if array.op == "insert":
            return operand + _insert(cast(tuple[bool, ...], array.value))
        if array.op == "reshape":
            return f"{operand}.reshape({', '.join(array.shape)})"
        if array.op == "entry":
            place, entry = cast(tuple[int, int], array.value)
            return f"{operand}[{':, ' * place}{entry}]"
        if array.op == "cast":
            return f"{operand}.astype({'int' if array.kind == 'index' else self.dtype})"
        if array.op in ("sum", "max"):
            return f"{operand}.{array.op}({axis_argument(array)})"
        raise AssertionError(f"no text for the array operation {array.op}")

    def call(self, array: Array, arguments: Sequence[str]) -> str:
        """A call of a NumPy function or of a helper, on arguments already written."""
        if array.op == "ufunc":
            return f"{array.value}({', '.join(arguments)})"
        if array.op == "take":
            return f"{arguments[0]}[{':, ' * cast(int, array.value)}{arguments[1]}]"
        called, extra = call_of(array)
        typed = [self.dtype] if called in TYPED else []
        return f"{called}({', '.join([*arguments, *extra, *typed])})"

    def full(self, array: Array) -> str:
        """A number repeated to an array."""
        value = self.text(array.args[0])
        return f"np.full({tuple_text(array.shape)}, {value}, {self.dtype})"

    def _write(self, array: Array) -> Text:
        op = array.op
        if op == "name":
            return str(array.value), ATOM
        if op == "number":
            value = number_of(array)
            self.require_held(value)
            return literal(value), ATOM if value >= 0 else PRECEDENCE["neg"]
        if op in INFIX or op == "matmul":
            return self._infix(array)
        if op == "neg":
            return f"-{self._inside(array.args[0], PRECEDENCE['neg'])}", PRECEDENCE["neg"]
        if op == "full":
            return self.full(array), ATOM
        if op == "float" and array.args[0].value == CHOICE:  # of Python numbers one is Python's
            condition, then, otherwise = (self.text(arg) for arg in array.args[0].args)
            return f"({then} if {condition} else {otherwise})", ATOM
        if op == "float" and array.args[0].kind == "bool":
            return f"(1.0 if {self.text(array.args[0])} else 0.0)", ATOM
        if op == "float":
            return f"float({self.text(array.args[0])})", ATOM
        if op == "take":
            table, index = self._inside(array.args[0], ATOM), self.text(array.args[1])
            return self.call(array, [table, index]), ATOM
        if op in ("ufunc", "call"):
            return self.call(array, [self.text(arg) for arg in array.args]), ATOM
        (operand,) = array.args
        tight = 0 if op == "windows" else ATOM
        return self.view(array, self._inside(operand, tight)), ATOM

    def _infix(self, array: Array) -> Text:
        chain = [array]  # a sum of many terms leans left; it is written without recursion
        while chain[-1].args[0].op in INFIX:
            chain.append(chain[-1].args[0])
        text, own = self._write(chain[-1].args[0])
        for node in reversed(chain):
            level = PRECEDENCE[node.op]
            if own < level + (node.op in NOT_CHAINED) or _needs_clarity(node):
                text = f"({text})"
            right = node.args[1]
            second = self._inside(right, level + (node.op != "**"))
            text, own = f"{text} {'@' if node.op == 'matmul' else node.op} {second}", level
        return text, own

    def _inside(self, array: Array, level: int) -> str:
        text, own = self._write(array)
        return f"({text})" if own < level else text


def _needs_clarity(node: Array) -> bool:
    """Whether the left operand mixes * and @, which a reader should not have to parse."""
    left = node.args[0].op
    return (
        "matmul" in (left, node.op) and left != node.op and {left, node.op} <= {"matmul", "*", "/"}
    )


def _transpose(order: tuple[int, ...]) -> str:
    rank = len(order)
    if order == (1, 0):
        return ".T"
    moved = [place for place, source in enumerate(order) if place != source]
    if len(moved) == 2:
        if moved == [rank - 2, rank - 1]:
            return ".swapaxes(-1, -2)"
        return f".swapaxes({moved[0]}, {moved[1]})"
    return f".transpose({', '.join(map(str, order))})"


def _insert(there: tuple[bool, ...]) -> str:
    last = max(place for place, axis in enumerate(there) if not axis)
    new = len(there) - sum(there)
    if new == 1 and not there[-1] and len(there) > 2:
        return "[..., None]"
    return "[" + ", ".join(":" if axis else "None" for axis in there[: last + 1]) + "]"
