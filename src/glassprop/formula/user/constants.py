"""Parts of a formula that are made of numbers alone, and have to be numbers."""

from __future__ import annotations

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
    fixed: list[Node] = []
    for node in walk([root]):
        if isinstance(node, Symbol) or any(part in varying for part in node.parts):
            varying.add(node)
        elif isinstance(node, Map):
            one = _of_one_number(node)
            if all(isinstance(axis.size, int) for axis in one.axes):
                fixed.append(one)
    with np.errstate(all="ignore"):
        values = evaluate(fixed, {})
    for node in fixed:
        found = np.asarray(values[node])
        if not np.isfinite(found).all():
            value = found[~np.isfinite(found)].flat[0]
            text = to_text(node)
            if is_call(node, "reciprocal"):  # as it was written
                text = f"1 / {to_text(node.operands[0])}"
            raise FormulaError(f"{clipped(text)} is {value:g}, not a finite number")


def _of_one_number(node: Map) -> Node:
    """A function of numbers that are repeated along axes as one of numbers, without the axes."""
    numbers: list[Node] = []
    for operand in node.operands:
        if isinstance(operand, Contract) and not operand.factors:
            operand = node.graph.const(operand.coefficient)
        numbers.append(operand)
    alone = all(isinstance(number, Const) for number in numbers)
    return node.graph.map(node.function, *numbers) if alone else node
