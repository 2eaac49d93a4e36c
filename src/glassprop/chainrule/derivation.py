"""A derivation: named steps from the formulas to the gradients, and what each of them is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from glassprop.errors import FormulaError, nearest
from glassprop.formula.axes import Axis
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Step, Symbol, symbols


@dataclass(frozen=True)
class Derivation:
    """Steps in the order in which they can be computed.

    Attributes:
        graph: the graph that all formulas live in.
        steps: forward steps, then backward steps and gradients, then updates.
        cost: the step that is differentiated.
        gradients: for each symbol that was asked for, the derivative with respect to it.
        outputs: forward steps that a prediction gives.
        batch: the axis of the examples, once the steps are stated for a mini-batch.
        about: the title of its documents, and what stands below it, for what has a name.
    """

    graph: AnyGraph
    steps: tuple[Step, ...]
    cost: Symbol
    gradients: Mapping[Symbol, Symbol]
    outputs: tuple[Symbol, ...] = ()
    batch: Axis | None = None
    about: tuple[str, str] | None = None

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, key: int | str) -> Step:
        """A step by its place or its name.

        Raises:
            FormulaError: for an unknown name.
        """
        if isinstance(key, int):
            return self.steps[key]
        for step in self.steps:
            if step.name == key:
                return step
        known = [step.name for step in self.steps]
        raise FormulaError(f"the derivation has no step {key!r}; {nearest(key, known)}")

    def __contains__(self, name: object) -> bool:
        return any(step.name == name for step in self.steps)

    @property
    def forward(self) -> tuple[Step, ...]:
        """The steps that lead to the cost."""
        return tuple(step for step in self.steps if step.kind == "forward")

    @property
    def backward(self) -> tuple[Step, ...]:
        """The steps that lead back, gradients included."""
        return tuple(step for step in self.steps if step.kind in ("backward", "gradient"))

    @property
    def givens(self) -> tuple[Symbol, ...]:
        """The symbols that no step defines, in order of first use."""
        defined = {step.symbol for step in self.steps if step.kind != "update"}
        used = symbols(*(step.formula for step in self.steps))
        return tuple(symbol for symbol in used if symbol not in defined)

    def with_steps(self, steps: list[Step] | tuple[Step, ...]) -> Derivation:
        """The same derivation with other steps."""
        return replace(self, steps=tuple(steps))
