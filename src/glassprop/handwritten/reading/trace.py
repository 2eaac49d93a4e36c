"""A run beside the text that ran: which operation gave which array, and on which line."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.execution.instrument import numbered
from glassprop.handwritten.execution.recorder import VALUE
from glassprop.handwritten.execution.runs import Event, Run

Numbers = npt.NDArray[np.float64]
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.MatMult: "@", ast.Pow: "**"
}  # fmt: skip
CALLS = {
    "dot": "@", "matmul": "@", "einsum": "@", "inner": "@", "tensordot": "@", "outer": "@",
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/", "power": "**",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """An operation of two arrays.

    Attributes:
        time: of its event.
        sign: + - * / @ or **.
        left: the array's place, -1 for a number or what was not seen.
        right: the same.
        result: the array's place.
        node: of the syntax tree.
    """

    time: int
    sign: str
    left: int
    right: int
    result: int
    node: ast.AST


class Trace:
    """What a text computed.

    Args:
        text: of the program.
        run: of that text.
    """

    def __init__(self, text: str, run: Run) -> None:
        self.text, self.run = text, run
        self.tree = ast.parse(text)
        self.numbers = numbered(self.tree)
        self.nodes = list(ast.walk(self.tree))
        self.events: Sequence[Event] = run.events
        self.arrays: Sequence[Numbers] = run.arrays

    @cached_property
    def statements(self) -> dict[ast.AST, ast.stmt]:
        """The statement that each expression belongs to, the innermost."""
        found: dict[ast.AST, ast.stmt] = {}
        for node in self.nodes:
            if isinstance(node, ast.stmt):
                for part in _own_parts(node):
                    found[part] = node
        return found

    @cached_property
    def functions(self) -> dict[ast.AST, ast.AST | None]:
        """The function that each node belongs to, None for the module."""
        found: dict[ast.AST, ast.AST | None] = {}
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                for part in ast.walk(node):
                    found[part] = node  # inner functions come later
        return found

    def statement(self, event: Event) -> ast.stmt | None:
        """The statement that an event is of."""
        return self.statements.get(self.nodes[event.node])

    @cached_property
    def operations(self) -> list[Operation]:
        """Operations of two arrays in their order."""
        found: list[Operation] = []
        last: dict[int, int] = {}
        for time, event in enumerate(self.events):
            if event.kind == VALUE:
                node = self.nodes[event.node]
                sign, operands = operands_of(node)
                if sign:
                    left, right = (self._place(one, last) for one in operands)
                    found.append(Operation(time, sign, left, right, event.array, node))
                last[event.node] = event.array
        return found

    @cached_property
    def made_of(self) -> list[tuple[int, int, tuple[int, ...]]]:
        """The time of each expression's value, its array, and the arrays that it was made of."""
        found: list[tuple[int, int, tuple[int, ...]]] = []
        last: dict[int, int] = {}
        for time, event in enumerate(self.events):
            if event.kind == VALUE:
                parts = [last[k] for k in self._below.get(event.node, ()) if k in last]
                found.append((time, event.array, tuple(parts)))
                last[event.node] = event.array
        return found

    @cached_property
    def _below(self) -> dict[int, list[int]]:
        """The expressions that each expression is made of."""
        found: dict[int, list[int]] = {}
        for node, number in self.numbers.items():
            if isinstance(node, ast.expr):
                for part in ast.iter_child_nodes(node):
                    inner = (
                        [part]
                        if isinstance(part, ast.expr)
                        else [p for p in ast.iter_child_nodes(part) if isinstance(p, ast.expr)]
                    )
                    found.setdefault(number, []).extend(self.numbers[one] for one in inner)
        return found

    @cached_property
    def products(self) -> list[Operation]:
        """Matrix products in their order."""
        return [one for one in self.operations if one.sign == "@" and min(one.left, one.right) >= 0]

    def _place(self, node: ast.AST, last: dict[int, int]) -> int:
        return last.get(self.numbers[node], -1)


def operands_of(node: ast.AST) -> tuple[str, tuple[ast.expr, ...]]:
    """The sign and the two operands of an expression; "" where it is no such operation."""
    if isinstance(node, ast.BinOp):
        sign = OPERATORS.get(type(node.op), "")
        return (sign, (node.left, node.right)) if sign else ("", ())
    if isinstance(node, ast.Call):
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        sign = CALLS.get(name, "")
        given = [one for one in node.args if not isinstance(one, ast.Constant)]
        if sign and len(given) == 1 and isinstance(node.func, ast.Attribute) and name == "dot":
            return sign, (node.func.value, given[0])
        if sign and len(given) >= 2:
            return sign, (given[0], given[1])
    return "", ()


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement and its expressions, without the statements inside."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        yield node
        for part in ast.iter_child_nodes(node):
            if not isinstance(part, ast.stmt | ast.excepthandler | ast.match_case):
                waiting.append(part)
