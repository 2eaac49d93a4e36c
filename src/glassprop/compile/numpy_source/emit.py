"""The NumPy source of a program: functions that read like the derivation, and one in place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from glassprop.compile.layout.array_expressions import Array
from glassprop.compile.layout.choices import infinite_symbols
from glassprop.compile.layout.layout import Layout, indices_of
from glassprop.compile.numpy_source.buffers import Buffer
from glassprop.compile.numpy_source.emitted_helpers import helper_sources
from glassprop.compile.numpy_source.expressions import Writer, tuple_text
from glassprop.compile.numpy_source.in_place import InPlace
from glassprop.compile.numpy_source.line_breaks import INDENT, WIDEST, assignment, sequence
from glassprop.compile.numpy_source.overflow_warnings import has_wild_cases, may_overflow
from glassprop.compile.program import Routine
from glassprop.formula.axes import Axes
from glassprop.formula.nodes import Step, Symbol

WIDEST_CODE = 60
GUARD = '@np.errstate(over="ignore")  # exp may overflow to infinity, as it should'
GUARD_CASES = '@np.errstate(all="ignore")  # cases that do not count may be infinite or undefined'


class Lines:
    """The array expression of each step of some routines: what both ways of writing print."""

    def __init__(self, roots: Iterable[Step], dtype: str) -> None:
        self.dtype = dtype
        steps = list(roots)
        indices = indices_of([step.formula for step in steps])
        self.layout = Layout(indices=indices, infinite=infinite_symbols(steps))
        self.arrays: dict[Step, Array] = {}

    def of(self, steps: Iterable[Step]) -> Mapping[Step, Array]:
        """The arrays of some steps."""
        for step in steps:
            if step not in self.arrays:
                self.arrays[step] = self.layout.step(step)
        return self.arrays


@dataclass(frozen=True)
class Frame:
    """What stands around the lines of a routine, where it is not as the routine says.

    Attributes:
        arguments: names of the arguments.
        before: lines before all others, without indentation.
        result: how the results are given back: in order, or in a dictionary by these keys.
    """

    arguments: Sequence[str]
    before: Sequence[str] = ()
    result: Sequence[str] = ()


def frame_of(routine: Routine) -> Frame:
    """The frame that a routine asks for."""
    keys = [symbol.name for symbol in routine.results] if routine.name == "trace" else []
    return Frame([symbol.name for symbol in routine.arguments], (), keys)


def expression_function(routine: Routine, lines: Lines, frame: Frame | None = None) -> str:
    """A function whose lines are the steps, each one expression with its shape and meaning."""
    steps, writer = routine.steps.steps, Writer(lines.dtype)
    arrays = lines.of(steps)
    code = [
        (step.name, writer.text(arrays[step]), _shape(step.symbol.axes), step.meaning)
        for step in steps
    ]
    return _function(routine, frame or frame_of(routine), with_remarks(code), arrays)


def in_place_functions(routine: Routine, lines: Lines, frame: Frame | None = None) -> list[str]:
    """`workspace`, `narrow` and the routine itself, which writes into a workspace."""
    steps = routine.steps.steps
    arrays = lines.of(steps)
    plan = InPlace(steps, arrays, lines.dtype, routine.results)
    names = [buffer.names[0] for buffer in plan.buffers]
    body = _unpacked(names)
    for line in plan.lines:
        target, equals, text = line.partition(" = ")
        body += assignment(target, text) if equals and "(" not in target else [INDENT + line]
    if frame is None:
        usual = frame_of(routine)
        frame = Frame([*usual.arguments, "work"], usual.before, usual.result)
    sizes = sizes_of(routine.arguments)
    return [
        _workspace(plan.buffers, names, sizes, lines.dtype),
        _narrow(plan.buffers, names, sizes),
        _function(routine, frame, body, arrays),
    ]


def _unpacked(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    comma = "," if len(names) == 1 else ""
    line = f"{INDENT}{', '.join(names)}{comma} = work"
    return [line] if len(line) <= WIDEST else sequence("(", names, ") = work", INDENT)


def _returned(names: Sequence[str]) -> list[str]:
    line = f"{INDENT}return {', '.join(names)}"
    return [line] if len(line) <= WIDEST else sequence("return (", names, ")", INDENT)


def _workspace(
    buffers: Sequence[Buffer], names: Sequence[str], sizes: Mapping[str, str], dtype: str
) -> str:
    lines = [
        f"def workspace({', '.join(sizes)}):",
        f'{INDENT}"""Memory for the intermediate results of mini-batches of up to n examples."""',
        f"{INDENT}return (",
    ]
    made: list[tuple[str, str]] = []
    for buffer, name in zip(buffers, names, strict=True):
        kind = "bool" if buffer.kind == "bool" else f"np.{dtype}"
        remark = ", ".join(dict.fromkeys([name, *buffer.names]))
        made.append((f"np.empty({tuple_text(buffer.shape)}, {kind}),", remark))
    column = max((len(text) for text, _ in made), default=0) + 2
    for text, remark in made:
        line = f"{INDENT * 2}{text:<{column}}# {remark}"
        lines.append(line if len(line) <= WIDEST else f"{line[: WIDEST - 3].rstrip(', ')}, …")
    return "\n".join([*lines, f"{INDENT})"])


def _narrow(buffers: Sequence[Buffer], names: Sequence[str], sizes: Mapping[str, str]) -> str:
    views = [_prefix(name, buffer, sizes) for name, buffer in zip(names, buffers, strict=True)]
    comma = "," if len(views) == 1 else ""
    lines = [
        f"def narrow({', '.join(['work', *sizes])}):",
        f'{INDENT}"""The same memory for a smaller mini-batch."""',
        *_unpacked(names),
        *sequence("return (", views, f"{comma})", INDENT),
    ]
    return "\n".join(lines)


def _prefix(name: str, buffer: Buffer, sizes: Mapping[str, str]) -> str:
    """The first part of a buffer, contiguous like the whole, as the smaller mini-batch needs it."""
    used = [size for size in buffer.shape if _names_in(size) & set(sizes)]
    if not used:
        return name
    if len(used) == 1 and buffer.shape[0] in sizes:
        return f"{name}[:{used[0]}]"
    count = " * ".join(buffer.shape)
    return f"{name}.reshape(-1)[: {count}].reshape({', '.join(buffer.shape)})"


def _names_in(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d]\w*", text))


def _shape(axes: Axes) -> str:
    return tuple_text([str(axis.size) for axis in axes]) if axes else ""


def with_remarks(code: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """Lines with shapes and meanings beside them, in columns; above lines that are too long."""
    short = [
        len(f"{name} = {text}")
        for name, text, shape, meaning in code
        if (shape or meaning) and len(f"{name} = {text}") <= WIDEST_CODE
    ]
    column = max(short, default=0) + 2
    width = max((len(shape) for _, _, shape, _ in code), default=0) + 3
    lines: list[str] = []
    for name, text, shape, meaning in code:
        line = f"{name} = {text}"
        remark = f"# {shape:<{width}}{meaning}".rstrip()
        beside = f"{INDENT}{line:<{column}}{remark}"
        if remark == "#":
            lines += assignment(name, text)
        elif len(line) < column and len(beside) <= WIDEST:
            lines.append(beside)
        elif len(f"{INDENT}{line}  {remark}") <= WIDEST:
            lines.append(f"{INDENT}{line}  {remark}")
        else:
            lines.append(f"{INDENT}# {name}: {f'{shape} {meaning}'.strip()}"[:WIDEST])
            lines += assignment(name, text)
    return lines


def _function(routine: Routine, frame: Frame, body: list[str], arrays: Mapping[Step, Array]) -> str:
    """The function's text, with n taken from the first argument that has it, where it is used."""
    names = [symbol.name for symbol in routine.results]
    if frame.result:
        items = [f'"{key}": {name}' for key, name in zip(frame.result, names, strict=True)]
        body = [*body, *sequence("return {", items, "}", INDENT)]
    elif names:
        body = [*body, *_returned(names)]
    written = [*(f"{INDENT}{line}" for line in frame.before), *body]
    used = _names_in(" ".join(line.split("# ")[0] for line in written))
    sizes = sizes_of(routine.arguments).items()
    found = [f"{INDENT}{size} = {text}" for size, text in sizes if size in used]
    before = [line for text in frame.before for line in _indented(text)]
    at = next((k for k, text in enumerate(before) if _needs_size(text, routine)), len(before))
    steps = routine.steps.steps
    known = {step.name: arrays[step] for step in steps if step.kind != "update"}
    guarded = any(may_overflow(arrays[step], known) for step in steps)
    head = sequence(f"def {routine.name}(", frame.arguments, "):", "")
    about = f'{INDENT}"""{routine.about}"""'
    guard = [GUARD] if guarded else []
    if has_wild_cases([arrays[step] for step in steps], known):
        guard = [GUARD_CASES]
    return "\n".join([*guard, *head, about, *before[:at], *found, *before[at:], *body])


