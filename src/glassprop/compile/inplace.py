"""The same array operations, written so that no memory is allocated: every result has a buffer.

Buffers are planned by liveness: once a quantity has been used for the last time, its memory goes
to the next quantity of the same shape. The operations and their order are those of the expressions,
so the results are the same bits.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from glassprop.compile.arrays import INFIX, Array, Kind
from glassprop.compile.expressions import Writer, axis_argument
from glassprop.compile.layout import Layout
from glassprop.formula.nodes import Step, Symbol, symbols

AUGMENTED = {"np.add": "+=", "np.subtract": "-=", "np.multiply": "*=", "np.divide": "/="}
COMMUTATIVE = ("np.add", "np.multiply")


@dataclass(eq=False)
class Buffer:
    """Memory of one shape and kind, and the variables that are bound to it so far."""

    shape: tuple[str, ...]
    kind: Kind
    names: list[str] = field(default_factory=list[str])
    temporary: str = ""


@dataclass(frozen=True)
class Value:
    """Where the value of an expression is: a text, or a whole buffer, or a view of one."""

    text: str = ""
    buffer: Buffer | None = None
    suffix: str = ""
    owned: bool = False

    @property
    def whole(self) -> bool:
        return self.buffer is not None and not self.suffix


@dataclass(frozen=True)
class Instruction:
    """One call: out = call(args, extra)."""

    call: str
    args: tuple[Value, ...]
    extra: str
    out: Buffer


@dataclass
class InPlace:
    """Lines that compute some steps, and the buffers that they need."""

    dtype: str
    lines: list[str] = field(default_factory=list[str])
    buffers: list[Buffer] = field(default_factory=list[Buffer])

    def __post_init__(self) -> None:
        self.layout, self.writer = Layout(), Writer(self.dtype)
        self.free: list[Buffer] = []
        self.where: dict[str, Buffer] = {}
        self.code: list[Instruction] = []
        self.temporaries = 0

    def write(self, steps: Sequence[Step], results: Sequence[Symbol] = ()) -> None:
        """Write all steps; the results keep their memory to the end."""
        last: dict[str, int] = {}
        for place, step in enumerate(steps):
            for symbol in symbols(step.formula):
                last[symbol.name] = place
        for symbol in results:
            last[symbol.name] = len(steps)
        self.taken = {step.name for step in steps} | set(last)
        for place, step in enumerate(steps):
            self.step(step, {name for name, end in last.items() if end == place})

    def step(self, step: Step, dying: set[str]) -> None:
        array = self.layout.full(step.formula, step.symbol.axes)
        self.code, self.dying = [], dying
        self.reads = Counter(_leaves(array))
        target: Buffer | None = None
        if step.kind == "update":
            target = Buffer(array.shape, "real", [step.name])
            self.where[step.name] = target
            self.dying = dying | {step.name}
        if array.op in ("call", "name", "number") or not array.shape:
            self.plain(step, array, target)
        else:
            final = self.final(self.compute(array, target), array, target)
            self.print(step.name, final)
            if target is None:
                self.where[step.name] = final
        kept = {id(buffer) for name, buffer in self.where.items() if name not in dying}
        for name in dying & set(self.where):
            buffer = self.where.pop(name)
            if id(buffer) not in kept and buffer not in self.free and buffer in self.buffers:
                self.free.append(buffer)

    def plain(self, step: Step, array: Array, target: Buffer | None) -> None:
        """A step that needs no buffer: another name, a number, or what a helper gives."""
        text = self.writer.text(array)
        if target is not None:
            self.lines.append(f"np.copyto({step.name}, {text})")
            return
        self.lines.append(f"{step.name} = {text}")
        if array.op == "name" and array.value in self.where:
            buffer = self.where[str(array.value)]
            buffer.names.append(step.name)
            self.where[step.name] = buffer

    def final(self, value: Value, array: Array, target: Buffer | None) -> Buffer:
        """The buffer that holds the whole value of a step; a view is copied into one."""
        if target is not None and value.buffer is target and value.whole:
            return target
        if target is None and value.whole and value.owned and value.buffer is not None:
            return value.buffer
        out = target or self.allocate(array.shape, "real")
        self.code.append(Instruction("np.copyto", (value,), "", out))
        self.release(value)
        return out

    # -- expressions

    def compute(self, array: Array, target: Buffer | None = None) -> Value:
        """Make an expression's value; `target` is where the root operation has to put it."""
        if array.is_leaf or not array.shape:
            return self.leaf(array)
        if array.is_view:
            inner = self.compute(array.args[0])
            suffix = self.writer.suffix(array)
            if inner.buffer is None:
                return Value(f"{inner.text}{suffix}")
            return Value("", inner.buffer, inner.suffix + suffix, inner.owned)
        if array.op == "call":
            for leaf in _leaves(array):
                self.reads[leaf] -= 1
            return Value(self.writer.text(array))
        order = sorted(range(len(array.args)), key=lambda k: array.args[k].is_leaf)
        values: dict[int, Value] = {k: self.compute(array.args[k]) for k in order}
        args = tuple(values[k] for k in range(len(array.args)))
        call, extra = self.call(array)
        out = target if target is not None else self.choose(array, args)
        self.code.append(Instruction(call, args, extra, out))
        for value in args:
            if value.buffer is not out:
                self.release(value)
        return Value("", out, "", owned=True)

    def leaf(self, array: Array) -> Value:
        """A name, a number, or an expression without dimensions, which is a number in Python."""
        if array.op != "name":
            for leaf in _leaves(array):
                self.reads[leaf] -= 1
            text = self.writer.text(array)
            return Value(text if array.is_leaf else f"({text})")
        name = str(array.value)
        self.reads[name] -= 1
        buffer = self.where.get(name)
        if buffer is None:
            return Value(name)
        others = [n for n, b in self.where.items() if b is buffer and n not in self.dying]
        last = not others and name in self.dying and not self.reads[name]
        return Value(name, buffer, "", owned=last)

    def call(self, array: Array) -> tuple[str, str]:
        if array.op in INFIX:
            return INFIX[array.op], ""
        if array.op == "ufunc":
            return str(array.value), ""
        if array.op in ("sum", "max"):
            reduction = {"sum": "np.add.reduce", "max": "np.maximum.reduce"}[array.op]
            return reduction, axis_argument(array.value)
        if array.op == "matmul" and len(array.args[0].shape) == len(array.args[1].shape) == 2:
            return "np.dot", ""
        return {"neg": "np.negative", "matmul": "np.matmul", "cast": "np.copyto", "full": "np.copyto"}[
            array.op
        ], ""

    def choose(self, array: Array, args: tuple[Value, ...]) -> Buffer:
        """The memory of an operand that is not needed any more, or else a free buffer."""
        if array.op in INFIX or array.op in ("neg", "ufunc"):
            for temporary in (True, False):
                for value in args:
                    buffer = value.buffer
                    if buffer is None or not value.whole or not value.owned:
                        continue
                    if bool(value.text) is temporary:
                        continue
                    if (buffer.shape, buffer.kind) == (array.shape, array.kind):
                        return buffer
        return self.allocate(array.shape, array.kind)

    def allocate(self, shape: tuple[str, ...], kind: Kind) -> Buffer:
        for buffer in reversed(self.free):
            if (buffer.shape, buffer.kind) == (shape, kind):
                self.free.remove(buffer)
                return buffer
        buffer = Buffer(shape, kind)
        self.buffers.append(buffer)
        return buffer

    def release(self, value: Value) -> None:
        """Give back the memory of a temporary; named quantities are released after their step."""
        buffer = value.buffer
        if buffer is None or not value.owned or value.text or buffer in self.free:
            return
        if buffer in self.buffers and not any(b is buffer for b in self.where.values()):
            self.free.append(buffer)

    # -- text

    def print(self, name: str, final: Buffer) -> None:
        """Write the instructions of a step; those into its own memory carry its name."""
        for one in self.code:
            wanted = name if one.out is final else self.temporary(one.out)
            args = [self.spell(value) for value in one.args]
            self.lines.append(self.line(one, wanted, args))
            if wanted not in one.out.names:
                one.out.names.append(wanted)

    def temporary(self, buffer: Buffer) -> str:
        if not buffer.temporary:
            while not buffer.temporary:
                self.temporaries += 1
                name = f"t{self.temporaries}"
                if name not in self.taken:
                    buffer.temporary = name
        return buffer.temporary

    def spell(self, value: Value) -> str:
        if value.buffer is None:
            return value.text
        return (value.text or value.buffer.names[-1]) + value.suffix

    def line(self, one: Instruction, wanted: str, args: list[str]) -> str:
        bound = wanted in one.out.names
        place = wanted if bound or not one.out.names else one.out.names[-1]
        assign = "" if bound or not one.out.names else f"{wanted} = "
        if one.call == "np.copyto":
            return f"np.copyto({place}, {args[0]})" if not assign else (
                f"{wanted} = {place}; np.copyto({wanted}, {args[0]})"
            )
        if one.call in AUGMENTED and not assign:
            if args[0] == place:
                return f"{place} {AUGMENTED[one.call]} {args[1]}"
            if one.call in COMMUTATIVE and args[1] == place:
                return f"{place} {AUGMENTED[one.call]} {args[0]}"
        extra = [one.extra] if one.extra else []
        return f"{assign}{one.call}({', '.join([*args, *extra, f'out={place}'])})"


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
