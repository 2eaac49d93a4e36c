"""Whether the exponential in an expression can overflow: only there a warning is silenced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glassprop.compile.layout.array_expressions import CHOICE, Array, call_of, number_of

Definitions = Mapping[str, Array]
"""What the names in an expression stand for."""


def may_overflow(root: Array, known: Definitions) -> bool:
    """Whether an expression takes exp of something that is not surely at most 0."""
    stack, seen = [root], set[int]()
    while stack:
        array = stack.pop()
        if id(array) in seen:
            continue
        seen.add(id(array))
        if (
            array.op == "ufunc"
            and array.value == "np.exp"
            and not _at_most_zero(array.args[0], known)
        ):
            return True
        stack.extend(array.args)
    return False


def has_wild_cases(roots: Sequence[Array], known: Definitions) -> bool:
    """Whether some lines choose between cases, and one of them may be infinite or undefined."""
    stack = list(roots)
    while stack:
        array = stack.pop()
        if array.op == "ufunc" and array.value == CHOICE:
            return any(_is_wild(root, known) for root in roots)
        stack.extend(array.args)
    return False


def _is_wild(root: Array, known: Definitions) -> bool:
    stack = [root]
    while stack:
        array = stack.pop()
        if array.op in ("/", "**") and not (array.args[1].weak and array.op == "/"):
            return True
        if array.op == "ufunc" and array.value in ("np.log", "np.log1p", "np.sqrt"):
            return True
        stack.extend(array.args)
    return may_overflow(root, known)


def _at_most_zero(array: Array, known: Definitions) -> bool:
    """Whether an expression is surely not positive: −|z|, min(z, 0), −z²/2, z − ln Σ exp z."""
    array = _stripped(array, known)
    if array.op == "number":
        return number_of(array) <= 0
    if array.op == "neg":
        return _at_least_zero(array.args[0], known)
    if array.op == "ufunc" and array.value == "np.minimum":
        return any(_at_most_zero(arg, known) for arg in array.args)
    if array.op in ("*", "/"):
        left, right = array.args
        if _at_most_zero(left, known) and _at_least_zero(right, known):
            return True
        inner = _stripped(left, known)
        if array.op == "*" and inner.op == "*" and _same(inner.args[1], right, known):
            return _at_most_zero(inner.args[0], known)
        return False
    if array.op == "-":
        left, right = (_stripped(arg, known) for arg in array.args)
        if right.op == "call" and call_of(right)[0] == "logsumexp":
            return _same(left, right.args[0], known)
    return False


def _at_least_zero(array: Array, known: Definitions) -> bool:
    array = _stripped(array, known)
    if array.op == "number":
        return number_of(array) >= 0
    if array.op == "neg":
        return _at_most_zero(array.args[0], known)
    if array.op in ("*", "/", "+"):
        if array.op == "*" and _same(array.args[0], array.args[1], known):
            return True
        return all(_at_least_zero(arg, known) for arg in array.args)
    if array.op == "ufunc":
        if array.value == "np.maximum":
            return any(_at_least_zero(arg, known) for arg in array.args)
        return array.value in ("np.abs", "np.square", "np.exp", "np.sqrt")
    return False


def _stripped(array: Array, known: Definitions) -> Array:
    """What a name or a view shows."""
    while True:
        if array.op in ("transpose", "insert", "reshape", "cast"):
            array = array.args[0]
        elif array.op == "name" and str(array.value) in known:
            array = known[str(array.value)]
        else:
            return array


def _same(left: Array, right: Array, known: Definitions) -> bool:
    """Whether two expressions are the same one, or the same name."""
    left, right = _stripped(left, known), _stripped(right, known)
    if left is right:
        return True
    return left.op == right.op == "name" and left.value == right.value
