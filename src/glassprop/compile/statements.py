"""Writes assignments and the loops around them as lines of Python that Numba compiles."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.compile.arrays import Array
from glassprop.compile.elements import Elements
from glassprop.compile.fusion import Loop
from glassprop.compile.loops import SUMMED, Assignment, Index
from glassprop.compile.places import Places, padded
from glassprop.compile.wrapping import INDENT, WIDEST, assignment


class Statements:
    """The lines of a mini-batch.

    Args:
        places: where the quantities are.
        depth: how far the lines are indented.
    """

    def __init__(self, places: Places, depth: int) -> None:
        self.places, self.dtype = places, places.dtype
        self.elements = Elements(places.dtype, places.entry)
        self.letters: Index = ()
        self.kernels: dict[str, str] = {}
        self.lines: list[str] = []
        for name in places.gathered:
            self._gather_rows(name, depth)
        self._items(places.items, depth)

    def _say(self, depth: int, text: str, about: str = "") -> None:
        line = INDENT * depth + text
        remarked = f"{line}  # {about}"
        self.lines.append(remarked if about and len(remarked) <= WIDEST else line)

    def _items(self, items: Sequence[Loop | Assignment], depth: int) -> None:
        for item in items:
            if isinstance(item, Assignment):
                self._assignment(item, depth)
                continue
            self._say(depth, f"for {item.letter} in range({item.size}):")
            outer = self.letters
            self.letters = (*outer, item.letter)
            inside = [] if outer else list(item.assignments())
            with self.places.along(item.letter, inside) as rows:
                for line in rows:
                    self._say(depth + 1, line)
                self._items(item.body, depth + 1)
            self.letters = outer

    def _nest(self, depth: int, loops: Sequence[str], line: str, about: str = "") -> None:
        for k, loop in enumerate(loops):
            self._say(depth + k, loop)
        self._say(depth + len(loops), line, about)

    def _assignment(self, one: Assignment, depth: int) -> None:
        if one.kind == "product":
            (self._blas if one.blas else self._product)(one, depth)
        elif one.kind == "gather":
            self._gather(one, depth)
        elif one.kind == "scatter":
            self._scatter(one, depth)
        elif one.kind == "elementwise":
            self._elementwise(one, depth)
        elif one.kind == "sum" and one.accumulates:
            self._accumulate(one, depth)
        else:
            self._reduce(one, depth)

    def _elementwise(self, one: Assignment, depth: int) -> None:
        target = self.places.entry(one.target, self.letters)
        text = self.elements.text(one.array, self.letters)
        if one.weak and not one.shape and not one.updates:
            text = self.elements.numbers.text(one.array)  # a Python number stays one
        equals = "="
        if one.array.op in ("+", "-") and text.startswith(f"{target} {one.array.op} "):
            text, equals = text[len(target) + 3 :], f"{one.array.op}="
        if len(INDENT * depth + target + equals + text) + 2 <= WIDEST:
            self._say(depth, f"{target} {equals} {text}", one.about)
        else:
            self.lines += assignment(target, text, INDENT * depth, equals)

    # -- products

    def _kernel(self, name: str, width: object) -> str:
        self.kernels[f"{name}_{width}"] = f"{name}({width})"
        return f"{name}_{width}"

    def _product(self, one: Assignment, depth: int) -> None:
        """A row of a product, by a kernel that keeps its sums in registers."""
        left, right = one.array.args
        (a, transposed), (b, _) = _matrix(left), _matrix(right)
        out, rows = self.places.row(one.target, "i"), self.places.name(b)
        factors = f"{self.places.name(a)}[:, i]" if transposed else self.places.row(a, "i")
        if right.op == "name":
            kernel, count = self._kernel("sum_rows", one.shape[1]), left.shape[1]
        else:
            kernel, count = self._kernel("dots", left.shape[1]), one.shape[1]
        self._say(depth, f"{kernel}({out}, {factors}, {rows}, {count})", one.about)

    def _blas(self, one: Assignment, depth: int) -> None:
        left, right = (self._whole(arg) for arg in one.array.args)
        out = self.places.prefix(one.target, one.shape)
        self._say(depth, f"np.dot({left}, {right}, {out})", one.about)

    def _whole(self, operand: Array) -> str:
        name, transposed = _matrix(operand)
        shape = operand.shape[::-1] if transposed else operand.shape
        return self.places.prefix(name, shape) + (".T" if transposed else "")

    # -- the mini-batch's examples

    def _gather_rows(self, name: str, depth: int) -> None:
        if self.places.forms.labels and name == self.places.data[-1]:
            self._label_rows(name, depth)
            return
        self._say(depth, "for i in range(n):")
        self._say(depth + 1, f"{name}_i, row = {name}_rows[i], {name}[order[start + i]]")
        width = self.places.shapes[name][1]
        self._nest(depth + 1, [f"for j in range({width}):"], f"{name}_i[j] = row[j]")

    def _label_rows(self, name: str, depth: int) -> None:
        """The rows of labels: 1 at the label's place."""
        width, low = self.places.shapes[name][1], self.places.forms.low
        self._say(depth, "for i in range(n):")
        self._say(depth + 1, f"{name}_i = {name}_rows[i]")
        self._nest(depth + 1, [f"for j in range({width}):"], f"{name}_i[j] = real({low})")
        self._say(depth + 1, f"{name}_i[{name}[order[start + i]]] = real(1)")

    def _gather(self, one: Assignment, depth: int) -> None:
        rows = self.places.name(_matrix(one.array.args[1])[0])
        kernel = self._kernel("gather_rows", padded(one.shape[1], self.dtype))
        out = self.places.row(one.target, "i")
        self._say(depth, "row = order[start + i]")
        call = f"{kernel}({out}, {rows}, columns, values, starts[row], starts[row + 1])"
        self._say(depth, call, one.about)

    def _scatter(self, one: Assignment, depth: int) -> None:
        delta, _ = _matrix(one.array.args[0])
        width, whole = one.shape[0], padded(one.shape[0], self.dtype)
        rows, rate = self.places.name(one.target), self.elements.text(one.array.args[2], ())
        kernel = self._kernel("subtract_rows", whole)
        self.places.add("change", (str(whole),), f"what one example takes off rows of {rows}")
        x = self.places.sparse
        self._say(depth, f"# {one.about}: only its rows where {x} is not zero change")
        self._say(depth, "for i in range(n):")
        inner = depth + 1
        self._say(inner, f"{delta}_i, row = {delta}[i], order[start + i]")
        line = f"change[j] = {rate} * {delta}_i[j]"
        self._nest(inner, [f"for j in range({width}):"], line)
        call = f"{kernel}({rows}, change, columns, values, starts[row], starts[row + 1])"
        self._say(inner, call)
        self._say(inner, "if start + size + i < len(order):  # ahead for the next mini-batch")
        self._say(inner + 1, "row = order[start + size + i]")
        for array in ("columns", "values"):
            self._say(inner + 1, f"prefetch({array}, starts[row], starts[row + 1])")

    # -- sums, maxima

    def _accumulate(self, one: Assignment, depth: int) -> None:
        """A sum over leading axes: rows added up, entry by entry."""
        (operand,) = one.array.args
        index, over = one.inner_index(), len(operand.shape) - len(one.shape)
        loops = [
            f"for {letter} in range({size}):"
            for letter, size in zip(index, operand.shape, strict=True)
        ]
        target = self.places.entry(one.target, index[over:])
        self._nest(depth, loops[over:], f"{target} = real(0)", one.about)
        for k, line in enumerate(loops[:over]):
            self._say(depth + k, line)
        with self.places.along("r", [one]) as rows:
            for line in rows:
                self._say(depth + over, line)
            text = self.elements.text(operand, index)
            self._nest(depth + over, loops[over:], f"{target} += {text}")

    def _reduce(self, one: Assignment, depth: int) -> None:
        """A sum, maximum or log-sum-exp that gives one number in each round of the loops around."""
        (operand,) = one.array.args
        index = one.inner_index()
        text = self.elements.text(operand, index)
        loops = [
            f"for {letter} in range({size}):"
            for letter, size in zip(index, operand.shape, strict=True)
            if letter in SUMMED
        ]
        target, name = self.places.entry(one.target, self.letters), one.target
        if one.kind == "sum":
            total = name if target == name else f"{name}_total"
            self._say(depth, f"{total} = real(0)", one.about)
            self._nest(depth, loops, f"{total} += {text}")
            result = total
        else:
            result = largest = f"{name}_largest"
            self._say(depth, f"{largest} = real(-np.inf)", one.about)
            self._nest(depth, loops, f"{largest} = np.maximum({largest}, {text})")
            if one.kind == "logsumexp":
                self._say(depth, f"{name}_total = real(0)")
                self._nest(depth, loops, f"{name}_total += exp({text} - {largest})")
                result = f"{largest} + np.log({name}_total)"
        if result != target:
            self._say(depth, f"{target} = {result}")


def _matrix(operand: Array) -> tuple[str, bool]:
    """The name of a product's operand, and whether it is transposed."""
    if operand.op == "transpose":
        return str(operand.args[0].value), True
    return str(operand.value), False
