"""The source of compiled prediction: the steps of `predict` as loops over blocks of examples.

What is computed for an example does not depend on the others: the same example gives the same bits
alone and in any block. Rows in memory are padded to whole vectors, and loops over them go to the
end of the padding, which costs less than a rest that is no vector; nothing uses what is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from glassprop.compile.layout.array_expressions import Shape, name
from glassprop.compile.loops.assignments import Assignment, cut
from glassprop.compile.loops.fusion import Loop, fused
from glassprop.compile.loops.parameter_packing import Numbers, Packed, pack, packing, panel_width
from glassprop.compile.loops.storage import Storage, whole_vectors
from glassprop.compile.loops.transposed_weights import ENDING
from glassprop.compile.numba_source.epoch_module import DECORATOR, FUNCTIONS
from glassprop.compile.numba_source.product_calls import matrix
from glassprop.compile.numba_source.statements import Statements
from glassprop.compile.numpy_source.emit import Lines
from glassprop.compile.numpy_source.expressions import tuple_text
from glassprop.compile.numpy_source.line_breaks import INDENT, WIDEST
from glassprop.compile.program import LacksError, Program
from glassprop.formula.nodes import Symbol

HEADER = '''"""{title}: predictions in compiled loops.

Derived and written by glassprop; needs Numba.
"""

import numpy as np
from numba import njit

from glassprop.compile.kernels.products import SIDE_BY_SIDE, product'''
OUT = "out"
OWN = {
    "inputs",
    "parameters",
    "outputs",
    "count",
    "rows",
    "p",
    OUT,
    f"all_{OUT}",
    "product",
    "SIDE_BY_SIDE",
}
"""Names that the emitted source gives to things of its own, beside those of an epoch."""
LONG = 128
"""Terms from which on a sum is made of four sums, so that one example alone is fast, too."""
BLOCK_BYTES = 400_000
"""About what the rows of a block may take, inputs and all: a part of a core's own cache."""
BLOCK_ROWS = (12, 96)


@dataclass(frozen=True)
class Prediction:
    """The source of a predictor, and where its parameters go.

    Attributes:
        source: the text of a module with `predict(inputs, parameters, outputs)`. All three have
            one axis: the numbers of one example or of many, one after the other.
        dtype: "float64" or "float32".
        features, outputs: the numbers of an example.
        work: the multiplications for an example.
        places: of the parameters, in the packed array.
        target: the name of the target that it is written for.
    """

    source: str
    dtype: str
    features: int
    outputs: int
    work: int
    places: tuple[Packed, ...]
    target: str = "compiled"

    def pack(self, values: Mapping[str, Numbers]) -> Numbers:
        """The parameters in one array, as the functions take them."""
        return pack(self.places, values, self.dtype)