def _indented(text: str) -> list[str]:
    target, equals, expression = text.partition(" = ")
    if len(INDENT + text) > WIDEST and ", " in target:
        return sequence("(", target.split(", "), f") = {expression}", INDENT)
    return assignment(target, expression) if equals else [INDENT + text]


def _needs_size(line: str, routine: Routine) -> bool:
    return bool(_names_in(line.partition(" = ")[2]) & set(sizes_of(routine.arguments)))


def sizes_of(arguments: Sequence[Symbol]) -> dict[str, str]:
    """Where each size that is known only when data comes is found: n in x.shape[0]."""
    found: dict[str, str] = {}
    for symbol in arguments:
        for place, axis in enumerate(symbol.axes):
            if isinstance(axis.size, str):
                found.setdefault(axis.size, f"{symbol.name}.shape[{place}]")
    return found


def helpers_for(text: str) -> list[str]:
    """Sources of the helper functions that some emitted text calls."""
    return [helper_sources()[name] for name in called_in(text)]


def called_in(text: str) -> list[str]:
    """Names of the helper functions that some emitted text calls, and of those that they call."""
    sources = helper_sources()
    waiting, called = [text], set[str]()
    while waiting:
        found = set(re.findall(r"(?<![\w.])(\w+)\(", waiting.pop())) & {*sources} - called
        called |= found
        waiting += [sources[name] for name in found]
    return [name for name in sources if name in called]


def module(parts: Sequence[str], header: str) -> str:
    """A whole source file: header, NumPy, the helpers that are needed, the functions."""
    functions = "\n\n\n".join(parts)
    head = f'"""{header}"""\n\nimport numpy as np'
    return "\n\n\n".join([head, *helpers_for(functions), functions]) + "\n"
