"""Which matrix products are computed at once, and which row by row in the loops around them.

At once, a product goes through tiles (`products`), which is fastest where it has some rows. Row by
row, what follows a product goes on with a row that is still in registers or in the nearest cache:
best for few examples.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from glassprop.compile.layout.array_expressions import Array, name
from glassprop.compile.loops.assignments import Assignment
from glassprop.compile.loops.storage import VECTOR, padded
from glassprop.compile.loops.transposed_weights import ENDING, named, transposed
from glassprop.compile.program import LacksError

TOGETHER = 4
"""Examples in a mini-batch from which on its products are computed at once."""
ROWS, NUMBERS = 16, 8192
"""Rows of the result, and numbers of the second factor, from which on a machine may be faster where
columns of the factor are copied side by side first (`kernels/packing_choice.py`)."""
BLOCK, WIDE = 4, 4
"""Vectors in a block of columns of a sparse product, and blocks from which on there are blocks."""


def choose_products(assignments: Sequence[Assignment], batch_size: int) -> list[Assignment]:
    """The assignments with their products marked, and the transposed copies that they need first.

    Raises:
        LacksError: for a product that neither way can compute.
    """
    computed = {one.target for one in assignments if not one.updates}
    made = [_way(one, batch_size, computed) for one in assignments]
    turns: dict[str, Assignment] = {}
    found: list[Assignment] = []
    for one in made:
        if one.kind == "product" and one.whole:
            left, right = one.array.args
            if right.op == "transpose":
                weights = right.args[0]
                copy = f"{named(weights)}{ENDING}"
                turns.setdefault(copy, Assignment(copy, right.shape, "turn", transposed(weights)))
                right = name(copy, right.shape)
                one = replace(one, array=replace(one.array, args=(left, right)))
        found.append(one)
    return [*turns.values(), *found]


def in_blocks(assignments: Sequence[Assignment], dtype: str) -> list[Assignment]:
    """The assignments; sparse products of wide layers go by blocks of their columns.

    A block of the weights stays in the caches for all examples of a mini-batch. Measured on one
    core with [784, 512, 512, 10], mini-batches of 128 and MNIST: 1.3 times as fast.
    """
    block = BLOCK * VECTOR[dtype]
    found: list[Assignment] = []
    for one in assignments:
        width = padded(one.shape[1], dtype) if one.kind in ("gather", "spread", "scatter") else 0
        blocks = width >= WIDE * block and width % block == 0
        found.append(replace(one, whole=True) if blocks else one)
    return found


def _way(one: Assignment, batch_size: int, computed: Collection[str]) -> Assignment:
    if one.kind != "product":
        return one
    left, right = one.array.args
    whole = batch_size >= TOGETHER and (right.op == "name" or named(right.args[0]) not in computed)
    if not whole and not _fits_rows(left, right):
        raise LacksError("a product with the transpose of what is computed for each mini-batch")
    sizes = (one.shape[0], left.shape[1], right.shape[1])
    rows, inner, width = (_number(size, batch_size) for size in sizes)
    large = whole and rows >= ROWS and inner * width >= NUMBERS
    return replace(one, whole=whole, large=(rows, inner) if large else None)


def _number(size: str, batch_size: int) -> int:
    return int(size) if size.isdigit() else batch_size


def _fits_rows(left: Array, right: Array) -> bool:
    """Whether rows of the right operand, or whole rows of both, can be gone along."""
    return right.op == "name" or (left.op == "name" and left.shape[1].isdigit())


def work_of(assignments: Sequence[Assignment], batch_size: int) -> int:
    """How many multiplications the matrix products of a mini-batch have."""
    total = 0
    for one in assignments:
        if one.kind == "product":
            sizes = (*one.shape, one.array.args[0].shape[1])
            numbers = [_number(size, batch_size) for size in sizes]
            total += numbers[0] * numbers[1] * numbers[2]
    return total
