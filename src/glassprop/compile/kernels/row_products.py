"""What emitted loops call: products of rows whose sums stay in vector registers.

LLVM does not keep a row of sums in registers over a loop, because it cannot know that the arrays do
not overlap; with a store and a load for each product such a loop is three times slower. So the few
kernels that add up rows are written in LLVM's own vectors.

Emitted functions are compiled without any freedom for arithmetic: what they compute entry by entry
keeps the formula's order, roundings and infinities. The one exception is `add`, with which sums
over an axis are made.
"""

# pyright: basic

from functools import cache

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels.vectors import (
    BYTES,
    I32,
    I64,
    Code,
    multiply_add,
    prefetch_line,
    tiles,
)


@intrinsic
def add(typing, total, term):
    """Add a term to a sum over an axis: the only addition that LLVM may reorder.

    Without that a loop that adds up would not be vectorised. The flag is on this one instruction;
    LLVM reorders additions that carry it and stops at the term, however that is computed. (Without
    `nsz` beside it none of LLVM's algebra for single expressions applies either.)
    """

    def generate(context, builder, signature, arguments):
        return builder.fadd(*arguments, flags=("reassoc",))

    return total(total, total), generate


@cache
def sum_rows(width):
    """A function (out, c, rows, count) for a row of a matrix product.

    out[:width] = sum over r < count of c[r] rows[r, :width].
    """

    @intrinsic
    def function(typing, out, c, rows, count):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            out, c, rows, count = code.arrays
            for tile in tiles(width, code.lanes):
                totals = [code.zero(lanes) for _, lanes in tile]
                with code.loop(ir.Constant(I64, 0), count) as (r, _):
                    factor = code.entry(c, r)
                    for total, (place, lanes) in zip(totals, tile, strict=True):
                        row = code.load(code.pointer(rows, r, place), lanes)
                        code.add_product(total, code.repeated(factor, lanes), row)
                for total, (place, _) in zip(totals, tile, strict=True):
                    code.store(builder.load(total), code.pointer(out, None, place))
            return context.get_dummy_value()

        return types.void(out, c, rows, types.int64), generate

    return function


@cache
def dots(width):
    """A function (out, row, rows, count): out[k] = row[:width] · rows[k, :width] for k < count."""

    @intrinsic
    def function(typing, out, row, rows, count):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            out, row, rows, count = code.arrays
            pieces = [piece for tile in tiles(width, code.lanes) for piece in tile]
            with code.loop(ir.Constant(I64, 0), count) as (k, _):
                totals = {}
                for place, lanes in pieces:
                    a = code.load(code.pointer(row, None, place), lanes)
                    b = code.load(code.pointer(rows, k, place), lanes)
                    known = totals.get(lanes)
                    totals[lanes] = (
                        multiply_add(builder, a, b, known) if known else builder.fmul(a, b)
                    )
                total = None
                for lanes, vector in totals.items():
                    total = _sum(builder, code, vector, lanes, total)
                builder.store(total, builder.gep(out.data, [k]))
            return context.get_dummy_value()

        return types.void(out, row, rows, types.int64), generate

    return function


def _sum(builder, code, vector, lanes, total):
    """The entries of a vector added up pairwise, and to a total."""
    while lanes > 1:
        lanes //= 2
        kind = ir.VectorType(I32, lanes)
        low = ir.Constant(kind, list(range(lanes)))
        high = ir.Constant(kind, list(range(lanes, 2 * lanes)))
        empty = ir.Constant(vector.type, ir.Undefined)
        vector = builder.fadd(
            builder.shuffle_vector(vector, empty, low), builder.shuffle_vector(vector, empty, high)
        )
    value = builder.extract_element(vector, ir.Constant(I32, 0))
    return value if total is None else builder.fadd(total, value)


@cache
def gather_rows(width):
    """A function (out, rows, columns, values, start, stop) for a product with a sparse row.

    out[:width] = sum over start <= p < stop of values[p] rows[columns[p], :width].
    """

    @intrinsic
    def function(typing, out, rows, columns, values, start, stop):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            out, rows, columns, values, start, stop = code.arrays
            for tile in tiles(width, code.lanes):
                totals = [code.zero(lanes) for _, lanes in tile]
                with code.loop(start, stop) as (p, _):
                    column, value = code.sparse_entry(columns, values, p)
                    for total, (place, lanes) in zip(totals, tile, strict=True):
                        row = code.load(code.pointer(rows, column, place), lanes)
                        code.add_product(total, code.repeated(value, lanes), row)
                for total, (place, _) in zip(totals, tile, strict=True):
                    code.store(builder.load(total), code.pointer(out, None, place))
            return context.get_dummy_value()

        return types.void(out, rows, columns, values, types.int64, types.int64), generate

    return function


@cache
def subtract_rows(width):
    """A function (rows, row, columns, values, start, stop) for an update by a sparse row.

    rows[columns[p], :width] -= values[p] row[:width] for start <= p < stop.
    """

    @intrinsic
    def function(typing, rows, row, columns, values, start, stop):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            rows, row, columns, values, start, stop = code.arrays
            for tile in tiles(width, code.lanes):
                kept = [code.load(code.pointer(row, None, place), n) for place, n in tile]
                with code.loop(start, stop) as (p, _):
                    column, value = code.sparse_entry(columns, values, p)
                    less = builder.fneg(value)
                    for part, (place, lanes) in zip(kept, tile, strict=True):
                        there = code.pointer(rows, column, place)
                        old, factor = code.load(there, lanes), code.repeated(less, lanes)
                        code.store(multiply_add(builder, factor, part, old), there)
            return context.get_dummy_value()

        return types.void(rows, row, columns, values, types.int64, types.int64), generate

    return function


@intrinsic
def prefetch(typing, array, start, stop):
    """Ask the memory for array[start:stop], which is going to be read soon."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        step = ir.Constant(I64, BYTES // (signature.args[0].dtype.bitwidth // 8))
        start, stop = arguments[1:]
        with cgutils.for_range_slice(builder, start, stop, step, intp=I64) as (place, _):
            prefetch_line(builder, builder.gep(array.data, [place]))
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64), generate
