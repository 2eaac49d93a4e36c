"""Products of matrices by blocks: several rows of the result at once stay in vector registers.

Each row that is read of the right matrix serves all rows of a block, so that the multiplications,
not the loads, take the time. What is computed for one row does not depend on the other rows, on
how many there are, or on the blocks that they fall into: the same row gives the same bits.
"""

# pyright: basic

from functools import cache

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels.vectors import I64, Code, prefetch_line, tiles

WIDE = bool(binding.get_host_cpu_features().get("avx512f"))
VECTORS = 2 if WIDE else 1
"""Vectors of 64 bytes that a block is wide; a CPU with AVX-512 has 32 registers of this size."""
HEIGHTS = (12, 4) if WIDE else (6, 2)
"""Rows of a block, and of the blocks where there are fewer rows."""


@cache
def multiply(width, pieces=1, ahead=False):
    """A function (out, a, rows, count, length) for a product of matrices.

    out[i, :width] = sum over r < length of a[i, r] rows[r, :width], for i < count.

    The entries of a row of `out` and of `rows` are neighbours in memory; `a` may have any strides.
    `out` has no memory in common with the others.

    Args:
        width: the columns of the result.
        pieces: how many sums of neighbouring terms each sum is made of. A single row needs about
            four, which are independent of each other, to keep the CPU's multipliers busy.
        ahead: whether to ask the memory for the rows of `a` after those that are multiplied, where
            `a` is part of a large array that is read once, in order.
    """

    @intrinsic
    def function(typing, out, a, rows, count, length):
        def generate(context, builder, signature, arguments):
            code = Code(context, builder, signature, arguments)
            layout = signature.args[1].layout
            product = _Product(code, pieces, layout == "C", ahead)
            count = code.arrays[3]
            vectors = [piece for tile in tiles(width, code.lanes) for piece in tile]
            for k in range(0, len(vectors), VECTORS):
                product.panel(vectors[k : k + VECTORS], count, HEIGHTS)
            return context.get_dummy_value()

        return types.void(out, a, rows, types.int64, types.int64), generate

    @njit(error_model="numpy", nogil=True)
    def product(out, a, rows, count, length):  # one function, however often it is called
        function(out, a, rows, count, length)  # pyright: ignore[reportCallIssue]

    return product


class _Product:
    """Writes the blocks of one product."""

    def __init__(self, code, pieces, contiguous, ahead):
        self.code, self.builder = code, code.builder
        self.out, self.a, self.rows, _, self.length = code.arrays
        self.pieces, self.contiguous, self.ahead = pieces, contiguous, ahead
        self.part = self.builder.udiv(self.length, ir.Constant(I64, pieces))

    def panel(self, tile, count, heights):
        """A few columns of the result: in the highest blocks that there are enough rows for.

        The last block ends at the last row; rows that it shares with the block before are computed
        twice, with the same result.
        """
        if not heights:
            with self.code.loop(ir.Constant(I64, 0), count) as (i, _):
                self._row(tile, i)
            return
        builder, height = self.builder, ir.Constant(I64, heights[0])
        enough = builder.icmp_signed(">=", count, height)
        with builder.if_else(enough) as (blocks, fewer):
            with blocks:
                last = builder.sub(count, height)
                zero = ir.Constant(I64, 0)
                with cgutils.for_range_slice(builder, zero, count, height, intp=I64) as (i, _):
                    beyond = builder.icmp_signed(">", i, last)
                    self._block(tile, builder.select(beyond, last, i), heights[0])
            with fewer:
                self.panel(tile, count, heights[1:])

    def _factor(self, row, r, lanes):
        """An entry of a row of the left matrix, repeated."""
        if not self.contiguous:
            r = self.builder.mul(r, self._step())
        return self.code.repeated(self.builder.load(self.builder.gep(row, [r])), lanes)

    def _step(self):
        """The distance of neighbouring entries of the left matrix, in numbers."""
        stride = self.builder.extract_value(self.a.strides, 1)
        return self.builder.sdiv(stride, ir.Constant(I64, self.code.bytes))

    def _add(self, totals, tile, rows, r):
        """Add the products with one row of the right matrix."""
        code = self.code
        parts = [code.load(code.pointer(self.rows, r, place), n) for place, n in tile]
        for row, sums in zip(rows, totals, strict=True):
            for total, part, (_, lanes) in zip(sums, parts, tile, strict=True):
                code.add_contracted(total, self._factor(row, r, lanes), part)

    def _block(self, tile, first, height):
        """A block of several rows; its pieces one after the other."""
        code, builder = self.code, self.builder
        numbers = [builder.add(first, ir.Constant(I64, h)) for h in range(height)]
        rows = [code.pointer(self.a, i) for i in numbers]
        with code.loop(ir.Constant(I64, 0), ir.Constant(I64, self.pieces)) as (k, _):
            totals = [[code.zero(lanes) for _, lanes in tile] for _ in rows]
            begins = builder.icmp_signed("==", k, ir.Constant(I64, 0))
            start, stop = self._piece(k)
            with code.loop(start, stop) as (r, _):
                if self.ahead:
                    self._ask(numbers, r, height)
                self._add(totals, tile, rows, r)
            for i, sums in zip(numbers, totals, strict=True):
                for total, (place, lanes) in zip(sums, tile, strict=True):
                    there, value = code.pointer(self.out, i, place), builder.load(total)
                    added = builder.fadd(code.load(there, lanes), value)
                    code.store(builder.select(begins, value, added), there)

    def _ask(self, numbers, r, height):
        """Once for each vector that is gone along, ask for what the next block has there."""
        builder = self.builder
        place = builder.and_(r, ir.Constant(I64, self.code.lanes - 1))
        with builder.if_then(builder.icmp_signed("==", place, ir.Constant(I64, 0)), likely=False):
            for i in numbers:
                there = self.code.pointer(self.a, builder.add(i, ir.Constant(I64, height)))
                prefetch_line(builder, builder.gep(there, [r]))

    def _piece(self, k):
        """The first term of a piece and the one after its last; the last has the rest, too."""
        builder = self.builder
        start = builder.mul(self.part, k)
        last = builder.icmp_signed("==", k, ir.Constant(I64, self.pieces - 1))
        return start, builder.select(last, self.length, builder.add(start, self.part))

    def _row(self, tile, i):
        """A single row; its pieces at the same time."""
        code, builder = self.code, self.builder
        row = code.pointer(self.a, i)
        totals = [[code.zero(lanes) for _, lanes in tile] for _ in range(self.pieces)]
        with code.loop(ir.Constant(I64, 0), self.part) as (r, _):
            for k, sums in enumerate(totals):
                self._add([sums], tile, [row], builder.add(r, self._piece(ir.Constant(I64, k))[0]))
        rest = builder.mul(self.part, ir.Constant(I64, self.pieces))
        with code.loop(rest, self.length) as (r, _):
            self._add(totals[-1:], tile, [row], r)
        for v, (place, _) in enumerate(tile):
            value = builder.load(totals[0][v])
            for sums in totals[1:]:
                value = builder.fadd(value, builder.load(sums[v]))
            code.store(value, code.pointer(self.out, i, place))
