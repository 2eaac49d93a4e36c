"""`check_gradient`: the gradient of any function of arrays, in a user's own tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array
from glassprop.check.gradients.checker import DIRECTIONS, ENTRIES, TOLERANCE, Checker, Settings
from glassprop.check.gradients.gradient_check import GradientCheck
from glassprop.check.gradients.report import plain
from glassprop.check.gradients.verdicts import IMPRECISE, WRONG
from glassprop.errors import DataError, GradientError

Numbers = npt.NDArray[Any]


def check_gradient(
    function: Callable[[Any], Any],
    gradient: Any,
    x: Any,
    *,
    tolerance: float = TOLERANCE,
    entries: int = ENTRIES,
    directions: int = DIRECTIONS,
    seed: int = 0,
    raises: bool = True,
) -> GradientCheck:
    """Compare a gradient with central differences that know their own error.

    An array of up to 200 entries is compared entry by entry, a larger one along random directions,
    which see a mistake in any entry, and at some entries. Steps are chosen by the noise of the
    function's rounding errors and extrapolated (Ridders 1982; Moré & Wild 2011). A kink, as of relu
    at 0, is told from a mistake, and so is a function that is not precise enough to say.

    Args:
        function: of `x`, giving a number; it may not change its argument.
        gradient: of the function at `x`, of the same form as `x`: arrays of the same shapes. Or a
            function of `x` that gives it.
        x: the point: an array or a number, or several of them, in a list, a tuple or a dict.
        tolerance: a relative difference that is let pass.
        entries: of an array with more than 200, how many are looked at one by one.
        directions: of such an array, along how many random directions it is compared.
        seed: of what is drawn.
        raises: whether a wrong gradient, and one that cannot be judged, is an error; else it is
            what `verdict` of the report says.

    Returns:
        The report; `print` shows it.

    Raises:
        GradientError: naming the entry, what was given and found with its error, their ratio, and
            what the mistake may be. It is an AssertionError, too.
        DataError: for arguments that are no arrays of real numbers, or do not fit each other.
    """
    form = _Form(x)
    if callable(gradient):
        gradient = gradient(form.back(form.arrays))
    given = form.like(gradient, "gradient")

    def value(arrays: dict[str, Numbers]) -> float:
        with np.errstate(all="ignore"):
            return _number(function(form.back(arrays)))

    settings = Settings(tolerance, entries, directions, seed, form.counts())
    found = Checker(value, form.arrays, given, settings).run("gradient")
    if raises and found.verdict in (WRONG, IMPRECISE):
        raise GradientError(plain(found, all_arrays=False))
    return found


class _Form:
    """Arrays by name, and the form that they came in."""

    def __init__(self, x: Any) -> None:
        self.kind: type | None = None
        if isinstance(x, Mapping):
            self.kind, self.keys = dict, list(x)
            named = {str(key): x[key] for key in self.keys}
        elif isinstance(x, (tuple, list)) and any(np.ndim(one) for one in x):
            self.kind, self.keys = type(x), list(range(len(x)))
            named = {f"x[{k}]": one for k, one in enumerate(x)}
        else:
            self.keys, named = [], {"x": x}
        self.given = {name: _real(one, name) for name, one in named.items()}
        self.arrays = {name: one.astype(np.float64) for name, one in self.given.items()}

    def back(self, arrays: Mapping[str, Numbers]) -> Any:
        """Arrays in the form of `x`, each its own copy and of its own type."""
        found = [
            one.astype(self.given[name].dtype) if self.given[name].dtype.kind == "f" else one.copy()
            for name, one in arrays.items()
        ]
        if self.kind is dict:
            return dict(zip(self.keys, found, strict=True))
        if self.kind is None:
            return found[0]
        return found if self.kind is list else tuple(found)

    def like(self, gradient: Any, what: str) -> dict[str, Numbers]:
        """A gradient as arrays by the same names."""
        if self.kind is dict:
            if not isinstance(gradient, Mapping) or set(gradient) != set(self.keys):
                raise DataError(f"{what}: expected a dict with the keys {self.keys}")
            found = [gradient[key] for key in self.keys]
        elif self.kind is None:
            found = [gradient]
        else:
            if not isinstance(gradient, Sequence) or len(gradient) != len(self.keys):
                raise DataError(f"{what}: expected {len(self.keys)} arrays, as x has")
            found = list(gradient)
        made: dict[str, Numbers] = {}
        for (name, x), one in zip(self.arrays.items(), found, strict=True):
            array = _real(one, f"{what} with respect to {name}").astype(np.float64)
            if array.shape != x.shape:
                raise GradientError(
                    f"{what} with respect to {name}: expected the shape {x.shape} of {name}, got "
                    f"{array.shape}"
                )
            made[name] = array
        return made

    def counts(self) -> dict[str, int]:
        """The lengths of axes, over which a sum may have been taken by mistake."""
        lengths = sorted({n for one in self.arrays.values() for n in one.shape if n > 2})
        return {f"{n} terms": n for n in lengths}


def _real(given: Any, name: str) -> Numbers:
    array = as_array(given, name)
    if array.dtype.kind not in "fiu":
        raise DataError(f"{name}: expected an array of real numbers, got type {array.dtype!s:.80}")
    if not array.size:
        raise DataError(f"{name}: expected at least one entry, got none")
    return array


def _number(value: Any) -> float:
    found = np.asarray(value)
    if found.size != 1 or found.dtype.kind not in "fiu":
        raise DataError(
            f"function: expected a single number, got shape {found.shape} of type "
            f"{found.dtype!s:.80}"
        )
    return float(found.reshape(()))
