"""The lines of matrix products: calls of kernels that are made for a product's sizes."""

from __future__ import annotations

from collections.abc import Iterator

from glassprop.compile.arrays import Array
from glassprop.compile.elements import Elements
from glassprop.compile.loops import Assignment
from glassprop.compile.places import Places, padded

Line = tuple[int, str, str]
"""How much further it is indented, its text, and a remark."""

AHEAD = "ahead for the next mini-batch"


class Calls:
    """Writes calls of kernels, and keeps how the kernels are made.

    Attributes:
        made: the call that makes each kernel, by the kernel's name.
    """

    def __init__(self, places: Places, elements: Elements) -> None:
        self.places, self.elements = places, elements
        self.made: dict[str, str] = {}

    def kernel(self, name: str, made: str) -> str:
        """The name of a kernel; the same for what is made in the same way."""
        for known, text in self.made.items():
            if text == made:
                return known
        self.made[name] = made
        return name

    def width(self, operand: Array) -> int:
        """How long the rows of the second factor are in memory, as far as they are added up."""
        return self.places.step(matrix(operand)[0])

    def product(self, one: Assignment) -> str:
        """A whole product, or one thread's rows of it."""
        places, (left, right) = self.places, one.array.args
        (a, transposed), b = matrix(left), matrix(right)[0]
        step, inner = places.step(a), left.shape[1]
        steps = f"(1, {step})" if transposed else f"({step}, 1)"
        function, panel = ("packed_product", ", panel") if one.packed else ("product", "")
        if one.packed:
            places.add("panel", ("PANEL",), "columns of a factor, side by side")
            places.private.add("panel")
        kernel = self.kernel(
            f"product_{one.target}",
            f"{function}({self.width(right)}, out_step={places.step(one.target)}, "
            f"left_steps={steps}, right_step={places.step(b)})",
        )
        out = places.name(one.target)
        bounds = places.bounds(one.shape[0], "0, ")
        return f"{kernel}({out}, {places.name(a)}, {places.name(b)}, {bounds}, {inner}{panel})"

    def row_product(self, one: Assignment) -> str:
        """One row of a product."""
        places, (left, right) = self.places, one.array.args
        (a, transposed), (b, _) = matrix(left), matrix(right)
        out = places.row(one.target, "i")
        factors = f"{places.name(a)}[:, i]" if transposed else places.row(a, "i")
        if right.op == "name":
            width, function, count = self.width(right), "sum_rows", left.shape[1]
        else:
            width, function, count = int(left.shape[1]), "dots", one.shape[1]
        kernel = self.kernel(f"{function}_{width}", f"{function}({width})")
        return f"{kernel}({out}, {factors}, {places.name(b)}, {count})"

    def row_sum(self, one: Assignment) -> str:
        """A sum of rows."""
        places, (operand,) = self.places, one.array.args
        name = matrix(operand)[0]
        kernel = self.kernel(f"row_sum_{places.step(name)}", f"row_sum({places.step(name)})")
        bounds = places.bounds(one.shape[0], "0, ")
        return f"{kernel}({one.target}, {places.name(name)}, {bounds}, {operand.shape[0]})"

    def turn(self, one: Assignment) -> str:
        """A transposed copy."""
        places, name = self.places, matrix(one.array)[0]
        width, height = one.shape
        kernel = self.kernel(
            f"transpose_{name}",
            f"transposition({height}, {width}, out_step={places.step(one.target)}, "
            f"step={places.step(name)})",
        )
        return f"{kernel}({one.target}, {places.name(name)}, {places.bounds(width, '0, ')})"


def product_lines(calls: Calls, one: Assignment) -> Iterator[Line]:
    """The lines of a product, of whatever kind it is."""
    if one.kind == "turn":
        yield 0, calls.turn(one), ""
    elif one.kind == "product":
        yield 0, calls.product(one) if one.whole else calls.row_product(one), one.about
    elif one.kind == "gather":
        yield from _gather(calls, one)
    elif one.kind == "spread":
        yield from _spread(calls, one)
    else:
        yield from _scatter(calls, one)


