"""The NumPy source of a program: functions that read like the derivation, and one in place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassprop.compile.expressions import Writer
from glassprop.compile.inplace import Buffer, InPlace
from glassprop.compile.layout import Layout
from glassprop.compile.program import Routine
from glassprop.compile.support import helper_sources
from glassprop.formula.axes import Axes
from glassprop.formula.nodes import Symbol, symbols

INDENT = "    "
WIDEST_CODE = 60


def signature(routine: Routine) -> str:
    return ", ".join(symbol.name for symbol in routine.arguments)


def expression_function(routine: Routine, dtype: str) -> str:
    """A function whose lines are the steps, each one expression with its shape and meaning."""
    layout, writer = Layout(), Writer(dtype)
    code: list[tuple[str, str]] = []
    for step in routine.steps:
        text = writer.text(layout.full(step.formula, step.symbol.axes))
        code.append((f"{step.name} = {text}", _remark(step.symbol.axes, step.meaning)))
    body = _with_remarks(code)
    names = [symbol.name for symbol in routine.results]
    if routine.name == "trace":
        result = "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"
    else:
        result = ", ".join(names)
    body.append(f"return {result}")
    return _function(routine, signature(routine), body)


def in_place_functions(routine: Routine, dtype: str) -> str:
    """`workspace`, `narrow` and the routine itself, which writes into a workspace."""
    plan = InPlace(dtype)
    plan.write(routine.steps.steps, routine.results)
    names = [buffer.names[0] for buffer in plan.buffers]
    unpack = [f"{', '.join(names)}{',' if len(names) == 1 else ''} = work"] if names else []
    body = [*unpack, *plan.lines]
    if routine.results:
        body.append(f"return {', '.join(symbol.name for symbol in routine.results)}")
    arguments = f"{signature(routine)}, work"
    return "\n\n\n".join(
        [
            _workspace(plan.buffers, names, dtype),
            _narrow(plan.buffers, names),
            _function(routine, arguments, body),
        ]
    )


def _workspace(buffers: Sequence[Buffer], names: Sequence[str], dtype: str) -> str:
    lines = [
        "def workspace(n):",
        f'{INDENT}"""Memory for the intermediate results of mini-batches of up to n examples."""',
        f"{INDENT}return (",
    ]
    for buffer, name in zip(buffers, names, strict=True):
        kind = "bool" if buffer.kind == "bool" else f"np.{dtype}"
        remark = ", ".join(dict.fromkeys([name, *buffer.names]))
        lines.append(f"{INDENT * 2}np.empty({_shape(buffer.shape)}, {kind}),  # {remark}")
    return "\n".join([*lines, f"{INDENT})"])


def _narrow(buffers: Sequence[Buffer], names: Sequence[str]) -> str:
    views = [
        f"{name}[{', '.join([':'] * buffer.shape.index('n') + [':n'])}]"
        if "n" in buffer.shape
        else name
        for buffer, name in zip(buffers, names, strict=True)
    ]
    lines = [
        "def narrow(work, n):",
        f'{INDENT}"""The same memory for a smaller mini-batch."""',
    ]
    if names:
        comma = "," if len(names) == 1 else ""
        lines.append(f"{INDENT}{', '.join(names)}{comma} = work")
    lines.append(f"{INDENT}return ({', '.join(views)}{',' if len(views) == 1 else ''})")
    return "\n".join(lines)


def _shape(shape: tuple[str, ...]) -> str:
    return f"({', '.join(shape)}{',' if len(shape) == 1 else ''})"


def _remark(axes: Axes, meaning: str) -> str:
    shape = _shape(tuple(str(axis.size) for axis in axes)) if axes else ""
    return f"{shape}\t{meaning}".strip("\t")


def _with_remarks(code: Sequence[tuple[str, str]]) -> list[str]:
    short = [len(text) for text, remark in code if remark and len(text) <= WIDEST_CODE]
    column = max(short, default=0) + 2
    width = max((len(remark.split("\t")[0]) for _, remark in code), default=0) + 3
    lines: list[str] = []
    for text, remark in code:
        if not remark:
            lines.append(text)
            continue
        shape, _, meaning = remark.partition("\t")
        lines.append(f"{text:<{column}}# {shape:<{width}}{meaning}".rstrip())
    return lines


def _function(routine: Routine, arguments: str, body: list[str]) -> str:
    """The function's text, with n taken from the first argument that has it, where it is used."""
    size = _size_line(routine.arguments)
    if size and any(re.search(r"\bn\b", line.split("  #")[0]) for line in body):
        body = [size, *body]
    overflows = any("np.exp(" in line or "softplus" in line for line in body)
    head = ['@np.errstate(over="ignore")  # exp may overflow to infinity, as it should'] if overflows else []
    head += [f"def {routine.name}({arguments}):", f'{INDENT}"""{routine.about}"""']
    return "\n".join(head + [INDENT + line for line in body])


def _size_line(arguments: Sequence[Symbol]) -> str:
    for symbol in arguments:
        for place, axis in enumerate(symbol.axes):
            if axis.size == "n":
                return f"n = {symbol.name}.shape[{place}]"
    return ""


def helpers_for(text: str) -> list[str]:
    """Sources of the helper functions that some emitted text calls."""
    sources = helper_sources()
    return [source.rstrip() for name, source in sources.items() if re.search(rf"\b{name}\(", text)]


def module(parts: Sequence[str], header: str) -> str:
    """A whole source file: header, NumPy, the helpers that are needed, the functions."""
    functions = "\n\n\n".join(parts)
    helpers = "\n\n\n".join(helpers_for(functions))
    pieces = [f'"""{header}"""\n\nimport numpy as np', helpers, functions]
    return "\n\n\n".join(piece for piece in pieces if piece) + "\n"


def uses_size(routine: Routine) -> bool:
    """Whether any step uses the number of examples."""
    return any(s.role == "size" for step in routine.steps for s in symbols(step.formula))
