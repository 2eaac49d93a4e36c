"""The functions that a user writes formulas with: `exp(z)`, `maximum(z, 0)`, `dot(W, x, over=i)`.

The elementwise functions are those of the function table. On formulas they give formulas, on
numbers numbers, so that a formula written as a Python function can be tried out: `swish(0.5)`.
"""

from __future__ import annotations

from typing import Protocol, overload

import numpy as np

from glassprop.errors import FormulaError
from glassprop.formula import algebra
from glassprop.formula.canonical import canonical_number
from glassprop.formula.evaluate import apply
from glassprop.formula.functions import FUNCTIONS
from glassprop.formula.node import Node, Number
from glassprop.formula.scalar import ScalarFunction

dot = algebra.dot
sum = total = algebra.total
mean = algebra.mean
size = algebra.size
max = algebra.largest
logsumexp = algebra.logsumexp
softmax = algebra.softmax
rename = algebra.rename


def where(condition: Node | bool, u: Node | Number, v: Node | Number) -> Node | float:
    """`where(z > 0, u, v)` is u where the condition holds, else v; of numbers, a number.

    The case that does not hold does not count, in the value or in derivatives: it may be infinite
    or undefined there. Conditions are comparisons of formulas with > < >= <=, `equal(z, w)`, and
    products of conditions, which hold where all of them do.

    Raises FormulaError for a condition that is not one.
    """
    if isinstance(condition, Node):
        return algebra.where(condition, u, v)
    if not isinstance(condition, bool | np.bool_) and condition not in (0, 1):
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
        if isinstance(value, Node):
            raise FormulaError(f"{name} of {record.name} has to be a number")
        parameters[name] = canonical_number(value)
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
exp = _of_table("exp")
log = _of_table("log")
square = _of_table("square")
abs = _of_table("abs")
maximum = _of_table("maximum")
huber = _of_table("huber")
clip = _of_table("clip")
step = _of_table("step")
greater = _of_table("greater")
root = _of_table("root")
sign = _of_table("sign")
equal = _of_table("equal")
reciprocal = _of_table("reciprocal")
sqrt = _of_table("sqrt")
power = _of_table("power")
raised = _of_table("raised")
sin = _of_table("sin")
cos = _of_table("cos")
