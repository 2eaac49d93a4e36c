"""The same array operations, written so that no memory is allocated: every result has a buffer.

Buffers are planned by liveness: once a quantity has been used for the last time, its memory goes
to the next quantity of the same shape. The operations and their order are those of the expressions,
so the results are the same bits.

What is read late (a view, a name inside a number) counts as read only when the call that needs it
is written, so that nothing overwrites it before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from glassprop.compile.layout.array_expressions import CHOICE, INFIX, Array
from glassprop.compile.numpy_source.buffers import Buffer, Instruction, Pool, Scribe, Value
from glassprop.compile.numpy_source.expressions import Writer, axis_argument
from glassprop.formula.nodes import Step, Symbol, symbols

CALLS = {
    "neg": "np.negative",
    "cast": "np.copyto",
    "full": "np.copyto",
    "sum": "np.add.reduce",
    "max": "np.maximum.reduce",
}


class InPlace:
    """Lines that compute some steps, and the buffers that they need.

    Args:
        steps: what to compute, in order.
        arrays: the array expression of each step.
        dtype: the number type.
        results: quantities that keep their memory to the end.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        arrays: Mapping[Step, Array],
        dtype: str,
        results: Sequence[Symbol] = (),
    ) -> None:
        last: dict[str, int] = {}
        for place, step in enumerate(steps):
            for symbol in symbols(step.formula):
                last[symbol.name] = place
        for symbol in results:
            last[symbol.name] = len(steps)
        self.ending: dict[int, list[str]] = {}  # in one order, so that the source is the same
        for name, place in last.items():
            self.ending.setdefault(place, []).append(name)
        self.updated = {step.name for step in steps if step.kind == "update"}
        self.writer, self.pool = Writer(dtype), Pool()
        self.scribe = Scribe(self.writer, {step.name for step in steps} | set(last))
        self.where: dict[str, Buffer] = {}
        self.views: set[str] = set()
        for place, step in enumerate(steps):
            self._step(step, arrays[step], self.ending.get(place, []))

    @property
    def lines(self) -> list[str]:
        """The lines, without indentation."""
        return self.scribe.lines

    @property
    def buffers(self) -> list[Buffer]:
        """The memory that the lines write to."""
        return self.pool.buffers

    def _step(self, step: Step, array: Array, dying: list[str]) -> None:
        self.code: list[Instruction] = []
        self.dying, self.reads = dying, Counter(_leaves(array))
        if step.kind == "update":
            self._update(step, array)
        elif array.shape:
            self._define(step.name, array)
        else:
            text = self.writer.text(array)
            changing = array.op == "name" and array.value in self.updated
            self.lines.append(
                f"{step.name} = {text}.copy()" if changing else f"{step.name} = {text}"
            )
        for name in dying:
            buffer = self.where.pop(name, None)
            if buffer is not None:
                buffer.owners.discard(name)
                if not buffer.owners:
                    self.pool.release(buffer)

    def _define(self, name: str, array: Array) -> None:
        """A step that gives a new array: in a buffer, or another look at one that is there."""
        value = self._compute(array)
        if value.buffer is None and set(value.reads) & self.updated:
            value = self._copied(value, array)  # what it shows is going to change
        if value.text or value.views:
            self.scribe.write(self.code, name, None)
            self.lines.append(f"{name} = {self.scribe.spell(value)}")
            if not value.whole:
                self.views.add(name)
        else:
            self.scribe.write(self.code, name, value.buffer)
        if value.buffer is not None:
            self.where[name] = value.buffer
            value.buffer.owners.add(name)

    def _update(self, step: Step, array: Array) -> None:
        """A step that gives a parameter or a state its next value, where it is."""
        if not array.shape:
            self.lines.append(f"{step.name}[...] = {self.writer.text(array)}")
            return
        name = step.name
        target = Buffer(array.shape, "real", planned=False, names=[name], owners={name})
        self.where[name] = target
        self.dying = [*self.dying, name]
        value = self._compute(array, target)
        if value.buffer is not target or not value.whole:
            self.code.append(Instruction(array, (value,), target, "np.copyto"))
            self._discard(value)
        self.scribe.write(self.code, name, target)
        del self.where[name]

    def _copied(self, value: Value, array: Array) -> Value:
        out = self.pool.allocate(array.shape, "real")
        self.code.append(Instruction(array, (value,), out, "np.copyto"))
        return Value(buffer=out, whole=True)

    def _compute(self, array: Array, target: Buffer | None = None) -> Value:
        """Make an expression's value; `target` is where the last operation may put it."""
        chain: list[Array] = []  # a sum of many terms leans left; it is made without recursion
        while array.shape and array.op in INFIX and not array.args[0].is_leaf:
            chain.append(array)
            array = array.args[0]
        value = self._simple(array, None if chain else target)
        for node in reversed(chain):
            args = (value, self._compute(node.args[1]))
            value = self._apply(node, args, target if node is chain[0] else None)
        return value

    def _simple(self, array: Array, target: Buffer | None) -> Value:
        if array.op == "name":
            name = str(array.value)
            buffer = self.where.get(name)
            whole = buffer is not None and name not in self.views
            return Value(name, buffer, (), (name,), whole)
        if not array.shape:  # a number in Python, written where it is used
            text = self.writer.text(array)
            return Value(text, reads=tuple(_leaves(array)))
        if array.is_view:
            inner = self._compute(array.args[0])
            return Value(inner.text, inner.buffer, (*inner.views, array), inner.reads)
        order = sorted(range(len(array.args)), key=lambda place: array.args[place].is_leaf)
        values = {place: self._compute(array.args[place]) for place in order}
        return self._apply(array, tuple(values[k] for k in range(len(array.args))), target)

    def _apply(self, array: Array, args: tuple[Value, ...], target: Buffer | None) -> Value:
        """An operation whose result goes to a dying operand's memory, or to a free buffer."""
        for value in args:
            self.reads.subtract(value.reads)
        if array.op in ("call", "take"):
            out = Buffer(array.shape, "real", planned=False)
        elif array.op == "ufunc" and array.value == CHOICE:
            self._choose(array, args, out := self._allocate(array))
            return Value(buffer=out, whole=True)
        elif array.is_elementwise:
            out = target or self._reusable(array, args) or self._allocate(array)
        else:
            out = self._allocate(array)
        call, extra = _call(array)
        self.code.append(Instruction(array, args, out, call, extra))
        for value in args:
            if value.buffer is not out:
                self._discard(value)
        return Value(buffer=out, whole=True)

    def _choose(self, array: Array, args: tuple[Value, ...], out: Buffer) -> None:
        """Fill the memory with the second case, then with the first where the condition holds."""
        condition, then, otherwise = args
        fill = Instruction(array, (otherwise,), out, "np.copyto")
        self.code += [fill, Instruction(array, (then, condition), out, "np.copyto")]
        for value in args:
            self._discard(value)

    def _allocate(self, array: Array) -> Buffer:
        return self.pool.allocate(array.shape, array.kind)

    def _discard(self, value: Value) -> None:
        """Give back the memory of a temporary; named quantities are released after their step."""
        if value.buffer is not None and not value.text and not value.buffer.owners:
            self.pool.release(value.buffer)

    def _reusable(self, array: Array, args: tuple[Value, ...]) -> Buffer | None:
        """The memory of an operand that nothing will read again, temporaries first."""
        for value in sorted(args, key=lambda value: bool(value.text)):
            buffer = value.buffer
            if buffer is None or not value.whole:
                continue
            if (buffer.shape, buffer.kind) != (array.shape, array.kind):
                continue
            if all(name in self.dying and not self.reads[name] for name in buffer.owners):
                return buffer
        return None


def _call(array: Array) -> tuple[str, str]:
    """The NumPy function that writes an operation's result, and its further argument."""
    if array.op in INFIX:
        return INFIX[array.op], ""
    if array.op == "ufunc":
        return str(array.value), ""
    if array.op == "matmul":
        plain = len(array.args[0].shape) == len(array.args[1].shape) == 2
        return "np.dot" if plain else "np.matmul", ""
    if array.op in ("call", "take"):
        return "", ""
    return CALLS[array.op], axis_argument(array) if array.op in ("sum", "max") else ""


def _leaves(array: Array) -> list[str]:
    """The names in an expression, as often as they are read."""
    found: list[str] = []
    stack = [array]
    while stack:
        node = stack.pop()
        if node.op == "name":
            found.append(str(node.value))
        stack.extend(node.args)
    return found
