"""The meaning of a formula in numbers, straight from its definition: sums over named indices.

This is the reference that emitted programs are compared with, and what puts numbers into small
graphs. It is plain and slow; it shares no code with the emitters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axes, Axis
from glassprop.formula.conditions import flat_factors, is_weight
from glassprop.formula.derivatives import expand
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import (
    Add,
    Apart,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Number,
    OneHot,
    Reduce,
    Select,
    Step,
    Symbol,
    walk,
)

Numbers = npt.NDArray[Any]


def _softplus(z: Numbers) -> Numbers:
    return np.logaddexp(z, 0.0)


def _step(z: Numbers) -> Numbers:
    return (np.asarray(z) > 0).astype(float)


def _equal(z: Numbers, w: Numbers) -> Numbers:
    return (np.asarray(z) == np.asarray(w)).astype(float)


def _greater(z: Numbers, w: Numbers) -> Numbers:
    return (np.asarray(z) > np.asarray(w)).astype(float)


def _where(c: Numbers, u: Numbers, v: Numbers) -> Numbers:
    return np.where(np.asarray(c) != 0, u, v)


def _reciprocal(z: Numbers) -> Numbers:
    return 1 / np.asarray(z, dtype=float)


def _cumulative(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _log_cumulative(z: float) -> float:
    if z > -10:
        return math.log1p(-_cumulative(-z)) if z > 0 else math.log(_cumulative(z))
    return -z * z / 2 - math.log(_mills(z)) - math.log(2 * math.pi) / 2


def _mills(z: float) -> float:
    """φ(z)/Φ(z); below −10 by the continued fraction of Abramowitz & Stegun 26.2.14."""
    if z > -10:
        return float(_density(np.asarray(z))) / _cumulative(z)
    rest = -z
    for k in range(60, 0, -1):
        rest = -z + k / rest
    return rest


def _log_softplus(z: float) -> float:
    if z < -30:
        return z - math.exp(z) / 2
    return math.log(max(z, 0.0) + math.log1p(math.exp(-abs(z))))


def _density(z: Numbers) -> Numbers:
    return np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)


PRIMITIVES: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "abs": np.abs,
    "sqrt": np.sqrt,
    "sign": np.sign,
    "square": np.square,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "floor": np.floor,
    "softplus": _softplus,
    "step": _step,
    "equal": _equal,
    "greater": _greater,
    "where": _where,
    "reciprocal": _reciprocal,
    "raised": np.power,
    "Phi": np.vectorize(_cumulative, otypes=[float]),
    "phi": _density,
    "log_Phi": np.vectorize(_log_cumulative, otypes=[float]),
    "mills": np.vectorize(_mills, otypes=[float]),
    "log_softplus": np.vectorize(_log_softplus, otypes=[float]),
}


def evaluate(
    roots: Iterable[Node], values: Mapping[str, npt.ArrayLike], steps: Iterable[Step] = ()
) -> dict[Node, Numbers]:
    """The value of every node below some formulas.

    Args:
        roots: the formulas.
        values: for each symbol by name an array with a dimension for each of its axes, in their
            order; the size n is found from the arrays if it is not given.
        steps: definitions for symbols of steps that have no value.

    Raises FormulaError for a symbol without a value, or a value of another shape.
    """
    return _Evaluation(values, steps).run(roots)


class _Evaluation:
    def __init__(self, values: Mapping[str, npt.ArrayLike], steps: Iterable[Step]) -> None:
        self.values = {name: np.asarray(value) for name, value in values.items()}
        self.steps = {step.symbol: step.formula for step in steps}
        self.sizes: dict[str, int] = {}
        self.done: dict[Node, Numbers] = {}

    def run(self, roots: Iterable[Node]) -> dict[Node, Numbers]:
        with np.errstate(all="ignore"):  # what does not count may be infinite or undefined
            return self._run(list(roots))

    def _run(self, roots: list[Node]) -> dict[Node, Numbers]:
        for node in walk([*roots, *self.steps.values()]):
            if isinstance(node, Symbol) and node.name in self.values:
                self.done[node] = self.symbol(node)  # sizes such as n are known from here on
        stack = [(root, False) for root in reversed(roots)]
        while stack:
            node, ready = stack.pop()
            if node in self.done:
                continue
            if ready:
                self.done[node] = self.one(node)
            else:
                stack.append((node, True))
                stack.extend((part, False) for part in reversed(self.below(node)))
        return self.done

    def below(self, node: Node) -> tuple[Node, ...]:
        """What has to be known before a node: its parts, and what defines a step."""
        if isinstance(node, Symbol) and node in self.steps:
            return (self.steps[node],)
        return node.parts

    def size(self, axis: Axis) -> int:
        if isinstance(axis.size, int):
            return axis.size
        if axis.size in self.values:
            return int(self.values[axis.size])
        if axis.size not in self.sizes:
            raise FormulaError(f"the size {axis.size} is not known; give a value for it")
        return self.sizes[axis.size]

    def spread(self, value: Numbers, have: tuple[Axis, ...], want: tuple[Axis, ...]) -> Numbers:
        """The value with its dimensions in another order and repeated along missing axes."""
        ordered = np.transpose(value, [have.index(axis) for axis in want if axis in have])
        index = tuple(slice(None) if axis in have else None for axis in want)
        return np.broadcast_to(ordered[index], tuple(self.size(axis) for axis in want))

    def one(self, node: Node) -> Numbers:
        parts = [self.done.get(part) for part in node.parts]
        if isinstance(node, Symbol):
            return self.symbol(node)
        if isinstance(node, Const):
            return np.asarray(float(node.value))
        if isinstance(node, Add):
            total: Any = 0.0
            for term, part in zip(node.terms, parts, strict=True):
                total = total + self.spread(cast(Numbers, part), term.axes, node.axes)
            return np.asarray(total)
        if isinstance(node, Map):
            operands = [
                self.spread(cast(Numbers, part), u.axes, node.axes)
                for u, part in zip(node.operands, parts, strict=True)
            ]
            return np.asarray(apply(node.function, operands))
        if isinstance(node, Contract):
            return self.contract(node, [cast(Numbers, part) for part in parts])
        if isinstance(node, Reduce):
            places = tuple(node.operand.axes.index(axis) for axis in node.over)
            operand = cast(Numbers, parts[0])
            if node.kind == "max":
                return np.asarray(operand.max(places))
            return np.asarray(np.logaddexp.reduce(_merged(operand, places), -1))
        if isinstance(node, OneHot):
            index = cast(Numbers, parts[0])[..., None]
            return (index == np.arange(self.size(node.axes[-1]))).astype(float)
        if isinstance(node, Apart):
            return np.where(np.eye(self.size(node.axes[0]), dtype=bool), -np.inf, 0.0)
        assert isinstance(node, Select)
        h, i, p = (np.arange(self.size(axis)) for axis in node.axes)
        place = node.stride * i[:, None] + node.dilation * p - node.pad
        return (h[:, None, None] == place).astype(float)

    def symbol(self, node: Symbol) -> Numbers:
        if node.name not in self.values:
            if node in self.steps:
                formula = self.steps[node]
                return self.spread(self.done[formula], formula.axes, node.axes)
            if node.name in self.sizes:
                return np.asarray(float(self.sizes[node.name]))
            raise FormulaError(f"{node.name} has no value; give one, as in {node.name}=2")
        value = self.values[node.name]
        expected = tuple(axis.size for axis in node.axes)
        if value.ndim != len(expected):
            raise FormulaError(
                f"{node.name}: expected an array of shape {expected}, got {value.shape}"
            )
        for axis, length in zip(node.axes, value.shape, strict=True):
            known = (
                self.sizes.setdefault(axis.size, length)
                if isinstance(axis.size, str)
                else axis.size
            )
            if known != length:
                raise FormulaError(f"{node.name}: expected shape {expected}, got {value.shape}")
        return value

    def contract(self, node: Contract, parts: list[Numbers]) -> Numbers:
        """A product; where a weight is 0 it is 0, whatever the other factors are."""
        coefficient, factors = flat_factors(node)
        pairs = [(factor, self.done.get(factor.node)) for factor in factors]
        known = [(factor, part) for factor, part in pairs if part is not None]
        weights = [(factor, part) for factor, part in known if is_weight(factor.node)]
        others = [(factor, part) for factor, part in known if not is_weight(factor.node)]
        if not (weights and others) or len(known) < len(factors):
            pairs = zip(node.factors, parts, strict=True)
            return self.product(node.coefficient, pairs, node.axes)
        theirs = {label for factor, _ in weights for label in factor.labels}
        wide = (*node.axes, *(label for label in node.summed if label in theirs))
        weight = self.product(1, weights, wide)
        rest = self.product(coefficient, others, wide)
        with np.errstate(invalid="ignore"):
            product = np.where(weight == 0, 0.0, weight * rest)
        return np.asarray(product.sum(tuple(range(len(node.axes), len(wide)))))

    def product(
        self, coefficient: Number, factors: Iterable[tuple[Factor, Numbers]], axes: Axes
    ) -> Numbers:
        """C · Σ Π of some factors over other labels than `axes`, repeated along those they lack."""
        numbers: dict[Axis, int] = {}
        arguments: list[Any] = []
        scale: Any = float(coefficient)
        for factor, value in factors:
            if not factor.labels:  # einsum takes only so many operands
                scale = scale * value
                continue
            labels = [numbers.setdefault(axis, len(numbers)) for axis in factor.labels]
            arguments += [np.asarray(value, dtype=float), labels]
        for axis in axes:
            if axis not in numbers:
                arguments += [np.ones(self.size(axis)), [numbers.setdefault(axis, len(numbers))]]
        if not arguments:
            return np.asarray(scale)
        out = [numbers[axis] for axis in axes]
        product = np.einsum(*arguments, out, optimize=len(arguments) > 4)
        return np.asarray(product * scale)


def _merged(value: Numbers, places: tuple[int, ...]) -> Numbers:
    rest = [k for k in range(value.ndim) if k not in places]
    ordered = np.transpose(value, [*rest, *places])
    return ordered.reshape(*(value.shape[k] for k in rest), -1)


def apply(function: ScalarFunction, operands: list[Numbers]) -> Numbers:
    """A scalar function of some arrays of one shape, by its formula."""
    if function.name in PRIMITIVES:
        return PRIMITIVES[function.name](*operands)
    if function.name in ("power", "root"):
        return np.power(np.asarray(operands[0], dtype=float), function.parameters["p"])
    from glassprop.formula.graph import Graph

    graph = Graph()
    axes = tuple(Axis(f"k{place}", size) for place, size in enumerate(operands[0].shape))
    names = {name: graph.symbol(name, axes) for name in function.operands}
    root = expand(function, tuple(names.values()))
    values = dict(zip(function.operands, operands, strict=True))
    return np.broadcast_to(evaluate([root], values)[root], operands[0].shape)
