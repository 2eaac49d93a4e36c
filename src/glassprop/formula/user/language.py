"""The functions that a user writes formulas with: `exp(z)`, `maximum(z, 0)`, `dot(W, x, over=i)`.

The elementwise functions are those of the function table. On formulas they give formulas, on
numbers numbers, so that a formula written as a Python function can be tried out: `swish(0.5)`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import ParamSpec, Protocol, TypeVar, cast, overload

import numpy as np

from glassprop.errors import FormulaError, clipped
from glassprop.formula import algebra
from glassprop.formula.axes import Axis, spell
from glassprop.formula.canonical import canonical_number
from glassprop.formula.evaluate import apply
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.node import Node, Number

P = ParamSpec("P")
R = TypeVar("R")
Over = Axis | Iterable[Axis] | None


def _called_as_stated(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with a sentence instead of a TypeError for other arguments than it has."""
    form = inspect.signature(function)
    stated = f"{function.__name__}({', '.join(form.parameters)})"

    @functools.wraps(function)
    def checked(*arguments: P.args, **named: P.kwargs) -> R:
        try:
            form.bind(*arguments, **named)
        except TypeError as error:
            raise FormulaError(f"{stated} cannot be called so: {error}") from None
        return function(*arguments, **named)

    return checked


@_called_as_stated
def dot(*factors: Node, over: Axis | Iterable[Axis] = ()) -> Node:
    """The product of the factors summed over some axes: `dot(W, x, over=i)` is Σᵢ Wⱼᵢ xᵢ.

    Raises FormulaError if an axis to sum over is in none of the factors.
    """
    if not factors:
        raise FormulaError("dot: expected formulas to multiply, as in dot(W, x, over=i)")
    for factor in factors:
        _require_formula("dot", factor)
    return algebra.dot(*factors, over=_axes("dot", over, *factors))


@_called_as_stated
def sum(u: Node, over: Over = None) -> Node:
    """The sum of the entries, over some axes or over all."""
    return algebra.total(_require_formula("sum", u), _axes("sum", over, u))


total = sum


@_called_as_stated
def mean(u: Node, over: Over = None) -> Node:
    """The mean of the entries, over some axes or over all."""
    return algebra.mean(_require_formula("mean", u), _axes("mean", over, u))


@_called_as_stated
def size(u: Node, over: Over = None) -> Node:
    """The number of entries, along some axes or of all: `size(a)` is what `mean(a)` divides by."""
    return algebra.size(_require_formula("size", u), _axes("size", over, u))


@_called_as_stated
def max(u: Node, over: Over = None) -> Node:
    """The largest entry along some axes or all; ties share the gradient equally."""
    larger = "; the larger of two is maximum(z, w)"
    return algebra.largest(_require_formula("max", u, larger), _axes("max", over, u, hint=larger))


@_called_as_stated
def logsumexp(u: Node, over: Over = None) -> Node:
    """The value of ln Σ exp along some axes or all, computed without overflow."""
    return algebra.logsumexp(_require_formula("logsumexp", u), _axes("logsumexp", over, u))


@_called_as_stated
def softmax(u: Node, over: Over = None) -> Node:
    """exp(u − ln Σ exp u): positive and summing to 1 along the axes."""
    return algebra.softmax(_require_formula("softmax", u), _axes("softmax", over, u))


@_called_as_stated
def rename(u: Node, names: Mapping[Axis, Axis]) -> Node:
    """The same tensor with some axes under other names (a transpose is a renaming).

    Raises FormulaError if an axis is missing, sizes differ, or a name would stand twice.
    """
    pairs = dict(names) if isinstance(cast(object, names), Mapping) else {None: None}
    if not all(isinstance(axis, Axis) for pair in pairs.items() for axis in pair):
        raise FormulaError(
            f"rename: expected axes with their new axes, as in {{i: j}}, got {clipped(repr(names))}"
        )
    return algebra.rename(_require_formula("rename", u), names)


def _require_formula(name: str, u: object, hint: str = "") -> Node:
    if isinstance(u, Node):
        return u
    raise FormulaError(f"{name}: expected a formula, got {clipped(repr(u))}{hint}")


