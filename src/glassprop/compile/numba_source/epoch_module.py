"""Writes the module of an epoch: mini-batch after mini-batch in one compiled function."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from glassprop.compile.loops.storage import Storage
from glassprop.compile.loops.transposed_weights import ENDING
from glassprop.compile.numba_source.product_calls import Calls
from glassprop.compile.numba_source.statements import Statements
from glassprop.compile.numpy_source.emitted_helpers import ENTRYWISE
from glassprop.compile.numpy_source.expressions import tuple_text
from glassprop.compile.numpy_source.line_breaks import INDENT, WIDEST, assignment, sequence
from glassprop.formula.nodes import Symbol

HEADER = '''"""{title}: {what} in compiled loops.

Derived and written by glassprop; needs Numba.
"""

import numpy as np
from numba import njit

'''
ABOUT = (
    '"""Go through the examples in `order` in mini-batches, updating the parameters in place."""'
)
DECORATOR = '@njit(error_model="numpy", nogil=True)'
FUNCTIONS = ("exp", "expm1", "tanh", "log_of_sum", "choose", *ENTRYWISE)
IMPORTED = {
    "row_products": (
        "add",
        "sum_rows",
        "dots",
        "gather_rows",
        "subtract_rows",
        "prefetch",
    ),
    "sparse_rows": ("by_features",),
    "barrier": ("meet", "share"),
    "products": ("PANEL", "large_product", "product"),
    "transposes": ("row_sum", "transposition"),
}
"""The modules that emitted source takes functions from."""


def epoch_module(places: Storage, arguments: Sequence[Symbol], title: str) -> str:
    """The text of a module with `workspace(n)` and `epoch`.

    Args:
        places: the loops, and where their quantities are.
        arguments: of the routine.
        title: what the program is for.
    """
    statements = Statements(places, 2)
    calls = statements.calls
    before = transposed_copies(calls)
    after: list[str] = []
    if places.scaled:
        after.append(f"{INDENT}scale[0] = {places.scaled}_scale  # the next call goes on with it")
    if places.divided and places.turned:
        after.append(f"{INDENT}meet(meeting, threads)")
    after += [INDENT + calls.turn(name, f"{name}{ENDING}") for name in places.turned]
    names = argument_names(places, arguments)
    names += ["scale"] * bool(places.scaled) + ["work"]
    if places.divided:
        names += ["own", "thread", "threads", "meeting"]
    counters = [symbol.name for symbol in arguments if symbol.role == "counter"]
    return module_text(
        places,
        HEADER.format(title=title, what="an epoch"),
        calls.made,
        head("epoch", names, ABOUT, _beginning(places) + before),
        [
            *(f"{INDENT * 2}{name} += 1  # the number of the update" for name in counters),
            *statements.lines,
            *after,
        ],
    )


def transposed_copies(calls: Calls) -> list[str]:
    """Lines that fill what is kept transposed."""
    return [INDENT + calls.turn(f"{name}{ENDING}", name) for name in calls.places.turned]


def module_text(
    places: Storage, header: str, made: Mapping[str, str], beginning: list[str], body: list[str]
) -> str:
    """The text of a module of one function, with what it imports, its kernels and its memory.

    Args:
        places: where its quantities are.
        header: what stands before its imports.
        made: the calls that make its kernels, by their names.
        beginning: of the function, up to the loop over mini-batches.
        body: what is in that loop, and after it.
    """
    text, bits = "\n".join(body), places.dtype[-2:]
    lines = [header.rstrip("\n"), ""]
    called = [f for f in FUNCTIONS if re.search(rf"(?<![\w.]){f}\(", text)]
    if called:
        lines += _import("exponential", [f"{function}{bits} as {function}" for function in called])
    memory = map(str, places.memory.values())
    used = set(re.findall(r"\w+", "\n".join([text, *made.values(), *memory])))
    for module, names in IMPORTED.items():
        wanted = sorted({*names} & used)
        lines += _import(module, wanted) if wanted else []
    lines += ["", f"real = np.{places.dtype}"]
    for name, call in made.items():
        lines += assignment(name, call, "")
    lines += ["", "", *_workspace(places, False)]
    if places.divided:
        lines += ["", "", *_workspace(places, True)]
    lines += ["", "", *beginning, text]
    return "\n".join(lines) + "\n"


def _import(module: str, names: Sequence[str]) -> list[str]:
    head = f"from glassprop.compile.kernels.{module} import "
    line = head + ", ".join(names)
    return [line] if len(line) <= WIDEST else sequence(f"{head}(", names, ")", "")


def _workspace(places: Storage, private: bool) -> list[str]:
    """A function that makes the memory, for all threads together or for each."""
    made = [
        (
            f"np.zeros({tuple_text(places.memory[name])}, {places.kinds[name]}),",
            f"{name}   {places.remarks[name]}".rstrip(),
        )
        for name in places.arrays(private)
    ]
    column = max((len(text) for text, _ in made), default=0) + 2
    about = "one thread, in " if private else ""
    entries = " and so many entries" if places.sparse else ""
    return [
        f"def {'own_' if private else ''}workspace(n{', most' if places.sparse else ''}):",
        f'{INDENT}"""Memory for {about}mini-batches of up to n examples{entries}."""',
        f"{INDENT}return (",
        *(f"{INDENT * 2}{text:<{column}}# {remark}"[:WIDEST] for text, remark in made),
        f"{INDENT})",
    ]


def argument_names(places: Storage, arguments: Sequence[Symbol]) -> list[str]:
    """What a function is called with for the arguments of a routine; data come with an order."""
    names: list[str] = []
    for symbol in arguments:
        if symbol.name == places.sparse:
            names += ["starts", "columns", "values"]
        else:
            names.append(symbol.name)
        if symbol.name == places.data[-1]:
            names += ["order", "size"]
    return names


def _beginning(places: Storage) -> list[str]:
    """What an epoch begins with: its memory, what is a thread's own, and the scale of weights."""
    lines = memory_names(places, "work", False) + memory_names(places, "own", True)
    for size in places.divisions:
        lines.append(f"{INDENT}first_{size}, last_{size} = share({size}, thread, threads)")
    if places.blocks:
        lines.append(INDENT + places.blocks)
    if places.scaled:
        scale = f"{places.scaled}_scale"
        lines.append(f"{INDENT}{scale} = scale[0]  # the weights are {scale} times {places.scaled}")
    return lines


def memory_names(places: Storage, workspace: str, private: bool) -> list[str]:
    """The line that gives the arrays of a workspace their names, if it has any."""
    memory = places.arrays(private)
    comma = "," if len(memory) == 1 else ""
    line = f"{INDENT}{', '.join(memory)}{comma} = {workspace}"
    if not memory:
        return []
    return [line] if len(line) <= WIDEST else sequence("(", memory, f") = {workspace}", INDENT)


def head(function: str, names: Sequence[str], about: str, before: Sequence[str]) -> list[str]:
    """The beginning of a function over mini-batches, up to the first line for each of them."""
    return [
        DECORATOR,
        *sequence(f"def {function}(", names, "):", ""),
        INDENT + about,
        *before,
        f"{INDENT}for start in range(0, len(order), size):",
        f"{INDENT * 2}n = min(size, len(order) - start)",
    ]
