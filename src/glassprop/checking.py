"""How a network's gradients are checked, against derivatives that are not derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array
from glassprop.check.gradients.checker import DIRECTIONS, ENTRIES, TOLERANCE, Settings
from glassprop.check.gradients.gradient_check import GradientCheck
from glassprop.check.gradients.report import plain
from glassprop.check.gradients.verdicts import IMPRECISE, WRONG
from glassprop.check.mutation.diagnosis import Diagnosis, Point, diagnose
from glassprop.check.network_check import NetworkPoint, check_network
from glassprop.check.second_reader import MOST, read_again
from glassprop.computation import Computable, Features
from glassprop.errors import DataError, GradientError, nearest
from glassprop.models.checked_numbers import positive, whole
from glassprop.train.network_programs import Programs

Numbers = npt.NDArray[Any]
EXAMPLES = 50


class Checkable(Computable):
    """The part of `Network` that proves its gradients."""

    def check(
        self,
        x: Features,
        y: npt.ArrayLike,
        *,
        examples: int = EXAMPLES,
        tolerance: float = TOLERANCE,
        entries: int = ENTRIES,
        directions: int = DIRECTIONS,
        seed: int = 0,
        progress: Callable[[int], object] = lambda done: None,
    ) -> GradientCheck:
        """Compare the gradients with derivatives of the cost that are measured, not derived.

        By a complex step where all formulas are analytic, and by central differences, extrapolated
        and with the noise of rounding known, where they are not (Squire & Trapp 1998; Ridders 1982;
        Moré & Wild 2011); and, in a small network, by the second reader, which computes what is
        printed by loops. A kink is told from a mistake, and so is a lack of precision.

        Args:
            x: inputs of shape (n, features), as for `predict`.
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).
            examples: on how many of the examples, evenly spaced, the cost is the mean.
            tolerance: a relative difference that is let pass.
            entries: of a parameter with more than 200 entries, how many are looked at one by one.
            directions: of such a parameter, along how many random directions it is compared.
            seed: of what is drawn.
            progress: called with how many parameters are done.

        Returns:
            The report: `print` shows it, `save` writes it as HTML, and `verdict` is "right",
            "wrong", "kink nearby" or "not enough precision".

        Raises:
            DataError: for data that the network cannot take.
            NetworkError: for settings out of range.
        """
        count = whole(examples, "examples")
        for value, what, least in (
            (entries, "entries", 0), (directions, "directions", 1), (seed, "seed", 0)
        ):  # fmt: skip
            whole(value, what, least)
        positive(tolerance, "tolerance")
        given = self._examples(x, y)
        chosen = given.spread(count)
        rows = np.arange(len(given)) if chosen is None else chosen
        inputs, targets = (np.empty((len(rows), w), self.dtype) for w in given.widths)
        given.put(rows, inputs, targets)
        values = self._values()
        with self._held("check", len(rows)), np.errstate(all="ignore"):
            found = self._program().functions["gradients"](inputs, targets, *values)
            named = dict(zip(self.architecture.shapes(), found, strict=True))
            point = self._point(inputs, targets)
            counts = {"the examples": len(rows), "the outputs": given.widths[1]}
            settings = Settings(tolerance, entries, directions, seed, counts, progress=progress)
            title = f"gradients of {self.architecture.words}, {len(rows):,} examples"
            made = check_network(point, named, self.dtype, settings, title)
            return made.noting(*self._read_again(point))

    def diagnose(
        self,
        x: Features,
        y: npt.ArrayLike,
        gradients: Mapping[str, npt.ArrayLike],
        *,
        tolerance: float = TOLERANCE,
    ) -> Diagnosis:
        """What is wrong with gradients that other code gave, by their numbers alone.

        The derivation is taken with a mistake in it, then with two, until it gives the same
        numbers: a factor such as σ′ is missing, a sign, a transpose, another quantity, and so on
        in every way that formulas allow. So it says in which quantity of the backward pass the
        mistake is, and which. A constant factor that a learning rate absorbs, as that of a sum
        over the examples in place of a mean, is told from a mistake.

        Args:
            x: inputs of shape (n, features); a few examples, two or more, that are not alike.
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).
            gradients: what the other code gave for these examples and for the parameters of this
                network, which are to be put into it before: by name, W1 of shape (outputs,
                inputs), b1 of (outputs,), and so on; all of them or some.
            tolerance: a relative difference that is rounding; 1e-3 for float32.

        Returns:
            The diagnosis: `print` shows it.

        Raises:
            DataError: for data that the network cannot take, or gradients of other names or shapes.
        """
        positive(tolerance, "tolerance")
        shapes = self.architecture.shapes()
        given: dict[str, Numbers] = {}
        for name, value in gradients.items():
            if name not in shapes:
                raise DataError(f"gradients: no parameter {name!r}; {nearest(name, shapes)}")
            array = as_array(value, f"gradients[{name!r}]")
            if array.shape != shapes[name] or array.dtype.kind not in "fiu":
                raise DataError(
                    f"gradients[{name!r}]: expected real numbers of shape {shapes[name]}, got "
                    f"shape {array.shape} and type {array.dtype!s:.80}"
                )
            given[name] = array.astype(np.float64)
        if not given:
            raise DataError("gradients: expected a dict with W1, b1, … and their arrays, got none")
        inputs, targets = self._examples(x, y).arrays()
        with self._held("diagnose", len(inputs)), np.errstate(all="ignore"):
            point = self._point(inputs, targets)
            values = {"x": point.x, "y": point.y, **point.parameters}
            where = Point(values, len(inputs), tolerance)
            return diagnose(point.program.after("lift"), given, where)

    def _point(self, x: Any, y: Any) -> NetworkPoint:
        """The network at some examples in double precision."""
        programs = self._programs
        if self.dtype != "float64":
            programs = Programs(self.architecture, "float64")
        program = programs.of(self._states.kind)
        wide = {name: value.astype(np.float64) for name, value in self._parameters.items()}
        return NetworkPoint(program, x.astype(np.float64), y.astype(np.float64), wide)

    def _read_again(self, point: NetworkPoint) -> list[str]:
        """What the second reader says of the first example."""
        if sum(value.size for value in point.parameters.values()) > MOST:
            return []
        one = NetworkPoint(point.program, point.x[:1], point.y[:1], point.parameters)
        derivation, values = self._programs.derivation, one.values({})
        lifted = {step.name: step.symbol.axes for step in one.program.after("lift").steps}
        for name in values:
            axes = lifted.get(name, ())
            if name in ("x", "y") or (axes and axes[0].size == "n"):
                values[name] = values[name][0]
        return [read_again(derivation, values, self.architecture.l2)]


def assert_gradients(network: Checkable, x: Features, y: npt.ArrayLike, **settings: Any) -> None:
    """Raise unless a network's gradients are right; for tests.

    Args:
        network: a `Network`.
        x: inputs, as for `Network.check`.
        y: labels or target rows, as for `Network.check`.
        settings: as for `Network.check`.

    Raises:
        GradientError: an AssertionError that says which entry is wrong, with both values, the error
            that they may have, their ratio, and what the mistake may be; also where the precision
            does not suffice to say.
    """
    found = network.check(x, y, **settings)
    if found.verdict in (WRONG, IMPRECISE):
        raise GradientError(plain(found, all_arrays=False))
