"""A case: a network with drawn formulas and data, and what it is worth without glassprop."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import draw
from .libraries import Careful, NumPy, Torch, value
from .tree import LEAVES, Tree, Z, call
from .written import text_of

Values = dict[str, np.ndarray]
BUILT_IN = ("sigmoid", "tanh", "softplus", "softmax", "gelu", "silu", "relu", "sin")
STEP = 1e-20
"""Of complex steps: f(θ + ih) has the slope in its imaginary part, to full precision."""


@dataclass(frozen=True)
class Layer:
    """A layer: its size, its activation, and how that is given to glassprop.

    `form` is "name" for one of the table, "python" for a function, "text" for text.
    """

    units: int
    activation: Tree = Z
    form: str = "name"


@dataclass(frozen=True)
class Case:
    """A network and how its data are drawn; `costs` says how many make up its cost."""

    inputs: int
    layers: tuple[Layer, ...]
    cost: Tree
    form: str = "python"
    examples: int = 3
    l2: float = 0.0
    dtype: str = "float64"
    seed: int = 0
    density: float = 1.0
    costs: int = 1

    @property
    def sizes(self) -> tuple[int, ...]:
        return (self.inputs, *(layer.units for layer in self.layers))

    @property
    def weight(self) -> int:
        """What shrinking makes less."""
        own = sum(layer.activation.weight for layer in self.layers)
        sizes = sum(self.sizes) + 5 * len(self.layers) + self.examples
        return 20 * (self.cost.weight + own) + sizes + bool(self.l2)

    @property
    def formulas(self) -> int:
        """How many formulas of it were drawn."""
        return self.costs + sum(layer.form != "name" for layer in self.layers)

    @property
    def functions(self) -> list[str]:
        """The functions in its formulas."""
        roots = (self.cost, *(layer.activation for layer in self.layers))
        return sorted(
            {node.op for root in roots for node in root.walk() if node.op.isidentifier()}
            - {*LEAVES}
        )

    def written(self) -> str:
        """It as Python code."""
        lines, layers = [], []
        for place, layer in enumerate(self.layers, 1):
            if layer.form == "name":
                layers.append(f'gp.Dense({layer.units}, "{layer.activation.op}")')
                if layer.activation == Z:
                    layers[-1] = f"gp.Dense({layer.units})"
                continue
            lines.append(f'f{place} = gp.activation("f{place}", {self.said(layer, "z")})')
            layers.append(f"gp.Dense({layer.units}, f{place})")
        lines.append(f'cost = gp.cost("drawn", {self.said(self, "a")})')
        more = f", l2={self.l2:g}" if self.l2 else ""
        more += f', dtype="{self.dtype}"' if self.dtype != "float64" else ""
        lines.append(f"net = gp.Network({self.inputs}, {', '.join(layers)}, cost=cost{more})")
        return "\n".join(lines)

    @staticmethod
    def said(what: Layer | Case, axis: str) -> str:
        """A formula as it is given to glassprop."""
        formula = what.activation if isinstance(what, Layer) else what.cost
        names = "z" if isinstance(what, Layer) else "a, y"
        text = text_of(formula, what.form == "python", axis)
        return f"lambda {names}: {text}" if what.form == "python" else f'"{text}"'


def drawn(seed: int, number: int) -> Case:
    """The case of a seed and a number."""
    source = random.Random(f"{seed}/{number}")
    layers = []
    for place in range(source.choice([1, 1, 1, 2, 2, 3])):
        kind = source.choices(["table", "entries", "whole"], [5, 3, 2])[0]
        name = source.choice(BUILT_IN)
        found = (
            (Z if source.random() < 0.4 else call(name, Z))
            if kind == "table"
            else draw.activation(source, kind == "whole")
        )
        form = "name" if kind == "table" else source.choice(["python", "python", "text"])
        layers.append(Layer(source.randint(1, 9 if place else 7), found, form))
    outputs = source.choice([1, 2, 3, 4, 5, 7, 10, 12])
    layers[-1] = Layer(outputs, layers[-1].activation, layers[-1].form)
    return Case(
        inputs=source.randint(1, 5),
        layers=tuple(layers),
        cost=draw.cost(source),
        form=source.choice(["python", "python", "text"]),
        examples=source.choice([1, 2, 3, 4, 5, 8, 16, 32, 33]),
        l2=0.1 if source.random() < 0.1 else 0.0,
        dtype="float32" if source.random() < 0.07 else "float64",
        seed=source.randrange(10**6),
    )


@dataclass(frozen=True)
class Data:
    """Parameters, inputs and targets."""

    parameters: Values
    x: np.ndarray
    y: np.ndarray

    def moved(self, by: Mapping[str, np.ndarray], far: float) -> Data:
        """With parameters a step away."""
        parameters = {name: value + far * by[name] for name, value in self.parameters.items()}
        return Data(parameters, self.x, self.y)

    def rounded(self) -> Data:
        """In float32, to see how much of a result is rounding."""
        parameters = {name: value.astype("f4") for name, value in self.parameters.items()}
        return Data(parameters, self.x.astype("f4"), self.y.astype("f4"))


def data_of(case: Case) -> Data | None:
    """Data at which all formulas are smooth and no number is huge; None where there are none."""
    random_numbers = np.random.default_rng(case.seed)
    for _ in range(4):
        parameters: Values = {}
        for place, (few, many) in enumerate(zip(case.sizes, case.sizes[1:], strict=False), 1):
            parameters[f"W{place}"] = random_numbers.normal(0, 1 / few**0.5, (many, few))
            parameters[f"b{place}"] = random_numbers.normal(0, 0.5, many)
        count = 3 * case.examples
        x = random_numbers.normal(0, 1, (count, case.inputs))
        if case.density < 1:
            x = x * (random_numbers.random(x.shape) < case.density)
        y = random_numbers.uniform(0.1, 0.9, (count, case.sizes[-1]))
        if random_numbers.random() < 0.3:
            y = random_numbers.normal(0, 1, y.shape)
        if case.dtype == "float32":
            parameters = {k: v.astype("f4").astype("f8") for k, v in parameters.items()}
            x, y = x.astype("f4").astype("f8"), y.astype("f4").astype("f8")
        careful = Careful(count, case.dtype)
        with np.errstate(all="ignore"):
            outputs(case, parameters, x, careful)
            costs(case, parameters, x, y, careful)
        good = np.flatnonzero(np.broadcast_to(careful.good, (count, 1))[:, 0])[: case.examples]
        if len(good) == case.examples:
            found = Data(parameters, x[good], y[good])
            slopes = gradients(case, found)
            most = max(np.abs(slope).max(initial=0) for slope in slopes.values())
            if most < careful.limit:  # and no NaN
                return found
    return None


def outputs(case: Case, parameters: Mapping[str, Any], x: Any, library: Any) -> Any:
    """The outputs, of shape (…, n, k)."""
    a = x
    for place, layer in enumerate(case.layers, 1):
        W, b = parameters[f"W{place}"], parameters[f"b{place}"]
        z = a @ W.swapaxes(-1, -2) + b[..., None, :]
        a = value(layer.activation, library, {"z": z}, layer.units) + 0 * z
    return a


def costs(case: Case, parameters: Mapping[str, Any], x: Any, y: Any, library: Any) -> Any:
    """The cost of each example, without the L2 term, of shape (…, n, 1)."""
    a = outputs(case, parameters, x, library)
    return value(case.cost, library, {"a": a, "y": y}, case.sizes[-1]) + 0 * a[..., :1]


def mean_cost(case: Case, parameters: Mapping[str, Any], x: Any, y: Any, library: Any) -> Any:
    """The cost of a mini-batch."""
    found = costs(case, parameters, x, y, library).mean(-2)[..., 0]
    for name, weights in parameters.items():
        if case.l2 and name[0] == "W":
            found = found + case.l2 / 2 * (weights * weights).sum((-1, -2))
    return found


def error_at_outputs(case: Case, data: Data) -> float:
    """The largest derivative of an example's cost with respect to one of its outputs."""
    with np.errstate(all="ignore"):
        a = outputs(case, data.parameters, data.x, NumPy())
        steps = 1j * STEP * np.eye(a.shape[-1])[:, None, :]
        moved = {"a": a + steps, "y": data.y}
        found = value(case.cost, NumPy(), moved, case.sizes[-1]) + 0 * moved["a"][..., :1]
        return float(np.abs(np.imag(found)).max(initial=0) / STEP)


