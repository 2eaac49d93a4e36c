"""Targets that the outputs of a network cannot reach: its cost stays far from zero, without a word.

A network of sigmoids, say, that is to learn temperatures.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from glassprop.models.architecture import Architecture
from glassprop.models.output_range import approaches, reach
from glassprop.train.examples.examples import Examples
from glassprop.train.examples.mapped_files import check_files
from glassprop.train.examples.typed_rows import CHUNK, LabelRows, Numbers

_SLACK = 1e-4  # of rounding, such as that of float32


def warn_of_unreachable(examples: Examples, architecture: Architecture) -> None:
    """Warn whoever called the caller of targets that the last layer cannot give."""
    far = unreachable(examples, architecture)
    if far:
        warnings.warn(far, stacklevel=4)


def unreachable(examples: Examples, architecture: Architecture) -> str:
    """What to say of targets that the last layer cannot give, or "" where it can.

    Costs that do not want the outputs at the targets, as a user's may be, are not judged.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    activation = architecture.layers[-1].activation
    low, high = reach(activation)
    below, above = low - _SLACK * max(1, abs(low)), high + _SLACK * max(1, abs(high))
    if not approaches(architecture.cost) or (below, above) == (-np.inf, np.inf):
        return ""
    least, most, far = np.inf, -np.inf, 0
    for rows in _parts(examples):
        least, most = min(least, rows.min()), max(most, rows.max())
        far += int(((rows < below) | (rows > above)).any(1).sum())
    if not far:
        return ""
    name, count = activation.name, len(examples)
    far = count if isinstance(examples.targets, LabelRows) else far
    signs = least == -1 and most == 1 and high == 1
    remedy = "'tanh' for −1 and 1, or give labels 0 and 1" if signs else "'identity' or scale them"
    given = f"y: targets go from {least:g} to {most:g}"
    bounds = " to ".join(f"{bound + 0.0:.4g}" for bound in (low, high))  # no −0
    return (
        f"{given}, but {name} outputs only from {bounds}: {far:,} of {count:,} examples cannot be "
        f"learned; take the output activation {remedy} (output=…, --output-activation)"
    )


def _parts(examples: Examples) -> Iterator[Numbers]:
    targets = examples.targets
    if isinstance(targets, LabelRows):
        yield np.array([[targets.low, 1.0]])
        return
    for start in range(0, len(targets), CHUNK):
        check_files(examples.files)
        yield targets.given[start : start + CHUNK]
