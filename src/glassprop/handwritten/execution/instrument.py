"""A program's syntax tree, with a record of each array that it computes put in.

A node is called by its place in `ast.walk` of the tree, so that whoever parses the same text knows
which expression or statement a record is of. What is put in changes no value and no order of
evaluation.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping, Sequence
from types import CodeType
from typing import Any, TypeVar

T = TypeVar("T", bound=ast.AST)
OF_A_GRADIENT = re.compile(r"deriv|prime|grad|delta|back", re.IGNORECASE)
COST = re.compile(r"cost|loss|entropy|mse|objective|error$", re.IGNORECASE)
VALUE, STORE, RETURN = "__gp_value__", "__gp_store__", "__gp_return__"
ENTER, LEAVE, PROBE = "__gp_enter__", "__gp_leave__", "__gp_probe__"
_EXPRESSIONS = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Compare, ast.IfExp)
_LOADS = (ast.Name, ast.Attribute, ast.Subscript)


def numbered(tree: ast.AST) -> dict[ast.AST, int]:
    """Each node's number."""
    return {node: k for k, node in enumerate(ast.walk(tree))}


def instrument(tree: ast.Module, probes: Mapping[int, Sequence[str]] | None = None) -> ast.Module:
    """The tree with records put in; the tree that is given is changed.

    Args:
        tree: of a program.
        probes: by numbers of expressions, others that are evaluated beside them, for their values.
    """
    return ast.fix_missing_locations(_Writer(numbered(tree), probes or {}).visit(tree))


def costs(text: str) -> set[int]:
    """The numbers of functions that compute a cost, by their names."""
    return {
        number
        for node, number in numbered(ast.parse(text)).items()
        if isinstance(node, ast.FunctionDef)
        and COST.search(node.name)
        and not OF_A_GRADIENT.search(node.name)
    }


def compiled(
    text: str,
    file: str,
    kept: dict[str, CodeType] | None,
    probes: Mapping[int, Sequence[str]] | None = None,
) -> list[CodeType]:
    """The code of a text, instrumented.

    Args:
        text: of a program.
        file: its name in tracebacks.
        kept: the code of statements of other texts, which is used again; None where the numbers of
            nodes and lines matter.
        probes: as for `instrument`.
    """
    tree = ast.parse(text, file)
    if kept is None:
        return [compile(instrument(tree, probes), file, "exec")]
    lines, found = text.splitlines(), []
    for statement in tree.body:
        first = min(
            [statement.lineno, *(one.lineno for one in getattr(statement, "decorator_list", ()))]
        )
        around = "\n".join(lines[first - 1 : statement.end_lineno])
        key = f"{statement.col_offset}, {statement.end_col_offset}: {around}"  # a;b are two
        if key not in kept:
            kept[key] = compile(instrument(ast.Module([statement], [])), file, "exec")
        found.append(kept[key])
    return found


