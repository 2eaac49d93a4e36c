"""The NumPy lines that compute the steps of a derivation, from its compiled program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from glassprop.chainrule.derivation import Derivation
from glassprop.compile.layout.layout import Layout
from glassprop.compile.numpy_source.expressions import Writer
from glassprop.compile.pipeline import build
from glassprop.compile.program import Program
from glassprop.errors import FormulaError
from glassprop.formula.nodes import symbols
from glassprop.models.update_rules import SGD, UpdateRule


@dataclass(frozen=True)
class Line:
    """What computes one step for a whole mini-batch.

    Attributes:
        code: the assignment, after those of the temporary results that are computed for it first.
        shape: the shape of the array, such as "(n, 3)"; empty for a number.
        mean: whether the factor 1/n of the mean over the examples is in it.
        temporaries: all temporary results that it needs, with their assignments.
    """

    code: tuple[str, ...]
    shape: str
    mean: bool
    temporaries: tuple[tuple[str, str], ...] = ()

    def after(self, computed: dict[str, str]) -> Line:
        """The same line below others, of whatever function: it computes what they have not.

        `computed` has the assignments of the temporary results so far, and gets those of this one.
        """
        missing = [(name, code) for name, code in self.temporaries if computed.get(name) != code]
        computed.update(missing)
        return replace(self, code=(*(code for _, code in missing), self.code[-1]))


@dataclass(frozen=True)
class Lines:
    """The lines of a derivation by the names of its steps.

    Attributes:
        trace: every step, as in the function `trace`.
        gradients: the steps of the function `gradients`, which leaves out what it can write where
            it is used; and the cost.
        source: the function `gradients` itself.
        rule: by which the parameters follow their gradients.
    """

    trace: Mapping[str, Line]
    gradients: Mapping[str, Line]
    source: str = ""
    rule: type[UpdateRule] = SGD


def lines(derivation: Derivation, dtype: str = "float64") -> Lines:
    """The lines of a derivation for one example; none if it cannot be stated for a mini-batch."""
    if derivation.batch is not None:
        return Lines({}, {})
    try:
        program = build(derivation, dtype=dtype)
    except FormulaError:  # an axis of examples is in the formulas already
        return Lines({}, {})
    known = {step.name for step in derivation.steps}
    trace = dict(_routine(program, "trace", known, dtype))
    cost = dict(_routine(program, "cost", known, dtype))
    gradients = dict(_routine(program, "gradients", known, dtype))
    name = derivation.cost.name
    return Lines(trace, {name: cost[name], **gradients}, _function(program.source, "gradients"))


def _function(source: str, name: str) -> str:
    """The text of one function of a module."""
    tops = re.split(r"^(?=def |@|[A-Za-z_])", source, flags=re.MULTILINE)
    return next(part.rstrip() for part in tops if part.startswith(f"def {name}("))


def _routine(
    program: Program, name: str, known: set[str], dtype: str
) -> Iterator[tuple[str, Line]]:
    """Each step of a routine with its line; temporary results go with the step after them."""
    layout, writer = Layout(), Writer(dtype)
    before: list[str] = []
    temporaries: dict[str, dict[str, str]] = {}
    for step in program.routines[name].steps:
        array = layout.full(step.formula, step.symbol.axes)
        code = f"{step.name} = {writer.text(array)}"
        needed: dict[str, str] = {}
        for symbol in symbols(step.formula):
            needed |= temporaries.get(symbol.name, {})
        before.append(code)
        if step.name in known:
            mean = any(symbol.role == "size" for symbol in symbols(step.formula))
            shape = shape_of(step.shape)
            yield step.name, Line(tuple(before), shape, mean, tuple(needed.items()))
            before = []
        else:
            temporaries[step.name] = {**needed, step.name: code}


def shape_of(shape: tuple[int | str, ...]) -> str:
    """A shape as Python writes it, (n, 3) or (3,); nothing for a number."""
    if not shape:
        return ""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
