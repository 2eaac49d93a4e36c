"""What Python can ask of numbers and arrays, and means nothing for formulas.

Each is refused in a sentence that says what to write instead, rather than with Python's words about
classes. Missing attributes stay AttributeErrors, so that `hasattr` and the like go on working.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from glassprop.errors import FormulaError

ADVICE = "write it with + - * / ** and gp.exp, gp.log, gp.tanh, gp.maximum, gp.abs, gp.step, …"

OF_ONE = (
    *("sum", "mean", "max", "logsumexp", "softmax", "exp", "log", "sqrt", "square", "tanh"),
    *("sin", "cos", "sign", "abs", "sigmoid", "relu", "softplus", "silu", "gelu", "elu"),
)
"""Functions of one formula that have the same name in NumPy, PyTorch or SciPy."""

INSTEAD: Mapping[str, str] = {
    "where": "gp.where(z > 0, u, v)",
    **{name: f"gp.{name}(z)" for name in OF_ONE},
    "absolute": "gp.abs(z)",
    "amax": "gp.max(z)",
    "min": "-gp.max(-z)",
    "amin": "-gp.max(-z)",
    "maximum": "gp.maximum(z, w)",
    "minimum": "-gp.maximum(-z, -w)",
    "clip": "gp.clip(z, w), which holds z between −w and w",
    "power": "z ** 3",
    "float_power": "z ** 3",
    "pow": "z ** 3",
    "negative": "-z",
    "positive": "z",
    "reciprocal": "1 / z",
    "log1p": "gp.log(1 + z)",
    "log2": "gp.log(z) / gp.log(2)",
    "log10": "gp.log(z) / gp.log(10)",
    "expm1": "gp.exp(z) - 1",
    "logaddexp": "gp.log(gp.exp(z) + gp.exp(w))",
    "expit": "gp.sigmoid(z)",
    "heaviside": "gp.step(z)",
    "dot": "gp.sum(a * y)",
    "inner": "gp.sum(a * y)",
    "vdot": "gp.sum(a * y)",
    "matmul": "gp.sum(a * y), or gp.dot(W, x, over=i)",
    "var": "gp.mean((z - gp.mean(z)) ** 2)",
    "std": "gp.sqrt(gp.mean((z - gp.mean(z)) ** 2))",
    "norm": "gp.sqrt(gp.sum(z ** 2))",
    "size": "gp.size(z)",
    "shape": "gp.size(z), or z.axes",
    "ndim": "len(z.axes)",
}
"""How to write what arrays have as a method or as a function."""


class AbsentError(FormulaError, AttributeError):
    """Something that arrays have and formulas have not."""


def instead_of(name: str) -> str:
    """What to write instead of a method or function of arrays, by its name."""
    return f"write {INSTEAD[name]}" if name in INSTEAD else ADVICE


def _refusal(sentence: str) -> Callable[..., NoReturn]:
    def refuse(self: object, *others: object, **settings: object) -> NoReturn:
        raise FormulaError(sentence)

    return refuse


_ENTRIES = _refusal(
    "a formula states all its entries at once: none of them can be picked or set, as z[0] would; "
    "use gp.sum, gp.max, gp.mean or gp.maximum"
)
_WALK = _refusal(
    "a formula cannot be gone through entry by entry, as sum(z), max(z), list(z) and for do; "
    "write gp.sum(z), gp.max(z), gp.mean(z) or gp.maximum(z, w)"
)
_ROUNDED = _refusal(
    "a formula is not a number that could be rounded or cut off, as round, int and math.floor do; "
    "a step is gp.step(z), its slope is taken as 0"
)
_PRODUCT = _refusal(
    "formulas have no @: their axes have names; write gp.sum(a * y), or gp.dot(W, x, over=i)"
)
_NUMBER = _refusal(
    "a formula is not a number; use gp.exp, gp.log, gp.tanh, … instead of the functions of math or "
    "NumPy"
)


def _operator(sign: str) -> Callable[..., NoReturn]:
    return _refusal(f"the operator {sign} has no meaning for formulas; {ADVICE}")


class Refused:
    """The operations of Python that formulas refuse."""

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker says all this before anything runs
        __getitem__ = __setitem__ = __delitem__ = _ENTRIES
        __iter__ = __contains__ = __reversed__ = _WALK
        __len__ = _refusal("a formula has no len(z): the number of its entries is gp.size(z)")
        __round__ = __trunc__ = __floor__ = __ceil__ = __int__ = __index__ = _ROUNDED
        __float__ = __complex__ = _NUMBER
        __mod__ = __rmod__ = _operator("%")
        __floordiv__ = __rfloordiv__ = _operator("//")
        __divmod__ = __rdivmod__ = _refusal(f"divmod has no meaning for formulas; {ADVICE}")
        __matmul__ = __rmatmul__ = _PRODUCT
        __and__ = __rand__ = _operator("&")
        __or__ = __ror__ = _operator("|")
        __xor__ = __rxor__ = _refusal(
            "the operator ^ has no meaning for formulas; a power is z ** 2"
        )
        __lshift__ = __rlshift__ = _operator("<<")
        __rshift__ = __rrshift__ = _operator(">>")
        __invert__ = _operator("~")
        __array__ = _refusal(
            "a formula is not an array, and cannot be an entry of one; its values are given when "
            f"it is computed; {ADVICE}"
        )

        def __format__(self, spec: str) -> str:
            if spec:
                raise FormulaError(f"a formula is not a number that could be written as {spec!r}")
            return str(self)

        def __array_function__(self, function: Any, *others: object) -> NoReturn:
            name = str(function.__name__)
            raise FormulaError(f"np.{name} of a formula: {instead_of(name)}")

        def __getattr__(self, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            raise AbsentError(f"a formula has no .{name}; {instead_of(name)}")
