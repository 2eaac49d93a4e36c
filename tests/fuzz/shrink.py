"""Making a failing case smaller, step by step, while it still fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from .cases import Case, Layer
from .operations import OPERATIONS
from .tree import A, Tree, Y, Z, call, tree

SIMPLE = (call("sum", call("square", A - Y)), call("sum", A * Y))


def smallest(case: Case, fails: Callable[[Case], bool], seconds: float = 10.0) -> Case:
    """The smallest case found that fails still."""
    end = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for smaller in sorted(_smaller(case), key=lambda one: one.weight):
            if time.monotonic() > end:
                break
            if smaller.weight < case.weight and fails(smaller):
                case, changed = smaller, True
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    for place, layer in enumerate(case.layers):
        if len(case.layers) > 1:
            rest = (*case.layers[:place], *case.layers[place + 1 :])
            yield replace(case, layers=rest)
        for units in {1, 2, 3, layer.units - 1} - {0}:
            yield _with_layer(case, place, replace(layer, units=units))
        yield _with_layer(case, place, Layer(layer.units))
        for root in filter(_is_stated, shorter(layer.activation)):
            form = layer.form if root != Z else "name"
            yield _with_layer(case, place, replace(layer, activation=root, form=form))
    for inputs in {1, case.inputs - 1} - {0}:
        yield replace(case, inputs=inputs)
    for examples in {1, 2, 3, case.examples // 2} - {0}:
        yield replace(case, examples=examples)
    if case.l2:
        yield replace(case, l2=0.0)
    for root in (*SIMPLE, *shorter(case.cost)):
        if root.uses("a") and root.uses("y") and kind_of(root) == "one" and _is_stated(root):
            yield replace(case, cost=root)


def _with_layer(case: Case, place: int, layer: Layer) -> Case:
    return replace(case, layers=(*case.layers[:place], layer, *case.layers[place + 1 :]))


def kind_of(root: Tree) -> str:
    """Whether a formula is a "number", "one" number for an example, or a "vector" of them."""
    if root.op in ("number", "size"):
        return "number"
    if not root.parts:
        return "vector"
    operation = OPERATIONS.get(root.op)
    kinds = {kind_of(part) for part in root.parts}
    if operation is not None and operation.kind == "reduces":
        return "one"
    return next(kind for kind in ("vector", "one", "number") if kind in kinds)


def _is_stated(root: Tree) -> bool:
    """Whether what is summed anywhere has an entry for each output, rather than being a number."""
    return not any(
        OPERATIONS[node.op].kind == "reduces" and kind_of(node.parts[0]) == "number"
        for node in root.walk()
        if node.op in OPERATIONS
    )


def shorter(root: Tree) -> Iterator[Tree]:
    """The formula with one of its nodes replaced by a part of it, a leaf or a number."""
    wanted = kind_of(root)
    for part in root.walk():
        if part is not root and kind_of(part) == wanted:
            yield part
    if wanted == "vector" and root.parts:
        yield from {node for node in root.walk() if not node.parts and node.op not in ("number",)}
    if wanted == "number" and root != tree(1):
        yield tree(1)
    if root.op in ("+", "*", "-", "/"):
        yield from (part for part in root.parts if kind_of(part) == wanted)
    for place, part in enumerate(root.parts):
        for smaller in shorter(part):
            yield root.with_part(place, smaller)
