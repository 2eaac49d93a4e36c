"""Array expressions written for one entry: `1 / (1 + np.exp(-z1[j]))` for 1 / (1 + exp(-z1))."""

from __future__ import annotations

from collections.abc import Callable

from glassprop.compile.layout.array_expressions import CHOICE, INFIX, Array, call_of
from glassprop.compile.loops.assignments import Index, below, fitted
from glassprop.compile.numpy_source.expressions import ATOM, NOT_CHAINED, PRECEDENCE, Writer

Spell = Callable[[str, Index], str]
"""From an array's name and an index to the text of the entry."""

OWN = {"np.exp": "exp", "np.expm1": "expm1", "np.tanh": "tanh"}
"""Functions of NumPy that `exponential` has in a form that loops vectorise."""


class Elements:
    """Writes entries of expressions in a number type.

    Numba takes a number in the source as float64, which would widen float32; so there each number
    is written as `real(…)`.

    Args:
        dtype: "float64" or "float32".
        spell: writes an entry of an array by its name.
    """

    def __init__(self, dtype: str, spell: Spell) -> None:
        self.narrow, self.spell = dtype == "float32", spell
        self.numbers = Writer(dtype)

    def text(self, array: Array, index: Index) -> str:
        """The entry of an expression at an index."""
        return self._write(array, index)[0]

    def number(self, text: str) -> str:
        """A number of the program's type."""
        return f"real({text})" if self.narrow else text

    def _write(self, array: Array, index: Index) -> tuple[str, int]:
        index = fitted(array, index)
        op = array.op
        if array.weak:
            return self._weak(array)
        if op == "name":
            return self.spell(str(array.value), index), ATOM
        if array.is_view or op in ("cast", "full"):
            at = below(array, index) if array.is_view else index
            inner = array.args[0]
            if inner.kind == "bool" and op != "full":
                return f"real({self.text(inner, at)})", ATOM
            return self._write(inner, at)
        if op in INFIX:
            return self._infix(array, index)
        if op == "neg":
            text, own = self._real(array.args[0], index)
            level = PRECEDENCE["neg"]
            return f"-({text})" if own < level else f"-{text}", level
        if op == "call" and call_of(array)[0] == "apart":
            minus, zero = self.number("-np.inf"), self.number("0.0")
            return f"({minus} if {index[0]} == {index[1]} else {zero})", ATOM
        called = str(array.value) if op == "ufunc" else call_of(array)[0]
        if called == CHOICE:
            condition, *cases = array.args
            chosen = ", ".join(self._real(case, index)[0] for case in cases)
            return f"choose({self.text(condition, index)}, {chosen})", ATOM
        arguments = ", ".join(self._real(arg, index)[0] for arg in array.args)
        return f"{OWN.get(called, called)}({arguments})", ATOM

    def _weak(self, array: Array) -> tuple[str, int]:
        text, own = self.numbers.number_text(array)
        return (f"real({text})", ATOM) if self.narrow else (text, own)

    def _real(self, array: Array, index: Index) -> tuple[str, int]:
        """An operand as a number, where it may be a truth value."""
        if array.kind == "bool":
            return f"real({self.text(array, index)})", ATOM
        return self._write(array, index)

    def _infix(self, array: Array, index: Index) -> tuple[str, int]:
        chain = [array]  # a sum of many terms leans left; it is written without recursion
        while chain[-1].args[0].op in INFIX and not chain[-1].args[0].weak:
            chain.append(chain[-1].args[0])
        text, own = self._real(chain[-1].args[0], fitted(chain[-1].args[0], index))
        for node in reversed(chain):
            level = PRECEDENCE[node.op]
            if node is not chain[-1] and node.args[0].kind == "bool":
                text, own = f"real({text})", ATOM
            if own < level + (node.op in NOT_CHAINED):
                text = f"({text})"
            right, tight = self._real(node.args[1], index)
            if tight < level + (node.op != "**"):
                right = f"({right})"
            text, own = f"{text} {node.op} {right}", level
        return text, own
