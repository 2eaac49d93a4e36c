"""Parts of a formula that are made of numbers alone, and have to be numbers."""

from __future__ import annotations

import numpy as np

from glassprop.errors import FormulaError, clipped
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Map, Node, Symbol, walk
from glassprop.formula.text import to_text


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
        elif isinstance(node, Map) and not node.axes:
            fixed.append(node)
    with np.errstate(all="ignore"):
        values = evaluate(fixed, {})
    for node in fixed:
        value = float(values[node])
        if not np.isfinite(value):
            raise FormulaError(f"{clipped(to_text(node))} is {value:g}, not a finite number")
