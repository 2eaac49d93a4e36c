"""Matrix products in tiles whose sums stay in vector registers.

out[i, :] = Σᵣ left[i, r] right[r, :] goes through tiles of a few rows by a few vectors: each vector
of `right` is loaded once for all rows of the tile, and each number of `left` once for all its
vectors. All distances in memory are constants.

How large tiles are, and whether columns of `right` are first copied side by side, changes no bit:
each entry is the sum of its own terms in their own order, whatever the tile, the other rows, or how
many there are.
"""

# pyright: basic

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels import packing_choice
from glassprop.compile.kernels.vectors import I64, Code, prefetch_line, tiles, widest


@dataclass(frozen=True)
class Tiling:
    """How a product goes through its matrices.

    Attributes:
        rows: of a tile; tiles for what is left of them have powers of 2.
        vectors: of 64 bytes in a row of a tile.
    """

    rows: int
    vectors: int


TILINGS = {"avx512": Tiling(4, 4), "avx": Tiling(6, 1), "sse": Tiling(2, 1), "other": Tiling(6, 1)}
"""Sums take 16 of AVX-512's 32 registers; else 12 or 8 of 16, and 24 of the 32 of 64-bit Arm."""
TILING = TILINGS[widest()]
ROWS, VECTORS = TILING.rows, TILING.vectors
DEPTH = 256
"""Rows of `right` of which columns are copied at a time."""
PANEL = DEPTH * VECTORS * 16
"""Numbers that `large_product` needs memory for."""
SIDE_BY_SIDE = Tiling(12, 2) if widest() == "avx512" else TILING
"""For factors whose columns lie side by side in memory already."""


def number(value):
    """A constant whole number."""
    return ir.Constant(I64, value)


def moved(code, pointer, place, step):
    """The address `place` steps on."""
    return code.builder.gep(pointer, [code.builder.mul(place, number(step))])


@cache
def product(width, out_step, left_steps, right_step, tiling=TILING, pieces=1, ahead=False):
    """A function (out, left, right, first, last, inner) for rows of a matrix product.

    out[i, :width] = sum over r < inner of left[i, r] right[r, :width] for first <= i < last.
    `out` has no memory in common with the others.

    Args:
        width: of the rows that are added up.
        out_step: numbers from one row of `out` to the next.
        left_steps: numbers from left[i, r] to left[i + 1, r], and to left[i, r + 1].
        right_step: numbers from one row of `right` to the next.
        tiling: which changes no bit.
        pieces: how many sums of neighbouring terms each sum is made of. A single row needs about
            four, which are independent of each other, to keep the CPU's multipliers busy.
        ahead: whether to ask the memory for the rows of `left` after those that are multiplied,
            where `left` is part of a large array that is read once, in order.
    """

    @intrinsic
    def function(typing, out, left, right, first, last, inner):
        def generate(context, builder, signature, arguments):
            steps = (out_step, left_steps, right_step)

            def write(code):
                out, left, right, first, last, inner = code.arrays
                made = _Product(code, tiling, steps, pieces, ahead)
                for there, group in made.groups(width, (out.data, left.data, right.data)):
                    made.rows(there, group, (first, last, inner))

            name = ("product", width, steps, tiling, pieces, ahead)
            return Code(context, builder, signature, arguments).apart(name, write)

        whole = types.int64
        return types.void(out, left, right, whole, whole, whole), generate

    return function


