"""A formula of numbers as one line of text, such as (a + b) * (b + 1), whatever it holds."""

from __future__ import annotations

import math

from glassprop.errors import FormulaError
from glassprop.formula.algebra import rewrite
from glassprop.formula.derivatives import expand
from glassprop.formula.nodes import Map, Node, Number
from glassprop.formula.text.write import to_text

LONGEST = 200


def infix(root: Node) -> str:
    """The formula as text, with f′ by its formula; shortened if it is long."""
    try:
        text = to_text(rewrite(root, _without_primes))
    except FormulaError:  # a function of a user's own, or too long to be read back
        text = repr(root)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _without_primes(node: Node) -> Node | None:
    if isinstance(node, Map) and node.function.primitive is not None:
        return expand(node.function, node.operands)
    return None


def number(value: Number) -> str:
    """A number without a superfluous point: 2, 0.1, 1e-07; ∞ and "undefined" for what is none."""
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    return repr(value)
