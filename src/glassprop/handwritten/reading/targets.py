"""The targets of a forward pass, found by what its output is compared with."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.reading.functions import close
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace

Numbers = npt.NDArray[np.float64]
NAMES = re.compile(
    r"^(y|t|target|label|expected|desired|truth|actual|d$)|_y|y_|label|target|expected|train\w*_out",
    re.IGNORECASE,
)


def targets(trace: Trace, made: Pass, before: bool = False) -> Numbers | None:
    """Target rows of shape (examples, outputs), if the output is compared with any.

    Args:
        trace: of the run.
        made: the forward pass.
        before: whether what is called a target is looked for first before the pass, not after.
    """
    return next(_found(trace, made, before), None)


def _found(trace: Trace, made: Pass, before: bool) -> Iterator[Numbers]:
    out = made.layers[-1]
    shape = out.a.shape
    outputs = {p for p in out.places[2:] if p >= 0}
    arrays = trace.arrays
    flat = np.sort(out.a.ravel())
    for sign in ("-", "/*"):
        for one in trace.operations:
            if not made.end <= one.time < made.until or one.sign not in sign:
                continue
            for this, other in ((one.left, one.right), (one.right, one.left)):
                if this < 0 or other < 0:
                    continue
                u = arrays[this]
                same = this in outputs or (u.size == flat.size and close(np.sort(u.ravel()), flat))
                if same and other not in outputs:
                    y = _as_rows(arrays[other], shape, made.rows)
                    if y is None or close(y, out.a):
                        continue
                    if sign == "-" or _is_target(y):
                        yield y
                    elif _is_target(-y):  # -y / a
                        yield -y
    yield from _one_hot(trace, made)
    yield from _named(trace, made, before)


def _is_target(y: Numbers) -> bool:
    return bool(np.isin(y, (0.0, 1.0)).all())


def _as_rows(y: Numbers, shape: tuple[int, ...], rows: bool) -> Numbers | None:
    n, k = shape
    if y.shape == shape and (rows or n == k):
        return y if rows or y.shape != y.T.shape else y.T
    if y.shape == (k, n):
        return y.T
    if y.shape == shape:
        return y
    if y.ndim == 1 and ((y.size == n and k == 1) or (y.size == k and n == 1)):
        return y.reshape(shape)
    if y.size == n * k == 1:
        return y.reshape(shape)
    return None


def _one_hot(trace: Trace, made: Pass) -> Iterator[Numbers]:
    """Labels in whose places 1 is taken off the output."""
    out = made.output
    n, k = out.shape
    for time in range(made.end, min(made.until, len(trace.events))):
        event = trace.events[time]
        array = trace.arrays[event.array]
        if array.size == out.size and array.ndim == 2 and k > 1:
            rows = array if made.rows else array.T
            if rows.shape != out.shape:
                continue
            difference = out - rows
            if close(difference.sum(1), np.ones(n)) and close(
                np.abs(difference).max(1), np.ones(n)
            ):
                yield np.round(difference)
        elif array.shape == (n,) and k > 1 and trace.run.types[event.array][0] in "iu":
            node = trace.nodes[event.node]
            if not isinstance(node, ast.Name | ast.Attribute) or not NAMES.search(
                ast.unparse(node).split(".")[-1]
            ):
                continue
            labels = array.astype(int)
            if labels.min() >= 0 and labels.max() < k:
                yield np.eye(k)[labels]


def _named(trace: Trace, made: Pass, before: bool) -> Iterator[Numbers]:
    shape = made.output.shape
    until = min(made.until, len(trace.events))
    inside = range(made.start, until)
    earlier = list(reversed(range(max(made.start - 200, 0), made.start)))
    for time in [*earlier, *inside] if before else [*inside, *earlier]:
        event = trace.events[time]
        name = event.path or _name(trace.nodes[event.node])
        if name and NAMES.search(name.split(".")[-1]):
            y = _as_rows(trace.arrays[event.array], shape, made.rows)
            if y is not None and not close(y, made.output) and (y.any() or made.output.size == 1):
                yield y


def _name(node: ast.AST) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
