"""Array expressions cut into assignments that one loop nest, or one call, can compute.

Elementwise operations and views stay whole trees; a matrix product, a sum, a maximum and a
log-sum-exp each become the root of an assignment of their own. `fusion` then puts assignments
that go over the same entries into one loop, and `numba_source` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast

from glassprop.compile.layout.array_expressions import Array, Shape, call_of, name
from glassprop.compile.numpy_source.emitted_helpers import ENTRYWISE
from glassprop.compile.program import LacksError
from glassprop.formula.nodes import Step

Kind = Literal[
    "elementwise", "sum", "max", "logsumexp", "product", "turn", "gather", "spread", "scatter"
]
Index = tuple[str, ...]

LETTERS: Index = ("i", "j", "k", "l")
SUMMED: Index = ("r", "s", "q", "u")
"""Letters of the loops over an assignment's entries, and of the loops inside that add up."""

WORDS = {
    "take": "picking rows by index",
    "windows": "windows of an array (convolution, pooling)",
    "entry": "one entry of an axis",
    "matmul": "a product of more than two axes",
    "reshape": "merging axes",
}


@dataclass(frozen=True, eq=False)
class Assignment:
    """target[i, j, …] = an expression in the entries of arrays.

    Attributes:
        target: the name of the array that it fills, or changes where `updates`.
        shape: the target's shape.
        kind: how the entries are computed.
        array: for "elementwise" the whole tree, else the operation at its root.
        updates: whether the target is a parameter or a state of the training run.
        about: the meaning of the quantity.
        whole: whether a product is computed at once and not row by row in the loops around it.
        large: of a product whose columns may be copied side by side first, about how many rows the
            result and its second factor have.
        block: of a product that goes by blocks together with the loop after it, their rows.
    """

    target: str
    shape: Shape
    kind: Kind
    array: Array
    updates: bool = False
    about: str = ""
    whole: bool = False
    large: tuple[int, int] | None = None
    block: int = 0

    @property
    def loops(self) -> int:
        """How many of the loops over its entries it can share with others."""
        if self.whole or self.kind in ("turn", "spread", "scatter"):
            return 0
        if self.kind == "sum" and self.accumulates:
            return 0
        return len(self.shape) - (self.kind in ("product", "gather"))

    @property
    def accumulates(self) -> bool:
        """Whether a sum is over leading axes: whole rows are added up, entry by entry."""
        positions = cast(tuple[int, ...], self.array.value)
        return bool(self.shape) and positions == tuple(range(len(positions)))

    @property
    def weak(self) -> bool:
        """Whether it is a Python number."""
        return self.array.weak

    def reads(self) -> list[tuple[str, Index]]:
        """The arrays that it reads, with the indices that it reads them at."""
        if self.kind in ("elementwise", "turn"):
            return list(accesses(self.array, LETTERS[: len(self.shape)]))
        if self.kind in ("sum", "max", "logsumexp"):
            return list(accesses(self.array.args[0], self.inner_index()))
        left, right = self.array.args[:2]
        return [*accesses(left, ("i", "r")), *accesses(right, ("r", "j"))]

    def inner_index(self) -> Index:
        """The index of the operand of a sum, maximum or log-sum-exp."""
        (operand,) = self.array.args
        over = reduced(self.array)
        kept, summed = iter(LETTERS), iter(SUMMED)
        places = range(len(operand.shape))
        return tuple(next(summed) if place in over else next(kept) for place in places)


def reduced(array: Array) -> tuple[int, ...]:
    """The positions that a sum, maximum or log-sum-exp goes over."""
    if array.op == "call":
        text = call_of(array)[1][0]
        return tuple(int(part) for part in text.strip("()").split(",") if part.strip())
    return cast(tuple[int, ...], array.value)


def below(array: Array, index: Index) -> Index:
    """The index into the operand of a view or a broadcast, from the index into the whole."""
    (operand,) = array.args
    if array.op == "transpose":
        order = cast(tuple[int, ...], array.value)
        places = dict(zip(order, index, strict=True))
        return tuple(places[place] for place in range(len(order)))
    if array.op == "insert":
        pattern = cast(tuple[bool, ...], array.value)
        return tuple(letter for letter, there in zip(index, pattern, strict=True) if there)
    return fitted(operand, index)


