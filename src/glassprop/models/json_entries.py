"""What stands in a description as JSON, with each entry checked for its kind."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, TypeVar

from glassprop.errors import ModelFileError

T = TypeVar("T")
KINDS: dict[type, str] = {
    dict: "an object with names and values",
    list: "a list",
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
MISSING = object()


def read_object(text: str) -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        ModelFileError: for text that is not JSON, or something else than an object.
    """
    try:
        found = json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        raise ModelFileError(
            f"it is not JSON: {error.msg}, character {error.pos + 1} of {len(text)}"
        ) from None
    except ModelFileError:
        raise
    except (ValueError, RecursionError):  # whole numbers of thousands of digits, depth
        raise ModelFileError("it is JSON that is nested too deeply, or has huge numbers") from None
    return of_kind(found, dict, "it")


def entry(found: dict[str, Any], key: str, kind: type[T], default: Any = MISSING) -> T:
    """What an object has under a key.

    Raises:
        ModelFileError: if there is nothing and no default, or something of another kind.
    """
    value = found.get(key, default)
    if value is MISSING:
        raise ModelFileError(f"it has no {key!r}")
    return of_kind(value, kind, repr(key))


def of_kind(value: Any, kind: type[T], what: str) -> T:
    """A value of JSON, if it is of some kind; whole numbers are numbers, truth values are not.

    Raises:
        ModelFileError: if it is of another kind.
    """
    wanted = (int, float) if kind is float else kind
    if isinstance(value, wanted) and isinstance(value, bool) == (kind is bool):
        return value  # type: ignore[return-value]
    shown = json.dumps(value, ensure_ascii=False)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    raise ModelFileError(f"{what} is {shown}, expected {KINDS[kind]}")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ModelFileError(f"it has {text!r:.40}, which is beyond the largest number")
    return value


def _no_number(name: str) -> NoReturn:
    raise ModelFileError(f"it has {name} where a number should be")