@cache
def large_product(width, out_step, left_steps, right_step, rows, inner, packs=None):
    """As `product`, with a last argument: memory of PANEL numbers.

    Where that pays on this machine, columns of `right` are copied there, as many as a tile is wide
    and DEPTH rows at a time, so that they stay in the nearest caches and side by side.

    Args:
        width: as for `product`, and so are the steps.
        out_step: of `out`.
        left_steps: of `left`.
        right_step: of `right`.
        rows: about how many the result has.
        inner: about how many rows `right` has.
        packs: whether to copy; by default as this machine has it.
    """

    @intrinsic
    def function(typing, out, left, right, first, last, inner_, panel):
        def generate(context, builder, signature, arguments):
            here = Code(context, builder, signature, arguments)
            steps, size = (out_step, left_steps, right_step), inner * width * here.bytes
            copies = packing_choice.choices().packs(rows, size) if packs is None else packs

            def write(code):
                out, left, right, first, last, inner_, panel = code.arrays
                made, ends = _Product(code, TILING, steps), (first, last, inner_)
                for there, group in made.groups(width, (out.data, left.data, right.data)):
                    if copies:
                        made.packed_rows(there, group, ends, panel.data)
                    else:
                        made.rows(there, group, ends)

            return here.apart(("large product", width, steps, TILING, copies), write)

        whole = types.int64
        return types.void(out, left, right, whole, whole, whole, panel), generate

    return function