def fitted(array: Array, index: Index) -> Index:
    """The index into an array that is broadcast to a whole: its last letters, 0 along a 1."""
    last = index[len(index) - len(array.shape) :]
    return tuple("0" if size == "1" else at for size, at in zip(array.shape, last, strict=True))


def accesses(array: Array, index: Index) -> Iterator[tuple[str, Index]]:
    """The names in a tree of elementwise operations and views, each with its index."""
    stack = [(array, fitted(array, index))]
    while stack:
        node, at = stack.pop()
        if node.op == "name":
            yield str(node.value), at
        elif node.is_view:
            stack.append((node.args[0], below(node, at)))
        else:
            stack += [(arg, fitted(arg, at)) for arg in reversed(node.args)]


def cut(steps: Sequence[Step], arrays: Mapping[Step, Array]) -> list[Assignment]:
    """The assignments that compute some steps, in their order.

    Raises:
        LacksError: naming an operation that there are no loops for.
    """
    taken = {step.name for step in steps}
    cutter = _Cutter(taken | {n for a in arrays.values() for n, _ in _names(a)})
    for step in steps:
        cutter.step(step, arrays[step])
    return cutter.made


def _names(array: Array) -> Iterator[tuple[str, Shape]]:
    stack = [array]
    while stack:
        node = stack.pop()
        if node.op == "name":
            yield str(node.value), node.shape
        stack.extend(node.args)


class _Cutter:
    """Makes assignments; products and sums inside a tree get a name."""

    def __init__(self, taken: set[str]) -> None:
        self.taken, self.made = taken, list[Assignment]()

    def step(self, step: Step, array: Array) -> None:
        if array.op in ("matmul", "sum", "max") or _is_logsumexp(array):
            root, kind = self._root(array)
        else:
            root, kind = self._tree(array), "elementwise"
        updates = step.kind == "update"
        self.made.append(Assignment(step.name, array.shape, kind, root, updates, step.meaning))

    def _named(self, array: Array, kind: Kind) -> Array:
        number = next(k for k in range(1, len(self.taken) + 2) if f"t{k}" not in self.taken)
        made = Assignment(f"t{number}", array.shape, kind, array)
        self.taken.add(made.target)
        self.made.append(made)
        return name(made.target, array.shape, array.kind)

    def _root(self, array: Array) -> tuple[Array, Kind]:
        """A product, sum, maximum or log-sum-exp whose operands are made."""
        if array.op == "matmul":
            if any(len(arg.shape) != 2 for arg in array.args):
                raise LacksError(WORDS["matmul"])
            return replace(array, args=tuple(self._operand(arg) for arg in array.args)), "product"
        made = replace(array, args=(self._tree(array.args[0]),))
        if array.op != "call":
            return made, cast(Kind, array.op)
        if reduced(made) != (len(array.args[0].shape) - 1,):
            raise LacksError("log-sum-exp over other than the last axis")
        return made, "logsumexp"

    def _operand(self, array: Array) -> Array:
        """An operand of a product: an array, or its transpose."""
        tree = self._tree(array)
        inner = tree.args[0] if tree.op == "transpose" else tree
        if inner.op == "name":
            return tree
        if tree.op == "transpose":
            return replace(tree, args=(self._named(inner, "elementwise"),))
        return self._named(tree, "elementwise")

    def _tree(self, array: Array) -> Array:
        """The tree with its products and sums under names."""
        if array.kind == "index":
            raise LacksError("whole numbers that index")
        if array.is_leaf or array.weak:
            return array
        if array.op in ("matmul", "sum", "max") or _is_logsumexp(array):
            return self._named(*self._root(array))
        known = array.is_elementwise or array.op in ("transpose", "insert", "cast", "full")
        if not known and not (array.op == "call" and call_of(array)[0] in (*ENTRYWISE, "apart")):
            word = call_of(array)[0] if array.op == "call" else array.op
            raise LacksError(WORDS.get(word, word))
        return replace(array, args=tuple(self._tree(arg) for arg in array.args))


def _is_logsumexp(array: Array) -> bool:
    return array.op == "call" and call_of(array)[0] == "logsumexp"
