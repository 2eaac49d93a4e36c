"""What is given as the path of a file, or a refusal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from glassprop.errors import GlasspropError


def path_of(given: Any, refusal: type[GlasspropError], example: str) -> Path:
    """A path given as text, bytes or a path object.

    Raises:
        refusal: for anything else, such as an array or an open file, with an example of a path.
    """
    try:
        return Path(os.fsdecode(given))
    except TypeError:
        kind = type(given).__name__
        raise refusal(f"expected the path of a file, such as {example!r}; got {kind}") from None
