"""The parameters of a network: one array for each, for as long as the network lives.

Whoever computes works in these arrays: programs, training, and a user who changes an entry. Numbers
that are assigned go into them, so that what was assigned is what is trained, whenever that was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array, first_not_finite
from glassprop.errors import DataError, NetworkError, clipped

Array = npt.NDArray[Any]


class Parameters(MutableMapping[str, Array]):
    """Arrays by name, in order; assigning puts finite numbers of the same shape into them.

    Args:
        arrays: of the network's number type, whose entries lie in order in memory.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = dict(arrays)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __setitem__(self, name: str, value: object) -> None:
        self.update({name: value})

    def __delitem__(self, name: str) -> NoReturn:
        raise NetworkError(
            f"parameter {clipped(repr(name))}: a network keeps all of its parameters; assign "
            "numbers to it"
        )

    def update(self, given: Any = (), /, **named: object) -> None:
        """Put numbers into some arrays, or into none if some cannot be.

        Raises:
            NetworkError: for an unknown name, another shape, or what are no finite numbers.
        """
        values = {name: self._checked(name, one) for name, one in dict(given, **named).items()}
        for name, array in values.items():
            self._arrays[name][...] = array

    def replace(self, given: object) -> None:
        """Put numbers into all arrays.

        Raises:
            NetworkError: as `update`, and for anything else than numbers for every name.
        """
        expected = f"parameters: expected an array for each of {self._listed()}"
        if not isinstance(given, Mapping):
            raise NetworkError(f"{expected}, as a dict; got {type(given).__name__}")
        missing = [name for name in self._arrays if name not in given]
        if missing:
            raise NetworkError(f"{expected}; there is none for {_listed(missing)}")
        self.update(given)

    def require_finite(self, when: str = "") -> None:
        """Refuse entries that are no numbers, which arrays may get in place.

        Raises:
            NetworkError: naming the first.
        """
        require_finite(self._arrays, when)

    def __ior__(self, given: Any) -> Parameters:
        self.update(given)
        return self

    def __or__(self, given: Mapping[str, Any]) -> dict[str, Any]:
        return {**self._arrays, **given}

    def copy(self) -> dict[str, Array]:
        """The numbers as they are now, in arrays of their own."""
        return {name: array.copy() for name, array in self._arrays.items()}

    def __repr__(self) -> str:
        return repr(self._arrays)

    def _checked(self, name: object, value: object) -> Array:
        """Numbers for a parameter, in an array of their own: they may be those of another one."""
        if not isinstance(name, str) or name not in self._arrays:
            raise NetworkError(
                f"the network has no parameter {clipped(repr(name))}; it has {self._listed()}"
            )
        own = self._arrays[name]
        try:
            found = as_array(value, name)
        except DataError as error:
            raise NetworkError(str(error)) from error
        if found.shape != own.shape or found.dtype.kind not in "biuf":
            got = (
                found.shape if found.shape != own.shape else f"entries of type {found.dtype!s:.80}"
            )
            raise NetworkError(f"{name}: expected an array of shape {own.shape}, got {got}")
        with np.errstate(over="ignore"):
            made = np.array(found, own.dtype)
        require_finite({name: made})
        return made

    def _listed(self) -> str:
        return _listed(list(self._arrays))


def require_finite(arrays: Mapping[str, Array], when: str = "") -> None:
    """Refuse arrays with entries that are not finite.

    Args:
        arrays: by the names of quantities.
        when: ends the first half of the sentence, as in " before epoch 2".

    Raises:
        NetworkError: naming the first such entry.
    """
    for name, array in arrays.items():
        entry = first_not_finite(array)
        if entry is not None:
            raise NetworkError(
                f"{name}: entry {entry} is {array[entry]}{when}; expected finite numbers of the "
                f"type {array.dtype}"
            )


def _listed(names: Iterable[str], most: int = 8) -> str:
    listed = list(names)
    few = listed if len(listed) <= most else [*listed[: most - 2], "…", listed[-1]]
    return ", ".join(few)
