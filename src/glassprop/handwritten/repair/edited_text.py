"""A text in which parts are replaced, and what is known where one may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LOW = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda)


@dataclass(frozen=True)
class Edit:
    """A change of a file.

    Attributes:
        text: the whole file, changed.
        line: the first line that is changed.
        old: the part that is replaced.
        new: what replaces it.
        kind: of the mistake that it mends.
        words: what is wrong, in a few words.
        tier: 0 for the likeliest changes, 1, 2.
        statement: that is changed.
    """

    text: str
    line: int
    old: str
    new: str
    kind: str
    words: str
    tier: int
    statement: ast.stmt


@dataclass(frozen=True)
class Scope:
    """What can be written at a statement.

    Attributes:
        alike: names of arrays by the shape that they have: {(3, 4): ["delta", …]}.
        shapes: of expressions, by their node.
        calls: texts such as "sigmoid_prime({})" of functions of one array.
        counts: names of whole numbers that are the number of examples, as in "m".
        slopes: texts of arrays that are a layer's derivative, by their shape.
        known: shapes of names.
        numbers: names of other numbers, such as "reg".
        weights: names of weights by shape.
        plain: whether a program computes with numbers and lists, and no arrays.
    """

    alike: dict[tuple[int, ...], list[str]]
    shapes: dict[ast.AST, tuple[int, ...]]
    calls: Sequence[str]
    counts: Sequence[str]
    slopes: dict[tuple[int, ...], list[str]]
    known: dict[str, tuple[int, ...]]
    numbers: Sequence[str] = ()
    weights: dict[tuple[int, ...], list[str]] | None = None
    plain: bool = False


class EditedText:
    """Replaces parts of a text.

    Args:
        text: of the file.
        tree: of that text.
    """

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text, self.tree = text, tree
        self.data = text.encode()
        lines = self.data.split(b"\n")
        self.starts = [0]
        for line in lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self.blocks = {one: block for block in blocks(tree) for one in block}
        self.up = {part: node for node in ast.walk(tree) for part in ast.iter_child_nodes(node)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node is, in bytes."""
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        return start, self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        start, end = self.span(node)
        return self.data[start:end].decode()

    def closed(self, node: ast.AST) -> str:
        """The text of a node, in parentheses where an operator may stand beside it."""
        text = self.source(node)
        return f"({text})" if isinstance(node, LOW) else text

    statement: ast.stmt

    def put(self, node: ast.AST, new: str, kind: str, words: str, tier: int) -> Edit:
        """The text with something else in the place of a node."""
        start, end = self.span(node)
        parent = self.up.get(node)
        tight = isinstance(parent, ast.BinOp | ast.UnaryOp | ast.Compare) or (
            isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node
        )
        enclosed = self.data[start - 1 : start] == b"(" and self.data[end : end + 1] == b")"
        if tight and not enclosed and needs_parentheses(new):
            new = f"({new})"
        return self.replaced([(start, end, new)], node.lineno, kind, words, tier)  # type: ignore[attr-defined]

    def replaced(
        self, parts: Sequence[tuple[int, int, str]], line: int, kind: str, words: str, tier: int
    ) -> Edit:
        """The text with other words from one byte to another, at one place or several."""
        data, old, new = self.data, "", ""
        for start, end, text in sorted(parts, reverse=True):
            old, new = self.data[start:end].decode(), text
            data = data[:start] + text.encode() + data[end:]
        return Edit(data.decode(), line, old, new, kind, words, tier, self.statement)

    def deleted(self, statement: ast.stmt) -> Edit:
        """The text without a statement."""
        return self.replaced(
            [(*self.span(statement), "pass")], statement.lineno, "too much", "this is too much", 2
        )


def needs_parentheses(text: str) -> bool:
    """Whether an operator beside a text would take a part of it."""
    try:
        return isinstance(ast.parse(text, mode="eval").body, LOW)
    except SyntaxError:
        return True


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """Statements that stand below each other."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                yield block


def expressions(statement: ast.stmt) -> Iterator[ast.expr]:
    """The expressions of a statement that are read, without those of statements inside."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop(0)
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.stmt | ast.excepthandler | ast.match_case):
                continue
            if isinstance(part, ast.expr):
                if isinstance(getattr(part, "ctx", None), ast.Store):
                    if isinstance(part, ast.Subscript):
                        yield part.slice
                        waiting.append(part.slice)
                    continue
                yield part
            waiting.append(part)


def factors_of_product(node: ast.expr) -> list[ast.expr]:
    """The factors of a product, in their order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return factors_of_product(node.left) + factors_of_product(node.right)
    return [node]


def factors_of(node: ast.expr) -> Iterator[ast.expr]:
    """What a sum or a product is made of."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Call):
        parts = [one for one in node.args if not isinstance(one, ast.Constant | ast.Starred)]
    for part in parts:
        yield part
        yield from factors_of(part)
