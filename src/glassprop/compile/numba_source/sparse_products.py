"""The lines of products with sparse inputs: row by row, or by blocks of a wide layer's columns."""

from __future__ import annotations

from collections.abc import Iterator

from glassprop.compile.loops.assignments import Assignment
from glassprop.compile.loops.product_strategy import BLOCK
from glassprop.compile.loops.storage import VECTOR, Storage, padded
from glassprop.compile.numba_source.product_calls import Calls, matrix
from glassprop.compile.numpy_source.line_breaks import INDENT

AHEAD = "ahead for the next mini-batch"
ENTRIES = "columns, values, starts[row], starts[row + 1]"
SMALLEST = 1e-10
"""Below it a scale is multiplied into its array, so that neither of them leaves its range."""


def sparse_lines(calls: Calls, one: Assignment) -> Iterator[tuple[str, str]]:
    """Lines with their indentation, each with a remark."""
    if one.kind == "scatter" and len(one.array.args) > 2:
        yield from _decayed(calls, one)
    if one.kind == "spread":
        yield from _spread(calls, one)
        return
    lines = _gather if one.kind == "gather" else _scatter
    if not one.whole:
        yield from lines(calls, one, padded(one.shape[1], calls.places.dtype), "")
        return
    width = BLOCK * VECTOR[calls.places.dtype]
    bounds = calls.places.columns(padded(one.shape[1], calls.places.dtype), width)
    yield f"for column in range({bounds}):", "neurons of the layer"
    if one.kind == "gather":
        yield f"{INDENT}for i in range(n):", ""
    for line, about in lines(calls, one, width, "column"):
        yield INDENT * (2 if one.kind == "gather" else 1) + line, about


def _gather(calls: Calls, one: Assignment, width: int, column: str) -> Iterator[tuple[str, str]]:
    """A row of x @ W.T over the entries of x that are not zero."""
    places, weights = calls.places, matrix(one.array.args[1])[0]
    kernel = calls.kernel(f"gather_rows_{width}", f"gather_rows({width})")
    out = f"{one.target}[i, column:]" if column else places.row(one.target, "i")
    yield "row = order[start + i]", ""
    yield f"{kernel}({out}, {_side(weights, column)}, {ENTRIES})", one.about
    if places.scaled:
        yield f"for j in range({width if column else one.shape[1]}):", ""
        entry = f"{one.target}[i, column + j]" if column else f"{out}[j]"
        yield f"{INDENT}{entry} *= real({places.scaled}_scale)", ""


def _spread(calls: Calls, one: Assignment) -> Iterator[tuple[str, str]]:
    """x.T @ δ, feature by feature over the examples where it is not zero."""
    places, delta = calls.places, matrix(one.array.args[1])[0]
    features, x = one.shape[0], places.sparse
    width = BLOCK * VECTOR[places.dtype] if one.whole else padded(one.shape[1], places.dtype)
    kernel = calls.kernel(f"gather_rows_{width}", f"gather_rows({width})")
    heads = str(int(features) + 1)
    for name, shape, kind, about in (
        ("heads", heads, "np.int64", f"where the entries of each column of {x} begin"),
        ("examples", "most", "np.uint32", "the example of each entry"),
        ("entries", "most", "real", f"the entries of {x} in the mini-batch, by columns"),
    ):
        places.private.add(name)
        places.add(name, (shape,), about, kind)
    rows = f"columns, values, starts, order, start, n, {places.bounds(features, '0, ')}"
    yield f"by_features(heads, examples, entries, {rows})", ""
    indent, column = "", ""
    if one.whole:
        yield f"for column in range(0, {padded(one.shape[1], places.dtype)}, {width}):", ""
        indent, column = INDENT, "column"
    yield f"{indent}for k in range({places.bounds(features)}):", ""
    out = f"{one.target}[k, column:]" if column else f"{one.target}[k]"
    given = f"{_side(delta, column)}, examples, entries, heads[k], heads[k + 1]"
    yield f"{indent}{INDENT}{kernel}({out}, {given})", one.about


def _scatter(calls: Calls, one: Assignment, width: int, column: str) -> Iterator[tuple[str, str]]:
    """W ← α W − β xᵀ δ, in the rows where x is not zero."""
    places, (delta, rate, *decay) = calls.places, one.array.args
    name, rows = matrix(delta)[0], one.target
    kernel = calls.kernel(f"subtract_rows_{width}", f"subtract_rows({width})")
    places.private.add("change")
    places.add("change", (str(width),), f"what one example takes off rows of {rows}")
    step = calls.elements.text(rate, ())
    if decay:
        number = f"{calls.elements.numbers.text(rate)} / {rows}_scale"
        step = calls.elements.number(number)
    yield f"# {one.about}: only its rows where {places.sparse} is not zero change", ""
    yield "for i in range(n):", ""
    yield f"{INDENT}{name}_i, row = {name}[i], order[start + i]", ""
    yield f"{INDENT}for j in range({width if column else one.shape[1]}):", ""
    place = "column + j" if column else "j"
    yield f"{INDENT * 2}change[j] = {step} * {name}_i[{place}]", ""
    yield f"{INDENT}{kernel}({_side(rows, column)}, change, {ENTRIES})", ""
    yield from () if column else _ahead()


def _decayed(calls: Calls, one: Assignment) -> Iterator[tuple[str, str]]:
    """S ← α s, for weights that are kept as s V."""
    scale = f"{one.target}_scale"
    decay = calls.elements.numbers.text(one.array.args[2])
    yield f"{scale} *= {decay}", f"of the whole of {one.target}"
    yield f"if abs({scale}) < {SMALLEST}:", ""
    for line in scaled_back(calls.places, one):
        yield INDENT + line, ""
    yield f"{INDENT}{scale} = 1.0", ""


def scaled_back(places: Storage, one: Assignment) -> list[str]:
    """Loops that multiply a scale into its weights, one thread's columns of them."""
    width = padded(one.shape[1], places.dtype)
    bounds = places.columns(width, BLOCK * VECTOR[places.dtype]) if one.whole else ""
    columns = bounds.rpartition(", ")[0] or one.shape[1]
    return [
        f"for i in range({one.shape[0]}):",
        f"{INDENT}for j in range({columns}):",
        f"{INDENT * 2}{one.target}[i, j] *= real({one.target}_scale)",
    ]


def _side(array: str, column: str) -> str:
    """An array from a column on."""
    return f"{array}[:, {column}:]" if column else array


def _ahead() -> Iterator[tuple[str, str]]:
    """Ask the memory for the next mini-batch's rows."""
    yield f"{INDENT}if start + size + i < len(order):  # {AHEAD}", ""
    yield f"{INDENT * 2}row = order[start + size + i]", ""
    for array in ("columns", "values"):
        yield f"{INDENT * 2}prefetch({array}, starts[row], starts[row + 1])", ""
