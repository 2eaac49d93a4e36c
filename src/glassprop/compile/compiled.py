"""The compiled engine's source: a whole epoch as loops, written for Numba.

The steps of `train_step` are cut into assignments, fused into loops, and written. Sizes are
numbers in the source, so that the loops can be vectorised; only n, the number of examples in a
mini-batch, is not known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from glassprop.compile.arrays import Array
from glassprop.compile.emit import Lines
from glassprop.compile.epoch import epoch_module
from glassprop.compile.fusion import fused
from glassprop.compile.loops import Assignment, LacksError, cut
from glassprop.compile.places import ROWS, Forms, Places
from glassprop.compile.program import Program, Routine
from glassprop.compile.sparse import DENSEST, pays, sparse_products
from glassprop.errors import NetworkError

LARGE = 300_000
"""Multiplications in a matrix product from which on BLAS is faster than a loop over kernels.

Measured on a 2-core machine with AVX-512, all three products of a layer: loops take 0.4 of BLAS's
time at 3,000 multiplications, 0.3 to 0.6 at 80,000, 0.5 to 0.9 at 240,000, 1.8 at 520,000.
"""


@dataclass(frozen=True)
class Compiled:
    """The source of an epoch.

    Attributes:
        source: the text of a module with `workspace(n)` and `epoch`.
        transposed: parameters that `epoch` takes transposed, with padded rows, for sparse inputs.
        sparse: the input that is taken as compressed rows, if there is one.
        arguments: the names of the routine's arguments, in order.
    """

    source: str
    transposed: tuple[str, ...]
    sparse: str
    arguments: tuple[str, ...]


def compiled_source(
    routine: Routine,
    dtype: str,
    batch_size: int = 32,
    density: float = 1.0,
    title: str = "program",
    forms: Forms = ROWS,
) -> Compiled:
    """The source that trains with a program's `train_step` in compiled loops.

    Args:
        routine: `train_step`.
        dtype: "float64" or "float32".
        batch_size: the size of mini-batches that the choice of matrix products is made for.
        density: the share of the inputs that is not zero; where it is small and the update rule
            lets that be exact, the products with the inputs go over the non-zero entries.
        title: what the program is for.
        forms: how inputs and targets come.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    steps = routine.steps.steps
    data = [symbol for symbol in routine.arguments if symbol.role in ("input", "target")]
    for symbol in data:
        if len(symbol.axes) != 2 or symbol.axes[0].size != "n":
            raise LacksError(f"data with other axes than examples and columns: {symbol.name}")
    if len(data) != 2 or any(isinstance(a.size, str) for s in data for a in s.axes[1:]):
        raise LacksError("data other than one input and one target")
    assignments = cut(steps, Lines(steps, dtype).of(steps))
    rows = ""
    transposed: tuple[str, ...] = ()
    found = sparse_products(assignments, data[0].name) if density <= DENSEST else None
    if found is not None and pays(density, found.width, batch_size):
        assignments, transposed, rows = found.assignments, (found.parameter,), data[0].name
    assignments = [_by_size(one, batch_size) for one in assignments]
    places = Places(routine.arguments, dtype, fused(assignments), rows, transposed, forms)
    names = tuple(symbol.name for symbol in routine.arguments)
    return Compiled(epoch_module(places, routine.arguments, title), transposed, rows, names)


def training_source(program: Program, title: str) -> str:
    """The source for dense inputs and mini-batches of 32.

    Raises:
        NetworkError: naming an operation that there are no loops for.
    """
    try:
        return compiled_source(program.routines["train_step"], program.dtype, title=title).source
    except LacksError as error:
        raise NetworkError(f"the compiled engine lacks {error}") from None


def _by_size(one: Assignment, batch_size: int) -> Assignment:
    """A product that is large, or that no loop is made for, goes to BLAS."""
    if one.kind != "product":
        return one
    left, right = one.array.args
    sizes = [_number(size, batch_size) for size in (*one.shape, left.shape[1])]
    work = sizes[0] * sizes[1] * sizes[2]
    return replace(one, blas=work >= LARGE or not fits_loop(left, right))


def fits_loop(left: Array, right: Array) -> bool:
    """Whether rows of the right operand, or whole rows of both, can be gone along."""
    if right.op == "name":
        return True
    return left.op == "name" and left.shape[1].isdigit()


def _number(size: str, batch_size: int) -> int:
    return int(size) if size.isdigit() else batch_size
