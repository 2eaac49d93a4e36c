"""The errors that a user can meet: one line each, in the user's terms.

Every message names the thing, what was expected, what came, and what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GlasspropError(ValueError):
    """Anything that glassprop refuses; the command line prints it and exits with status 2."""


class FormulaError(GlasspropError):
    """A formula that means nothing: mixed axes, a free index, an unknown name."""


class NetworkError(GlasspropError):
    """A network, layer, cost or training setting that cannot be built or used."""


class DataError(GlasspropError):
    """Data that a network, a reader or a training run cannot take."""


class ModelFileError(GlasspropError):
    """A file that is not a whole, readable glassprop model."""


def nearest(name: str, known: Iterable[str]) -> str:
    """End of a message about an unknown name: the nearest known name, or all of them."""
    names = list(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean {close[0]!r}? Known: {', '.join(names)}"
    return f"known: {', '.join(names)}"


def clipped(text: str, most: int = 60) -> str:
    """A text on one line, cut where it is longer than a message should quote."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 3] + "..."
