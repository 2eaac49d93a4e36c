"""What each quantity of the backward pass is worth, by the derivation of the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.check.mutation.diagnosis import canonical
from glassprop.formula.evaluate import evaluate
from glassprop.handwritten.reading.passes import Pass
from glassprop.models.activations import Activation, activation, from_formula
from glassprop.models.costs import Cost, find_cost
from glassprop.models.costs import from_formula as cost_from_formula
from glassprop.models.layers import Dense
from glassprop.network import Network

Numbers = npt.NDArray[np.float64]
FORMULAS = {
    "exp(-z**2)": "exp(-z**2)",
    "z / (1 + abs(z))": "z / (1 + abs(z))",
    "1.7159 * tanh(2 * z / 3)": "1.7159 * tanh(2 * z / 3)",
    "gelu by tanh": "z / 2 * (1 + tanh(0.7978845608028654 * (z + 0.044715 * z**3)))",
    "(1 - exp(-z)) / (1 + exp(-z))": "tanh(z / 2)",
    "clip(z, -1, 1)": "clip(z, -1, 1)",
}


@dataclass(frozen=True)
class Derived:
    """The derivation of a network, of one example and for a mini-batch.

    Attributes:
        one: the derivation of one example, which is shown.
        many: that for a mini-batch, which is evaluated.
        cost: the name of the cost.
    """

    one: Derivation
    many: Derivation
    cost: str


def _activation(name: str, slope: float) -> Activation:
    if name == "leaky_relu":
        return activation("leaky_relu", slope=slope) if slope != 0.01 else activation("leaky_relu")
    if name in FORMULAS:
        return from_formula("f", FORMULAS[name])
    return activation(name.split(" over ")[0])  # a softmax over the wrong axis is judged as one


def _cost(name: str) -> Cost:
    if name == "softmax cross-entropy of z":
        return cost_from_formula("cross_entropy_of_z", "logsumexp(a) - sum(y * a)")
    if name == "svm":
        return cost_from_formula("svm", "sum(maximum(0, a - sum(a * y) + 1) * (1 - y))")
    if name == "log-cosh":
        return cost_from_formula("log_cosh", "sum(log(exp(a - y) + exp(y - a)))")
    return find_cost(name)


@lru_cache(maxsize=64)
def derived(
    sizes: tuple[int, ...], activations: tuple[tuple[str, float], ...], cost: str
) -> Derived:
    """The derivation of a network by what was read of it."""
    layers = [Dense(m, _activation(*one)) for m, one in zip(sizes[1:], activations, strict=True)]
    network = Network(sizes[0], *layers, cost=_cost(cost), seed=0)
    return Derived(network._programs.derivation, network._program().after("lift"), cost)


def derived_of(made: Pass, cost: str) -> Derived:
    """The derivation of the network of a forward pass."""
    sizes = (made.layers[0].weights.shape[1], *(layer.weights.shape[0] for layer in made.layers))
    return derived(sizes, tuple((one.activation, one.slope) for one in made.layers), cost)


def quantities(of: Derived, made: Pass, y: Numbers) -> dict[str, Numbers]:
    """Each quantity at a pass: z1, a1, …, dA2, delta2, dW2, db2, …, of the sum over the examples.

    Matrices of quantities of examples have a row for each example; dW1 has the shape of W1.
    """
    values: dict[str, Numbers] = {"x": made.layers[0].inputs, "y": y}
    for k, layer in enumerate(made.layers, 1):
        values |= {f"W{k}": layer.weights, f"b{k}": layer.bias}
    n = len(y)
    with np.errstate(all="ignore"):
        found = evaluate([step.symbol for step in of.many.steps], values, of.many.steps)
    named: dict[str, Numbers] = {}
    for step in of.many.steps:
        array = np.asarray(found[step.symbol], float)
        axes = [axis.name for axis in step.symbol.axes]
        if step.kind in ("backward", "gradient"):
            array = array * n
        if "n" in axes and axes.index("n") != 0:
            array = np.moveaxis(array, axes.index("n"), 0)
        if step.name.startswith("dC_dW"):
            rows = made.layers[int(step.name[5:]) - 1].weights.shape
            array = array if array.shape == rows else array.T
        named[canonical(step.name)] = array
    last = len(made.layers)
    if f"dA{last}" not in named:
        a = made.output
        with np.errstate(all="ignore"):
            if of.cost == "cross_entropy":
                named[f"dA{last}"] = -y / a
            elif of.cost == "binary_cross_entropy":
                named[f"dA{last}"] = (a - y) / (a * (1 - a))
    return named


def backward_order(count: int) -> Sequence[str]:
    """The names of the quantities in the order of the backward pass."""
    return [f"{kind}{k}" for k in range(count, 0, -1) for kind in ("dA", "delta", "db", "dW")]
