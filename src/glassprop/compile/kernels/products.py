"""Matrix products in blocks of rows whose sums stay in vector registers.

out[i, :] = Σᵣ left[i, r] right[r, :] goes through tiles of a few rows by a few vectors: each vector
of `right` is loaded once for all rows of the tile, and each number of `left` once for all its
vectors. All distances in memory are constants. Measured on one core with AVX-512, that is 95 % of
what the core's multipliers can do, from 32 by 64 by 64 on, where BLAS has packed nothing yet.
"""

# pyright: basic

from contextlib import contextmanager
from functools import cache

from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels.vectors import I64, Code, tiles

ROWS = 4
VECTORS = 4 if binding.get_host_cpu_features().get("avx512f") else 1
"""Rows and vectors of 64 bytes in a tile: sums take half of the registers, 16 of 32 or 8 of 16."""
DEEP = 256
PANEL = DEEP * VECTORS * 16
"""Rows of a panel that `packed_product` copies, and the numbers that it needs memory for."""


def number(value):
    """A constant whole number."""
    return ir.Constant(I64, value)


def moved(code, pointer, place, step):
    """The address `place` steps on."""
    return code.builder.gep(pointer, [code.builder.mul(place, number(step))])


@cache
def product(width, out_step, left_steps, right_step):
    """A function (out, left, right, first, last, inner) for rows of a matrix product.

    out[i, :width] = sum over r < inner of left[i, r] right[r, :width] for first <= i < last.

    Args:
        width: of the rows that are added up.
        out_step: numbers from one row of `out` to the next.
        left_steps: numbers from left[i, r] to left[i + 1, r], and to left[i, r + 1].
        right_step: numbers from one row of `right` to the next.
    """

    @intrinsic
    def function(typing, out, left, right, first, last, inner):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            out, left, right, first, last, inner = code.arrays
            tile = _Tile(code, (out_step, left_steps, right_step))
            for group, start, stop in _columns(code, width):
                with start_of(code, start, stop) as shift:
                    there = builder.gep(right.data, [shift])
                    target = builder.gep(out.data, [shift])
                    tile.rows(target, left.data, there, group, (first, last, inner), None)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(out, left, right, whole, whole, whole), generate

    return function


@cache
def packed_product(width, out_step, left_steps, right_step):
    """As `product`, with a last argument: memory of PANEL numbers.

    Columns of `right` are copied there, as many as a tile is wide and DEEP rows at a time, so that
    they stay in the nearest caches and side by side. `inner` is at least 1.
    """

    @intrinsic
    def function(typing, out, left, right, first, last, inner, panel):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            out, left, right, first, last, inner, panel = code.arrays
            tile = _Tile(code, (out_step, left_steps, VECTORS * code.lanes))
            for group, start, stop in _columns(code, width):
                depth = cgutils.for_range_slice(builder, number(0), inner, number(DEEP), I64)
                with start_of(code, start, stop) as shift, depth as (low, _):
                    rest = builder.sub(inner, low)
                    deep = builder.icmp_signed("<", rest, number(DEEP))
                    count = builder.select(deep, rest, number(DEEP))
                    source = builder.gep(moved(code, right.data, low, right_step), [shift])
                    with code.loop(number(0), count) as (r, _):
                        for place, lanes in group:
                            at = builder.gep(moved(code, source, r, right_step), [number(place)])
                            to = moved(code, panel.data, r, VECTORS * code.lanes)
                            code.store(code.load(at, lanes), builder.gep(to, [number(place)]))
                    target = builder.gep(out.data, [shift])
                    factors = moved(code, left.data, low, left_steps[1])
                    again = builder.icmp_signed(">", low, number(0))
                    tile.rows(target, factors, panel.data, group, (first, last, count), again)
            return context.get_dummy_value()

        whole = types.int64
        return types.void(out, left, right, whole, whole, whole, panel), generate

    return function


class _Tile:
    """Code for the rows of some columns, tile by tile."""

    def __init__(self, code, steps):
        self.code, self.steps = code, steps

    def rows(self, out, left, right, group, ends, again):
        """Whole tiles, then what is left by halves."""
        code, (first, last, inner) = self.code, ends
        builder = code.builder
        whole = builder.sub(last, builder.srem(builder.sub(last, first), number(ROWS)))
        with cgutils.for_range_slice(builder, first, whole, number(ROWS), I64) as (i, _):
            self._tile(i, ROWS, out, left, right, group, inner, again)
        at, part = whole, ROWS
        while part > 1:
            part //= 2
            there = builder.icmp_signed(">=", builder.sub(last, at), number(part))
            with builder.if_then(there):
                self._tile(at, part, out, left, right, group, inner, again)
            at = builder.select(there, builder.add(at, number(part)), at)

    def _tile(self, start, count, out, left, right, group, inner, again):
        """One tile: out[start + k, group] for k < count, added to what is there where `again`."""
        code, (out_step, left_steps, right_step) = self.code, self.steps
        builder = code.builder
        totals = [[code.zero(lanes) for _, lanes in group] for _ in range(count)]
        target = moved(code, out, start, out_step)
        places = [
            (total, lanes, builder.gep(target, [number(k * out_step + place)]))
            for k, sums in enumerate(totals)
            for total, (place, lanes) in zip(sums, group, strict=True)
        ]
        if again is not None:
            with builder.if_then(again):
                for total, lanes, at in places:
                    builder.store(code.load(at, lanes), total)
        factors = moved(code, left, start, left_steps[0])
        with code.loop(number(0), inner) as (r, _):
            row = moved(code, right, r, right_step)
            vectors = [code.load(builder.gep(row, [number(p)]), lanes) for p, lanes in group]
            there = moved(code, factors, r, left_steps[1])
            for k, sums in enumerate(totals):
                factor = builder.load(builder.gep(there, [number(k * left_steps[0])]))
                for total, vector, (_, lanes) in zip(sums, vectors, group, strict=True):
                    code.add_product(total, code.repeated(factor, lanes), vector)
        for total, _, at in places:
            code.store(builder.load(total), at)


def _columns(code, width):
    """Groups of vectors side by side, and the columns where each of them starts and stops."""
    wide = VECTORS * code.lanes
    full = width - width % wide
    found = []
    if full:
        found.append(([(k * code.lanes, code.lanes) for k in range(VECTORS)], 0, full))
    rest = tiles(width - full, code.lanes, VECTORS)
    return found + [(group, full, width) for group in rest]


@contextmanager
def start_of(code, start, stop):
    """A loop over the first columns of neighbouring groups."""
    step = number(VECTORS * code.lanes)
    ends = (number(start), number(stop), step)
    with cgutils.for_range_slice(code.builder, *ends, intp=I64) as (index, _):
        yield index
