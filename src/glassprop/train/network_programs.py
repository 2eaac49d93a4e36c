"""The derivation of a network and the programs that it becomes, each made when first needed."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.reverse_sweep import derive
from glassprop.compile import pipeline
from glassprop.compile.program import Program
from glassprop.models.architecture import Architecture
from glassprop.models.update_rules import UpdateRule

MOST_SIZES = 12
"""How many sizes stand in a title."""


class Programs:
    """What follows from an architecture and a number type.

    Args:
        architecture: layers and cost.
        dtype: "float64" or "float32".
    """

    def __init__(self, architecture: Architecture, dtype: str) -> None:
        self.architecture, self.dtype = architecture, dtype
        self.made: dict[type[UpdateRule], Program] = {}

    @cached_property
    def derivation(self) -> Derivation:
        """The derivation of the gradients for one example."""
        statement = self.architecture.state()
        derivation = derive(statement.cost, statement.parameters, (statement.outputs,))
        sizes = [str(size) for size in self.architecture.sizes]
        if len(sizes) > MOST_SIZES:
            sizes[MOST_SIZES // 2 : -2] = ["…"]
        title = f"Backpropagation for the network [{', '.join(sizes)}]"
        return replace(derivation, about=(title, self.architecture.words))

    def of(self, rule: type[UpdateRule]) -> Program:
        """The program with a kind of update rule."""
        if rule not in self.made:
            title = self.architecture.title
            self.made[rule] = pipeline.build(self.derivation, rule.steps, self.dtype, title)
        return self.made[rule]