def _gather(calls: Calls, one: Assignment) -> Iterator[Line]:
    """A row of x @ W.T over the entries of x that are not zero."""
    places, (_, right) = calls.places, one.array.args
    width = calls.width(right)
    kernel = calls.kernel(f"gather_rows_{width}", f"gather_rows({width})")
    out = places.row(one.target, "i")
    yield 0, "row = order[start + i]", ""
    call = f"{kernel}({out}, {matrix(right)[0]}, columns, values, starts[row], starts[row + 1])"
    yield 0, call, one.about
    if places.scaled:
        yield 0, f"for j in range({one.shape[1]}):", ""
        yield 1, f"{out}[j] *= real({places.scaled}_scale)", ""


def _spread(calls: Calls, one: Assignment) -> Iterator[Line]:
    """x.T @ δ over the entries of x that are not zero."""
    delta = matrix(one.array.args[1])[0]
    width = calls.width(one.array.args[1])
    kernel = calls.kernel(f"add_rows_{width}", f"add_rows({width})")
    x = calls.places.sparse
    yield 0, f"for i in range({one.shape[0]}):", ""
    yield 1, f"for j in range({one.shape[1]}):", ""
    yield 2, f"{one.target}[i, j] = real(0)", f"{one.about}: sums over {x} where it is not zero"
    yield 0, "for i in range(n):", ""
    yield 1, "row = order[start + i]", ""
    call = f"{kernel}({one.target}, {delta}[i], columns, values, starts[row], starts[row + 1])"
    yield 1, call, ""
    yield from _ahead()


def _scatter(calls: Calls, one: Assignment) -> Iterator[Line]:
    """W ← α W − β xᵀ δ, in the rows where x is not zero."""
    places, (delta, rate, *decay) = calls.places, one.array.args
    name, rows = matrix(delta)[0], one.target
    width = padded(one.shape[1], places.dtype)
    kernel = calls.kernel(f"subtract_rows_{width}", f"subtract_rows({width})")
    places.private.add("change")
    places.add("change", (one.shape[1],), f"what one example takes off rows of {rows}")
    step = calls.elements.text(rate, ())
    if decay:
        scale = f"{rows}_scale"
        yield 0, f"{scale} *= {calls.elements.numbers.text(decay[0])}", f"of the whole of {rows}"
        yield 0, f"if abs({scale}) < {SMALLEST}:", ""
        for deeper, line in enumerate(scaled_back(places)):
            yield 1 + deeper, line, ""
        yield 1, f"{scale} = 1.0", ""
        step = calls.elements.number(f"{calls.elements.numbers.text(rate)} / {scale}")
    yield 0, f"# {one.about}: only its rows where {places.sparse} is not zero change", ""
    yield 0, "for i in range(n):", ""
    yield 1, f"{name}_i, row = {name}[i], order[start + i]", ""
    yield 1, f"for j in range({one.shape[1]}):", ""
    yield 2, f"change[j] = {step} * {name}_i[j]", ""
    yield 1, f"{kernel}({rows}, change, columns, values, starts[row], starts[row + 1])", ""
    yield from _ahead()


SMALLEST = 1e-10
"""Below it a scale is multiplied into its array, so that neither of them leaves its range."""


def scaled_back(places: Places) -> list[str]:
    """Loops, one inside the other, that multiply a scale into its weights."""
    name = places.scaled
    height, width = places.shapes[name]
    return [
        f"for i in range({height}):",
        f"for j in range({width}):",
        f"{name}[i, j] *= real({name}_scale)",
    ]


def _ahead() -> Iterator[Line]:
    """Ask the memory for the next mini-batch's rows."""
    yield 1, f"if start + size + i < len(order):  # {AHEAD}", ""
    yield 2, "row = order[start + size + i]", ""
    for array in ("columns", "values"):
        yield 2, f"prefetch({array}, starts[row], starts[row + 1])", ""


def matrix(operand: Array) -> tuple[str, bool]:
    """The name of a product's operand, and whether it is transposed."""
    if operand.op == "transpose":
        return str(operand.args[0].value), True
    return str(operand.value), False
