"""Changes of operands: another name, another index, another number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from glassprop.handwritten.reading.trace import operands_of
from glassprop.handwritten.repair.edited_text import Edit, EditedText, Scope
from glassprop.handwritten.repair.operations import SUMS


class Operands(EditedText):
    """The changes of what an operation is made with."""

    def _constant(self, node: ast.Constant) -> Iterator[Edit]:
        value = node.value
        if isinstance(value, bool):
            yield self.put(
                node, str(not value), "flag", f"`{value}` stands where `{not value}` should", 1
            )
        elif isinstance(value, int):
            for other in (value + 1, value - 1):
                yield self.put(node, str(other), "index", f"{value} stands where {other} should", 1)
            if value == 2:
                yield self.put(node, "1", "factor 2", "2 stands where 1 should", 1)
        elif isinstance(value, float):
            for times in (2.0, 0.5):
                yield self.put(
                    node,
                    repr(value * times),
                    "factor 2",
                    f"{value:g} stands where {value * times:g} should",
                    1,
                )

    def _operand(self, node: ast.expr, scope: Scope) -> Iterator[Edit]:
        text = self.source(node)
        shape = scope.shapes.get(node, scope.known.get(text, () if scope.plain else None))
        parent = self.up.get(node)
        if isinstance(parent, ast.Call) and parent.func is node:
            return
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield self.put(
                node,
                self.source(node.value),
                "transpose",
                f"`{self.source(node.value)}` is transposed, and should not be",
                0,
            )
        if shape is not None:
            alike = [*scope.alike.get(shape, [])]
            if len(shape) == 2:
                alike += [
                    f"{one}.T" for one in scope.alike.get(shape[::-1], []) if shape[0] != shape[1]
                ]
            for other in alike:
                if other != text:
                    yield self.put(
                        node, other, "wrong quantity", f"`{text}` stands where `{other}` should", 0
                    )
            if self._changes_shape(node):
                for other in (name for names in scope.alike.values() for name in names):
                    if other != text and other not in alike:
                        yield self.put(
                            node,
                            other,
                            "wrong quantity",
                            f"`{text}` stands where `{other}` should",
                            1,
                        )
            whole = scope.shapes.get(getattr(self.statement, "value", node))
            if whole is not None and whole != shape:
                for other in scope.alike.get(whole, []):
                    if other != text:
                        yield self.put(
                            node,
                            other,
                            "wrong quantity",
                            f"`{text}` stands where `{other}` should",
                            0,
                        )
            for call in scope.calls:
                made = call.format(text)
                yield self.put(
                    node, made, "function missing", f"`{text}` stands where `{made}` should", 1
                )
            yield self.put(
                node, f"{text}**2", "power", f"`{text}` stands where `{text}**2` should", 1
            )
            yield self.put(
                node, f"(1 - {text})", "derivative", f"`{text}` stands where `1 - {text}` should", 2
            )
            yield self.put(
                node,
                f"{text} * (1 - {text})",
                "derivative",
                f"`{text}` stands where `{text} * (1 - {text})` should",
                1,
            )
            if len(shape) == 2 and shape[0] == shape[1]:
                yield self.put(node, f"{text}.T", "transpose", f"`{text}` is not transposed", 0)
            if len(shape) == 1:
                yield self.put(
                    node,
                    f"{text}.reshape(-1, 1)",
                    "shape",
                    f"`{text}` is of shape (n,) and not (n, 1)",
                    1,
                )
            if len(shape) == 2 and 1 in shape:
                yield self.put(
                    node,
                    f"{text}.ravel()",
                    "shape",
                    f"`{text}` is of shape {shape}, and broadcasts against (n,)",
                    1,
                )
        if isinstance(node, ast.Subscript):
            yield from self._index(node)

    def _changes_shape(self, node: ast.expr) -> bool:
        """Whether an expression is an operand of a sum or a matrix product."""
        parent = self.up.get(node)
        if isinstance(parent, ast.Attribute):
            parent = self.up.get(parent)
        if isinstance(parent, ast.BinOp):
            return isinstance(parent.op, ast.MatMult)
        if isinstance(parent, ast.Call):
            function = parent.func
            name = (
                function.attr
                if isinstance(function, ast.Attribute)
                else getattr(function, "id", "")
            )
            return name in SUMS or operands_of(parent)[0] == "@"
        return False

    def _index(self, node: ast.Subscript) -> Iterator[Edit]:
        index, base = node.slice, self.source(node.value)
        if isinstance(index, ast.Slice):
            for cut in (":, 1:", ":, :-1", "1:", ":-1"):
                yield self.put(
                    index,
                    cut,
                    "slice",
                    f"`{self.source(node)}` stands where `{base}[{cut}]` should",
                    1,
                )
        elif isinstance(index, ast.Tuple):
            for cut in (":, 1:", ":, :-1"):
                yield self.put(
                    index,
                    cut,
                    "slice",
                    f"`{self.source(node)}` stands where `{base}[{cut}]` should",
                    1,
                )
        elif not (isinstance(index, ast.Constant) and isinstance(index.value, str)):
            text = self.source(index)
            for other in (f"{text} + 1", f"{text} - 1", f"-{self.closed(index)}"):
                yield self.put(
                    index,
                    simple(other),
                    "index",
                    f"`{self.source(node)}` stands where `{base}[{simple(other)}]` should",
                    0,
                )
        else:
            parent = ast.unparse(node.value)
            keys = {
                n.slice.value
                for n in ast.walk(self.tree)
                if isinstance(n, ast.Subscript)
                and isinstance(n.slice, ast.Constant)
                and isinstance(n.slice.value, str)
                and ast.unparse(n.value) == parent
            }
            for key in sorted(keys - {index.value}):
                yield self.put(
                    index,
                    repr(key),
                    "wrong quantity",
                    f"`{self.source(node)}` stands where `{base}[{key!r}]` should",
                    0,
                )


def simple(text: str) -> str:
    """An index without what cancels: l instead of l - 1 + 1."""
    for long, short in (
        (" - 1 + 1", ""),
        (" + 1 - 1", ""),
        (" + 1 + 1", " + 2"),
        (" - 1 - 1", " - 2"),
    ):
        text = text.replace(long, short)
    try:
        return str(int(ast.literal_eval(text)))
    except (ValueError, SyntaxError):
        return text
