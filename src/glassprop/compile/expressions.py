"""Array expressions as Python text, with one table of precedences."""

from __future__ import annotations

from glassprop.compile.arrays import Array
from glassprop.formula.nodes import Number

PRECEDENCE = {
    ">": 1,
    "==": 1,
    "+": 2,
    "-": 2,
    "*": 3,
    "/": 3,
    "matmul": 3,
    "neg": 4,
    "**": 5,
}
ATOM = 9


def literal(value: Number) -> str:
    """A number as source that reads back to the same number."""
    return repr(value)


def positions(value: object) -> tuple[int, ...]:
    assert isinstance(value, tuple)
    return tuple(int(v) for v in value)  # type: ignore[arg-type]


def axis_argument(value: object) -> str:
    places = positions(value)
    return str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"


class Writer:
    """Writes expressions for a number type ("float64" or "float32")."""

    def __init__(self, dtype: str) -> None:
        self.dtype = dtype

    def text(self, array: Array) -> str:
        """The expression as Python source."""
        return self._write(array)[0]

    def _write(self, array: Array) -> tuple[str, int]:
        op = array.op
        if op == "name":
            return str(array.value), ATOM
        if op == "number":
            assert isinstance(array.value, (int, float))
            return literal(array.value), ATOM if array.value >= 0 else PRECEDENCE["neg"]
        if op in ("+", "-", "*", "/", ">", "==", "matmul", "**"):
            return self._infix(array)
        if op == "neg":
            return f"-{self._inside(array.args[0], PRECEDENCE['neg'])}", PRECEDENCE["neg"]
        if op == "full":
            shape = f"({', '.join(array.shape)}{',' if len(array.shape) == 1 else ''})"
            return f"np.full({shape}, {self.text(array.args[0])}, np.{self.dtype})", ATOM
        if op in ("ufunc", "call"):
            return self._call(array), ATOM
        operand = self._inside(array.args[0], ATOM)
        return operand + self.suffix(array), ATOM

    def suffix(self, array: Array) -> str:
        """What comes after the operand of a view, a sum, a maximum or a cast."""
        if array.op == "transpose":
            return _transpose(positions(array.value))
        if array.op == "insert":
            return _insert(array.value)
        if array.op == "reshape":
            return f".reshape({', '.join(array.shape)})"
        if array.op == "at":
            return "[..., 0]" if array.value == -1 else "[..., 0, :]"
        if array.op == "cast":
            return f".astype(np.{self.dtype})"
        if array.op not in ("sum", "max"):
            raise AssertionError(f"no text for the array operation {array.op}")
        everything = len(positions(array.value)) == len(array.args[0].shape)
        return f".{array.op}({'' if everything else axis_argument(array.value)})"

    def _infix(self, array: Array) -> tuple[str, int]:
        level = PRECEDENCE[array.op]
        sign = {"matmul": "@"}.get(array.op, array.op)
        left, right = array.args
        first = self._inside(left, level + (array.op == "**"))
        if level == PRECEDENCE["*"] and "matmul" in (left.op, array.op) and left.op != array.op:
            first = self._inside(left, level + 1)
        second = self._inside(right, level + (array.op != "**"))
        if array.op == "+" and right.op == "+":
            second = self._inside(right, level + 1)
        return f"{first} {sign} {second}", level

    def _inside(self, array: Array, level: int) -> str:
        text, own = self._write(array)
        return f"({text})" if own < level else text

    def _call(self, array: Array) -> str:
        arguments = [self.text(arg) for arg in array.args]
        if array.op == "ufunc":
            return f"{array.value}({', '.join(arguments)})"
        assert isinstance(array.value, tuple)
        called, extra = array.value  # type: ignore[misc]
        return f"{called}({', '.join([*arguments, *extra])})"


def _transpose(order: tuple[int, ...]) -> str:
    rank = len(order)
    if order == tuple(reversed(range(rank))):
        return ".T"
    if order == (*range(rank - 2), rank - 1, rank - 2):
        return ".swapaxes(-1, -2)"
    return f".transpose({', '.join(map(str, order))})"


def _insert(pattern: object) -> str:
    assert isinstance(pattern, tuple)
    flags = list(pattern)  # type: ignore[arg-type]
    if all(flags[: -flags.count(False)]) and len(flags) > 2 and flags.count(False) == 1:
        return "[..., None]"
    return "[" + ", ".join(":" if there else "None" for there in flags) + "]"
