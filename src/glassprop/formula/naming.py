"""What can be the name of a quantity: it becomes a name in emitted source."""

from __future__ import annotations

import keyword
import unicodedata

from glassprop.errors import FormulaError, clipped

RESERVED = {"np", "work", "rows", "start", "order", "batch_size"}
"""Names that the emitted source uses itself."""
LONGEST = 100
"""Letters of a name: it stands in each formula that has the quantity."""


def require_name(name: str) -> None:
    """Raises FormulaError for what cannot be the name of a quantity."""
    if len(name) > LONGEST:
        raise FormulaError(
            f"{clipped(repr(name))} cannot be a name: expected at most {LONGEST} letters, got "
            f"{len(name):,}"
        )
    if keyword.iskeyword(name):
        raise FormulaError(f"{name!r} cannot be a name: it is a word of Python; choose another")
    if not name.isidentifier() or name.startswith("_"):
        raise FormulaError(f"{name!r} cannot be a name; use letters and digits, such as 'W1'")
    plain = unicodedata.normalize("NFKC", name)
    if plain != name:
        raise FormulaError(f"{name!r} cannot be a name: Python reads it as {plain!r}; use that")
    if name in RESERVED:
        raise FormulaError(f"the name {name!r} is used by the emitted source; choose another")
