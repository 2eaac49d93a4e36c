"""Changes of operations: products, sums, transposes, functions, comparisons."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from glassprop.handwritten.reading.trace import operands_of
from glassprop.handwritten.repair.edited_text import Edit, EditedText, Scope, factors_of_product

SUMS = ("sum", "mean", "average")


class Operations(EditedText):
    """The changes of an operation."""

    def _binary(self, node: ast.BinOp, scope: Scope) -> Iterator[Edit]:
        left, right = self.source(node.left), self.source(node.right)
        l2, r2 = self.closed(node.left), self.closed(node.right)
        op = node.op
        if isinstance(op, ast.Mult) and isinstance(node.left, ast.List):
            yield from self._repeated(node, node.left)
            return
        if isinstance(op, ast.Mult):
            parts = factors_of_product(node)
            for k in range(len(parts)) if 2 < len(parts) < 7 else ():
                for m in range(k + 1, len(parts)):
                    rest = " * ".join(
                        self.closed(one) for j, one in enumerate(parts) if j not in (k, m)
                    )
                    both = f"`{self.source(parts[k])}` and `{self.source(parts[m])}`"
                    words = f"the factors {both} are too much"
                    yield self.put(node, rest, "factor too much", words, 1)
                    for slope in scope.slopes.get(scope.shapes.get(node, ()), []):
                        words = f"{both} stand where `{slope}` should"
                        made = f"{rest} * {slope}" if rest else slope
                        yield self.put(node, made, "wrong derivative", words, 0)
        if isinstance(op, ast.Mult | ast.Div):
            yield self.put(
                node,
                left,
                "factor too much",
                f"the {'factor' if isinstance(op, ast.Mult) else 'divisor'} `{right}` is too much",
                0,
            )
            if isinstance(op, ast.Mult):
                yield self.put(
                    node, right, "factor too much", f"the factor `{left}` is too much", 0
                )
                yield self.put(
                    node,
                    f"{l2} @ {r2}",
                    "product",
                    "an elementwise product stands where a matrix product should",
                    0,
                )
                yield from self._turned(node, node.left, node.right)
            yield self.put(
                node,
                f"{l2} {'/' if isinstance(op, ast.Mult) else '*'} {r2}",
                "factor",
                "it is multiplied where it should be divided"
                if isinstance(op, ast.Mult)
                else "it is divided where it should be multiplied",
                1,
            )
        elif isinstance(op, ast.Add | ast.Sub):
            yield self.put(node, left, "term too much", f"the term `{right}` is too much", 1)
            yield self.put(node, right, "term too much", f"the term `{left}` is too much", 1)
            sign = "+" if isinstance(op, ast.Sub) else "-"
            yield self.put(
                node,
                f"{left} {sign} {r2}",
                "sign of a term",
                f"the term `{right}` has the wrong sign",
                0,
            )
            if isinstance(op, ast.Sub):
                yield self.put(node, f"{r2} - {l2}", "sign", "the sign is wrong", 0)
                if isinstance(node.left, ast.Constant):
                    yield self.put(
                        node,
                        f"{r2} * ({left} - {r2})",
                        "derivative",
                        f"`{self.source(node)}` stands where `{r2} * ({left} - {r2})` should",
                        0,
                    )
                    yield self.put(
                        node,
                        f"{left} - {r2}**2",
                        "derivative",
                        f"`{self.source(node)}` stands where `{left} - {r2}**2` should",
                        0,
                    )
            for times, word in (
                ("2", "half as large as it should be"),
                ("0.5", "twice as large as it should be"),
            ):
                yield self.put(
                    node.right,
                    f"{times} * {r2}",
                    "factor of a term",
                    f"the term `{right}` is {word}",
                    1,
                )
        elif isinstance(op, ast.MatMult):
            yield from self._turned(node, node.left, node.right)
        elif isinstance(op, ast.Pow):
            yield self.put(
                node, left, "power", f"`{self.source(node)}` stands where `{left}` should", 1
            )

    def _repeated(self, node: ast.BinOp, given: ast.List) -> Iterator[Edit]:
        """A list of one thing many times, [u] * n, is a list of many things."""
        if len(given.elts) == 1 and not isinstance(given.elts[0], ast.Constant):
            made = f"[{self.source(given.elts[0])} for _ in range({self.source(node.right)})]"
            words = f"`{self.source(node)}` is one array many times, and not many arrays"
            yield self.put(node, made, "alias", words, 0)

    def _turned(self, node: ast.expr, left: ast.expr, right: ast.expr) -> Iterator[Edit]:
        a, b = self._transposed(left), self._transposed(right)
        plain = (self.closed(left), self.closed(right))
        words = "an operand is not transposed as it should be"
        for one, other in (
            (a, plain[1]),
            (plain[0], b),
            (a, b),
            (plain[1], plain[0]),
            (b, plain[0]),
            (plain[1], a),
            (b, a),
        ):
            yield self.put(node, f"{one} @ {other}", "transpose", words, 1)
        yield self.put(
            node,
            f"{plain[0]} * {plain[1]}",
            "product",
            "a matrix product stands where an elementwise product should",
            1,
        )

    def _transposed(self, node: ast.expr) -> str:
        if isinstance(node, ast.Attribute) and node.attr == "T":
            return self.closed(node.value)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "transpose"
            and not node.args
        ):
            return self.closed(node.func.value)
        return f"{self.closed(node)}.T"

    def _call(self, node: ast.Call, scope: Scope) -> Iterator[Edit]:
        sign, operands = operands_of(node)
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        whole = self.source(node)
        if sign == "@":
            yield from self._turned(node, *operands)
        elif sign == "*":
            for one, other in (operands, operands[::-1]):
                yield self.put(
                    node,
                    self.source(one),
                    "factor too much",
                    f"the factor `{self.source(other)}` is too much",
                    0,
                )
            yield self.put(
                node,
                f"{self.closed(operands[0])} @ {self.closed(operands[1])}",
                "product",
                "an elementwise product stands where a matrix product should",
                0,
            )
        if name in SUMS:
            yield from self._sums(node, name)
        elif name in ("maximum", "max", "where", "minimum"):
            pass
        elif len(node.args) == 1 and not sign:
            inner = self.source(node.args[0])
            yield self.put(
                node, inner, "function too much", f"`{whole}` stands where `{inner}` should", 0
            )
            for call in scope.calls:
                made = call.format(inner)
                yield self.put(
                    node, made, "wrong function", f"`{whole}` stands where `{made}` should", 0
                )
        elif len(node.args) >= 1 and not sign:
            inner = self.source(node.args[0])
            for call in scope.calls:
                made = call.format(inner)
                yield self.put(
                    node, made, "wrong function", f"`{whole}` stands where `{made}` should", 1
                )
        for keyword in node.keywords:
            if isinstance(keyword.value, ast.Constant) and isinstance(keyword.value.value, bool):
                yield self.put(
                    keyword.value,
                    str(not keyword.value.value),
                    "flag",
                    f"`{keyword.arg}` is the wrong way round",
                    0,
                )
        if len(node.args) == 1 and not node.keywords and not sign:
            function = defined(self.tree, name)
            if function is not None:
                is_flag = any(
                    isinstance(d, ast.Constant) and d.value is False for d in function.args.defaults
                )
                for argument in function.args.args[1:] if is_flag else ():
                    made = f"{self.source(node.func)}({self.source(node.args[0])}, "
                    made += f"{argument.arg}=True)"
                    words = f"`{argument.arg}=True` is missing"
                    yield self.put(node, made, "wrong function", words, 0)

    def _sums(self, node: ast.Call, name: str) -> Iterator[Edit]:
        method = isinstance(node.func, ast.Attribute) and not (
            isinstance(node.func.value, ast.Name) and node.func.value.id in ("np", "numpy")
        )
        if method:
            assert isinstance(node.func, ast.Attribute)
            inner = self.closed(node.func.value)
        elif node.args:
            inner = self.closed(node.args[0])
        else:
            return
        keeps = [", keepdims=True", ""]
        if "keepdims=True" not in self.source(node):
            keeps.reverse()
        for axis in (0, 1):
            for keep in keeps:
                yield self.put(
                    node,
                    f"{inner}.{name}(axis={axis}{keep})",
                    "wrong axis",
                    f"it is not summed over the examples, axis {axis}",
                    0,
                )
        other = "sum" if name != "sum" else "mean"
        given = self.source(node).replace(f".{name}(", f".{other}(", 1)
        words = (
            "a mean stands where a sum should"
            if other == "sum"
            else "a sum stands where a mean should"
        )
        yield self.put(node, given, "sum for mean" if other == "mean" else "mean for sum", words, 0)
        yield self.put(node, inner, "summed too much", "it is summed, and should not be", 1)

    def _compare(self, node: ast.Compare) -> Iterator[Edit]:
        if len(node.ops) != 1:
            return
        left, right = self.source(node.left), self.source(node.comparators[0])
        for sign, kinds in ((">", ast.Gt), ("<", ast.Lt), (">=", ast.GtE), ("<=", ast.LtE)):
            if not isinstance(node.ops[0], kinds):
                yield self.put(
                    node,
                    f"{left} {sign} {right}",
                    "comparison",
                    f"`{self.source(node)}` stands where `{left} {sign} {right}` should",
                    1,
                )


def defined(tree: ast.Module, name: str) -> ast.FunctionDef | None:
    """The function of a name, if the file defines it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None
