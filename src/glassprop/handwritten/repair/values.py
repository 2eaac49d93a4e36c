"""Changes of what a statement puts under a name: a factor, a sum, a sign, a term."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from glassprop.handwritten.repair.edited_text import (
    Edit,
    EditedText,
    Scope,
    expressions,
    factors_of,
)


class Values(EditedText):
    """The changes of a statement as a whole."""

    def _whole(self, statement: ast.stmt, scope: Scope) -> Iterator[Edit]:
        if isinstance(statement, ast.AugAssign):
            yield from self._augmented(statement)
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            _, end = self.span(target)
            between = self.data[end : self.span(statement.value)[0]]
            if between.strip() == b"=":
                at = end + between.index(b"=")
                yield self.replaced(
                    [(at, at + 1, "+=")],
                    statement.lineno,
                    "replaced where it should be added",
                    f"`{self.source(target)}` is replaced each time where it should be added to",
                    1,
                )
        value = getattr(statement, "value", None)
        if not isinstance(value, ast.expr) or isinstance(statement, ast.Expr):
            return
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        for one in values:
            yield from self._of_a_value(one, scope)
            for part in factors_of(one):
                yield from self._of_a_value(part, scope)
        if isinstance(value, ast.ListComp | ast.List):
            parts = [value.elt] if isinstance(value, ast.ListComp) else value.elts
            for part in parts:
                yield from self._of_a_value(part, scope)

    def _of_a_value(self, value: ast.expr, scope: Scope) -> Iterator[Edit]:
        text, shape = self.closed(value), scope.shapes.get(value, () if scope.plain else None)
        if isinstance(value, ast.Constant):
            return
        yield self.put(value, f"-{text}", "sign", "the sign is wrong", 0)
        for slope in scope.slopes.get(shape, []) if shape is not None else []:
            yield self.put(
                value, f"{text} * {slope}", "missing factor", f"the factor `{slope}` is missing", 0
            )
        for name in scope.alike.get(shape, []) if shape is not None else []:
            for call in scope.calls:
                made = call.format(name)
                yield self.put(
                    value,
                    f"{text} * {made}",
                    "missing factor",
                    f"the factor `{made}` is missing",
                    1,
                )
            yield self.put(
                value, f"{text} * {name}", "missing factor", f"the factor `{name}` is missing", 1
            )
        if isinstance(self.up.get(value), ast.BinOp | ast.Call) and shape is not None:
            for slope in scope.slopes.get(shape, []):
                if slope != text:
                    yield self.put(
                        value,
                        slope,
                        "wrong derivative",
                        f"`{self.source(value)}` stands where `{slope}` should",
                        0,
                    )
        for count in scope.counts:
            yield self.put(
                value, f"{text} / {count}", "sum for mean", f"a division by `{count}` is missing", 1
            )
            yield self.put(
                value,
                f"{text} * {count}",
                "mean twice",
                f"it is divided by `{count}` once too often",
                1,
            )
        for times, said in (
            ("2", "half as large as it should be"),
            ("0.5", "twice as large as it should be"),
        ):
            yield self.put(value, f"{times} * {text}", "factor 2", f"it is {said}", 1)
        if (shape is None or len(shape) == 2) and not scope.plain:
            for axis in (0, 1):
                for keep in ("", ", keepdims=True"):
                    yield self.put(
                        value,
                        f"{text}.sum(axis={axis}{keep})",
                        "not summed",
                        "it is not summed over the examples",
                        1,
                    )
            yield self.put(value, f"{text}.T", "transpose", "it is not transposed", 1)
            for cut in ("[:, :-1]", "[:, 1:]", "[:-1]", "[1:]"):
                yield self.put(
                    value, f"{text}{cut}", "bias column", "the entry of the bias is not left out", 2
                )
        if shape is not None and len(shape) == 1:
            yield self.put(
                value, f"{text}.reshape(-1, 1)", "shape", "it is of shape (n,) and not (n, 1)", 1
            )
        if shape is not None and len(shape) == 2 and 1 in shape and max(shape) > 1:
            yield self.put(
                value, f"{text}.ravel()", "shape", "it is of shape (n, 1) and not (n,)", 1
            )
        for name in (scope.weights or {}).get(shape or (), []):
            for number in scope.numbers:
                for made in (
                    f"{number} * {name}",
                    f"2 * {number} * {name}",
                    *(f"{number} / {c} * {name}" for c in scope.counts),
                ):
                    yield self.put(
                        value,
                        f"{text} + {made}",
                        "regulariser",
                        f"the regulariser's `{made}` is missing",
                        1,
                    )
        yield self.put(
            value,
            f"{text}.copy()",
            "alias",
            "it is another name for the same array, and not a copy",
            2,
        )
        yield self.put(
            value,
            f"{text}.astype(float)",
            "integers",
            "whole numbers lose what is behind the point",
            2,
        )

    def _augmented(self, statement: ast.AugAssign) -> Iterator[Edit]:
        _, end = self.span(statement.target)
        start = self.span(statement.value)[0]
        name = self.source(statement.target)
        made: list[tuple[str, str, str, int]] = []
        if isinstance(statement.op, ast.Add | ast.Sub):
            other = "-=" if isinstance(statement.op, ast.Add) else "+="
            made.append((other, "sign", "the sign is wrong", 0))
        if isinstance(statement.op, ast.Add):
            made.append(
                (
                    "=",
                    "added where it should be replaced",
                    f"`{name}` is added to what is left of before, and should be replaced",
                    0,
                )
            )
        if isinstance(statement.op, ast.Mult | ast.Div):
            made.append(
                (
                    "/=" if isinstance(statement.op, ast.Mult) else "*=",
                    "factor",
                    "the factor is upside down",
                    1,
                )
            )
        between = self.data[end:start].decode()
        opened = between[len(between.rstrip("( \t\\\n")) :] if "(" in between else " "
        for sign, kind, words, tier in made:
            yield self.replaced(
                [(end, start, f" {sign}{opened}")], statement.lineno, kind, words, tier
            )
        yield self.deleted(statement)

    def _everywhere(self, statement: ast.stmt, scope: Scope) -> Iterator[Edit]:
        """A name that stands more than once, replaced wherever it stands."""
        places: dict[str, list[ast.expr]] = {}
        for node in expressions(statement):
            if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and node in scope.shapes:
                places.setdefault(self.source(node), []).append(node)
        for text, nodes in places.items():
            if len(nodes) < 2:
                continue
            for other in scope.alike.get(scope.shapes[nodes[0]], []):
                if other != text:
                    parts = [(*self.span(node), other) for node in nodes]
                    words = f"`{text}` stands where `{other}` should"
                    yield self.replaced(parts, nodes[0].lineno, "wrong quantity", words, 0)
