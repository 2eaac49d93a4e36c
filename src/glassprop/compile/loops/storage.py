"""Where each quantity of an epoch is, and how its entries are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager

from glassprop.compile.layout.array_expressions import Shape
from glassprop.compile.loops.assignments import Assignment, Index
from glassprop.compile.loops.fusion import Loop, axes_in_memory, every
from glassprop.compile.loops.transposed_weights import ENDING
from glassprop.compile.numpy_source.emitted_helpers import ENTRYWISE
from glassprop.compile.program import ROWS, Forms, LacksError
from glassprop.formula.nodes import Symbol

VECTOR = {"float32": 16, "float64": 8}
"""Numbers in 64 bytes, a whole vector."""

OWN = {
    "order",
    "size",
    "scale",
    "work",
    "start",
    "starts",
    "columns",
    "values",
    "row",
    "change",
    "np",
    "add",
    "real",
    "exp",
    "expm1",
    "tanh",
    "log_of_sum",
    *ENTRYWISE,
    "choose",
    "prefetch",
    "epoch",
    "workspace",
    "min",
    "len",
    "range",
    "first",
    "last",
    "thread",
    "threads",
    "meeting",
    "meet",
    "share",
    "own",
    "panel",
    "heads",
    "examples",
    "entries",
    "most",
    "by_features",
    "begin",
    "end",
    "i",
    "j",
    "k",
    "l",
    "r",
    "s",
    "q",
    "u",
}
ENDINGS = ("_i", "_r", "_rows", "_T", "_total", "_largest", "_scale")
"""Names, and endings of names, that the emitted source gives to things of its own."""


def whole_vectors(width: str, dtype: str) -> int:
    """A width rounded up to whole vectors."""
    lanes = VECTOR[dtype]
    return -(-int(width) // lanes) * lanes


def padded(width: str, dtype: str) -> int:
    """How long rows of a width are in memory: whole vectors, unless they would be half empty.

    What is in the rest of a row means nothing: products of it stay in the rest.
    """
    whole = whole_vectors(width, dtype)
    return whole if whole <= 2 * int(width) else int(width)


def spaced(width: str, dtype: str) -> int:
    """Numbers from one row of a matrix in memory to the next.

    One vector more than the row where that would be a multiple of 512 bytes: rows at such distances
    fall into the same few places of a cache.
    """
    row, lanes = padded(width, dtype), VECTOR[dtype]
    return row + lanes if row % (8 * lanes) == 0 else row


class Storage:
    """The arrays of an epoch: arguments, workspace, local variables, and rows of them.

    Args:
        arguments: of the routine.
        dtype: "float64" or "float32".
        items: its loops and assignments.
        sparse: the name of the input that comes as compressed rows, or "".
        turned: parameters and states that are kept transposed during an epoch.
        scaled: weights that are kept as a number times an array, or "".
        divided: whether each thread computes its share of the rows.
        picked: whether a mini-batch is rows of the data, picked by `order`, and not all of them.
        forms: how inputs and targets come.

    Raises:
        LacksError: if a quantity has a name that the emitted source needs.
    """

    def __init__(
        self,
        arguments: Sequence[Symbol],
        dtype: str,
        items: Sequence[Loop | Assignment],
        sparse: str,
        turned: Collection[str],
        scaled: str = "",
        divided: bool = False,
        picked: bool = True,
        forms: Forms = ROWS,
    ) -> None:
        self.dtype, self.items, self.sparse, self.forms = dtype, items, sparse, forms
        self.scaled, self.divided = scaled, divided
        self.data = [s.name for s in arguments if picked and s.role in ("input", "target")]
        self.shapes = {s.name: tuple(str(axis.size) for axis in s.axes) for s in arguments}
        self.turned = [s.name for s in arguments if s.name in turned]
        for name in self.turned:
            self.shapes[f"{name}{ENDING}"] = self.shapes[name][::-1]
        self.kept = axes_in_memory(items)
        self.memory: dict[str, Shape] = {}
        self.private: set[str] = set()
        self.blocked: set[str] = set()
        self.divisions: list[str] = []
        self.blocks = ""
        self.kinds: dict[str, str] = {}
        self.steps: dict[str, int] = {}
        self.widths: dict[str, int] = {}
        self.remarks: dict[str, str] = {}
        self.rows: dict[str, str] = {}
        self._refuse_names()
        for one in every(items):
            self._plan(one)
        for name in self.turned:
            self.add(f"{name}{ENDING}", self.shapes[f"{name}{ENDING}"], f"{name} transposed")
        self.gathered = [name for name in self.data if self._needs_copy(name)]
        for name in self.gathered:
            self.add(f"{name}_rows", self.shapes[name], f"the mini-batch's {name}")

    def _refuse_names(self) -> None:
        copies = {one.target for one in every(self.items) if one.kind == "turn"}
        copies |= {f"{name}{ENDING}" for name in self.turned}
        names = {*self.shapes, *self.kept} - copies
        for name in names:
            clash = any(name.endswith(e) and name.removesuffix(e) in names for e in ENDINGS)
            if name in OWN or clash or re.fullmatch(r"(first|last)_(\d+|column)|column", name):
                raise LacksError(f"room for a quantity called {name!r}")

    def _plan(self, one: Assignment) -> None:
        if one.block:
            self.blocked.add(one.target)
            self.private.add(one.target)
            self.add(one.target, (str(one.block), one.shape[1]), one.about)
            return
        kept = 0 if one.updates else self.kept[one.target]
        if not one.updates and kept < len(one.shape):
            self.private.add(one.target)
        if kept:
            self.add(one.target, one.shape[len(one.shape) - kept :], one.about)

    def add(self, name: str, shape: Shape, about: str, kind: str = "real") -> None:
        """Put an array of a number type into the workspace, its rows padded."""
        self.kinds[name] = kind
        row = shape[-1]
        if row.isdigit():
            fit = spaced if len(shape) > 1 else padded
            self.widths[name], self.steps[name] = padded(row, self.dtype), fit(row, self.dtype)
            row = str(self.steps[name])
        self.memory[name], self.remarks[name] = (*shape[:-1], row), about

    def arrays(self, private: bool) -> list[str]:
        """What is in the workspace of all threads together, or in that of each."""
        return [name for name in self.memory if (self.divided and name in self.private) == private]

    def _needs_copy(self, name: str) -> bool:
        """Whether rows of a mini-batch are used otherwise than one by one, in its own order."""
        if name == self.sparse:
            return False
        if self.forms.labels and name == self.data[-1]:
            return True
        for item in self.items:
            letter = item.letter if isinstance(item, Loop) else ""
            for one in every([item]):
                if any(u == name and index[0] != letter for u, index in one.reads()):
                    return True
                typed = one.kind == "product" and name in self.forms.others
                if typed and any(u == name for u, _ in one.reads()):
                    return True
        return False

    def rank(self, name: str) -> int:
        """The number of axes that an array has in memory."""
        return self.kept[name] if name in self.kept else len(self.shapes[name])

    def name(self, name: str) -> str:
        """The variable for a whole array."""
        return f"{name}_rows" if name in self.gathered else name

    def entry(self, name: str, index: Index) -> str:
        """The text of an entry."""
        text = self._entry(name, index)
        return f"real({text})" if name in self.forms.others - {*self.gathered} else text

    def _entry(self, name: str, index: Index) -> str:
        rank = self.rank(name)
        if not rank:
            return name if name in self.kept else f"{name}[()]"
        index = index[len(index) - rank :]
        if rank > 1 and self.rows.get(name) == index[:1][-1]:
            return f"{name}_{index[:1][-1]}[{', '.join(index[1:])}]"
        return f"{self.name(name)}[{', '.join(index)}]"

    def row(self, name: str, letter: str) -> str:
        """A row of an array, in a loop over its rows."""
        if self.rank(name) == 1:
            return name
        if self.rows.get(name) == letter:
            return f"{name}_{letter}"
        return f"{self.name(name)}[{letter}]"

    def bounds(self, size: str, start: str = "") -> str:
        """The arguments of `range` for an outermost loop: all rows, or one thread's."""
        if not self.divided:
            return f"{start}{size}"
        if size == "n":
            return "first, last"
        if size not in self.divisions:
            self.divisions.append(size)
        return f"first_{size}, last_{size}"

    def columns(self, width: int, block: int) -> str:
        """The arguments of `range` for blocks of columns: all of them, or one thread's."""
        if not self.divided:
            return f"0, {width}, {block}"
        self.blocks = f"first_column, last_column = share({width}, thread, threads, {block})"
        return f"first_column, last_column, {block}"

    def step(self, name: str) -> int:
        """Numbers from the beginning of one row of an array to the next."""
        if name in self.gathered:
            return self.steps[f"{name}_rows"]
        if name in self.steps:
            return self.steps[name]
        return int(self.shapes[name][-1])

    def width(self, name: str) -> int:
        """How many numbers of a row products add up: with the padding, where there is one."""
        name = f"{name}_rows" if name in self.gathered else name
        if name in self.widths:
            return self.widths[name]
        return int(self.shapes[name][-1])

    @contextmanager
    def along(self, letter: str, inside: Sequence[Assignment]) -> Generator[list[str]]:
        """Lines that take the rows that a loop goes along, as arrays of their own.

        LLVM indexes and vectorises those best. Within the block, entries are written by them.
        """
        before, self.rows = self.rows, dict(self.rows)
        lines: list[str] = []
        for one in inside:
            own = (one.target, ("i", "j", "k", "l")[: len(one.shape)])
            targets = [own] if letter == "i" and one.kind != "scatter" else []
            for name, index in (*targets, *one.reads()):
                goes = index[:1] == (letter,) and len(index) == self.rank(name) > 1
                skipped = name in self.rows or name == self.sparse
                if goes and not skipped:
                    self.rows[name] = letter
                    in_place = name in self.data and name not in self.gathered
                    at = f"order[start + {letter}]" if in_place else letter
                    at = f"{letter} - begin" if name in self.blocked else at
                    lines.append(f"{name}_{letter} = {self.name(name)}[{at}]")
        yield lines
        self.rows = before
