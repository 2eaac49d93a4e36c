"""Printed equations: read, evaluated, compared with what the program has."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.reader.grammar import Grammar
from glassprop.check.reader.loops import Functions, Sizes, Surroundings, compile_loops
from glassprop.check.reader.names import NIELSEN, Notation
from glassprop.check.reader.tree import Quantity, ReadingError, Tree
from glassprop.errors import GlasspropError

Array = npt.NDArray[Any]
Values = Mapping[str, npt.ArrayLike]
FLOOR = 1e-3


class Disagreement(GlasspropError):  # noqa: N818 - it states a fact about the formula
    """A printed formula that is worth something else than the program says."""


@dataclass(frozen=True)
class Equation:
    """A quantity and what it equals, or becomes.

    Attributes:
        text: as it was printed.
        left: the quantity.
        sign: "=" or "←".
        right: the formula.
        notation: how its quantities are written.
    """

    text: str
    left: Quantity
    sign: str
    right: Tree
    notation: Notation = NIELSEN

    def evaluate(
        self, values: Values, sizes: Sizes | None = None, functions: Functions | None = None
    ) -> Array:
        """The right side for all places of the indices of the left side.

        Args:
            values: arrays by the names of quantities: z1, delta2, dC_dW1.
            sizes: for letters that no array has as an index, how far they run.
            functions: functions beyond those that the reader knows, see `Definition.function`.

        Returns:
            An array with a dimension for each index on the left.

        Raises:
            ReadingError: for a quantity, function or size that is not known, or indices that do
                not fit the arrays.
        """
        arrays = {name: np.asarray(value) for name, value in values.items()}
        around = Surroundings(arrays, sizes or {}, functions or {}, self.notation)
        letters = self.left.indices
        if len(set(letters)) < len(letters):
            raise ReadingError(f"{self.left} has one index twice")
        shape = self._shape(around)
        value = compile_loops(self.right, dict(zip(letters, shape, strict=True)), around)
        found = np.empty(shape)
        for place in itertools.product(*map(range, shape)):
            found[place] = value(dict(zip(letters, place, strict=True)))
        return found

    def _shape(self, around: Surroundings) -> tuple[int, ...]:
        known = [n for n in self.notation.spellings(self.left) if n in around.values]
        if known:
            return around.array(self.left).shape
        return tuple(around.range(letter, self.right) for letter in self.left.indices)


def read(text: str, notation: Notation = NIELSEN) -> Equation:
    """Read a printed equation such as δ¹ⱼ = Σₖ W²ₖⱼ δ²ₖ σ′(z¹ⱼ).

    Raises:
        ReadingError: for what is not one, with the place.
    """
    left, sign, right = Grammar(text).equation()
    return Equation(text, left, sign, right, notation)


def verify_text(
    text: str,
    values: Values,
    sizes: Sizes | None = None,
    functions: Functions | None = None,
    notation: Notation = NIELSEN,
    tolerance: float = 1e-9,
    result: npt.ArrayLike | None = None,
) -> float:
    """Compare what a printed equation is worth with the value of the quantity on its left.

    Args:
        text: the equation.
        values: arrays by the names of quantities, that on the left among them.
        sizes: see `Equation.evaluate`.
        functions: see `Equation.evaluate`.
        notation: how quantities are written.
        tolerance: the largest difference that is accepted, relative to the largest entry.
        result: what to compare with instead, for an update.

    Returns:
        The largest relative difference.

    Raises:
        Disagreement: if the values differ, with the entry that differs most.
        ReadingError: for what cannot be read or lacks a value.
    """
    equation = read(text, notation)
    found = equation.evaluate(values, sizes, functions)
    name = notation.find(equation.left, values)
    expected = np.asarray(values[name] if result is None else result, float)
    if expected.ndim == 2 and notation.is_turned(name):
        expected = expected.T
    if found.shape != expected.shape:
        raise Disagreement(f"{text}: has the shape {found.shape}, the program {expected.shape}")
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(invalid="ignore"):
        gap = np.where(same, 0.0, np.abs(found - expected))
    gap = np.where(np.isfinite(gap), gap, np.inf)
    if not gap.size:
        return 0.0
    finite = np.abs(expected[np.isfinite(expected)])
    error = float(gap.max()) / max(float(finite.max(initial=0.0)), FLOOR)
    if error > tolerance:
        place = tuple(int(k) for k in np.unravel_index(int(gap.argmax()), gap.shape))
        where = f" at {place}" if place else ""
        raise Disagreement(
            f"{text}: is worth {float(found[place]):.12g}{where}, the program has "
            f"{float(expected[place]):.12g}"
        )
    return error
