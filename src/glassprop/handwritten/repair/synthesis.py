"""Expressions that the derivation says, in the names that a file has where they are to stand.

Which of them gives the quantity is seen by their values.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from glassprop.handwritten.repair.edited_text import Edit, Scope
from glassprop.handwritten.repair.edits import Editor
from glassprop.handwritten.repair.wanted import Wanted

FACTORS = 10
"""Names of one shape that are tried as factors of a product."""
PRODUCTS = 240


def synthesised(
    editor: Editor,
    statement: ast.stmt,
    places: Sequence[ast.expr],
    scope: Scope,
    wanted: Wanted,
) -> list[Edit]:
    """Changes that put another formula in the place of a whole expression."""
    editor.statement = statement
    found: list[Edit] = []
    for node in places:
        texts: dict[str, str] = dict.fromkeys(_slopes_of_arguments(editor, node), "derivative")
        shape = scope.shapes.get(node)
        if shape is not None and not scope.plain:
            texts |= dict.fromkeys(_products(shape, scope), "wrong product")
            texts |= dict.fromkeys(_sums(shape, scope), "wrong sum")
            texts |= dict.fromkeys(_differences(shape, scope), "wrong quantity")
        old = editor.source(node)
        for text, kind in texts.items():
            words = f"`{_short(old)}` stands where `{text}` should"
            found.append(editor.put(node, text, kind, words, 2))
    return found


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"


def _products(shape: tuple[int, ...], scope: Scope) -> Iterator[str]:
    """Products of two matrices with a result of some shape, times a derivative too."""
    names = {
        one: known
        for known, ones in scope.alike.items()
        for one in ones[:FACTORS]
        if 1 <= len(known) <= 2
    }
    slopes = scope.slopes.get(shape, [])
    count = 0
    for u, first in names.items():
        for v, second in names.items():
            for text, made in _of_two(u, first, v, second):
                if made != shape or count >= PRODUCTS:
                    continue
                count += 1
                yield text
                for slope in slopes[:4]:
                    yield f"({text}) * {slope}"
                    count += 1


def _of_two(
    u: str, first: tuple[int, ...], v: str, second: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    if len(first) == 1 and len(second) == 1:
        yield f"np.outer({u}, {v})", (first[0], second[0])
        return
    turned_u = [(u, first)] + ([(f"{u}.T", first[::-1])] if len(first) == 2 else [])
    turned_v = [(v, second)] + ([(f"{v}.T", second[::-1])] if len(second) == 2 else [])
    for a, m in turned_u:
        for b, n in turned_v:
            if m[-1] == n[0] and (len(m) == 2 or len(n) == 2):
                yield f"{a} @ {b}", (*m[:-1], *n[1:])


def _sums(shape: tuple[int, ...], scope: Scope) -> Iterator[str]:
    """Sums over the examples with a result of some shape."""
    for known, names in scope.alike.items():
        if len(known) != 2:
            continue
        for name in names[:FACTORS]:
            for axis in (0, 1):
                kept = (1, known[1]) if axis == 0 else (known[0], 1)
                if shape == (known[1 - axis],):
                    yield f"{name}.sum(axis={axis})"
                elif shape == kept:
                    yield f"{name}.sum(axis={axis}, keepdims=True)"


def _differences(shape: tuple[int, ...], scope: Scope) -> Iterator[str]:
    """Differences, and products with derivatives, of what has some shape."""
    names = scope.alike.get(shape, [])[:FACTORS]
    slopes = scope.slopes.get(shape, [])[:4]
    for u in names:
        for slope in slopes:
            yield f"{u} * {slope}"
        for v in names:
            if u != v:
                yield f"{u} - {v}"
                for slope in slopes:
                    yield f"({u} - {v}) * {slope}"


def _slopes_of_arguments(editor: Editor, node: ast.expr) -> Iterator[str]:
    """Derivatives of activations in terms of what a function is given, if it is all it does."""
    where: ast.AST | None = node
    while where is not None and not isinstance(where, ast.FunctionDef | ast.Lambda):
        where = editor.up.get(where)
    if where is None:
        return
    names = [one.arg for one in where.args.args if one.arg not in ("self", "cls", "this")]
    if not 0 < len(names) <= 3 or (isinstance(where, ast.FunctionDef) and len(where.body) > 6):
        return
    if isinstance(where, ast.FunctionDef):
        names += [
            target.id
            for one in where.body
            if isinstance(one, ast.Assign)
            for target in one.targets
            if isinstance(target, ast.Name)
        ]
    one_function = editor.text.count("np.") or editor.text.count("numpy")
    exp, tanh = ("np.exp", "np.tanh") if one_function else ("math.exp", "math.tanh")
    for n in names:
        yield f"{n} * (1 - {n})"
        yield f"1 - {n}**2"
        yield f"1 - {tanh}({n})**2"
        yield f"{exp}(-{n}) / (1 + {exp}(-{n}))**2"
        yield f"1 / (1 + {exp}(-{n}))"
        yield f"1 - {exp}(-{n})"
        if one_function:
            yield f"({n} > 0) * 1.0"
            yield f"np.where({n} > 0, 1.0, 0.01)"
            yield f"np.where({n} > 0, 1.0, np.exp({n}))"
            yield f"np.where({n} > 0, 1.0, {n} + 1.0)"
            yield f"np.ones_like({n})"
        else:
            yield f"1.0 if {n} > 0 else 0.0"
    for u in names:
        for v in names:
            if u != v:
                yield f"{u} * {v} * (1 - {v})"
                yield f"{u} * (1 - {v}**2)"
                if one_function:
                    yield f"{u} * ({v} > 0)"
