"""The architecture of a network: its layers and its cost, as formulas and as JSON."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np

from glassprop.errors import GlasspropError, ModelFileError, NetworkError
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Symbol
from glassprop.models import activations, costs
from glassprop.models.activations import Activation
from glassprop.models.checked_numbers import not_negative, positive, whole
from glassprop.models.class_names import check_names
from glassprop.models.costs import Cost
from glassprop.models.initial_weights import draw
from glassprop.models.json_entries import entry, of_kind, read_object
from glassprop.models.layers import Dense

MANY = 4
"""Layers that are alike from which on they are counted, not named one by one."""
FORMAT = "glassprop network"
VERSION, SCALED, KEPT, SPARSE = 1, 2, 3, 4
"""The version of files, that of networks with a scale, that of files with what an update rule
keeps, and that of networks with L1: a reader that does not know of these must refuse them."""


@dataclass(frozen=True)
class Statement:
    """A network and its cost as formulas, ready to be derived."""

    cost: Symbol
    parameters: tuple[Symbol, ...]
    outputs: Symbol


@dataclass(frozen=True)
class Architecture:
    """Layers and cost of a network.

    Attributes:
        inputs: number of features, at least 1.
        layers: the layers, first to last.
        cost: what one example costs.
        l2: λ ≥ 0; the cost has the term λ/2 Σ W² over all weights (not the biases).
        scale: s > 0; the first layer takes s x, named a0, and 1 adds no formula.
        signs: whether a single output is trained to be −1 and 1 for two classes, or 0 and 1; None
            where that is not known yet.
        classes: what the classes are called, in order; () where they have numbers only.
        l1: λ ≥ 0; the cost has the term λ Σ |W| over all weights (not the biases).

    Raises:
        NetworkError: for sizes below 1, no layers, a λ or a scale out of range, or a cost that the
            outputs do not fit.
    """

    inputs: int
    layers: tuple[Dense, ...]
    cost: Cost
    l2: float = 0.0
    scale: float = 1.0
    signs: bool | None = None
    classes: tuple[str, ...] = ()
    l1: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", whole(self.inputs, "number of inputs"))
        if not self.layers:
            raise NetworkError("a network needs at least one layer after its inputs, got none")
        object.__setattr__(self, "l2", not_negative(self.l2, "l2"))
        object.__setattr__(self, "l1", not_negative(self.l1, "l1"))
        object.__setattr__(self, "scale", positive(self.scale, "scale"))
        if self.classes:
            check_names(self.classes, max(self.layers[-1].units, 2))
        self._check_names()
        self._check_cost()
        if self.cost.custom:
            self.cost.require_outputs(self.layers[-1].units)

    def _check_names(self) -> None:
        """Two functions of one name would be shown as one."""
        known: dict[str, tuple[int, str]] = {}
        for number, layer in enumerate(self.layers, 1):
            name, formula = layer.activation.name, layer.activation.formula
            first, stated = known.setdefault(name, (number, formula))
            if stated != formula:
                raise NetworkError(
                    f"layers {first} and {number} have two activations with the name {name!r}: "
                    f"{_clipped(stated)} and {_clipped(formula)}; give one of them another name"
                )

    def _check_cost(self) -> None:
        output = self.layers[-1].activation
        low, high = self.cost.outputs
        if output.range[0] < low or output.range[1] > high:
            better = "softmax" if self.cost.name == "cross_entropy" else "sigmoid"
            raise NetworkError(
                f"cost {self.cost.name} needs outputs between {low:g} and {high:g}, but "
                f"{output.name} gives {output.range[0]:g} to {output.range[1]:g}; "
                f"give the last layer the activation {better!r}"
            )
        if self.cost.distribution and output.name != "softmax":
            warnings.warn(
                f"{self.cost.name} counts only the output of the right class, and {output.name} "
                "outputs need not sum to 1; use 'softmax', or the cost 'binary_cross_entropy'",
                stacklevel=5,
            )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of neurons, inputs first: (784, 30, 10)."""
        return (self.inputs, *(layer.units for layer in self.layers))

    @property
    def scaling(self) -> str:
        """The scale as text: "1/255", "0.3", or "" for none."""
        if self.scale == 1:
            return ""
        divisor = _divisor(self.scale)
        return f"1/{divisor}" if divisor else f"{self.scale:g}"

    @property
    def words(self) -> str:
        """Inputs, layers and cost, as in "784 inputs, 30 sigmoid, 10 sigmoid; cost quadratic"."""
        each = groupby(f"{layer.units} {layer.activation.name}" for layer in self.layers)
        layers = ", ".join(_some(len(list(alike)), layer) for layer, alike in each)
        scaled = f" scaled by {self.scaling}" if self.scaling else ""
        return f"{self.inputs} inputs{scaled}, {layers}; cost {self.cost.name}"

    @property
    def largest(self) -> int:
        """The number of entries of the largest parameter: multiplications for an example."""
        return max(inputs * outputs for inputs, outputs in pairwise(self.sizes))

    @property
    def title(self) -> str:
        """Sizes and cost, as in "Network [784, 30, 10], cost quadratic"."""
        return f"Network [{', '.join(map(str, self.sizes))}], cost {self.cost.name}"

    def threshold(self, low: int | None = None) -> float:
        """Above it a single output means class 1: in the middle of its targets for two classes.

        Args:
            low: what targets at hand have for class 0, for a network that has not seen any.
        """
        seen = low == -1 if self.signs is None else self.signs
        return 0.0 if seen or self.cost.labels == "signs" else 0.5

    def trained_on(self, low: int | None) -> Architecture:
        """The same, whose single output means what targets say that have `low` for class 0."""
        return self if low is None else replace(self, signs=low == -1)

    def state(self) -> Statement:
        """State the network and the cost of one example as formulas in a new graph."""
        graph = Graph()
        axes = [Axis(f"{'ijk'[place % 3]}{place}", size) for place, size in enumerate(self.sizes)]
        a: Node = graph.symbol("x", (axes[0],), "input")
        if self.scale != 1:
            a = graph.let("a0", _scaled(a, self.scale), "scaled input")
        parameters: list[Symbol] = []
        for number, layer in enumerate(self.layers, 1):
            a, own = layer.state(number, a, axes[number])
            parameters += own
        y = graph.symbol("y", (axes[-1],), "target", probability=self.cost.distribution)
        formula = self.cost(a, y)
        if self.l2:
            for weights in parameters[::2]:
                formula = formula + self.l2 / 2 * total(graph.apply("square", weights))
        if self.l1:
            for weights in parameters[::2]:
                formula = formula + self.l1 * total(graph.apply("abs", weights))
        return Statement(graph.let("C", formula, "cost"), tuple(parameters), a)

    def draw(self, random: np.random.Generator, dtype: str) -> dict[str, np.ndarray]:
        """Initial parameters by name: W1 of shape (out, in), b1 of shape (out,), and so on.

        Raises:
            NetworkError: if they do not fit into memory.
        """
        made: dict[str, np.ndarray] = {}
        for number, layer in enumerate(self.layers, 1):
            inputs, outputs = self.sizes[number - 1 : number + 1]
            try:
                weights, biases = draw(layer.scheme, inputs, outputs, random)
                made[f"W{number}"] = weights.astype(dtype)
                made[f"b{number}"] = biases.astype(dtype)
            except (MemoryError, ValueError):
                raise NetworkError(
                    f"layer {number}: weights of shape ({outputs}, {inputs}) do not fit into memory"
                ) from None
        return made

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each parameter by its name, in order."""
        found: dict[str, tuple[int, ...]] = {}
        for number, (inputs, outputs) in enumerate(
            zip(self.sizes, self.sizes[1:], strict=False), 1
        ):
            found[f"W{number}"] = (outputs, inputs)
            found[f"b{number}"] = (outputs,)
        return found

    # -- JSON

    def to_json(self, dtype: str, training: Any = None, kept: bool = False) -> str:
        """The architecture as JSON; a user's formulas are kept as text.

        Args:
            dtype: the network's number type.
            training: what the file says of the training, under that key; readers of earlier
                versions pass over it.
            kept: whether the file has arrays that an update rule keeps.
        """
        layers = [
            {"units": layer.units, "activation": _save(layer.activation), "initial": layer.scheme}
            for layer in self.layers
        ]
        cost = {"name": self.cost.name}
        if self.cost.custom:
            cost["formula"] = self.cost.formula
        described = {
            "format": FORMAT,
            "version": VERSION,
            "inputs": self.inputs,
            "layers": layers,
            "cost": cost,
            "l2": self.l2,
            "dtype": dtype,
        }
        if self.scale != 1:
            described |= {"version": SCALED, "scale": self.scale}
        if kept:
            described["version"] = KEPT
        if self.l1:
            described |= {"version": SPARSE, "l1": self.l1}
        if training is not None:
            described["training"] = training
        if self.signs is not None:
            described["signs"] = self.signs
        if self.classes:
            described["classes"] = self.classes
        return json.dumps(described)


def _save(activation: Activation) -> dict[str, Any]:
    saved: dict[str, Any] = {"name": activation.name}
    if activation.custom:
        saved["formula"] = activation.formula
    elif activation.parameters:
        saved["parameters"] = activation.parameters
    return saved


def from_json(text: str) -> tuple[Architecture, str]:
    """An architecture and its number type from JSON. Formulas are parsed, never evaluated.

    Raises:
        ModelFileError: if the text does not describe a network.
    """
    try:
        found = read_object(text)
        kind, version = entry(found, "format", str), entry(found, "version", int)
    except ModelFileError as error:
        raise _damaged(str(error)) from None
    if kind != FORMAT:
        raise ModelFileError(f"expected the format {FORMAT!r}, got {kind!r}")
    if version not in (VERSION, SCALED, KEPT, SPARSE):
        raise ModelFileError(
            f"the file has version {version}, this glassprop reads versions {VERSION} "
            f"to {SPARSE}; upgrade glassprop"
        )
    try:
        layers = [_layer(of_kind(layer, dict, "a layer")) for layer in entry(found, "layers", list)]
        made = _cost(entry(found, "cost", dict))
        dtype = check_dtype(entry(found, "dtype", str))
        inputs, l2 = entry(found, "inputs", int), entry(found, "l2", float)
        scaled = version == SCALED or (version > SCALED and "scale" in found)
        scale = entry(found, "scale", float) if scaled else 1.0
        l1 = entry(found, "l1", float) if version == SPARSE else 0.0
        signs = entry(found, "signs", bool) if "signs" in found else None
        names = [of_kind(name, str, "a class") for name in entry(found, "classes", list, [])]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = tuple(layers)
            given = (inputs, layers, made, l2, scale, signs, tuple(names), l1)
            return Architecture(*given), dtype
    except GlasspropError as error:
        raise _damaged(str(error)) from None
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise _damaged("it has a formula or a setting that no network can have") from None


def _damaged(reason: str) -> ModelFileError:
    return ModelFileError(f"its description of the network is damaged: {reason}")


def _layer(saved: dict[str, Any]) -> Dense:
    activation, initial = entry(saved, "activation", dict), entry(saved, "initial", str)
    return Dense(entry(saved, "units", int), _activation(activation), initial)


def _activation(saved: dict[str, Any]) -> Activation:
    name = entry(saved, "name", str)
    if "formula" in saved:
        return activations.from_formula(name, entry(saved, "formula", str))
    constants = entry(saved, "parameters", dict, {})
    values = {key: entry(constants, key, float) for key in constants}
    return activations.activation(name, None, **values)


def _cost(saved: dict[str, Any]) -> Cost:
    name = entry(saved, "name", str)
    if "formula" in saved:
        return costs.from_formula(name, entry(saved, "formula", str))
    return costs.find_cost(name)


def check_dtype(dtype: object) -> str:
    """The name "float32" or "float64" for whatever means one of them.

    Raises:
        NetworkError: for any other number type.
    """
    try:
        name = np.dtype(dtype).name  # type: ignore[call-overload]
    except TypeError:
        name = ""
    if name not in ("float32", "float64") or dtype is None:
        raise NetworkError(f"dtype {dtype!r}: expected 'float32' or 'float64'")
    return name


def _clipped(formula: str) -> str:
    return formula if len(formula) <= 60 else f"{formula[:57]}..."


def _some(count: int, layer: str) -> str:
    """Layers that are alike: each of a few, or how many of them."""
    return ", ".join([layer] * count) if count < MANY else f"{count} layers of {layer}"


def _divisor(scale: float) -> int:
    """The whole number that a scale is one divided by, or 0."""
    whole = round(1 / scale) if scale > 2.0**-53 else 0
    return whole if whole > 1 and scale == 1 / whole else 0


def _scaled(x: Node, scale: float) -> Node:
    """The inputs times the scale, as a division where it is one by a whole number."""
    divisor = _divisor(scale)
    return x / divisor if divisor else scale * x
