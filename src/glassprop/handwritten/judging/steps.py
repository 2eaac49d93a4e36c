"""The steps of training: passes between two changes of the parameters, and their gradients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glassprop.handwritten.judging.derivation_values import Derived, quantities
from glassprop.handwritten.reading.passes import Pass

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Training:
    """Passes between two changes of the parameters.

    Attributes:
        passes: with targets.
        targets: of each.
        change: of each parameter, W1, b1, …; empty if none came after.
        until: the time of the first pass after the change.
    """

    passes: Sequence[Pass]
    targets: Sequence[Numbers]
    change: Mapping[str, Numbers]
    until: int


def parameters(made: Pass) -> dict[str, Numbers]:
    """The parameters of a pass: W1, b1, …; biases that are not there are left out."""
    found: dict[str, Numbers] = {}
    for k, layer in enumerate(made.layers, 1):
        found[f"W{k}"] = layer.weights
        if layer.has_bias:
            found[f"b{k}"] = layer.bias
    return found


def trainings(made: Sequence[Pass], targets: Sequence[Numbers | None]) -> list[Training]:
    """The passes of a run, by the changes of parameters that follow them."""
    found: list[Training] = []
    here: list[int] = []
    for k, one in enumerate(made):
        if here:
            before, after = parameters(made[here[0]]), parameters(one)
            change = {name: after[name] - before[name] for name in before if name in after}
            if any(np.abs(value).max() > 0 for value in change.values()):
                found.append(_training(made, targets, here, change, one.start))
                here = []
        here.append(k)
    if here:
        found.append(_training(made, targets, here, {}, made[here[-1]].until))
    return [one for one in found if one.passes]


def _training(
    made: Sequence[Pass],
    targets: Sequence[Numbers | None],
    here: Sequence[int],
    change: Mapping[str, Numbers],
    until: int,
) -> Training:
    chosen = [(made[k], y) for k in here if (y := targets[k]) is not None]
    return Training([one for one, _ in chosen], [y for _, y in chosen], change, until)


def gradient(of: Derived, step: Training, chosen: Sequence[int]) -> dict[str, Numbers]:
    """The gradients of the sum over the examples of some passes."""
    total: dict[str, Numbers] = {}
    for k in chosen:
        for name, value in quantities(of, step.passes[k], step.targets[k]).items():
            if name.startswith(("dW", "db")):
                total[name[1:]] = total.get(name[1:], 0) + value
    for one, other in _tied(step.passes[0]):
        total[one] = total[one] + total[other].T
        total[other] = total[one].T
    return total


def with_biases(weights: Numbers, biases: Numbers, where: str) -> Numbers:
    """Weights with the biases as their first or last column, as a file has them."""
    column = biases.reshape(-1, 1)
    return np.hstack([column, weights] if where == "first" else [weights, column])


def _tied(made: Pass) -> list[tuple[str, str]]:
    """Pairs of weights that are one matrix, the second its transpose."""
    ws = [layer.weights for layer in made.layers]
    return [
        (f"W{j + 1}", f"W{k + 1}")
        for k in range(len(ws))
        for j in range(k)
        if ws[j].shape == ws[k].T.shape and ws[j].size > 4 and (ws[j] == ws[k].T).all()
    ]


def trained(step: Training) -> list[int]:
    """The passes of a step with a backward pass behind them: those that most products follow."""
    counts = [one.products for one in step.passes]
    return [k for k, count in enumerate(counts) if 2 * count >= max(*counts, 0)]