def prediction(program: Program, title: str) -> Prediction:
    """The compiled form of a program's `predict`.

    Args:
        program: for inputs of shape (n, features).
        title: what the program is for.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    routine, dtype = program.routines["predict"], program.dtype
    data = [symbol for symbol in routine.arguments if symbol.role != "parameter"]
    columns = [_columns(symbol) for symbol in (*data, *routine.results)]
    if len(columns) != 2:
        raise LacksError("prediction with other than one input and one output")
    steps = routine.steps.steps
    assignments = [
        replace(one, whole=one.kind == "product")
        for one in cut(steps, Lines(steps, dtype).of(steps))
    ]
    parameters = [symbol for symbol in routine.arguments if symbol.role == "parameter"]
    products = _products(assignments, {symbol.name for symbol in parameters})
    packed = packing(parameters, products, dtype)
    items = _with_copy(fused(assignments), routine.results[0].name, ("n", str(columns[1])))
    items = _to_padding(items, {data[0].name, OUT}, dtype)
    places = Storage(routine.arguments, dtype, items, "", (), picked=False)
    clash = (OWN | {f"all_{data[0].name}"}) & {*places.shapes, *places.kept}
    if clash:
        raise LacksError(f"room for a quantity called {min(clash)!r}")
    places.shapes[OUT] = ("n", str(columns[1]))
    work = sum(int(one.array.args[0].shape[1]) * int(one.shape[1]) for one in _long(assignments))
    source = _module(places, packed, data[0].name, columns[0], title, routine.about)
    return Prediction(source, dtype, columns[0], columns[1], work, packed)


def _columns(symbol: Symbol) -> int:
    """The numbers of an example."""
    if len(symbol.axes) != 2 or symbol.axes[0].size != "n" or isinstance(symbol.axes[1].size, str):
        raise LacksError(f"data with other axes than examples and columns: {symbol.name}")
    return symbol.axes[1].size


def _long(assignments: Iterable[Assignment]) -> list[Assignment]:
    return [one for one in assignments if one.kind == "product"]


def _products(assignments: Sequence[Assignment], parameters: set[str]) -> dict[str, bool]:
    """The parameters that rows are multiplied with, and whether transposed."""
    found: dict[str, bool] = {}
    for one in _long(assignments):
        left, right = one.array.args
        turned = right.op == "transpose"
        called = str(right.args[0].value if turned else right.value)
        usual = left.op == "name" and left.shape[0] == "n" and called in parameters
        if not usual or found.setdefault(called, turned) != turned:
            raise LacksError("a matrix product other than of examples and parameters")
    for one in assignments:
        if one.shape[:1] != ("n",) or any(u == "n" for u, _ in one.reads()):
            raise LacksError("a quantity that is not of one example alone")
        both = set(found) & {u for u, _ in one.reads()}
        if one.kind != "product" and both:
            raise LacksError(f"{min(both)} in a matrix product and elsewhere")
    return found


def _with_copy(
    items: list[Loop | Assignment], result: str, shape: Shape
) -> list[Loop | Assignment]:
    """The loops, and one that copies each row of the result to where it is wanted."""
    copy = Assignment(OUT, shape, "elementwise", name(result, shape), updates=True)
    inner = Loop(shape[1], 1, [copy])
    last = items[-1]
    if isinstance(last, Loop) and any(one.target == result for one in last.assignments()):
        last.body.append(inner)
        return items
    return [*items, Loop("n", 0, [inner])]


def _to_padding(
    items: Sequence[Loop | Assignment], exact: set[str], dtype: str
) -> list[Loop | Assignment]:
    """The loops; those over the entries of a row go on to the end of the padding if they may."""
    made: list[Loop | Assignment] = []
    for item in items:
        if isinstance(item, Loop):
            size = item.size
            if item.depth == 1 and size != "1" and _may_go_on(item, exact):
                size = str(whole_vectors(size, dtype))
            made.append(Loop(size, item.depth, _to_padding(item.body, exact, dtype)))
        else:
            made.append(item)
    return made


def _may_go_on(loop: Loop, exact: set[str]) -> bool:
    """Whether a loop changes and reads nothing but rows that are padded."""
    for one in loop.body:
        if isinstance(one, Loop) or one.kind != "elementwise" or one.target in exact:
            return False
        for u, index in one.reads():
            if loop.letter in index and (u in exact or index.index(loop.letter) < len(index) - 1):
                return False
    return True


class _Blocks(Statements):
    """The lines of a block of examples; products go through the kernel for blocks of rows.

    Args:
        places: where the quantities are.
        x: the name of the input.
    """

    def __init__(self, places: Storage, x: str, features: int) -> None:
        self.x, self.features = x, features
        super().__init__(places, 2)

    def _step(self, array: str) -> int:
        """Numbers from one row of an array to the next."""
        if array == self.x:
            return self.features
        return int(_room(self.places.memory[array], self.dtype)[-1])

    def _product(self, one: Assignment, depth: int) -> None:
        left, right = one.array.args
        called, turned = matrix(right)
        out, a = self.places.name(one.target), self.places.name(str(left.value))
        rows, length = f"{called}{ENDING}" if turned else called, left.shape[1]
        columns = int(one.shape[1])
        width = panel_width(columns, self.dtype)
        panels = -(-columns // width)
        steps = f"{self._step(out)}, ({self._step(a)}, 1), {width}"
        settings = [f"{width}, {steps}, SIDE_BY_SIDE"]
        if int(length) >= LONG:
            settings.append("pieces=4")
        if panels == 1 and left.value == self.x:
            settings.append("ahead=True")
        kernel = self.calls.kernel(f"product_{one.target}", f"product({', '.join(settings)})")
        if panels == 1:
            self._say(depth, f"{kernel}({out}, {a}, {rows}, 0, n, {length})", one.about)
            return
        self._say(depth, f"for p in range({panels}):", one.about)
        self._say(depth + 1, f"{kernel}({out}[:, {width} * p :], {a}, {rows}[p], 0, n, {length})")


def _module(
    places: Storage, packed: Sequence[Packed], x: str, features: int, title: str, about: str
) -> str:
    """The text of a module with `predict`."""
    statements = _Blocks(places, x, features)
    body = "\n".join(statements.lines)
    called = [f for f in FUNCTIONS if re.search(rf"(?<![\w.]){f}\(", body)]
    bits = places.dtype[-2:]
    imports = [
        f"from glassprop.compile.kernels.exponential import {function}{bits} as {function}"
        for function in called
    ]
    memory = {target: _room(shape, places.dtype) for target, shape in places.memory.items()}
    rows = _block_rows(features, memory, places.dtype)
    made = [
        _remarked(f"{target} = np.empty({tuple_text(shape)}, real)", places.remarks[target])
        for target, shape in memory.items()
    ]
    lines = [
        HEADER.format(title=title),
        *imports,
        *(["from glassprop.compile.kernels.row_products import add"] if " add(" in body else []),
        "",
        f"real = np.{places.dtype}",
        *(f"{kernel} = {call}" for kernel, call in statements.calls.made.items()),
        "",
        "",
        DECORATOR,
        "def predict(inputs, parameters, outputs):",
        f'{INDENT}"""{about}"""',
        f"{INDENT}count = len(inputs) // {features}",
        f"{INDENT}all_{x} = inputs.reshape((count, {features}))",
        f"{INDENT}all_{OUT} = outputs.reshape((count, {places.shapes[OUT][1]}))",
        *(INDENT + place.line() for place in packed),
        f"{INDENT}rows = min({rows}, count)",
        *made,
        f"{INDENT}for start in range(0, count, rows):",
        f"{INDENT * 2}n = min(rows, count - start)",
        f"{INDENT * 2}{x} = all_{x}[start : start + n]",
        f"{INDENT * 2}{OUT} = all_{OUT}[start : start + n]",
        body,
    ]
    return "\n".join(lines) + "\n"


def _room(shape: Shape, dtype: str) -> Shape:
    """The shape of an array in memory: for the rows of a block, each padded to whole panels."""
    sizes = ["rows" if size == "n" else size for size in shape]
    if sizes and sizes[-1].isdigit():
        columns = int(sizes[-1])
        width = panel_width(columns, dtype)
        sizes[-1] = str(-(-columns // width) * width)
    return tuple(sizes)


def _block_rows(features: int, memory: Mapping[str, Shape], dtype: str) -> int:
    """How many examples a block has."""
    numbers = features + sum(int(s[-1]) for s in memory.values() if len(s) > 1)
    low, high = BLOCK_ROWS
    fit = BLOCK_BYTES // (numbers * (4 if dtype == "float32" else 8))
    return max(low, min(high, fit // low * low))


def _remarked(text: str, about: str) -> str:
    line = INDENT + text
    remarked = f"{line}  # {about}"
    return remarked if about and len(remarked) <= WIDEST else line
