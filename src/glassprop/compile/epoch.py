"""Writes the module of an epoch: mini-batch after mini-batch in one compiled function."""

from __future__ import annotations

import re
from collections.abc import Sequence

from glassprop.compile.expressions import tuple_text
from glassprop.compile.places import Places
from glassprop.compile.statements import Statements
from glassprop.compile.wrapping import INDENT, WIDEST, sequence
from glassprop.formula.nodes import Symbol

HEADER = '''"""{title}: an epoch in compiled loops.

Derived and written by glassprop; needs Numba.
"""

import numpy as np
from numba import njit

'''
ABOUT = (
    '"""Go through the examples in `order` in mini-batches, updating the parameters in place."""'
)
DECORATOR = '@njit(fastmath=FLAGS, error_model="numpy", nogil=True, cache=True)'
FUNCTIONS = ("exp", "expm1", "tanh", "normal_cdf")


def epoch_module(places: Places, arguments: Sequence[Symbol], title: str) -> str:
    """The text of a module with `workspace(n)` and `epoch`.

    Args:
        places: the loops, and where their quantities are.
        arguments: of the routine.
        title: what the program is for.
    """
    statements = Statements(places, 2)
    body = "\n".join(statements.lines)
    kernels = {call.split("(")[0] for call in statements.kernels.values()}
    kernels |= {"prefetch"} & set(re.findall(r"\w+", body))
    bits = places.dtype[-2:]
    called = [f for f in FUNCTIONS if re.search(rf"(?<![\w.]){f}\(", body)]
    lines = [HEADER.format(title=title).rstrip("\n"), ""]
    if called:
        renamed = [f"{function}{bits} as {function}" for function in called]
        lines += _import("exponential", renamed)
    lines += _import("kernels", ["FLAGS", *sorted(kernels)])
    lines += ["", f"real = np.{places.dtype}"]
    lines += [f"{name} = {call}" for name, call in statements.kernels.items()]
    lines += ["", "", *_workspace(places), "", "", *_head(places, arguments), body]
    return "\n".join(lines) + "\n"


def _import(module: str, names: Sequence[str]) -> list[str]:
    head = f"from glassprop.compile.{module} import "
    line = head + ", ".join(names)
    return [line] if len(line) <= WIDEST else sequence(f"{head}(", names, ")", "")


def _workspace(places: Places) -> list[str]:
    made = [
        (f"np.zeros({tuple_text(shape)}, real),", f"{name}   {places.remarks[name]}".rstrip())
        for name, shape in places.memory.items()
    ]
    column = max((len(text) for text, _ in made), default=0) + 2
    return [
        "def workspace(n):",
        f'{INDENT}"""Memory for mini-batches of up to n examples."""',
        f"{INDENT}return (",
        *(f"{INDENT * 2}{text:<{column}}# {remark}"[:WIDEST] for text, remark in made),
        f"{INDENT})",
    ]


def _head(places: Places, arguments: Sequence[Symbol]) -> list[str]:
    """The beginning of the function, up to the loop over mini-batches."""
    names: list[str] = []
    for symbol in arguments:
        if symbol.name == places.sparse:
            names += ["starts", "columns", "values"]
        else:
            names.append(places.transposed.get(symbol.name, symbol.name))
        if symbol.name == places.data[-1]:
            names += ["order", "size"]
    lines = [DECORATOR, *sequence("def epoch(", [*names, "work"], "):", ""), INDENT + ABOUT]
    memory = list(places.memory)
    comma = "," if len(memory) == 1 else ""
    line = f"{INDENT}{', '.join(memory)}{comma} = work"
    if memory:
        lines += [line] if len(line) <= WIDEST else sequence("(", memory, ") = work", INDENT)
    counters = [symbol.name for symbol in arguments if symbol.role == "counter"]
    return [
        *lines,
        f"{INDENT}for start in range(0, len(order), size):",
        f"{INDENT * 2}n = min(size, len(order) - start)",
        *(f"{INDENT * 2}{name} += 1  # the number of the update" for name in counters),
    ]
