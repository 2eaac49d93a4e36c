"""Parts of a formula that are made of numbers alone, and have to be numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassprop.errors import FormulaError, clipped
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Const, Contract, Map, Node, Symbol, is_call, walk
from glassprop.formula.text.write import to_text


def require_numbers(root: Node) -> None:
    """Refuse a formula with a part such as log(−1), which has no value whatever is put in.

    Raises:
        FormulaError: naming that part.
    """
    varying: set[Node] = set()
    fixed: list[Map] = []
    for node in walk([root]):
        if isinstance(node, Symbol) or any(part in varying for part in node.parts):
            varying.add(node)
            continue
        one = _of_one_number(node) if isinstance(node, Map) else node
        repeated = isinstance(node, Contract) and not node.factors
        if not (repeated or _has_a_length(one)):
            varying.add(node)
        elif isinstance(one, Map):
            fixed.append(one)
    with np.errstate(all="ignore"):
        values = evaluate([part for node in fixed for part in (node, *node.operands)], {})
    for node in fixed:
        found = np.asarray(values[node])
        if not np.isfinite(found).all():
            value = found[~np.isfinite(found)].flat[0]
            operands = [_spelled(operand, values) for operand in node.operands]
            text = f"{node.function.name}({', '.join(operands)})"
            if is_call(node, "reciprocal"):  # as it was written
                text = f"1 / {operands[0]}"
            raise FormulaError(f"{clipped(text)} is {value:g}, not a finite number")


def _spelled(node: Node, values: Mapping[Node, Any]) -> str:
    """A formula as text, or the number that it is where text cannot say it."""
    try:
        return to_text(node)
    except FormulaError:
        return f"{np.asarray(values[node]).flat[0]:g}"


def _has_a_length(node: Node) -> bool:
    """Whether it is known how many numbers it is, and those that it is made of."""
    return all(isinstance(axis.size, int) for part in (node, *node.parts) for axis in part.axes)


def _of_one_number(node: Map) -> Node:
    """A function of numbers that are repeated along axes as one of numbers, without the axes."""
    numbers: list[Node] = []
    for operand in node.operands:
        if isinstance(operand, Contract) and not operand.factors:
            operand = node.graph.const(operand.coefficient)
        numbers.append(operand)
    alone = all(isinstance(number, Const) for number in numbers)
    return node.graph.map(node.function, *numbers) if alone else node
