"""Every pair of operations within each other, written as source and computed as meant."""

from itertools import product

import numpy as np
import pytest

from glassprop.compile.layout.array_expressions import (
    COMPARISONS,
    INFIX,
    Array,
    elementwise,
    name,
    number,
    where,
)
from glassprop.compile.numba_source.elements import Elements
from glassprop.compile.numpy_source.expressions import Writer

VALUES = {
    "x": np.array([0.5, -1.5, 2.0, 0.0]),
    "y": np.array([2.0, -1.5, 0.25, 1.0]),
    "w": np.array([1.0, 3.0, -0.5, 0.0]),
}
OPERATIONS = [*INFIX, "neg", "np.maximum", "np.abs", "np.where"]


def applied(op, *operands):
    if op == "np.where":
        return where(elementwise(">", operands[0], number(0)), *operands)
    if op.startswith("np."):
        count = 2 if op == "np.maximum" else 1
        return elementwise("ufunc", *operands[:count], value=op)
    return elementwise(op, *operands[: 1 if op == "neg" else 2])


def meant(array: Array):
    """The value of a tree, operation by operation."""
    if array.op == "name":
        return VALUES[str(array.value)]
    if array.op == "number":
        return array.value
    args = [meant(arg) for arg in array.args]
    if array.op == "cast":
        return args[0].astype(float)
    if array.op == "neg":
        return np.negative(args[0])
    called = INFIX.get(array.op, str(array.value))
    return getattr(np, called.removeprefix("np."))(*args)


LEAVES = [name(letter, ("4",)) for letter in "xyw"]


def trees():
    for outer, inner in product(OPERATIONS, repeat=2):
        made = applied(inner, LEAVES[0], LEAVES[1])
        yield outer, inner, "left", applied(outer, made, LEAVES[2])
        yield outer, inner, "right", applied(outer, LEAVES[2], made)


CASES = [case for case in trees() if "**" not in case[:2]]
"""Without powers of negative numbers; their level is that of no other operation."""


@pytest.mark.parametrize("outer", OPERATIONS)
def test_expressions_are_read_as_they_are_meant(outer):
    with np.errstate(all="ignore"):
        for own, inner, side, tree in CASES:
            if own == outer:
                text = Writer("float64").text(tree)
                found = eval(text, {"np": np}, VALUES)
                np.testing.assert_array_equal(found, meant(tree), f"{inner} {side}: {text}")


@pytest.mark.parametrize("outer", OPERATIONS)
def test_entries_are_read_as_they_are_meant(outer):
    elements = Elements("float64", lambda array, index: f"{array}[{index[0]}]")
    known = {"np": np, "real": np.float64, "choose": lambda c, u, v: u if c else v}
    with np.errstate(all="ignore"):
        for own, inner, side, tree in CASES:
            if own == outer:
                text = elements.text(tree, ("i",))
                found = [eval(text, known, {**VALUES, "i": i}) for i in range(4)]
                np.testing.assert_array_equal(found, meant(tree), f"{inner} {side}: {text}")


def test_powers_lean_to_the_right():
    x, y, w = LEAVES
    left = elementwise("**", elementwise("**", x, y), w)
    assert Writer("float64").text(left) == "(x ** y) ** w"
    assert Writer("float64").text(elementwise("**", x, elementwise("**", y, w))) == "x ** y ** w"
    entries = Elements("float64", lambda array, index: f"{array}[{index[0]}]")
    assert entries.text(left, ("i",)) == "(x[i] ** y[i]) ** w[i]"


@pytest.mark.parametrize("outer", COMPARISONS)
@pytest.mark.parametrize("inner", COMPARISONS)
def test_comparisons_never_stand_bare_beside_each_other(outer, inner):
    x, y, w = LEAVES
    for tree in (
        elementwise(outer, elementwise(inner, x, y), w),
        elementwise(outer, w, elementwise(inner, x, y)),
    ):
        text = Writer("float64").text(tree)
        assert "(" in text, text
