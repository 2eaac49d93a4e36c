"""The table of functions: how each is written in glassprop, its operands, and its definition.

Definitions are the textbook ones, in a few primitives of a library (NumPy, PyTorch, mpmath).
`away` and `within` say where a formula is not compared: at kinks, and where it is not defined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

NEAR = 1e-3
"""Closer to a kink than this, or to the end of a domain, nothing is compared."""


@dataclass(frozen=True)
class Operation:
    """One function.

    Attributes:
        name: its name in trees.
        define: its value, by a library, its operands and its parameters.
        kind: whether it acts on entries, makes one number of a vector, or a vector of a vector.
        operands: for each operand, where it has to lie.
        choices: for each parameter, the values that it may have.
        smooth: whether it has a slope wherever it is defined that is not 0 everywhere.
    """

    name: str
    define: Callable[..., Any]
    kind: Literal["entries", "reduces", "vector"] = "entries"
    operands: tuple[Literal["any", "positive", "nonzero"], ...] = ("any",)
    choices: tuple[tuple[float, ...], ...] = ()
    smooth: bool = True


def _sigmoid(L: Any, z: Any) -> Any:
    return L.sigmoid(z)


def _cdf(L: Any, z: Any) -> Any:
    return (1 + L.erf(z / 2**0.5)) / 2


def _elu(L: Any, z: Any, alpha: float) -> Any:
    return L.where(L.away(z) > 0, z, lambda: alpha * (L.exp(L.minimum(z, 0)) - 1))


def _huber(L: Any, z: Any, delta: float) -> Any:
    return L.where(z * z <= delta * delta, z * z / 2, lambda: delta * (L.abs(z) - delta / 2))


def _clip(L: Any, z: Any, w: Any) -> Any:
    L.away(L.abs(z) - w)
    return L.minimum(L.maximum(z, -L.positive(w)), w)


def _power(L: Any, z: Any, p: float) -> Any:
    return L.power(L.positive(z) if p % 1 else (L.away(z) if p < 0 else z), p)


def _step(L: Any, z: Any) -> Any:
    return L.flag(L.away(z) > 0, z)


POWERS = (-2, -1, -0.5, 0.3, 0.5, 0.7, 1.5, 2, 2.5, 3, 4)

RECORDS = (
    Operation("exp", lambda L, z: L.exp(z)),
    Operation("log", lambda L, z: L.log(L.positive(z)), operands=("positive",)),
    Operation("sqrt", lambda L, z: L.sqrt(L.positive(z)), operands=("positive",)),
    Operation("tanh", lambda L, z: L.tanh(z)),
    Operation("sigmoid", _sigmoid),
    Operation("softplus", lambda L, z: L.softplus(z)),
    Operation("silu", lambda L, z: z * L.sigmoid(z)),
    Operation("gelu", lambda L, z: z * _cdf(L, z)),
    Operation("Phi", _cdf),
    Operation("phi", lambda L, z: L.exp(-z * z / 2) / (2 * L.pi) ** 0.5),
    Operation("sin", lambda L, z: L.sin(z)),
    Operation("cos", lambda L, z: L.cos(z)),
    Operation("square", lambda L, z: z * z),
    Operation("abs", lambda L, z: L.abs(L.away(z))),
    Operation("relu", lambda L, z: L.maximum(L.away(z), 0)),
    Operation(
        "leaky_relu",
        lambda L, z, s: L.where(L.away(z) > 0, z, lambda: s * z),
        choices=((0.01, 0.2, 0.5, -0.5),),
    ),
    Operation("elu", _elu, choices=((1.0, 0.5, 2.0, -1.0),)),
    Operation("huber", _huber, choices=((1.0, 0.5, 2.0),)),
    Operation("reciprocal", lambda L, z: 1 / L.away(z), operands=("nonzero",)),
    Operation("power", _power, operands=("positive",), choices=(POWERS,)),
    Operation(
        "raised",
        lambda L, z, w: L.exp(w * L.log(L.positive(z))),
        operands=("positive", "any"),
    ),
    Operation(
        "maximum",
        lambda L, z, w: (L.away(z - w), L.maximum(z, w))[1],
        operands=("any", "any"),
    ),
    Operation("clip", _clip, operands=("any", "positive")),
    Operation("step", _step, smooth=False),
    Operation("above", _step, smooth=False),
    Operation("sign", lambda L, z: 2 * _step(L, z) - 1, smooth=False),
    Operation(
        "equal",
        lambda L, z, w: L.flag(abs(L.away(z - w)) < 0, z - w),
        operands=("any", "any"),
        smooth=False,
    ),
    Operation("sum", lambda L, u: L.sum(u), "reduces"),
    Operation("mean", lambda L, u: L.mean(u), "reduces"),
    Operation("max", lambda L, u: L.largest(u), "reduces"),
    Operation("logsumexp", lambda L, u: L.logsumexp(u), "reduces"),
    Operation("softmax", lambda L, u: L.exp(u - L.logsumexp(u)), "vector"),
)

OPERATIONS = {record.name: record for record in RECORDS}
"""By the names that glassprop has for them, too; "above" is written u > 0."""
