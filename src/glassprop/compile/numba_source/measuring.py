"""The source of compiled measurements: the outputs and the cost of examples, block by block.

The steps of `evaluate` go the same way as those of an epoch. Weights that products need transposed
are transposed once, before the first block, as nothing changes them.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.compile.layout.array_expressions import name
from glassprop.compile.loops.assignments import Assignment, cut
from glassprop.compile.loops.fusion import Loop, fused
from glassprop.compile.loops.product_strategy import choose_products, in_blocks, work_of
from glassprop.compile.loops.sparse_inputs import DENSEST, scale_of, sparse_products
from glassprop.compile.loops.storage import Storage
from glassprop.compile.loops.transposed_weights import transpose_weights
from glassprop.compile.numba_source.epoch_module import (
    HEADER,
    argument_names,
    head,
    memory_names,
    module_text,
    transposed_copies,
)
from glassprop.compile.numba_source.product_calls import matrix
from glassprop.compile.numba_source.statements import Statements
from glassprop.compile.numba_source.training import input_and_target
from glassprop.compile.numpy_source.emit import Lines
from glassprop.compile.numpy_source.line_breaks import INDENT
from glassprop.compile.program import LacksError, MeasureSource, Program, Purpose
from glassprop.formula.nodes import Symbol

ABOUT = '"""The outputs for the examples in `order`, and the mean cost of each block of them."""'
BLOCK = 128
"""Examples in a block: enough for products in tiles, and few enough to stay in a core's cache."""
OUT = "out"
OWN = {OUT, "outputs", "costs", "measure"}
"""Names that the emitted source gives to things of its own, beside those of an epoch."""


def measure_source(program: Program, purpose: Purpose) -> MeasureSource:
    """The source that computes outputs and costs as a program's `evaluate` does.

    Args:
        program: for inputs of shape (n, features) and targets of shape (n, outputs).
        purpose: `batch_size` examples are a block.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    routine, dtype = program.routines["evaluate"], program.dtype
    steps, (x, _) = routine.steps.steps, input_and_target(routine)
    if len(routine.results) != 2:
        raise LacksError("measuring with other than one output")
    assignments = cut(steps, Lines(steps, dtype).of(steps))
    scale = scale_of(assignments, x)
    first = transpose_weights(assignments, scale.target if scale else x)
    assignments, rows = first.assignments, ""
    work = work_of(assignments, purpose.batch_size)
    found = sparse_products(assignments, x, scale) if purpose.density <= DENSEST else None
    if found is not None:
        assignments, rows = in_blocks(found.assignments, dtype), x
        rest = work_of(assignments, purpose.batch_size)
        work = rest + int(2 * purpose.density * (work - rest))
    assignments = choose_products(assignments, purpose.batch_size)
    parameters = {symbol.name for symbol in routine.arguments if symbol.role == "parameter"}
    once = {one: matrix(one.array)[0] for one in assignments if one.kind == "turn"}
    once = {one: weights for one, weights in once.items() if weights in parameters}
    items = fused([one for one in assignments if one not in once])
    outputs, cost = routine.results
    shape = ("n", str(outputs.axes[1].size))
    items = [*items, Loop("n", 0, [Loop(shape[1], 1, [_copy(outputs, shape)])])]
    turned = first.names | {*once.values()}
    places = Storage(routine.arguments, dtype, items, rows, turned, forms=purpose.forms)
    clash = OWN & {*places.shapes, *places.kept}
    if clash:
        raise LacksError(f"room for a quantity called {min(clash)!r}")
    places.shapes[OUT] = shape
    source = _module(places, routine.arguments, cost, purpose.title)
    return MeasureSource(source, rows, purpose.batch_size, work)


def _copy(outputs: Symbol, shape: tuple[str, str]) -> Assignment:
    """The assignment that puts an output where it is wanted."""
    return Assignment(OUT, shape, "elementwise", name(outputs.name, shape), updates=True)


def _module(places: Storage, arguments: Sequence[Symbol], cost: Symbol, title: str) -> str:
    """The text of a module with `workspace(n)` and `measure`."""
    statements = Statements(places, 2)
    calls = statements.calls
    before = transposed_copies(calls)
    names = [*argument_names(places, arguments), "outputs", "costs", "work"]
    return module_text(
        places,
        HEADER.format(title=title, what="outputs and costs"),
        calls.made,
        head("measure", names, ABOUT, memory_names(places, "work", False) + before),
        [
            f"{INDENT * 2}{OUT} = outputs[start : start + n]",
            *statements.lines,
            f"{INDENT * 2}costs[start // size] = {places.entry(cost.name, ())}",
        ],
    )
