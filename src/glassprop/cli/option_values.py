"""What the texts of options stand for: sizes, a scale, an update rule, names of files."""

from __future__ import annotations

from pathlib import Path

from glassprop.errors import DataError, NetworkError, nearest, shown
from glassprop.models.update_rules import RULES as UPDATE_RULES
from glassprop.models.update_rules import UpdateRule

RULES = {name.lower(): rule for name, rule in UPDATE_RULES.items()}
"""What --optimizer names."""


def rule_named(name: str) -> type[UpdateRule]:
    """The update rule that --optimizer names.

    Raises:
        NetworkError: for an unknown rule, with the nearest known one.
    """
    if name not in RULES:
        raise NetworkError(f"--optimizer: unknown update rule {name!r}; {nearest(name, RULES)}")
    return RULES[name]


def read_sizes(text: str) -> list[int]:
    """The numbers in a text such as "784,30,10".

    Raises:
        NetworkError: for anything else.
    """
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        raise NetworkError(
            f"layers {text!r}: expected whole numbers with commas between, as in 784,30,10"
        ) from None
    if len(sizes) < 2:
        raise NetworkError(f"layers {text!r}: expected at least inputs and outputs, as in 784,10")
    return sizes


def read_scale(text: str) -> float:
    """The number in a text such as "1/255" or "0.1".

    Raises:
        NetworkError: for anything else.
    """
    above, slash, below = text.partition("/")
    try:
        return float(above) / float(below) if slash else float(above)
    except (ValueError, ZeroDivisionError):
        raise NetworkError(
            f"scale {text!r}: expected a number such as 0.1, or a quotient such as 1/255"
        ) from None


def check_suffix(path: Path, known: tuple[str, ...]) -> None:
    """Refuse a file name that ends in something else.

    Raises:
        DataError: with the nearest known suffix.
    """
    if path.suffix not in known:
        raise DataError(
            f"{shown(path)}: unknown suffix {path.suffix!r}; {nearest(path.suffix, known)}"
        )
