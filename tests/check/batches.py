"""What a document says of a mini-batch: its matrix forms and its NumPy lines, read and compared.

Each is compared with the mean over the examples, or with the examples one by one, of what the
displayed formulas in components are worth for each example alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gallery.reading import WIDE, Shown, explained
from glassprop.check.reader import NOTATIONS, Batch, batch, verify_text
from glassprop.derivation import Derivation

ENTRY = re.compile(r"^ *\d+\. +(.+)$")
LABEL = re.compile(r"^ {3,6}([\w-]+(?: \w+)*) {2,}(.*)$")
TARGET = re.compile(r"^(\w+) = ", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """What stands at one step of a document: in components, in matrices, in NumPy."""

    components: str
    matrices: str
    code: str

    @property
    def target(self) -> str:
        """The quantity that the code computes."""
        return TARGET.findall(self.code)[-1]


def steps_of(full: str) -> Iterator[Said]:
    """The steps of a text in full."""
    steps = full.partition("\nSummary\n")[0].partition("\nThe program\n")[0]
    found: dict[str, list[str]] = {}
    label, column = "", 0
    for line in [*steps.splitlines(), "0. end"]:
        entry, labelled = ENTRY.match(line), LABEL.match(line)
        if entry:
            if found:
                parts = (found.get(key, []) for key in ("components", "mini-batch", "NumPy"))
                yield Said(*("\n".join(part) for part in parts))
            found, label = {"components": [entry[1]]}, ""
        elif label == "NumPy" and line[:column].isspace():
            found[label].append(line[column:])
        elif labelled and found:
            label, column = labelled[1], labelled.start(2)
            found.setdefault(label, []).append(labelled[2])
        else:
            label = ""


def mini_batch(
    derivation: Derivation, full: str, examples: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Batch:
    """The quantities of a mini-batch by the formulas of one example."""
    inner = derivation.inner
    equations = {step.name: Shown(step, step.formula).written() for step in inner.steps}
    adjoints = frozenset(step.name for step in inner.steps if step.kind == "backward")
    shapes = {step.name: tuple(axis.size for axis in step.symbol.axes) for step in inner.steps}
    return batch(equations, examples, parameters, explained(full), shapes, adjoints)


def verify(
    derivation: Derivation,
    examples: Mapping[str, Any],
    parameters: Mapping[str, Any],
    helpers: Mapping[str, Any],
    notations: tuple[str, ...] = ("nielsen",),
    tolerance: float = 1e-9,
) -> dict[str, int]:
    """Read all that a document says of a mini-batch; gives how many formulas of each kind."""
    full = derivation.explain(WIDE)
    found = mini_batch(derivation, full, examples, parameters)
    counts = {"matrices": 0, "NumPy": 0, "components": 0}
    for notation in notations:
        text = full if notation == "nielsen" else derivation.explain(WIDE, notation)
        given = dict(helpers)
        for said in steps_of(text):
            if said.matrices:
                name = found.verify(said.matrices, NOTATIONS[notation], tolerance)
                assert not said.code or name == said.target, said
                counts["matrices"] += 1
            if said.code and notation == "nielsen":
                given |= found.verify_code(said.code, said.target, given, tolerance)
                counts["NumPy"] += 1
    values = {name: found.divided(name) for name in found.each}
    values |= {**found.shared, "n": np.array(found.count)}
    for step in derivation.lift().inner:
        verify_text(
            Shown(step, step.formula).written(), values, None, found.functions, tolerance=tolerance
        )
        counts["components"] += 1
    return counts