class _Writer(ast.NodeTransformer):
    def __init__(self, numbers: dict[ast.AST, int], probes: Mapping[int, Sequence[str]]) -> None:
        self.numbers, self.probes = numbers, probes

    def visit(self, node: ast.AST) -> Any:
        others = self.probes.get(self.numbers.get(node, -1), ())
        made = super().visit(node)
        if not others or not isinstance(made, ast.expr):
            return made
        none = ast.arguments([], [], None, [], [], None, [])
        bodies = [ast.parse(f"({text}\n)", mode="eval").body for text in others]
        probed = ast.Tuple([ast.Lambda(none, body) for body in bodies], ast.Load())
        return _place(_call(PROBE, self.numbers[node], made, probed), made)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        number = self.numbers[node]
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        names = [one.arg for one in arguments]
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        node.args.defaults = [self.visit(one) for one in node.args.defaults]
        body = [made for one in node.body for made in self._listed(self.visit(one))]
        start = 1 if ast.get_docstring(node, clean=False) is not None else 0
        generator = any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in ast.walk(node))
        if names and not generator:
            given = ast.Dict(
                [ast.Constant(name) for name in names],
                [ast.Name(name, ast.Load()) for name in names],
            )
            kept = ast.Name("__gp_given__", ast.Store())
            first = _place(ast.Assign([kept], _call(ENTER, number, given)), node)
            leave = ast.Expr(_call(LEAVE, number, ast.Name("__gp_given__", ast.Load())))
            whole = ast.Try(body[start:] or [ast.Pass()], [], [], [_place(leave, node)])
            body = [*body[:start], first, _place(whole, node)]
        node.body = body
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is None:
            return node
        number = self.numbers[node]
        node.value = _place(_call(RETURN, number, self.visit(node.value)), node.value)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.AST]:
        number, targets = self.numbers[node], list(node.targets)
        node.value = self.visit(node.value)
        return [node, *self._stores(number, targets, node)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | list[ast.AST]:
        number = self.numbers[node]
        if node.value is None:
            return node
        node.value = self.visit(node.value)
        return [node, *self._stores(number, [node.target], node)]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST | list[ast.AST]:
        number = self.numbers[node]
        node.value = self.visit(node.value)
        return [node, *self._stores(number, [node.target], node)]

    def visit_Expr(self, node: ast.Expr) -> ast.AST | list[ast.AST]:
        """A call for its effect: what it is made on, and what it is given, may have changed."""
        number, call = self.numbers[node], node.value
        changed: list[ast.expr] = []
        if isinstance(call, ast.Call):
            if isinstance(call.func, ast.Attribute) and _is_plain(call.func.value):
                changed.append(_loaded(call.func.value))
            changed += [
                _loaded(k.value) for k in call.keywords if k.arg == "out" and _is_plain(k.value)
            ]
            module = (
                isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Name)
                and call.func.value.id in ("np", "numpy")
            )
            changed += [_loaded(a) for a in call.args if module and _is_plain(a)]
        texts = [ast.unparse(one) for one in changed]
        node.value = self.visit(node.value)
        made = [
            ast.Expr(_call(STORE, number, ast.Constant(text), one))
            for text, one in zip(texts, changed, strict=True)
        ]
        return [node, *(_place(one, node) for one in made)]

    def _stores(self, number: int, targets: Sequence[ast.expr], at: ast.stmt) -> list[ast.AST]:
        made: list[ast.AST] = []
        for target in _single(targets):
            root = target
            while isinstance(root, (ast.Subscript, ast.Attribute)) and not _is_plain(root):
                root = root.value
            if not _is_plain(root):
                continue
            loads = [_loaded(root)]
            if isinstance(root, ast.Subscript):
                loads.append(_loaded(root.value))
            text = ast.unparse(root)
            made.append(ast.Expr(_call(STORE, number, ast.Constant(text), *loads)))
        return [_place(one, at) for one in made]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        number = self.numbers.get(node)
        if isinstance(node, ast.JoinedStr):
            return node
        if isinstance(node, ast.Call):
            node.args = [self.visit(one) for one in node.args]
            node.keywords = [self.visit(one) for one in node.keywords]
            if isinstance(node.func, ast.Attribute):  # a method: what it belongs to
                node.func.value = self.visit(node.func.value)
            elif not isinstance(node.func, ast.Name):
                node.func = self.visit(node.func)
            if isinstance(node.func, ast.Name) and node.func.id in (
                "super",
                "locals",
                "globals",
                "vars",
                "exec",
                "eval",
            ):
                return node
        else:
            super().generic_visit(node)
        wanted = isinstance(node, _EXPRESSIONS) or (
            isinstance(node, _LOADS) and isinstance(node.ctx, ast.Load)
        )
        if wanted and number is not None and isinstance(node, ast.expr):
            return _place(_call(VALUE, number, node), node)
        return node

    def visit_MatchValue(self, node: ast.AST) -> ast.AST:
        return node

    def visit_MatchClass(self, node: ast.AST) -> ast.AST:
        return node

    @staticmethod
    def _listed(made: ast.AST | list[ast.AST] | None) -> list[ast.stmt]:
        found = made if isinstance(made, list) else [made] if made is not None else []
        return [one for one in found if isinstance(one, ast.stmt)]


def _call(name: str, number: int, *given: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), [ast.Constant(number), *given], [])


def _place(made: T, at: ast.AST) -> T:
    return ast.copy_location(made, at)  # the rest follows from fix_missing_locations


def _single(targets: Sequence[ast.expr]) -> list[ast.expr]:
    """The targets of an assignment, those of tuples one by one."""
    found: list[ast.expr] = []
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)):
            found += _single(target.elts)
        else:
            found.append(target.value if isinstance(target, ast.Starred) else target)
    return found


def _is_plain(node: ast.expr) -> bool:
    """Whether an expression may be evaluated once more: it calls nothing."""
    return isinstance(node, _LOADS) and not any(
        isinstance(part, (ast.Call, ast.Await, ast.Yield, ast.NamedExpr)) for part in ast.walk(node)
    )


def _loaded(node: ast.expr) -> ast.expr:
    """A copy of a target that is read."""
    copied = copy.deepcopy(node)
    for part in ast.walk(copied):
        if isinstance(getattr(part, "ctx", None), ast.Store):
            part.ctx = ast.Load()  # type: ignore[attr-defined]
    return copied
