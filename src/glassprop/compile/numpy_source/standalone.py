"""Ejection: a program as a file of its own that needs NumPy, its parameters beside it, no more.

The lines of the routines are those of the program, so the results are the same bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glassprop.compile.layout.layout import indices_of
from glassprop.compile.numpy_source.emit import (
    Frame,
    Lines,
    called_in,
    expression_function,
    helpers_for,
    in_place_functions,
    sizes_of,
)
from glassprop.compile.numpy_source.expressions import tuple_text
from glassprop.compile.numpy_source.line_breaks import INDENT, sequence
from glassprop.compile.numpy_source.standalone_arguments import row_sources
from glassprop.compile.program import Program, Routine
from glassprop.errors import FormulaError, NetworkError, printable
from glassprop.formula.nodes import Symbol

Labels = Literal["one-hot", "signs"]
PUBLIC = ("predict", "cost", "gradients", "train_step")
TAKEN = {"parameters", "state", "updates", "memory_for"}
"""Names of the module that the routines use."""
DONE = "updates"
"""The name of the number of updates in the file with the parameters."""
PAIR = "pair"
"""The name of the digest in that file that the module has, too."""


def standalone(
    program: Program,
    header: str,
    file: str = "parameters.npz",
    labels: Labels | None = "one-hot",
    hyper: Mapping[str, float] | None = None,
    pair: str = "",
) -> str:
    """The text of a module with `predict`, `cost`, `gradients` and `train_step`.

    Its parameters are a dictionary, `parameters`, read from a file beside it; `gradients` gives a
    dictionary by the same names, and `train_step` changes `parameters` in place. What the update
    rule keeps is in `state`, and where it counts, how many updates are `done` is in `updates`; both
    are read from the file too, if they are there.

    Args:
        program: what `build` gave; `train_step` is left out if it has none.
        header: the first line of the module's docstring.
        file: the .npz file with an array for each parameter by its name.
        labels: how whole-number labels become target rows: 1 for the class and 0 for the others
            ("one-hot"), or −1 ("signs"); None if targets are always rows.
        hyper: the hyper-parameters that `train_step` has by default, by name.
        pair: the digest that the file must have under this name, if it has one (`pair_of`).

    Raises:
        FormulaError: for a quantity whose name the module needs itself.
        NetworkError: if the name of the file has a directory in it.
    """
    if not file or "/" in file or "\\" in file:
        raise NetworkError(f"{file!r}: expected the name of a file beside the module")
    return _Module(program, file, labels, hyper or {}, pair).text(header)


def pair_of(text: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """A digest of a module without one, and of what its file holds.

    The two files may be torn apart: the one replaced, the other not. Files without it, which users
    have saved themselves, are taken as they are.
    """
    found = hashlib.sha256(text.encode())
    for name, array in arrays.items():
        found.update(f"{name} {array.dtype.str} {array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()[:32]


class _Module:
    def __init__(
        self,
        program: Program,
        file: str,
        labels: Labels | None,
        hyper: Mapping[str, float],
        pair: str,
    ) -> None:
        self.program, self.file, self.labels, self.hyper = program, file, labels, hyper
        self.pair = pair
        self.dtype = f"np.{program.dtype}"
        self.routines = [program.routines[name] for name in PUBLIC if name in program.routines]
        steps = [step for routine in self.routines for step in routine.steps]
        self.indices = indices_of([step.formula for step in steps])
        self.lines = Lines(steps, program.dtype)
        self.parameters = self.of_role(self.routines[-1], "parameter")
        self.states = self.of_role(self.routines[-1], "state")
        self.counters = self.of_role(self.routines[-1], "counter")

    def of_role(self, routine: Routine, *roles: str) -> list[Symbol]:
        return [symbol for symbol in routine.arguments if symbol.role in roles]

    def text(self, header: str) -> str:
        functions: list[str] = []
        for routine in self.routines:
            frame = self.frame(routine)
            if routine.name == "train_step":
                *memory, step = in_place_functions(routine, self.lines, frame)
                functions += [*memory, self.memory(routine), step]
            else:
                functions.append(expression_function(routine, self.lines, frame))
        code = "\n\n\n".join(functions)
        own = row_sources()
        always = ("as_numbers", "examples")
        used = [name for name in own if name in always or f"{name}(" in code]
        self.require_free({*TAKEN, *used, *called_in(code)})
        helpers = [own[name] for name in used]
        top = [f'"""{header}"""\n\nimport numpy as np\n\n{self.load()}']
        return "\n\n\n".join([*top, *helpers, *helpers_for(code), code]) + "\n"

    def require_free(self, taken: set[str]) -> None:
        for routine in self.routines:
            for symbol in (*routine.arguments, *(step.symbol for step in routine.steps)):
                if symbol.name in taken:
                    raise FormulaError(
                        f"the name {symbol.name!r} is used by the standalone file; choose another"
                    )

    def load(self) -> str:
        names = [f'"{symbol.name}"' for symbol in self.parameters]
        lines = [
            'folder = __file__[: max(__file__.rfind("/"), __file__.rfind("\\\\")) + 1]',
            *sequence("names = [", names, "]", ""),
            f"with np.load(folder + {_quoted(self.file)}) as file:",
            *(self.check() if self.pair else []),
            f"{INDENT}parameters = {{name: file[name].astype({self.dtype}) for name in names}}",
        ]
        zeros = [
            f'"{symbol.name}": np.zeros({_shape(symbol)}, {self.dtype})' for symbol in self.states
        ]
        if zeros:
            lines += sequence("state = {", zeros, "}", INDENT)
            lines += [
                f"{INDENT}kept = [name for name in state if name in file]",
                f"{INDENT}state.update({{name: file[name].astype({self.dtype}) for name in kept}})",
            ]
        if self.counters:
            done = f'int(file["{DONE}"]) if "{DONE}" in file else 0'
            lines.append(f'{INDENT}updates = {{"done": {done}}}')
        return "\n".join(lines)

    def check(self) -> list[str]:
        """The lines that refuse a file of another module."""
        told = f"{self.file}: belongs to another program than this one; write both again"
        return [
            f'{INDENT}if "{PAIR}" in file and str(file["{PAIR}"]) != "{self.pair}":',
            f"{INDENT * 2}raise ValueError({_quoted(told)})",
        ]

    def frame(self, routine: Routine) -> Frame:
        """The routine's own arguments, converted, and its parameters taken from the module."""
        data = self.of_role(routine, "input", "variable", "target")
        hyper = self.of_role(routine, "hyper")
        before = [self.converted(symbol, data[0]) for symbol in data]
        before += [f"{symbol.name} = float({symbol.name})" for symbol in hyper]
        for counter in self.of_role(routine, "counter"):
            before += ['updates["done"] += 1', f'{counter.name} = updates["done"]']
        for source, symbols in (("parameters", self.parameters), ("state", self.states)):
            if symbols and set(symbols) <= set(routine.arguments):
                comma = "," if len(symbols) == 1 else ""
                targets = ", ".join(symbol.name for symbol in symbols)
                before.append(f"{targets}{comma} = {source}.values()")
        result: list[str] = []
        if routine.name == "gradients":
            of = {result: symbol.name for symbol, result in routine.steps.gradients.items()}
            result = [of[symbol] for symbol in routine.results]
        if routine.name == "train_step":
            before.append(f"work = memory_for({', '.join(sizes_of(routine.arguments))})")
        names = [symbol.name for symbol in data]
        names += [f"{s.name}={self.hyper[s.name]!r}" if self.hyper else s.name for s in hyper]
        return Frame(names, before, result)

    def converted(self, symbol: Symbol, first: Symbol) -> str:
        """The line that makes an array of the right shape and number type of an argument."""
        name, dtype = symbol.name, "int" if symbol in self.indices else self.dtype
        sizes = [str(axis.size) for axis in symbol.axes]
        if symbol is not first and symbol.axes and symbol.axes[0] == first.axes[0]:
            if isinstance(first.axes[0].size, str):
                sizes[0] = f"len({first.name})"
        else:
            sizes = [size if size.isdigit() else "-1" for size in sizes]
        is_rows = len(symbol.axes) == 2 and isinstance(symbol.axes[0].size, str)
        if symbol.role == "target" and symbol not in self.indices and is_rows and self.labels:
            called = {"one-hot": "targets", "signs": "signs"}[self.labels]
            return f'{name} = {called}({name}, {tuple_text(sizes)}, "{name}", {dtype})'
        return f'{name} = examples({name}, {tuple_text(sizes)}, "{name}", {dtype})'

    def memory(self, routine: Routine) -> str:
        """The workspace that the module keeps from step to step."""
        sizes = list(sizes_of(routine.arguments))
        if not sizes:
            return (
                "memory = workspace()\n\n\ndef memory_for():\n"
                f'{INDENT}"""Return the memory for a step."""\n{INDENT}return memory'
            )
        if len(sizes) > 1:
            given = ", ".join(sizes)
            return (
                f"def memory_for({given}):\n"
                f'{INDENT}"""Return the memory for a step."""\n{INDENT}return workspace({given})'
            )
        (n,) = sizes
        return (
            'memory = {"size": -1}\n\n\n'
            f"def memory_for({n}):\n"
            f'{INDENT}"""Return memory for a step, a part of the largest needed so far."""\n'
            f'{INDENT}if {n} > memory["size"]:\n'
            f"{INDENT * 2}memory.update(size={n}, work=workspace({n}))\n"
            f'{INDENT}return narrow(memory["work"], {n})'
        )


def _shape(symbol: Symbol) -> str:
    return tuple_text([str(axis.size) for axis in symbol.axes])


def _quoted(text: str) -> str:
    return '"' + printable(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'
