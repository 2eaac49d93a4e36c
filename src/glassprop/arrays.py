"""Anything array-like as an array of NumPy, or a refusal in one line."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.errors import DataError

LONGEST_REASON = 200
_MAY_BE = (list, tuple, np.ma.MaskedArray)


def as_array(given: object, what: str) -> npt.NDArray[Any]:
    """Anything array-like as an array; an array as it is, without a copy.

    Args:
        given: an array, a list, or an object that gives an array of itself.
        what: what to call it in errors.

    Raises:
        DataError: for None, masked entries, lists of different lengths, and objects that refuse to
            be an array, such as a tensor that requires gradients.
        MemoryError: if it does not fit into memory.
    """
    if given is None:
        raise DataError(f"{what}: expected an array, got None")
    try:
        masked = _is_masked(given)
        array = np.asarray(given) if not masked else None
    except MemoryError:
        raise
    except Exception as error:  # whatever the object's own code raises
        expected = "a rectangular array of numbers"
        if not isinstance(given, (list, tuple)):
            expected = f"an array, got {type(given).__name__}, which cannot be made one"
        raise DataError(f"{what}: expected {expected}: {reason_of(error)}") from error
    if array is None:
        raise DataError(
            f"{what}: has masked entries, for which there are no numbers; fill them, as with "
            f"{what}.filled(0), or leave those examples out"
        )
    return array


def _is_masked(given: object) -> bool:
    """Whether an array, or one in a list, has masked entries, which `asarray` would unmask."""
    if isinstance(given, (list, tuple)):
        return any(isinstance(entry, _MAY_BE) and _is_masked(entry) for entry in given)
    return isinstance(given, np.ma.MaskedArray) and bool(np.ma.is_masked(given))


def first_not_finite(array: npt.NDArray[Any]) -> tuple[int, ...] | None:
    """The place of the first entry that is NaN or infinite; None if all are finite.

    A finite sum has finite terms only, so that mostly nothing of the array's size is made.
    """
    with np.errstate(all="ignore"):
        if np.isfinite(array.sum()):
            return None
    odd = ~np.isfinite(array)
    place = int(odd.argmax())
    if not odd.flat[place]:
        return None
    return tuple(map(int, np.unravel_index(place, array.shape)))


def reason_of(error: Exception) -> str:
    """What an error says, in one short line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_REASON else f"{text[: LONGEST_REASON - 1]}…"
