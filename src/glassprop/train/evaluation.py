"""What a network gives for some examples, in blocks so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError
from glassprop.train.examples.examples import Examples, is_small
from glassprop.train.examples.inputs import Inputs
from glassprop.train.examples.typed_rows import Numbers, blocks, is_exact
from glassprop.train.progress.history import Evaluation

AT_ONCE = 1 << 26
"""How many activations are computed at once: half a gigabyte in float64."""


def classes(outputs: Numbers, threshold: float) -> npt.NDArray[np.intp]:
    """The class of each row of outputs: the largest, or for one output 1 above the threshold.

    Raises:
        NetworkError: for a row that has none, as NaN is not larger than anything.
    """
    none = np.flatnonzero(_without_class(outputs))
    if len(none):
        row = outputs[none[0]]
        raise NetworkError(
            f"example {none[0]} has no class: its largest output is {row.max():g}; inputs or "
            "parameters are too large for the network's formulas"
        )
    return _largest(outputs, threshold)


def _largest(outputs: Numbers, threshold: float) -> npt.NDArray[np.intp]:
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > threshold).astype(np.intp)
    return outputs.argmax(1)


def _without_class(outputs: Numbers) -> npt.NDArray[np.bool_]:
    """Which rows have an output that is NaN, or several that are infinite where one should win."""
    best = outputs.max(1)
    found = np.isnan(best)
    if np.isinf(best).any():
        found |= np.isinf(best) & ((outputs == best[:, None]).sum(1) > 1)
    return found


def fits_at_once(inputs: Inputs, parameters: Sequence[Numbers]) -> bool:
    """Whether examples are computed with all together.

    In blocks they take less memory, but a library for matrix products may round a row in a block
    otherwise than among all, so that is for many examples only.
    """
    activations = sum(len(array) for array in parameters) // 2  # each has a weight row and a bias
    return is_small(inputs) and len(inputs) * activations <= AT_ONCE


def outputs_of(
    predict: Callable[..., Numbers], parameters: Sequence[Numbers], inputs: Inputs, dtype: str
) -> Numbers:
    """The outputs for some inputs, of shape (n, outputs)."""
    if is_exact(inputs.rows) and not inputs.files and fits_at_once(inputs, parameters):
        with suppress(MemoryError):
            return predict(inputs.rows.given, *parameters)  # type: ignore[union-attr]
    found: list[Numbers] = []
    for _, (x,) in blocks([inputs.rows], dtype, inputs.files):
        found.append(predict(x, *parameters))
    return np.concatenate(found)


def mean_gradients(
    gradients: Callable[..., tuple[Numbers, ...]],
    parameters: Sequence[Numbers],
    examples: Examples,
) -> tuple[Numbers, ...]:
    """The gradients of the mean cost over some examples: at once, or the mean over blocks."""
    if fits_at_once(examples.inputs, parameters):
        with suppress(MemoryError):
            return gradients(*examples.arrays(), *parameters)
    total = tuple(np.zeros_like(value) for value in parameters)
    for x, y, _ in examples.blocks():
        share = len(x) / len(examples)
        for sum_, part in zip(total, gradients(x, y, *parameters), strict=True):
            sum_ += share * part
    return total


def measure(
    evaluate: Callable[..., tuple[Numbers, Any]],
    parameters: Sequence[Numbers],
    examples: Examples,
    threshold: float,
    chosen: npt.NDArray[np.intp] | None = None,
) -> Evaluation:
    """The mean cost, and the accuracy where the examples have labels.

    Args:
        evaluate: the program's function.
        parameters: of the network, in the program's order.
        examples: checked data.
        threshold: above it a single output means class 1.
        chosen: the numbers of the examples to measure on, or None for all.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    total, correct = 0.0, 0
    count = len(examples) if chosen is None else len(chosen)
    for x, y, labels in examples.blocks(chosen):
        outputs, cost = evaluate(x, y, *parameters)
        total += float(cost) * len(outputs)
        if labels is not None:
            right = (_largest(outputs, threshold) == labels) & ~_without_class(outputs)
            correct += int(right.sum())
    accuracy = None if examples.labels is None else correct / count
    return Evaluation(total / count, accuracy, count)
