"""Cost and accuracy on some examples, in chunks so that memory stays small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.train.examples import Examples
from glassprop.train.history import Evaluation

CHUNK = 4096


def classes(outputs: npt.NDArray[Any], threshold: float) -> npt.NDArray[np.intp]:
    """The class of each row of outputs: the largest, or for one output 1 above the threshold."""
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > threshold).astype(np.intp)
    return outputs.argmax(1)


def measure(
    evaluate: Callable[..., tuple[npt.NDArray[Any], Any]],
    parameters: Sequence[npt.NDArray[Any]],
    examples: Examples,
    threshold: float,
) -> Evaluation:
    """The mean cost, and the accuracy where the examples have labels."""
    total, correct = 0.0, 0
    for start in range(0, len(examples), CHUNK):
        part = slice(start, start + CHUNK)
        outputs, cost = evaluate(examples.x[part], examples.y[part], *parameters)
        total += float(cost) * len(outputs)
        if examples.labels is not None:
            correct += int((classes(outputs, threshold) == examples.labels[part]).sum())
    accuracy = None if examples.labels is None else correct / len(examples)
    return Evaluation(total / len(examples), accuracy, len(examples))
