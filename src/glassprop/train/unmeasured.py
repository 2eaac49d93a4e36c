"""A cost that is NaN or infinite while the parameters stay finite: for which example, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import Program
from glassprop.train.divergence import word
from glassprop.train.examples import Examples

Numbers = npt.NDArray[Any]


def reason(
    program: Program,
    parameters: Sequence[Numbers],
    examples: Examples,
    chosen: npt.NDArray[np.intp] | None,
) -> str:
    """The first quantity on the way to the cost that is not finite, and its example; "" for none.

    Args:
        program: what the cost was measured with.
        parameters: in its order.
        examples: checked data.
        chosen: the numbers of the examples that were measured on, or None for all.
    """
    cost, seen = program.functions["cost"], 0
    with np.errstate(all="ignore"):
        for x, y, _ in examples.blocks(chosen):
            if not np.isfinite(cost(x, y, *parameters)):
                for row in range(len(x)):
                    one = x[row : row + 1], y[row : row + 1]
                    if not np.isfinite(cost(*one, *parameters)):
                        place = seen + row
                        number = place if chosen is None else int(chosen[place])
                        return f"{_first(program, one, parameters)} for example {number}"
            seen += len(x)
    return ""


def _first(program: Program, one: tuple[Numbers, Numbers], parameters: Sequence[Numbers]) -> str:
    values = program.functions["trace"](*one, *parameters)
    for step in program.after("lift").forward:
        value = np.asarray(values[step.name])
        if not np.isfinite(value).all():
            became = word(float(value[~np.isfinite(value)].flat[0]))
            return f"{step.name} ({step.meaning}) is {became}"
    return "the cost is not finite"
