"""Parts of a formula that are made of numbers alone, and have to be numbers."""

from __future__ import annotations

import numpy as np

from glassprop.errors import FormulaError
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Map, Node, Symbol, walk
from glassprop.formula.text import to_text


def require_numbers(root: Node, what: str) -> None:
    """Refuse a formula with a part such as log(−1), which has no value whatever is put in.

    Args:
        root: the formula.
        what: what it states, for the message.

    Raises:
        FormulaError: naming that part.
    """
    varying: set[Node] = set()
    for node in walk([root]):
        if isinstance(node, Symbol) or any(part in varying for part in node.parts):
            varying.add(node)
        elif isinstance(node, Map):
            with np.errstate(all="ignore"):
                value = float(evaluate([node], {})[node])
            if not np.isfinite(value):
                raise FormulaError(f"{what}: {to_text(node)} is {value:g}, not a finite number")
