"""Calls of kernels for matrix products, each made for a product's sizes."""

from __future__ import annotations

from glassprop.compile.layout.array_expressions import Array
from glassprop.compile.loops.assignments import Assignment
from glassprop.compile.loops.storage import Storage
from glassprop.compile.numba_source.elements import Elements


class Calls:
    """Writes calls of kernels, and keeps how the kernels are made.

    Attributes:
        made: the call that makes each kernel, by the kernel's name.
    """

    def __init__(self, places: Storage, elements: Elements) -> None:
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
        return self.places.width(matrix(operand)[0])

    def product(self, one: Assignment) -> str:
        """A whole product, or one thread's rows of it."""
        places, (left, right) = self.places, one.array.args
        (a, transposed), b = matrix(left), matrix(right)[0]
        step, inner = places.step(a), left.shape[1]
        steps = f"(1, {step})" if transposed else f"({step}, 1)"
        function, size, panel = "product", "", ""
        if one.large is not None:
            size = f", rows={one.large[0]}, inner={one.large[1]}"
            function, panel = "large_product", ", panel"
            places.add("panel", ("PANEL",), "columns of a factor, side by side")
            places.private.add("panel")
        kernel = self.kernel(
            f"product_{one.target}",
            f"{function}({self.width(right)}, out_step={places.step(one.target)}, "
            f"left_steps={steps}, right_step={places.step(b)}{size})",
        )
        out, factors = places.name(one.target), places.name(a)
        bounds = places.bounds(one.shape[0], "0, ")
        if one.block:
            factors += "[:, begin:]" if transposed else "[begin:]"
            bounds = "0, end - begin"
        return f"{kernel}({out}, {factors}, {places.name(b)}, {bounds}, {inner}{panel})"

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

    def turn(self, target: str, name: str) -> str:
        """A transposed copy."""
        places = self.places
        height, width = places.shapes[name]
        kernel = self.kernel(
            f"transpose_{name}",
            f"transposition({height}, {width}, out_step={places.step(target)}, "
            f"step={places.step(name)})",
        )
        return f"{kernel}({target}, {name}, {places.bounds(width, '0, ')})"


def matrix(operand: Array) -> tuple[str, bool]:
    """The name of a product's operand, and whether it is transposed."""
    if operand.op == "transpose":
        return str(operand.args[0].value), True
    return str(operand.value), False
