"""The syntax of formulas as text, which is that of Python's expressions, and how much is read."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache

from glassprop.errors import FormulaError

LONGEST = 10_000
DEEPEST = 200


class TooLongError(FormulaError):
    """A formula that is longer, or nested deeper, than is read or written."""


@lru_cache(maxsize=1024)
def tree(text: str) -> ast.expr:
    """The syntax tree of a formula.

    Raises FormulaError for text that is not one, or is too long or nested to be read.
    """
    if len(text) > LONGEST:
        raise TooLongError(f"a formula of {len(text)} characters; at most {LONGEST} are read")
    try:
        with warnings.catch_warnings():  # Python's advice on its own syntax, as for "1if x"
            warnings.simplefilter("ignore")
            found = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if "too many nested" in str(error) or isinstance(error, (RecursionError, MemoryError)):
            raise _too_deep(text) from None
        place = getattr(error, "offset", None)
        where = f" near character {place}" if place else ""
        raise FormulaError(
            f"cannot read the formula {clip(text)!r}{where}; "
            "expected names, numbers, + - * / ** and functions, such as '(a + b) * (b + 1)'"
        ) from None
    if _depth(found) > DEEPEST:
        raise _too_deep(text)
    return found


def _too_deep(text: str) -> TooLongError:
    return TooLongError(f"the formula {clip(text)!r} is nested over {DEEPEST} deep")


def require_readable(text: str) -> None:
    """Raises FormulaError for text that is not a formula, or is too long or nested to be read."""
    tree(text)


def _depth(tree: ast.expr) -> int:
    deepest, stack = 0, [(tree, 1)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        stack.extend(
            (child, depth + 1)
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.expr)
        )
    return deepest


def clip(text: str) -> str:
    """The beginning of a text, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
