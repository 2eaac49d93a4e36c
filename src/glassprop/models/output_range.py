"""Which values outputs can take, and whether a cost wants them at the targets."""

from __future__ import annotations

from functools import lru_cache
from math import inf

import numpy as np
import numpy.typing as npt

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node
from glassprop.models.activations import Activation
from glassprop.models.costs import Cost

_NEAR, _FAR = 4, 12  # powers of ten: a bound that is the same as far away is taken for one
_TOLERANCE = 1e-3


@lru_cache(maxsize=64)
def reach(activation: Activation) -> tuple[float, float]:
    """The least and the largest output: as declared, or else as seen on many values of z.

    What seems to grow without end, or cannot be evaluated, has no bound. A user's activation
    declares nothing, and that of the table may be narrower with other constants.
    """
    low, high = activation.range
    if activation.function is None or (low > -inf and high < inf):
        return low, high
    near, far = (_seen(activation, power) for power in (_NEAR, _FAR))
    if near is None or far is None:
        return low, high
    slack = [_TOLERANCE * max(1.0, abs(bound)) for bound in near]
    return (
        max(low, far[0] if near[0] < inf and near[0] - far[0] <= slack[0] else -inf),
        min(high, far[1] if near[1] > -inf and far[1] - near[1] <= slack[1] else inf),
    )


def _seen(activation: Activation, power: int) -> tuple[float, float] | None:
    sizes = np.concatenate([np.logspace(-3, power, 60 * power), np.linspace(0, 12, 4801)])
    z = np.unique(np.concatenate([-sizes, sizes]))
    symbol = Graph().symbol("z", (Axis("n", len(z)),))
    values = _values(activation(symbol), {"z": z})
    known = np.array([]) if values is None else values[~np.isnan(values)]
    return (float(known.min()), float(known.max())) if len(known) else None


@lru_cache(maxsize=64)
def approaches(cost: Cost) -> bool:
    """Whether the cost of one output is least where that is the target, as (a − y)² is.

    A user's cost may mean something else by y.
    """
    y = np.array([-2.5, -0.4, 0.3, 0.7, 3.5])
    if cost.labels == "signs":
        y = np.array([-1.0, 1.0])
    elif cost.targets != (-inf, inf):
        y = y[(y > cost.targets[0]) & (y < cost.targets[1])]
    graph = Graph()
    axis = Axis("k", 1)
    try:
        formula = cost(graph.symbol("a", (axis,)), graph.symbol("y", (axis,), "target"))
    except FormulaError:  # as Σ a − mean a, it says nothing about one output alone
        return False
    for target in y:
        found = [
            _values(formula, {"a": np.array([target + by]), "y": np.array([target])})
            for by in (0.0, -0.05, 0.05)
        ]
        numbers = [float(value) for value in found if value is not None]
        # Beyond its target the hinge cost stays what it is there.
        if len(numbers) < 3 or not numbers[0] <= min(numbers) < max(numbers):
            return False
    return True


def _values(formula: Node, given: dict[str, npt.NDArray[np.float64]]) -> npt.NDArray | None:
    """What a formula gives, or None where it cannot be evaluated."""
    try:
        with np.errstate(all="ignore"):
            return np.asarray(evaluate([formula], given)[formula], np.float64)
    except (ArithmeticError, ValueError):
        return None
