"""Trees as glassprop's formulas: the body of a Python function, or text; and text as a tree."""

from __future__ import annotations

import ast

from .operations import OPERATIONS
from .tree import Tree, call, tree

BINARY = {"+": " + ", "-": " - ", "*": " * ", "/": " / "}


def text_of(root: Tree, python: bool = False, axis: str = "a") -> str:
    """A formula as text, or as what stands after `lambda a, y:`."""
    if root.op == "number":
        return _number(root.numbers[0])
    if root.op == "size":
        return f"{axis}.axes[0].size" if python else f"size({axis})"
    if not root.parts:
        return root.op
    inner = [text_of(part, python, axis) for part in root.parts]
    closed = [_closed(part, text) for part, text in zip(root.parts, inner, strict=True)]
    if root.op in BINARY:
        return BINARY[root.op].join(closed)
    if root.op == "neg":
        return f"-{closed[0]}"
    if root.op == "above":
        return f"({closed[0]} > 0)"
    if root.op == "where":
        above, below, *cases = closed[0], closed[1], *inner[2:]
        turned = root.parts[0].op == "number"
        condition = f"{below} < {above}" if turned else f"{above} > {below}"
        return f"{'gp.' if python else ''}where({', '.join([condition, *cases])})"
    if root.op == "square":
        return f"{closed[0]}**2"
    if root.op == "power":
        return f"{closed[0]}**{_number(root.numbers[0])}"
    if root.op == "reciprocal":
        return f"1 / {closed[0]}"
    arguments = ", ".join([*inner, *map(_number, root.numbers)])
    return f"{_prefix(root.op) if python else ''}{root.op}({arguments})"


def _prefix(name: str) -> str:
    import glassprop

    return "gp." if name in glassprop.__all__ else "language."


def _closed(part: Tree, text: str) -> str:
    plain = part.op in ("a", "y", "z", "size") or (part.op == "number" and part.numbers[0] >= 0)
    operator = part.op in (*BINARY, "neg", "square", "power", "reciprocal")
    return text if plain or not (operator or part.op == "number") else f"({text})"


def _number(number: float) -> str:
    return f"{number:g}" if float(f"{number:g}") == number else repr(float(number))


def read(text: str) -> Tree:
    """A tree from text as `text_of` writes it, with or without `gp.`."""
    return _read(ast.parse(text.strip(), mode="eval").body)


OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def _read(node: ast.expr) -> Tree:
    match node:
        case ast.Constant():
            return tree(float(node.value))  # type: ignore[arg-type]
        case ast.Name(id=name):
            return Tree(name)
        case ast.Attribute(attr="size"):
            return Tree("size")
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)):
            return tree(-float(number))  # type: ignore[arg-type]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return call("neg", _read(operand))
        case ast.Compare(left=left):
            return call("above", _read(left))
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base, exponent = _read(left), _read(right)
            (p,) = exponent.numbers
            return call("square", base) if p == 2 else call("power", base, numbers=(p,))
        case ast.BinOp(left=left, op=op, right=right):
            return call(OPERATORS[type(op)], _read(left), _read(right))
        case ast.Call(func=func, args=args):
            name = func.attr if isinstance(func, ast.Attribute) else func.id  # type: ignore[attr-defined]
            if name == "where":
                return _where(*args)
            if name == "size":
                return Tree("size")
            operation = OPERATIONS[name]
            count = len(operation.operands)
            parts = [_read(argument) for argument in args]
            numbers = [part.numbers[0] for part in parts[count:]]
            defaults = [choices[0] for choices in operation.choices]
            return call(
                operation.name, *parts[:count], numbers=(*numbers, *defaults[len(numbers) :])
            )
    raise ValueError(f"cannot read {ast.unparse(node)}")


def _where(condition: ast.expr, u: ast.expr, v: ast.expr) -> Tree:
    assert isinstance(condition, ast.Compare)
    sides = [_read(condition.left), _read(condition.comparators[0])]
    if isinstance(condition.ops[0], ast.Lt | ast.LtE):
        sides.reverse()
    return call("where", *sides, _read(u), _read(v))
