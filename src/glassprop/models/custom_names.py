"""What a user may call an activation or a cost of their own."""

from __future__ import annotations

from collections.abc import Container

from glassprop.errors import FormulaError, NetworkError, clipped
from glassprop.formula.naming import require_name


def require_own_name(kind: str, name: object, taken: Container[object]) -> None:
    """Raises NetworkError for what cannot be the name of a user's activation or cost."""
    if not isinstance(name, str):
        raise NetworkError(f"{kind} {clipped(repr(name))}: expected text as its name")
    if name in taken:
        raise NetworkError(f"{name!r} is built in; give your {kind} another name")
    try:
        require_name(name)
    except FormulaError as error:
        raise NetworkError(f"{kind} {clipped(repr(name))}: {error}") from None