class _Product:
    """Writes the code of one product."""

    def __init__(self, code, tiling, steps, pieces=1, ahead=False):
        self.code, self.builder, self.tiling = code, code.builder, tiling
        self.out_step, self.left_steps, self.right_step = steps
        self.pieces, self.ahead = pieces, ahead
        self.wide = tiling.vectors * code.lanes

    def groups(self, width, data):
        """Each group of columns as wide as a tile, and the addresses of its first: code in a loop.

        Narrower groups are what is left.
        """
        code, full = self.code, width - width % self.wide
        lanes = [(k * code.lanes, code.lanes) for k in range(self.tiling.vectors)]
        found = [(lanes, 0, full)] if full else []
        found += [(group, full, width) for group in tiles(width - full, code.lanes, len(lanes))]
        for group, start, stop in found:
            with self._starts(start, stop) as shift:
                out, left, right = data
                there = self.builder.gep(out, [shift]), left, self.builder.gep(right, [shift])
                yield there, group

    @contextmanager
    def _starts(self, start, stop):
        """A loop over the first columns of neighbouring groups."""
        ends = (number(start), number(stop), number(self.wide))
        with cgutils.for_range_slice(self.builder, *ends, intp=I64) as (index, _):
            yield index

    def packed_rows(self, data, group, ends, panel):
        """The rows of a group, whose columns of `right` are copied to a panel, part by part."""
        builder, (first, last, inner), depth = self.builder, ends, number(DEPTH)
        (out, left, right), step = data, self.right_step
        with cgutils.for_range_slice(builder, number(0), inner, depth, intp=I64) as (low, _):
            rest = builder.sub(inner, low)
            count = builder.select(builder.icmp_signed("<", rest, depth), rest, depth)
            source = moved(self.code, right, low, step)
            with self.code.loop(number(0), count) as (r, _):
                at, to = moved(self.code, source, r, step), moved(self.code, panel, r, self.wide)
                for place, lanes in group:
                    vector = self.code.load(builder.gep(at, [number(place)]), lanes)
                    self.code.store(vector, builder.gep(to, [number(place)]))
            self.right_step = self.wide
            there = out, moved(self.code, left, low, self.left_steps[1]), panel
            again = builder.icmp_signed(">", low, number(0))
            self.rows(there, group, (first, last, count), again)
            self.right_step = step

    def rows(self, data, group, ends, again=None):
        """Whole tiles, then what is left of the rows by powers of 2.

        Args:
            data: addresses of out, left and right.
            group: places and lanes of the vectors.
            ends: the first and last row, and the number of terms.
            again: whether sums go on from what is in `out`.
        """
        builder, (first, last, inner), height = self.builder, ends, self.tiling.rows
        whole = builder.sub(last, builder.srem(builder.sub(last, first), number(height)))
        with cgutils.for_range_slice(builder, first, whole, number(height), I64) as (i, _):
            self._tile(i, height, data, group, inner, again)
        at, part = whole, 1 << (height - 1).bit_length()
        while part > 1:
            part //= 2
            there = builder.icmp_signed(">=", builder.sub(last, at), number(part))
            with builder.if_then(there):
                self._tile(at, part, data, group, inner, again)
            at = builder.select(there, builder.add(at, number(part)), at)

    def _tile(self, start, count, data, group, inner, again):
        """One tile: out[start + k, group] for k < count."""
        code, builder, (out, left, right) = self.code, self.builder, data
        target = moved(code, out, start, self.out_step)
        places = [
            (lanes, builder.gep(target, [number(k * self.out_step + place)]))
            for k in range(count)
            for place, lanes in group
        ]
        factors = moved(code, left, start, self.left_steps[0])
        if self.pieces == 1:
            totals = self._zeros(places)
            if again is not None:
                with builder.if_then(again):
                    for total, (lanes, at) in zip(totals, places, strict=True):
                        builder.store(code.load(at, lanes), total)
            with code.loop(number(0), inner) as (r, _):
                self._add(totals, factors, right, group, r, count)
            values = [builder.load(total) for total in totals]
        elif count == 1:
            values = self._pieces_of_a_row(places, factors, right, group, inner)
        else:
            self._pieces(places, factors, right, group, inner, count)
            return
        for value, (_, at) in zip(values, places, strict=True):
            code.store(value, at)

    def _zeros(self, places):
        return [self.code.zero(lanes) for lanes, _ in places]

    def _add(self, totals, left, right, group, r, count):
        """Add the products of a column of `left` with a row of `right` to the sums of a tile."""
        code, builder, (down, along) = self.code, self.builder, self.left_steps
        row, there = moved(code, right, r, self.right_step), moved(code, left, r, along)
        vectors = [code.load(builder.gep(row, [number(place)]), lanes) for place, lanes in group]
        if self.ahead:
            self._ask(there, r, count)
        sums = iter(totals)
        for k in range(count):
            factor = builder.load(builder.gep(there, [number(k * down)]))
            for vector, (_, lanes) in zip(vectors, group, strict=True):
                code.add_product(next(sums), code.repeated(factor, lanes), vector)

    def _ask(self, there, r, count):
        """Once for each vector that is gone along, ask for what the next tile has there."""
        builder, down = self.builder, self.left_steps[0]
        place = builder.and_(r, number(self.code.lanes - 1))
        with builder.if_then(builder.icmp_signed("==", place, number(0)), likely=False):
            for k in range(count, 2 * count):
                prefetch_line(builder, builder.gep(there, [number(k * down)]))

    def _piece(self, k, inner):
        """The first term of a piece and the one after its last; the last has the rest, too."""
        builder = self.builder
        part = builder.udiv(inner, number(self.pieces))
        last = builder.icmp_signed("==", k, number(self.pieces - 1))
        start = builder.mul(part, k)
        return start, builder.select(last, inner, builder.add(start, part))

    def _pieces(self, places, left, right, group, inner, count):
        """The sums of a tile in pieces, one after the other, added up in `out`."""
        code, builder = self.code, self.builder
        with code.loop(number(0), number(self.pieces)) as (k, _):
            totals = self._zeros(places)
            begins = builder.icmp_signed("==", k, number(0))
            with code.loop(*self._piece(k, inner)) as (r, _):
                self._add(totals, left, right, group, r, count)
            for total, (lanes, at) in zip(totals, places, strict=True):
                value = builder.load(total)
                added = builder.fadd(code.load(at, lanes), value)
                code.store(builder.select(begins, value, added), at)

    def _pieces_of_a_row(self, places, left, right, group, inner):
        """The sums of a single row in pieces, all at the same time."""
        code, builder = self.code, self.builder
        totals = [self._zeros(places) for _ in range(self.pieces)]
        part = builder.udiv(inner, number(self.pieces))
        with code.loop(number(0), part) as (r, _):
            for k, sums in enumerate(totals):
                term = builder.add(r, builder.mul(part, number(k)))
                self._add(sums, left, right, group, term, 1)
        with code.loop(builder.mul(part, number(self.pieces)), inner) as (r, _):
            self._add(totals[-1], left, right, group, r, 1)
        values = [builder.load(total) for total in totals[0]]
        for sums in totals[1:]:
            values = [
                builder.fadd(value, builder.load(total))
                for value, total in zip(values, sums, strict=True)
            ]
        return values
