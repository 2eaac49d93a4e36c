"""The compiled engine's source: a whole epoch as loops, written for Numba.

The steps of `train_step` are cut into assignments, fused into loops, and written. Sizes are
numbers in the source, so that the loops can be vectorised; only n, the number of examples in a
mini-batch, is not known.
"""

from __future__ import annotations

from glassprop.compile.loops.assignments import cut
from glassprop.compile.loops.fusion import fused
from glassprop.compile.loops.gradient_blocks import in_row_blocks
from glassprop.compile.loops.loop_order import arranged
from glassprop.compile.loops.product_strategy import choose_products, in_blocks, work_of
from glassprop.compile.loops.sparse_inputs import DENSEST, scale_of, sparse_products
from glassprop.compile.loops.storage import Storage
from glassprop.compile.loops.thread_division import can_divide
from glassprop.compile.loops.transposed_weights import ENDING, transpose_weights
from glassprop.compile.numba_source.epoch_module import epoch_module
from glassprop.compile.numpy_source.emit import Lines
from glassprop.compile.program import EpochSource, LacksError, Program, Purpose, Routine

DIVIDED = 10_000_000
"""Multiplications in the matrix products of a mini-batch from which on threads share them: about a
tenth of a millisecond, in which a meeting of threads costs little even where it has to wait."""


def epoch_source(program: Program, purpose: Purpose) -> EpochSource:
    """The source that trains with a program's `train_step` in compiled loops.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    routine, dtype = program.routines["train_step"], program.dtype
    batch_size, density, threads = purpose.batch_size, purpose.density, purpose.threads
    steps = routine.steps.steps
    x, _ = input_and_target(routine)
    assignments = cut(steps, Lines(steps, dtype).of(steps))
    scale = scale_of(assignments, x)
    first = transpose_weights(assignments, scale.target if scale else x)
    assignments, weights, rows = first.assignments, "", ""
    found = sparse_products(assignments, x, scale) if density <= DENSEST else None
    work = work_of(assignments, batch_size)
    many = threads > 1 and work >= DIVIDED
    if found is not None:
        sparse = in_blocks(found.assignments, dtype)
        rest = work_of(sparse, batch_size)
        alone = rest + 2 * density * (work - rest)
        if not many or alone < work / threads or can_divide(fused(sparse)):
            assignments, weights, rows = sparse, found.scaled, x
    assignments = choose_products(assignments, batch_size)
    items = in_row_blocks(arranged(fused(assignments)))
    divided = many and can_divide(items)
    given = (rows, first.names, weights, divided)
    places = Storage(routine.arguments, dtype, items, *given, forms=purpose.forms)
    source = epoch_module(places, routine.arguments, purpose.title)
    counts = any(symbol.role == "counter" for symbol in routine.arguments)
    return EpochSource(source, rows, divided, counts, _place_of(routine, weights))


def input_and_target(routine: Routine) -> tuple[str, str]:
    """The names of the input and of the target of a routine.

    Raises:
        LacksError: for other data than examples with columns.
    """
    data = [symbol for symbol in routine.arguments if symbol.role in ("input", "target")]
    for symbol in data:
        if len(symbol.axes) != 2 or symbol.axes[0].size != "n":
            raise LacksError(f"data with other axes than examples and columns: {symbol.name}")
    if len(data) != 2 or any(isinstance(a.size, str) for s in data for a in s.axes[1:]):
        raise LacksError("data other than one input and one target")
    return data[0].name, data[1].name


def _place_of(routine: Routine, weights: str) -> int | None:
    """Where weights that are kept transposed are among the parameters; None for ""."""
    parameters = [symbol.name for symbol in routine.arguments if symbol.role == "parameter"]
    return parameters.index(weights.removesuffix(ENDING)) if weights else None
