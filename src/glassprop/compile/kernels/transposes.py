"""Transposed copies, and sums of rows, in vector registers."""

# pyright: basic

from functools import cache

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels.products import VECTORS, moved, number
from glassprop.compile.kernels.vectors import I32, I64, Code


@cache
def transposition(height, width, out_step, step):
    """A function (out, array, first, last): out[j, i] = array[i, j] for first <= j < last.

    Squares are turned in registers: a vector's halves change places with another's, then the
    quarters, and so on. Where the copy's rows have room for whole vectors, what is written behind
    the last of their `height` numbers is 0.

    Args:
        height: of the array.
        width: of the array.
        out_step: numbers from one row of the copy to the next.
        step: numbers from one row of the array to the next.
    """

    @intrinsic
    def function(typing, out, array, first, last):
        def generate(context, builder, signature, arguments):
            def write(code):
                builder = code.builder
                out, array, first, last = code.arrays
                side = code.lanes if VECTORS > 1 else code.lanes // 2
                nothing = ir.Constant(ir.VectorType(code.number, side), None)

                def single(i, j):
                    there = builder.gep(moved(code, array.data, i, step), [j])
                    target = builder.gep(moved(code, out.data, j, out_step), [i])
                    builder.store(builder.load(there), target)

                def square(i, j, count):
                    """A square of which `count` rows are there."""
                    start = builder.gep(moved(code, array.data, i, step), [j])
                    rows = [
                        code.load(builder.gep(start, [number(k * step)]), side)
                        for k in range(count)
                    ]
                    target = builder.gep(moved(code, out.data, j, out_step), [i])
                    turned = _turned(builder, rows + [nothing] * (side - count))
                    for k, column in enumerate(turned):
                        code.store(column, builder.gep(target, [number(k * out_step)]))

                whole = height - height % side
                if whole < height and whole + side <= out_step:
                    whole = height  # the rest of a copy's rows has room for whole vectors
                squares = builder.sub(last, builder.srem(builder.sub(last, first), number(side)))
                ends = (first, squares, number(side))
                low = (number(0), number(whole - whole % side), number(side))
                with (
                    cgutils.for_range_slice(builder, *low, intp=I64) as (i, _),
                    cgutils.for_range_slice(builder, *ends, intp=I64) as (j, _),
                ):
                    square(i, j, side)
                if whole % side:
                    with cgutils.for_range_slice(builder, *ends, intp=I64) as (j, _):
                        square(low[1], j, whole % side)
                for start, low, high in ((squares, 0, whole), (first, whole, height)):
                    with (
                        code.loop(start, last) as (j, _),
                        code.loop(number(low), number(high)) as (i, _),
                    ):
                        single(i, j)

            name = ("transposition", height, width, out_step, step)
            return Code(context, builder, signature, arguments).apart(name, write)

        return types.void(out, array, types.int64, types.int64), generate

    return function


def _turned(builder, rows):
    """The columns of a square whose rows are in vectors."""
    side, distance = len(rows), len(rows) // 2
    kind = ir.VectorType(I32, side)
    while distance:
        low = [k if not k & distance else k - distance + side for k in range(side)]
        high = [k + distance if not k & distance else k + side for k in range(side)]
        turned = list(rows)
        for k in range(side):
            if not k & distance:
                one, other = rows[k], rows[k + distance]
                turned[k] = builder.shuffle_vector(one, other, ir.Constant(kind, low))
                turned[k + distance] = builder.shuffle_vector(one, other, ir.Constant(kind, high))
        rows, distance = turned, distance // 2
    return rows


@cache
def row_sum(step):
    """A function (out, rows, first, last, count): out[j] = sum over r < count of rows[r, j].

    It is for first <= j < last; `step` is how many numbers there are from one row to the next.
    """

    @intrinsic
    def function(typing, out, rows, first, last, count):
        def generate(context, builder, signature, arguments):
            def write(code):
                builder = code.builder
                out, rows, first, last, count = code.arrays

                def columns(group, start):
                    totals = [code.zero(lanes) for _, lanes in group]
                    with code.loop(number(0), count) as (r, _):
                        row = builder.gep(moved(code, rows.data, r, step), [start])
                        for total, (place, lanes) in zip(totals, group, strict=True):
                            vector = code.load(builder.gep(row, [number(place)]), lanes)
                            added = builder.fadd(builder.load(total), vector)
                            builder.store(added, total)
                    for total, (place, _) in zip(totals, group, strict=True):
                        at = builder.gep(out.data, [builder.add(start, number(place))])
                        code.store(builder.load(total), at)

                start = first
                for vectors in (4, 1):
                    lanes = number(vectors * code.lanes)
                    group = [(k * code.lanes, code.lanes) for k in range(vectors)]
                    whole = builder.sub(last, builder.srem(builder.sub(last, start), lanes))
                    with cgutils.for_range_slice(builder, start, whole, lanes, I64) as (j, _):
                        columns(group, j)
                    start = whole
                with code.loop(start, last) as (j, _):
                    columns([(0, 1)], j)

            return Code(context, builder, signature, arguments).apart(("row sum", step), write)

        whole = types.int64
        return types.void(out, rows, whole, whole, whole), generate

    return function
