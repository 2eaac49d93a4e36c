"""Derivations of which one step has a mistake, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.check.mutation.formulas import KINDS, Mistake, mistakes
from glassprop.formula.evaluate import evaluate
from glassprop.formula.nodes import Step, Symbol

Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Mutant:
    """A derivation with a mistake in one of its steps.

    Attributes:
        step: the step as it should be.
        mistake: what is wrong with it.
        derivation: with the mistake.
    """

    step: Step
    mistake: Mistake
    derivation: Derivation

    @property
    def words(self) -> str:
        """What is wrong, in a line."""
        what = self.step.formula.graph.shown(self.mistake.what)
        found = f"{self.step.name}: {KINDS[self.mistake.kind]}: {what}"
        if self.mistake.instead is not None:
            found += f", {self.step.formula.graph.shown(self.mistake.instead)} is taken"
        return found

    def gradients(self, values: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """The gradients that it gives, by the names of the parameters, from the definition alone.

        Args:
            values: of inputs, targets and parameters.
        """
        return gradients(self.derivation, values)


def mutants(derivation: Derivation) -> Iterator[Mutant]:
    """A derivation with one mistake in a backward step or a gradient, in every way."""
    steps = derivation.steps
    known: list[Symbol] = list(derivation.givens)
    for place, step in enumerate(steps):
        if step.kind in ("backward", "gradient"):
            for mistake in mistakes(step.formula, known):
                wrong = replace(step, formula=mistake.formula)
                changed = derivation.with_steps([*steps[:place], wrong, *steps[place + 1 :]])
                yield Mutant(step, mistake, changed)
        known.append(step.symbol)


def gradients(derivation: Derivation, values: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """The gradients of a derivation by the definition of its formulas, by the parameters' names."""
    wanted = derivation.gradients
    found = evaluate(list(wanted.values()), values, derivation.steps)
    made: dict[str, Numbers] = {}
    for parameter, symbol in wanted.items():
        array = np.asarray(found[symbol], float)
        order = [symbol.axes.index(axis) for axis in parameter.axes]
        made[parameter.name] = array.transpose(order) if order else array
    return made
