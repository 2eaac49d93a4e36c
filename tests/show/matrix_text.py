"""Reads printed matrix equations and computes them with NumPy: W²ᵀδ² ⊙ σ′(z¹), (1/n) (Δ¹)ᵀX.

Shares nothing with what prints them but the names of quantities, which are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from glassprop.formula.derivatives import prime
from glassprop.formula.evaluate import apply
from glassprop.formula.functions.table import RECORDS

Array = npt.NDArray[np.float64]
FUNCTIONS = {record.symbol or record.name: record for record in RECORDS} | {
    record.name: record for record in RECORDS
}
POWERS = {"²": 2, "³": 3, "⁴": 4, "⁻¹": -1, "⁻²": -2}
CALL = re.compile(r"([^\W\d_][\w]*)(′?)\(")
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|½|⅓|¼|⅔")
VULGAR = {"½": 1 / 2, "⅓": 1 / 3, "¼": 1 / 4, "⅔": 2 / 3}
ONES, ONES_T = "𝟏", "𝟏ᵀ"


def compute(text: str, names: Mapping[str, Array | float], example_axis: int | None) -> Array:
    """The value of a right side; numbers have no axes, vectors and matrices have two.

    Args:
        text: the formula.
        names: what each printed name stands for.
        example_axis: along which axis the examples lie; None for one example.
    """
    reader = Reader(text, names, example_axis)
    value = reader.sum()
    assert reader.rest() == "", f"{reader.rest()!r} is left of {text!r}"
    assert not isinstance(value, str), text
    return np.asarray(value)


class Reader:
    def __init__(
        self, text: str, names: Mapping[str, Array | float], example_axis: int | None
    ) -> None:
        self.text, self.at, self.names, self.axis = text, 0, names, example_axis
        self.barred = False
        self.longest = sorted(names, key=len, reverse=True)

    def rest(self) -> str:
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
        return self.text[self.at :]

    def take(self, sign: str) -> bool:
        found = self.rest().startswith(sign)
        self.at += len(sign) * found
        return found

    def need(self, sign: str) -> None:
        assert self.take(sign), f"expected {sign} at {self.rest()!r} in {self.text!r}"

    def sum(self):
        value = -self.quotient() if self.take("−") else self.quotient()
        while True:
            if self.take("+"):
                value = value + self.quotient()
            elif self.take("−"):
                value = value - self.quotient()
            else:
                return value

    def quotient(self):
        value = self.entrywise()
        return value / self.entrywise() if self.take("/") else value

    def entrywise(self):
        value = self.chain()
        while self.take("⊙"):
            value = value * self.chain()
        return value

    def chain(self):
        """Factors side by side; ones repeat at the ends and add up beside a matrix."""
        scale, factors = 1.0, []
        while (factor := self.factor()) is not None:
            if isinstance(factor, str) or np.ndim(factor):
                factors.append(factor)
            else:
                scale = scale * factor
        if not factors:
            return scale
        if all(isinstance(factor, str) for factor in factors):
            return np.full((1, 1), scale)
        many = len(factors) > 1
        while (place := summing(factors)) is not None:
            factors[place : place + 2] = [times(*factors[place : place + 2])]
        value = factors[0]
        for factor in factors[1:]:
            value = times(value, factor)
        if value.shape == (1, 1) and many:
            value = value[0, 0]
        return scale * value

    def factor(self):
        value = self.atom()
        while value is not None:
            power = next((sign for sign in POWERS if self.text.startswith(sign, self.at)), None)
            if self.text.startswith("ᵀ", self.at):
                self.at += 1
                value = ONES_T if value is ONES else value.T
            elif power is not None:
                self.at += len(power)
                value = value ** float(POWERS[power])
            else:
                return value
        return None

    def atom(self):
        rest = self.rest()
        if self.take(ONES):
            return ONES
        if self.take("("):
            value = self.sum()
            self.need(")")
            return value
        if not rest.startswith("‖²") and self.take("‖"):
            value = self.sum()
            self.need("‖²")
            return np.sum(np.square(value))
        if not self.barred and self.take("|"):
            self.barred = True  # bars within bars are written abs(…)
            value = np.abs(self.sum())
            self.need("|")
            self.barred = False
            return value
        if self.take("["):
            left = self.sum()
            self.need("=")
            right = self.sum()
            self.need("]")
            return np.equal(left, right).astype(float)
        if self.take("√"):
            return np.sqrt(self.atom())
        if self.take("ln "):
            return np.log(self.factor())
        call = CALL.match(rest)
        if call and (call[1] in FUNCTIONS or call[1] in ("softmax", "ln")):
            self.at += call.end()
            return self.call(call[1], bool(call[2]))
        name = next((name for name in self.longest if rest.startswith(name)), None)
        if name is not None:
            self.at += len(name)
            return self.names[name]
        number = NUMBER.match(rest)
        if number:
            self.at += number.end()
            return VULGAR.get(number[0]) or float(number[0])
        return None

    def call(self, name: str, primed: bool):
        arguments = [self.sum()]
        while self.take(","):
            arguments.append(self.sum())
        constants = []
        while self.take(";") or (constants and self.take(",")):
            constants.append(float(self.sum()))
        self.need(")")
        if name == "softmax":
            (z,) = arguments
            axes = (0, 1) if self.axis is None else (1 - self.axis,)
            e = np.exp(z - z.max(axis=axes, keepdims=True))
            return e / e.sum(axis=axes, keepdims=True)
        if name == "ln":
            return np.log(arguments[0])
        record = FUNCTIONS[name]
        if record.parameters:
            record = record.with_parameters(**dict(zip(record.parameters, constants, strict=True)))
        operands = np.broadcast_arrays(*arguments)
        value = apply(prime(record) if primed else record, list(operands))
        return value if np.ndim(value) else float(value)


def summing(factors):
    """Where ones stand beside a matrix that they add up."""
    for place, (left, right) in enumerate(pairwise(factors)):
        if (left is ONES_T and not isinstance(right, str)) or (
            right is ONES and not isinstance(left, str)
        ):
            return place
    return None


def times(left, right):
    """A product of two factors of which at most one is a column or row of ones."""
    if isinstance(left, str):
        if left == ONES_T:
            return right.sum(0, keepdims=True)
        assert right.shape[0] == 1, "a column of ones repeats a row"
        return right
    if isinstance(right, str):
        if right == ONES:
            return left.sum(1, keepdims=True)
        assert left.shape[1] == 1, "a row of ones repeats a column"
        return left
    return left @ right
