"""Writes assignments and the loops around them as lines of Python that Numba compiles."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.compile.loops.assignments import SUMMED, Assignment, Index
from glassprop.compile.loops.fusion import Loop
from glassprop.compile.loops.storage import Storage
from glassprop.compile.loops.thread_division import SPARSE, meetings, size_of
from glassprop.compile.numba_source.elements import Elements
from glassprop.compile.numba_source.product_calls import Calls, matrix
from glassprop.compile.numba_source.sparse_products import AHEAD, sparse_lines
from glassprop.compile.numpy_source.line_breaks import INDENT, WIDEST, assignment, call

NARROW = 128
"""Numbers in a row up to which rows of the next mini-batch are asked for ahead; those of longer
rows the CPU finds by itself, and they would crowd the caches."""


class Statements:
    """The lines of a mini-batch.

    Args:
        places: where the quantities are.
        depth: how far the lines are indented.
    """

    def __init__(self, places: Storage, depth: int) -> None:
        self.places, self.dtype = places, places.dtype
        self.elements = Elements(places.dtype, places.entry)
        self.letters: Index = ()
        self.calls = Calls(places, self.elements)
        self.lines: list[str] = []
        if places.divided:
            self._say(depth, "meet(meeting, threads)")
            self._say(depth, "first, last = share(n, thread, threads)")
        for name in places.gathered:
            self._gather_rows(name, depth)
        self._all(depth)

    def _say(self, depth: int, text: str, about: str = "") -> None:
        line = INDENT * depth + text
        if len(line) > WIDEST and text.endswith(")") and not text.startswith("#"):
            bare = text.lstrip()
            self.lines += call(bare, line[: len(line) - len(bare)])
            return
        remarked = f"{line}  # {about}"
        self.lines.append(remarked if about and len(remarked) <= WIDEST else line)

    def _all(self, depth: int) -> None:
        """All items, with the meetings of threads where the work is divided."""
        items, places = self.places.items, self.places
        meet = [False] * len(items)
        if places.divided:
            rows = [f"{name}_rows" for name in places.gathered]
            meet = meetings(items, [*places.gathered, *rows], places.private)
        blocked: Assignment | None = None
        for item, first in zip(items, meet, strict=True):
            if first:
                self._say(depth, "meet(meeting, threads)")
            if isinstance(item, Assignment) and item.block:
                blocked = item
            elif isinstance(item, Loop) and blocked is not None:
                self._by_blocks(blocked, item, depth)
                blocked = None
            else:
                self._items([item], depth)

    def _by_blocks(self, one: Assignment, loop: Loop, depth: int) -> None:
        """A product with the loop after it, block by block of their rows."""
        bounds = self.places.bounds(one.shape[0], "0, ")
        self._say(depth, f"for begin in range({bounds}, {one.block}):")
        last = bounds.rpartition(", ")[2]
        self._say(depth + 1, f"end = min(begin + {one.block}, {last})")
        self._say(depth + 1, self.calls.product(one), one.about)
        self._loop(loop, depth + 1, "begin, end")

    def _items(self, items: Sequence[Loop | Assignment], depth: int) -> None:
        for item in items:
            if isinstance(item, Assignment):
                self._assignment(item, depth)
                continue
            bounds = item.size if self.letters else self.places.bounds(item.size)
            self._loop(item, depth, bounds)

    def _loop(self, item: Loop, depth: int, bounds: str) -> None:
        outer = self.letters
        self._say(depth, f"for {item.letter} in range({bounds}):")
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
        if one.kind == "elementwise":
            self._elementwise(one, depth)
        elif one.kind == "sum" and one.accumulates:
            self._accumulate(one, depth)
        elif one.kind in ("sum", "max", "logsumexp"):
            self._reduce(one, depth)
        else:
            self._product(one, depth)

    def _product(self, one: Assignment, depth: int) -> None:
        if one.kind in (*SPARSE, "spread"):
            for line, about in sparse_lines(self.calls, one):
                self._say(depth, line, about)
        elif one.kind == "turn":
            self._say(depth, self.calls.turn(one.target, matrix(one.array)[0]))
        elif one.whole:
            self._say(depth, self.calls.product(one), one.about)
        else:
            self._say(depth, self.calls.row_product(one), one.about)

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

    def _gather_rows(self, name: str, depth: int) -> None:
        """Copy the mini-batch's rows of some data, and ask for the next ones."""
        if self.places.forms.labels and name == self.places.data[-1]:
            self._label_rows(name, depth)
            return
        width = self.places.shapes[name][1]
        self._say(depth, f"for i in range({self.places.bounds('n')}):")
        self._say(depth + 1, f"{name}_i, row = {name}_rows[i], {name}[order[start + i]]")
        self._nest(depth + 1, [f"for j in range({width}):"], f"{name}_i[j] = row[j]")
        if int(width) <= NARROW:
            self._say(depth + 1, f"if start + size + i < len(order):  # {AHEAD}")
            row = f"{name}[order[start + size + i]]"
            self._say(depth + 2, f"prefetch({row}, 0, {width})")

    def _label_rows(self, name: str, depth: int) -> None:
        """The rows of labels: 1 at the label's place."""
        width, low = self.places.shapes[name][1], self.places.forms.low
        self._say(depth, f"for i in range({self.places.bounds('n')}):")
        self._say(depth + 1, f"{name}_i = {name}_rows[i]")
        self._nest(depth + 1, [f"for j in range({width}):"], f"{name}_i[j] = real({low})")
        self._say(depth + 1, f"{name}_i[{name}[order[start + i]]] = real(1)")

    # -- sums, maxima

    def _accumulate(self, one: Assignment, depth: int) -> None:
        """A sum over leading axes: rows added up, in registers or entry by entry."""
        (operand,) = one.array.args
        if operand.op == "name" and len(operand.shape) == 2:
            self._say(depth, self.calls.row_sum(one), one.about)
            return
        index, over = one.inner_index(), len(operand.shape) - len(one.shape)
        own = self.places.bounds(size_of(one))
        loops = [
            f"for {letter} in range({own if k == over else size}):"
            for k, (letter, size) in enumerate(zip(index, operand.shape, strict=True))
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
            self._nest(depth, loops, f"{total} = add({total}, {text})")
            result = total
        else:
            result = largest = f"{name}_largest"
            self._say(depth, f"{largest} = real(-np.inf)", one.about)
            self._nest(depth, loops, f"{largest} = np.maximum({largest}, {text})")
            if one.kind == "logsumexp":
                term, small, large = f"{name}_term", f"{name}_small", f"{name}_large"
                self._say(depth, f"{small}, {large} = real(0), real(0)")
                self._nest(depth, loops, f"{term} = exp({text} - {largest})")
                inside = depth + len(loops)
                below = f"{term} if {term} < real(0.5) else real(0)"
                self._say(inside, f"{small} = add({small}, {below})")
                above = f"real(0) if {term} < real(0.5) else {term}"
                self._say(inside, f"{large} = add({large}, {above})")
                result = f"{largest} + log_of_sum({small}, {large})"
        if result != target:
            self._say(depth, f"{target} = {result}")
