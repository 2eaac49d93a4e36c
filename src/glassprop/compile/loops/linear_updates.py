"""Expressions as sums of quantities times numbers: W − η (g + λ W) is (1 − η λ) W − η g.

It is how the sparse pass recognises what an update does to weights, however the rule states it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from glassprop.compile.layout.array_expressions import Array, elementwise, negated, number

Coefficients = dict[str, Array]


def coefficients(array: Array, known: Mapping[str, Array]) -> Coefficients | None:
    """The number that each quantity is multiplied by, or None if it is not such a sum.

    Args:
        array: the expression.
        known: expressions of quantities in it that are to be written out.
    """
    if array.op == "name" and not array.weak:
        inner = known.get(str(array.value))
        return {str(array.value): number(1)} if inner is None else coefficients(inner, known)
    if array.op == "neg":
        return _scaled(coefficients(array.args[0], known), opposite)
    if array.op in ("+", "-"):
        left, right = (coefficients(arg, known) for arg in array.args)
        return _sum(left, right if array.op == "+" else _scaled(right, opposite))
    if array.op == "*":
        first, second = array.args
        factor, rest = (first, second) if first.weak else (second, first)
        if factor.weak:
            return _scaled(coefficients(rest, known), lambda old: times(factor, old))
    if array.op == "/" and array.args[1].weak:
        divisor = array.args[1]
        return _scaled(coefficients(array.args[0], known), lambda old: over(old, divisor))
    return None


def times(first: Array, second: Array) -> Array:
    """A product of numbers, without factors of 1."""
    if _is_one(first):
        return second
    return first if _is_one(second) else elementwise("*", first, second)


def over(first: Array, second: Array) -> Array:
    """A quotient of numbers."""
    return first if _is_one(second) else elementwise("/", first, second)


def _is_one(array: Array) -> bool:
    return array.op == "number" and array.value == 1


def _scaled(found: Coefficients | None, change: Callable[[Array], Array]) -> Coefficients | None:
    return None if found is None else {name: change(old) for name, old in found.items()}


def _sum(left: Coefficients | None, right: Coefficients | None) -> Coefficients | None:
    if left is None or right is None:
        return None
    found = dict(left)
    for name, more in right.items():
        found[name] = _plus(found[name], more) if name in found else more
    return found


def _plus(first: Array, second: Array) -> Array:
    """A sum of numbers, with the sign of a negative one before it."""
    if _negative_first(second):
        return elementwise("-", first, opposite(second))
    return elementwise("+", first, second)


def opposite(array: Array) -> Array:
    """−u; of −u, u."""
    if array.op == "neg":
        return array.args[0]
    if array.op in ("*", "/"):
        return elementwise(array.op, opposite(array.args[0]), array.args[1])
    return negated(array)


def _negative_first(array: Array) -> bool:
    """Whether a product or a quotient begins with a minus."""
    while array.op in ("*", "/"):
        array = array.args[0]
    return array.op == "neg" or (array.op == "number" and float(str(array.value)) < 0)
