"""What the classes of a network are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassprop.errors import NetworkError

LONGEST = 100
"""Characters in a name: it is printed for each example."""


def check_names(names: Sequence[Any], count: int) -> None:
    """Refuse what cannot name the classes of a network.

    Raises:
        NetworkError: for another number of names, two that are equal, or what is no name.
    """
    if isinstance(names, str):
        raise NetworkError(f"classes: expected a list of {count} names, got the text {names!r}")
    for name in names:
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST or not name.isprintable():
            raise NetworkError(
                f"classes: expected names of 1 to {LONGEST} characters that can be printed, "
                f"got {name!r:.200}"
            )
    if len(names) != count:
        raise NetworkError(
            f"classes: expected {count} names, one for each class that the outputs can tell, "
            f"got {len(names)}"
        )
    if len(set(names)) < count:
        twice = next(name for name in names if names.count(name) > 1)
        raise NetworkError(f"classes: expected different names, got {twice!r} twice")