def _axes(name: str, over: object, *formulas: Node, hint: str = "") -> tuple[Axis, ...]:
    """The axes that a function goes over: those given, each once, or all."""
    known = tuple(dict.fromkeys(axis for u in formulas for axis in u.axes))
    if over is None:
        return known
    axes, given = (over,), clipped(repr(over))
    if isinstance(over, Iterable) and not isinstance(over, (Node, str)):
        axes = tuple(cast("Iterable[object]", over))
    for axis in axes:
        if not isinstance(axis, Axis):
            raise FormulaError(
                f"{name}: expected axes as over, of {spell(known)}; got {given}{hint}"
            )
        if axis not in known:
            raise FormulaError(f"{name} over {axis}: the formula has {spell(known)}")
    return tuple(dict.fromkeys(cast("tuple[Axis, ...]", axes)))


def where(condition: Node | bool, u: Node | Number, v: Node | Number) -> Node | float:
    """`where(z > 0, u, v)` is u where the condition holds, else v; of numbers, a number.

    The case that does not hold does not count, in the value or in derivatives: it may be infinite
    or undefined there. Conditions are comparisons of formulas with > < >= <=, `equal(z, w)`, and
    products of conditions, which hold where all of them do.

    Raises FormulaError for a condition that is not one.
    """
    if isinstance(condition, Node):
        return algebra.where(condition, u, v)
    if type(condition) not in (bool, np.bool_, int, float) or condition not in (0, 1):
        raise FormulaError(
            f"the first operand of where is a condition, such as z > 0; got {condition!r}"
        )
    chosen = u if condition else v
    return chosen if isinstance(chosen, Node) else float(canonical_number(chosen))


class Elementwise(Protocol):
    """A function of the table: of formulas a formula, of numbers a number."""

    @overload
    def __call__(self, z: Node, *more: Node | Number, **parameters: float) -> Node: ...
    @overload
    def __call__(self, z: Number, w: Node, **parameters: float) -> Node: ...
    @overload
    def __call__(self, z: Number, *more: Number, **parameters: float) -> float: ...


def call(record: ScalarFunction, *arguments: Node | Number, **parameters: float) -> Node | float:
    """A scalar function applied to formulas, or to numbers; its parameters may come last.

    Raises FormulaError for too few or too many arguments, or for other than formulas and numbers.
    """
    count = len(record.operands)
    operands, constants = arguments[:count], arguments[count:]
    if len(operands) < count or len(constants) > len(record.parameters):
        form = ", ".join([*record.operands, *record.parameters])
        hint = "; the largest entry of one is max(z)" if record.name == "maximum" else ""
        raise FormulaError(
            f"{record.name} got {len(arguments)} arguments; it is {record.name}({form}){hint}"
        )
    for name, value in zip(record.parameters, constants, strict=False):
        if name in parameters:
            raise FormulaError(f"{record.name} got {name} twice")
        parameters[name] = cast(float, value)  # or something else, which is refused
    if parameters:
        record = record.with_parameters(**parameters)
    graph = next((u.graph for u in operands if isinstance(u, Node)), None)
    if graph is not None:
        return graph.map(record, *(graph.node(u) for u in operands))
    with np.errstate(all="ignore"):
        return float(apply(record, [np.asarray(float(canonical_number(u))) for u in operands]))


def _of_table(name: str) -> Elementwise:
    record = FUNCTIONS[name]

    def function(*arguments: Node | Number, **parameters: float) -> Node | float:
        return call(record, *arguments, **parameters)

    form = ", ".join([*record.operands, *(f"{k}={v:g}" for k, v in record.parameters.items())])
    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"{name}({form}): {record.about}." + (
        f"\n\nConvention: {record.convention}." if record.convention else ""
    )
    return function  # type: ignore[return-value]


identity = _of_table("identity")
sigmoid = _of_table("sigmoid")
tanh = _of_table("tanh")
relu = _of_table("relu")
leaky_relu = _of_table("leaky_relu")
elu = _of_table("elu")
softplus = _of_table("softplus")
silu = _of_table("silu")
gelu = _of_table("gelu")
Phi = _of_table("Phi")
phi = _of_table("phi")
log_Phi = _of_table("log_Phi")  # noqa: N816 - Φ is the field's letter
log_softplus = _of_table("log_softplus")
mills = _of_table("mills")
exp = _of_table("exp")
log = _of_table("log")
square = _of_table("square")
abs = _of_table("abs")
maximum = _of_table("maximum")
minimum = _of_table("minimum")
huber = _of_table("huber")
clip = _of_table("clip")
step = _of_table("step")
greater = _of_table("greater")
root = _of_table("root")
floor = _of_table("floor")
sign = _of_table("sign")
equal = _of_table("equal")
reciprocal = _of_table("reciprocal")
sqrt = _of_table("sqrt")
power = _of_table("power")
raised = _of_table("raised")
sin = _of_table("sin")
cos = _of_table("cos")
