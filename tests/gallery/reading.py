"""What a document shows as text, and what the program has for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gallery.networks import EXAMPLES, Exhibit, Values
from glassprop.chainrule.derivation import Derivation
from glassprop.check.reader import NOTATIONS, Notation, verify_definition
from glassprop.compile.pipeline import build
from glassprop.formula.nodes import Node, Step
from glassprop.show.notation import NOTATIONS as PROFILES
from glassprop.show.printer import Printer
from glassprop.show.text import TextPrinter

Shown = tuple[Step, Node]
DEFINITION = re.compile(r"^ *([^\W\d]\w*′*\([a-z](?:, [a-z])*(?:; [^=]*)?\) = .+)$", re.MULTILINE)
WIDE = 1_000_000


def displayed(derivation: Any) -> tuple[str, str, list[Shown]]:
    """A derivation in full and as a table, and the equations that both were made of."""
    made: dict[tuple[str, int], Shown] = {}
    inner = Printer.equation

    def equation(self: Printer, step: Step, formula: Node | None = None) -> tuple[str, str, str]:
        if isinstance(self, TextPrinter):
            root = step.formula if formula is None else formula
            made[step.name, root.uid] = (step, root)
        return inner(self, step, formula)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Printer, "equation", equation)
        full, table = derivation.explain(WIDE), str(derivation)
    return full, table, list(made.values())


def written(shown: Shown, profile: str = "nielsen") -> str:
    """An equation in the letters of a course."""
    return " ".join(TextPrinter(PROFILES[profile]).equation(*shown))


def notation(profile: str, exhibit: Exhibit) -> Notation:
    """The reader's own description of a course, with what an exhibit's matrices need."""
    found = NOTATIONS[profile]
    return replace(found, turned=found.turned | exhibit.turned.get(profile, frozenset()))


def computed(exhibit: Exhibit, derivation: Derivation) -> Values:
    """The value of every quantity of a derivation, as the program has it, for one example."""
    values = exhibit.given(derivation)
    if any(symbol.role == "size" for symbol in derivation.givens):
        values["n"] = np.array(EXAMPLES)
    program = build(derivation, mini_batch=False)
    arguments = program.routines["trace"].arguments
    return values | program.functions["trace"](*(values[symbol.name] for symbol in arguments))


def explained(text: str) -> Mapping[tuple[str, int], Callable[..., float]]:
    """The functions that a document defines, each compared with what it is."""
    functions: dict[tuple[str, int], Callable[..., float]] = {}
    for stated in DEFINITION.findall(text):
        definition = verify_definition(stated, functions)
        functions[definition.key] = definition.function(functions)
    return functions
