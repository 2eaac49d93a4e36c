"""What a network gives for some examples, in blocks so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import NetworkError
from glassprop.train.examples.examples import Examples, is_small
from glassprop.train.examples.inputs import Inputs
from glassprop.train.examples.targets import Labels
from glassprop.train.examples.typed_rows import Numbers, blocks, is_exact
from glassprop.train.progress.history import Evaluation

AT_ONCE = 1 << 26
"""How many activations are computed at once: half a gigabyte in float64."""

COMPILED = 20_000_000
"""Examples times parameters from which on compiled code computes: some milliseconds of NumPy's."""


def is_worth_compiling(examples: int, parameters: Sequence[Numbers]) -> bool:
    """Whether outputs of so many examples are computed by compiled code, where a network has it.

    It depends on the work alone, so that figures do not change between runs.
    """
    return examples * sum(array.size for array in parameters) >= COMPILED


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


@dataclass(frozen=True)
class Part:
    """Outputs of some examples, the sum of their costs, and their labels if they have any."""

    outputs: Numbers
    cost: float
    labels: Labels | None


def evaluated(
    evaluate: Callable[..., tuple[Numbers, Any]],
    parameters: Sequence[Numbers],
    examples: Examples,
    chosen: npt.NDArray[np.intp] | None = None,
) -> Iterator[Part]:
    """What a program's function `evaluate` gives for examples, or those chosen, part by part.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    for x, y, labels in examples.blocks(chosen):
        outputs, cost = evaluate(x, y, *parameters)
        yield Part(outputs, float(cost) * len(outputs), labels)


def measure(parts: Iterable[Part], threshold: float) -> Evaluation:
    """The mean cost over examples, and the accuracy where they have labels.

    Args:
        parts: all examples, part by part.
        threshold: above it a single output means class 1.
    """
    total, correct, count, labelled = 0.0, 0, 0, False
    for part in parts:
        total += part.cost
        count += len(part.outputs)
        labelled = part.labels is not None
        if part.labels is not None:
            found = _largest(part.outputs, threshold) == part.labels
            correct += int((found & ~_without_class(part.outputs)).sum())
    return Evaluation(total / count, correct / count if labelled else None, count)
