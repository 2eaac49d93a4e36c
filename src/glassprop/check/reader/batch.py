"""What a mini-batch is worth, by the formulas of one example alone, and what is said of it.

The formulas in components are computed for each example by itself. A quantity of the data is then
an array with the examples first; the cost and its derivatives by parameters are means. Formulas
for a mini-batch, in matrices or in NumPy, are compared with that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.reader.equation import Disagreement, Values, read
from glassprop.check.reader.loops import Functions
from glassprop.check.reader.matrices import Matrices
from glassprop.check.reader.names import NIELSEN, Notation
from glassprop.check.reader.tree import Quantity, ReadingError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Batch:
    """The quantities of a mini-batch by their names.

    Attributes:
        each: those of the data, with the examples first; C_x is the cost of each.
        shared: parameters, the mean cost, and its derivatives by parameters.
        count: how many examples there are.
        functions: functions beyond those that the reader knows.
        adjoints: names of the quantities of the data that are linear in derivatives of the cost.
    """

    each: Mapping[str, Array]
    shared: Mapping[str, Array]
    count: int
    functions: Functions = field(default_factory=dict[tuple[str, int], Any])
    adjoints: frozenset[str] = frozenset()

    def verify(self, text: str, notation: Notation = NIELSEN, tolerance: float = 1e-9) -> str:
        """Compare a printed formula of matrices with the quantity on its left, and give its name.

        Raises:
            Disagreement: if they differ.
            ReadingError: for what cannot be read, or a left side that is no quantity.
        """

        def find(quantity: Quantity) -> Array | float | None:
            found = self._name(quantity, notation)
            return None if found is None else self._matrix(found, notation)

        reader = Matrices(text, find, self.functions, rows=not notation.columns)
        name = self._name(reader.left(), notation)
        if name is None:
            raise ReadingError(f"{text}: its left side is no quantity of the mini-batch")
        wanted = self._matrix(name, notation)
        reader.shape = np.shape(wanted)
        agree(text, reader.value(), wanted, tolerance)
        return name

    def verify_code(
        self, code: str, name: str, given: Mapping[str, Any], tolerance: float = 1e-9
    ) -> dict[str, Any]:
        """Run the NumPy lines of a quantity and compare; there each error has its 1/n already.

        Args:
            code: an assignment to the name, and those of temporary results before it.
            name: the quantity.
            given: functions that the lines call, and temporary results of earlier lines.
            tolerance: see `agree`.

        Returns:
            The temporary results.

        Raises:
            Disagreement: if they differ.
            NameError: if a line uses what no line has computed.
        """
        known: dict[str, Any] = {"np": np, "n": self.count, **given, **self.shared}
        known |= {key: self.divided(key) for key in self.each}
        wanted = known.pop(name)
        space = dict(known)
        exec(code, space)
        agree(code, np.asarray(space[name], float), np.asarray(wanted), tolerance)
        made = {key: value for key, value in space.items() if known.get(key) is not value}
        return {key: value for key, value in made.items() if key not in (name, "__builtins__")}

    def divided(self, name: str) -> Array:
        """A quantity of the data as the program has it: derivatives are of the mean cost."""
        return self.each[name] / self.count if name in self.adjoints else self.each[name]

    def _name(self, quantity: Quantity, notation: Notation) -> str | None:
        if quantity.stem == notation.size and not (quantity.layer or quantity.of):
            return "n"
        for stem, known in ((quantity.stem, self.shared), (quantity.stem.lower(), self.each)):
            of = quantity.of and Quantity(quantity.of.stem, quantity.of.layer, quantity.of.count)
            plain = Quantity(stem, quantity.layer, quantity.count, (), of)
            for name in notation.spellings(plain):
                if name in known:
                    return name
        return None

    def _matrix(self, name: str, notation: Notation) -> Array | float:
        """A number, or a matrix as the notation lays it out."""
        if name == "n":
            return float(self.count)
        if name in self.each:
            array = self.each[name]
            matrix = array.reshape(self.count, -1)
            return matrix.T if notation.columns else matrix
        array = np.asarray(self.shared[name], float)
        if array.ndim == 0:
            return float(array)
        if array.ndim == 1:
            return array[None, :] if notation.rows else array[:, None]
        return array.T if notation.is_turned(name) else array


def batch(
    equations: Mapping[str, str],
    examples: Values,
    parameters: Values,
    functions: Functions | None = None,
    shapes: Mapping[str, tuple[int, ...]] | None = None,
    adjoints: frozenset[str] = frozenset(),
    cost: str = "C",
) -> Batch:
    """The quantities of a mini-batch, by the formulas in components of one example.

    Args:
        equations: the printed formulas by the names of their quantities, in their order.
        examples: inputs and targets, with the examples first.
        parameters: what all examples share.
        functions: see `Equation.evaluate`.
        shapes: of the quantities for one example, where no array on the right says them.
        adjoints: see `Batch`.
        cost: the name of the cost, of which a mini-batch has the mean.

    Raises:
        ReadingError: for a formula that cannot be read, or lacks a value.
    """
    count = len(next(iter(examples.values())))  # type: ignore[arg-type]
    rows: dict[str, list[Array]] = {name: [] for name in equations}
    for place in range(count):
        values = {**parameters, **{key: np.asarray(v)[place] for key, v in examples.items()}}
        for name, text in equations.items():
            equation = read(text)
            sizes = dict(zip(equation.left.indices, (shapes or {}).get(name, ()), strict=False))
            values[name] = equation.evaluate(values, sizes, functions)
            rows[name].append(np.asarray(values[name]))
    each = {key: np.asarray(value) for key, value in examples.items()}
    shared = {key: np.asarray(value, float) for key, value in parameters.items()}
    means = {cost, *(f"d{cost}_d{name}" for name in parameters)}
    for name, found in rows.items():
        stacked = np.array(found)
        if name == cost:
            each[f"{cost}_x"] = stacked
        if name in means:
            shared[name] = stacked.mean(0)
        else:
            each[name] = stacked
    return Batch(each, shared, count, functions or {}, adjoints)


def agree(text: str, found: Array, wanted: Any, tolerance: float = 1e-9) -> None:
    """Raises Disagreement where two arrays differ by more than rounding."""
    try:
        found, wanted = np.broadcast_arrays(found, wanted)
    except ValueError:
        shapes = f"{np.shape(found)}, and should have {np.shape(wanted)}"
        raise Disagreement(f"{text}: has the shape {shapes}") from None
    scale = max(float(np.abs(wanted).max(initial=0.0)), 1e-3)
    gap = np.abs(found - wanted)
    gap = np.where(np.isfinite(gap), gap, np.where(np.isnan(found) & np.isnan(wanted), 0, np.inf))
    if gap.size and gap.max() > tolerance * scale:
        place = tuple(int(k) for k in np.unravel_index(int(gap.argmax()), gap.shape))
        raise Disagreement(
            f"{text}: is worth {float(found[place]):.12g} at {place}, the mean or the examples "
            f"one by one give {float(wanted[place]):.12g}"
        )
