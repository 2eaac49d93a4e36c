"""Which expressions change nothing when they are evaluated, as far as their text tells."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable, Iterator

CHANGING = {
    "append", "appendleft", "extend", "insert", "pop", "popleft", "remove", "clear", "update",
    "setdefault", "sort", "reverse", "fill", "shuffle", "put", "itemset", "seed", "next", "print",
    "input", "open", "exec", "eval", "setattr", "delattr", "write", "copyto", "send", "close",
}  # fmt: skip
"""Names of methods and functions that change something."""
RANDOM = {"random", "rand", "randn", "normal", "uniform", "choice", "permutation", "randint", "rng"}


class Effects:
    """What the definitions of a file change.

    Args:
        tree: of the file.
    """

    def __init__(self, tree: ast.Module) -> None:
        functions: dict[str, list[ast.AST]] = {}
        self.changing = set(CHANGING)
        self.functions = functions
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                functions.setdefault(node.name, []).append(node)
            elif isinstance(node, ast.ClassDef):
                self.changing.add(node.name)
        grown = True
        while grown:
            grown = False
            for name, ones in functions.items():
                if name not in self.changing and any(self._changes(one) for one in ones):
                    self.changing.add(name)
                    grown = True

    @staticmethod
    def functions_of(tree: ast.Module) -> Callable[[str], bool]:
        """Whether a text calls a function of the file."""
        names = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}

        def calls(text: str) -> bool:
            return any(re.search(rf"\b{re.escape(name)}\(", text) for name in names)

        return calls

    def harmless(self, node: ast.AST) -> bool:
        """Whether an expression changes nothing."""
        return not self._changes(node)

    def _changes(self, node: ast.AST) -> bool:
        for part in ast.walk(node):
            if isinstance(part, ast.Attribute | ast.Subscript) and isinstance(part.ctx, ast.Store):
                return True
            if isinstance(part, ast.AugAssign | ast.Global | ast.Nonlocal | ast.NamedExpr):
                return True
            if isinstance(part, ast.Yield | ast.YieldFrom | ast.Await | ast.Delete):
                return True
            if isinstance(part, ast.Call) and (
                self._is_object(part.func)
                or any(name in self.changing or name in RANDOM for name in _names(part.func))
                or any(one.arg == "out" for one in part.keywords)
            ):
                return True
        return False

    def _is_object(self, function: ast.expr) -> bool:
        """Whether what is called may be an object whose call changes it."""
        if "__call__" not in self.changing or not isinstance(function, ast.Name):
            return False
        return function.id not in self.functions and not hasattr(builtins, function.id)


def _names(function: ast.expr) -> Iterator[str]:
    """The names by which a function is called: np.random.randn is random and randn."""
    while isinstance(function, ast.Attribute):
        yield function.attr
        function = function.value
    if isinstance(function, ast.Name):
        yield function.id