def cost_value(case: Case, data: Data) -> float:
    """The cost of the mini-batch, by NumPy."""
    with np.errstate(all="ignore"):
        return float(mean_cost(case, data.parameters, data.x, data.y, NumPy()))


def gradients(case: Case, data: Data) -> Values:
    """The gradients by complex steps, one entry after the other, all at once."""
    total = sum(value.size for value in data.parameters.values())
    moved, start = {}, 0
    for name, values in data.parameters.items():
        steps = np.zeros((total, values.size), "c16" if values.dtype == "f8" else "c8")
        steps[np.arange(start, start + values.size), np.arange(values.size)] = 1j * STEP
        moved[name] = values + steps.reshape(total, *values.shape)
        start += values.size
    with np.errstate(all="ignore"):
        slopes = np.imag(mean_cost(case, moved, data.x, data.y, NumPy())) / STEP
    found, start = {}, 0
    for name, values in data.parameters.items():
        found[name] = slopes[start : start + values.size].reshape(values.shape)
        start += values.size
    return found


def torch_gradients(case: Case, data: Data) -> Values:
    """The gradients by PyTorch's own differentiation."""
    library = Torch()
    torch = library.torch
    parameters = {
        name: torch.tensor(value, requires_grad=True) for name, value in data.parameters.items()
    }
    x, y = torch.tensor(data.x), torch.tensor(data.y)
    cost = mean_cost(case, parameters, x, y, library)
    cost.backward()
    return {
        name: np.zeros(value.shape) if value.grad is None else value.grad.numpy()
        for name, value in parameters.items()
    }


def difference(case: Case, data: Data, direction: Values) -> tuple[float, float]:
    """The slope along a direction by central differences, twice, with other distances."""

    def slope(far: float) -> float:
        high, low = (cost_value(case, data.moved(direction, s * far)) for s in (1, -1))
        return (high - low) / (2 * far)

    with np.errstate(all="ignore"):
        wide, narrow = slope(2e-5), slope(1e-5)
        return (4 * narrow - wide) / 3, abs(narrow - wide)
