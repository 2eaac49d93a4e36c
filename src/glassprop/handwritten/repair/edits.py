"""Texts that differ from a file's in one place: what a mistake in a statement may be mended by.

The changes are of the language, not of any file: a factor or a term left out or put in, a sign, an
operand, a transpose, an axis, an index, an order of two statements.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from glassprop.handwritten.repair.edited_text import Edit, Scope, expressions
from glassprop.handwritten.repair.operands import Operands
from glassprop.handwritten.repair.operations import Operations
from glassprop.handwritten.repair.values import Values


class Editor(Values, Operations, Operands):
    """Makes the changes of statements of a text."""

    def edits(self, statement: ast.stmt, scope: Scope) -> Iterator[Edit]:
        """All changes of a statement, without those that change nothing."""
        seen = {self.text}
        for made in self._all(statement, scope):
            if made.text not in seen:
                seen.add(made.text)
                yield made

    def _all(self, statement: ast.stmt, scope: Scope) -> Iterator[Edit]:
        self.statement = statement
        yield from self._whole(statement, scope)
        for node in expressions(statement):
            if isinstance(node, ast.BinOp):
                yield from self._binary(node, scope)
            elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
                yield self.put(node, self.source(node.operand), "sign", "the sign is wrong", 0)
            elif isinstance(node, ast.Call):
                yield from self._call(node, scope)
            elif isinstance(node, ast.Compare):
                yield from self._compare(node)
            elif isinstance(node, ast.Constant):
                yield from self._constant(node)
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
                yield from self._operand(node, scope)
        yield from self._everywhere(statement, scope)
        yield from self._of_the_order(statement)

    def _of_the_order(self, statement: ast.stmt) -> Iterator[Edit]:
        block = self.blocks.get(statement)
        if block is None:
            return
        place = block.index(statement)
        uses = ast.unparse(statement)
        target = ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ""
        updates = isinstance(statement, ast.AugAssign) or (target and uses.count(target) > 1)
        for other in block[place + 1 :][::-1]:
            yield self._moved(statement, other, 0 if updates else 2)
        yield self.deleted(statement)

    def _moved(self, statement: ast.stmt, after: ast.stmt, tier: int) -> Edit:
        """A statement behind another one of its block."""
        start, end = self.span(statement)
        _, last = self.span(after)
        indent = " " * statement.col_offset
        line_start = self.starts[statement.lineno - 1]
        lead = self.data[line_start:start].decode()
        indent = lead if not lead.strip() else indent
        text = self.data[start:end].decode()
        where = self.source(after).splitlines()[0]
        words = (
            f"`{text.splitlines()[0]}` comes before `{where}`, which needs what was there before"
        )
        return self.replaced(
            [(start, end, "pass"), (last, last, f"\n{indent}{text}")],
            statement.lineno,
            "order",
            words,
            tier,
        )
