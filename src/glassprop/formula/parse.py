"""Reading formulas from text: names, numbers, + − * / **, comparisons, the known functions.

Text is parsed, never evaluated. `sum`, `mean`, `size`, `max`, `logsumexp` and `softmax` work over
all axes of their operand. This is the language of the function table, of costs and of model files.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

from glassprop.errors import FormulaError, nearest
from glassprop.formula import algebra
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Const, Node
from glassprop.formula.text.syntax import clip, tree

REDUCTIONS = {
    "sum": algebra.total,
    "mean": algebra.mean,
    "size": algebra.size,
    "max": algebra.largest,
    "logsumexp": algebra.logsumexp,
    "softmax": algebra.softmax,
}


def names_in(text: str) -> tuple[str, ...]:
    """The names that a formula uses, in order of appearance; those of functions are not among them.

    Raises FormulaError for text that is not a formula.
    """
    found: dict[str, None] = {}
    stack: list[ast.AST] = [tree(text)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            found[node.id] = None
        parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        stack.extend(reversed(list(parts)))
    return tuple(name for name in found if name not in FUNCTIONS and name not in REDUCTIONS)


def parse(text: str, graph: AnyGraph, names: Mapping[str, Node]) -> Node:
    """The formula that a text states, with these names standing for these nodes.

    Raises FormulaError for anything but arithmetic, known names and known functions.
    """
    return _Reader(text, graph, names).read(tree(text))


class _Reader:
    def __init__(self, text: str, graph: AnyGraph, names: Mapping[str, Node]) -> None:
        self.text, self.graph, self.names = text, graph, names

    def refuse(self, what: str) -> FormulaError:
        return FormulaError(f"formula {clip(self.text)!r}: {what}")

    def read(self, tree: ast.expr) -> Node:
        if isinstance(tree, ast.Name):
            return self.name(tree.id)
        if isinstance(tree, ast.Constant):
            if type(tree.value) in (int, float):
                return self.number(tree)
            raise self.refuse(f"{clip(repr(tree.value))} is not a number")
        if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, (ast.USub, ast.UAdd)):
            operand = self.read(tree.operand)
            return operand if isinstance(tree.op, ast.UAdd) else -operand
        if isinstance(tree, ast.BinOp):
            return self.binary(tree)
        if isinstance(tree, ast.Compare):
            return self.comparison(tree)
        if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name) and not tree.keywords:
            return self.call(tree.func.id, tree.args)
        raise self.refuse(
            f"{clip(ast.unparse(tree))!r} is not arithmetic; expected names, numbers, "
            "+ - * / ** > < >= <= and function calls"
        )

    def number(self, tree: ast.Constant) -> Node:
        try:
            return self.graph.const(tree.value)  # type: ignore[arg-type]
        except FormulaError:
            written = ast.get_source_segment(self.text.strip(), tree) or ""
            raise self.refuse(f"{clip(written)} is not finite or too large") from None

    def name(self, name: str) -> Node:
        try:
            return self.names[name]
        except KeyError:
            hint = nearest(name, self.names)
            if name in FUNCTIONS:
                hint = f"it is a function: write {name}(...)"
            raise self.refuse(f"unknown name {name!r}; {hint}") from None

    def binary(self, tree: ast.BinOp) -> Node:
        left, right = self.read(tree.left), self.read(tree.right)
        if isinstance(tree.op, ast.Add):
            return left + right
        if isinstance(tree.op, ast.Sub):
            return left - right
        if isinstance(tree.op, ast.Mult):
            return left * right
        if isinstance(tree.op, ast.Div):
            if isinstance(right, Const) and right.value == 0:
                raise self.refuse("division by the number 0")
            return left / right
        if isinstance(tree.op, ast.Pow):
            return left**right
        raise self.refuse(f"the operator in {clip(ast.unparse(tree))!r} is not one of + - * / **")

    def comparison(self, tree: ast.Compare) -> Node:
        if len(tree.ops) > 1:
            raise self.refuse(
                f"{clip(ast.unparse(tree))!r} compares more than two at once; "
                "write (a > b) * (b > c)"
            )
        left, right = self.read(tree.left), self.read(tree.comparators[0])
        if isinstance(tree.ops[0], ast.Gt):
            return left > right
        if isinstance(tree.ops[0], ast.Lt):
            return left < right
        if isinstance(tree.ops[0], ast.GtE):
            return left >= right
        if isinstance(tree.ops[0], ast.LtE):
            return left <= right
        if isinstance(tree.ops[0], ast.Eq):
            return self.graph.apply("equal", left, right)
        if isinstance(tree.ops[0], ast.NotEq):
            return 1 - self.graph.apply("equal", left, right)
        raise self.refuse(f"{clip(ast.unparse(tree))!r} is not one of > < >= <= == !=")

    def call(self, name: str, arguments: list[ast.expr]) -> Node:
        operands = [self.read(argument) for argument in arguments]
        if name in REDUCTIONS:
            if len(operands) != 1:
                hint = "; the larger of two is maximum(a, b)" if name == "max" else ""
                raise self.refuse(f"{name} takes one operand, got {len(operands)}{hint}")
            return REDUCTIONS[name](operands[0])
        if name not in FUNCTIONS:
            raise self.refuse(f"unknown function {name!r}; {nearest(name, FUNCTIONS)}")
        if name == "where" and len(operands) == 3:
            return algebra.where(operands[0], operands[1], operands[2])
        function = FUNCTIONS[name]
        if function.parameters and len(operands) == 1 + len(function.parameters):
            values: dict[str, float] = {}
            for parameter, operand in zip(function.parameters, operands[1:], strict=True):
                if not isinstance(operand, Const):
                    raise self.refuse(f"{parameter} of {name} has to be a number")
                values[parameter] = operand.value
            return self.graph.map(function.with_parameters(**values), operands[0])
        if len(operands) != len(function.operands):
            hint = "; the largest entry of one is max(a)" if name == "maximum" else ""
            raise self.refuse(f"{name} takes {len(function.operands)}, got {len(operands)}{hint}")
        return self.graph.map(function, *operands)
