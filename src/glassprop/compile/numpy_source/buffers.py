"""Planned memory: buffers, values in them, and the calls that fill them, as text."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from glassprop.compile.layout.array_expressions import Array, Kind, Shape
from glassprop.compile.numpy_source.expressions import Writer

AUGMENTED = {"np.add": "+=", "np.subtract": "-=", "np.multiply": "*=", "np.divide": "/="}
COMMUTATIVE = ("np.add", "np.multiply")


@dataclass(eq=False)
class Buffer:
    """Memory of one shape and kind.

    Attributes:
        shape, kind: what it holds.
        planned: whether it is part of the workspace; a parameter, or what a helper gives, is not.
        names: the variables that have been bound to it, in order.
        owners: the quantities that are in it now.
    """

    shape: Shape
    kind: Kind
    planned: bool = True
    names: list[str] = field(default_factory=list[str])
    owners: set[str] = field(default_factory=set[str])
    temporary: str = ""


@dataclass(frozen=True)
class Value:
    """Where the value of an expression is.

    Attributes:
        text: a name or an expression that is written as it stands; empty for a temporary.
        buffer: the memory that it is in, if that is known.
        views: the views to take of it, outermost last.
        reads: the names whose memory is read when the value is used.
        whole: whether it is all of its buffer as it stands.
    """

    text: str = ""
    buffer: Buffer | None = None
    views: tuple[Array, ...] = ()
    reads: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Instruction:
    """One operation: its result goes to `out`."""

    array: Array
    args: tuple[Value, ...]
    out: Buffer
    call: str
    extra: str = ""


class Pool:
    """The buffers of a workspace, and which of them are free."""

    def __init__(self) -> None:
        self.buffers: list[Buffer] = []
        self.free: dict[tuple[Shape, Kind], list[Buffer]] = {}

    def allocate(self, shape: Shape, kind: Kind) -> Buffer:
        """A free buffer, or a new one."""
        free = self.free.get((shape, kind))
        if free:
            return free.pop()
        self.buffers.append(Buffer(shape, kind))
        return self.buffers[-1]

    def release(self, buffer: Buffer) -> None:
        """Give a buffer back."""
        if buffer.planned:
            self.free.setdefault((buffer.shape, buffer.kind), []).append(buffer)


class Scribe:
    """Writes instructions as lines, and gives names to buffers."""

    def __init__(self, writer: Writer, taken: Collection[str]) -> None:
        self.writer, self.taken = writer, taken
        self.lines: list[str] = []
        self.temporaries = 0

    def write(self, code: Sequence[Instruction], name: str, final: Buffer | None) -> None:
        """The instructions of a step; those into its own memory carry its name."""
        for one in code:
            wanted = name if one.out is final else self._temporary(one.out)
            self.lines += self._lines(one, wanted, [self.spell(value) for value in one.args])
            if wanted not in one.out.names:
                one.out.names.append(wanted)

    def spell(self, value: Value) -> str:
        """The text of a value."""
        text = value.text
        if not text:
            assert value.buffer is not None
            text = value.buffer.names[-1]
        for view in value.views:
            text = self.writer.view(view, text)
        return text

    def _temporary(self, buffer: Buffer) -> str:
        while not buffer.temporary:
            self.temporaries += 1
            name = f"t{self.temporaries}"
            if name not in self.taken:
                buffer.temporary = name
        return buffer.temporary

    def _lines(self, one: Instruction, wanted: str, args: list[str]) -> list[str]:
        names = one.out.names
        if not one.call:
            return [f"{wanted} = {self.writer.call(one.array, args)}"]
        place = wanted if wanted in names or not names else names[-1]
        if one.call == "np.copyto":
            renamed = [f"{wanted} = {place}"] if place != wanted else []
            condition = f", where={args[1]}" if len(args) > 1 else ""
            return [*renamed, f"np.copyto({wanted}, {args[0]}{condition})"]
        if one.call in AUGMENTED and place == wanted:
            if args[0] == place:
                return [f"{place} {AUGMENTED[one.call]} {args[1]}"]
            if one.call in COMMUTATIVE and args[1] == place:
                return [f"{place} {AUGMENTED[one.call]} {args[0]}"]
        extra = [one.extra] if one.extra else []
        call = f"{one.call}({', '.join([*args, *extra, f'out={place}'])})"
        return [f"{wanted} = {call}" if place != wanted else call]
