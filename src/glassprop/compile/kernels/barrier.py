"""Where the threads of an epoch meet: each waits until all of them have come.

They come at most microseconds apart, so waiting is looking again; a thread whose partner is held up
by the system lets others run meanwhile. A meeting that cannot take place, as one of them has failed
before it came, is broken off: those who wait raise an error.
"""

# pyright: basic

import os
import platform
from threading import BrokenBarrierError

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from glassprop.compile.kernels.products import ROWS
from glassprop.compile.kernels.vectors import I64

PLACES = 16
"""Whole numbers that a meeting needs: how many have come, and, on another cache line, how often all
have met and whether it is broken off."""
MET = PLACES // 2
BROKEN = MET + 1
PATIENCE = 4000
"""Looks before the thread lets others run."""
X86 = platform.machine().lower() in ("x86_64", "amd64", "i386", "i686")


@intrinsic
def meet(typing, meeting, threads):
    """Wait until as many threads as there are have come here."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        met = builder.gep(data, [ir.Constant(I64, MET)])
        before = builder.load_atomic(met, "acquire", 8)
        one = ir.Constant(I64, 1)
        come = builder.add(builder.atomic_rmw("add", data, one, "acq_rel"), one)
        with builder.if_else(builder.icmp_signed("==", come, arguments[1])) as (last, other):
            with last:
                builder.store_atomic(ir.Constant(I64, 0), data, "monotonic", 8)
                builder.store_atomic(builder.add(before, one), met, "release", 8)
            with other:
                _wait(context, builder, met, before)
        return context.get_dummy_value()

    return types.void(meeting, types.int64), generate


def _wait(context, builder, met, before):
    looks = cgutils.alloca_once_value(builder, ir.Constant(I64, 0))
    look = builder.append_basic_block("look")
    rest = builder.append_basic_block("rest")
    done = builder.append_basic_block("done")
    builder.branch(look)
    builder.position_at_end(look)
    builder.cbranch(
        builder.icmp_signed("==", builder.load_atomic(met, "acquire", 8), before), rest, done
    )
    builder.position_at_end(rest)
    broken = builder.gep(met, [ir.Constant(I64, BROKEN - MET)])
    nobody_comes = builder.icmp_signed(
        "!=", builder.load_atomic(broken, "acquire", 8), ir.Constant(I64, 0)
    )
    with builder.if_then(nobody_comes, likely=False):
        context.call_conv.return_user_exc(builder, BrokenBarrierError, ())
    count = builder.add(builder.load(looks), ir.Constant(I64, 1))
    builder.store(count, looks)
    nothing = ir.FunctionType(ir.VoidType(), [])
    if X86:
        pause = cgutils.get_or_insert_function(builder.module, nothing, "llvm.x86.sse2.pause")
        builder.call(pause, [])
    if os.name != "nt":
        with builder.if_then(builder.icmp_signed(">", count, ir.Constant(I64, PATIENCE))):
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
    builder.branch(look)
    builder.position_at_end(done)


@njit(inline="always")
def share(size, thread, threads, tile=ROWS):
    """The rows from first to before last that are one thread's, in whole tiles of products."""
    tiles = -(-size // tile)
    first, last = tiles * thread // threads * tile, tiles * (thread + 1) // threads * tile
    return min(first, size), min(last, size)
