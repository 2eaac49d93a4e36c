"""A program: the functions that a derivation becomes, each with its steps and its source.

Its NumPy source is part of it. What else it is written as, for a purpose, is in `targets`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import GlasspropError, NetworkError, nearest
from glassprop.formula.nodes import Symbol


@dataclass(frozen=True)
class Routine:
    """One function of a program, before it is source.

    Attributes:
        name: its name in the source.
        about: its docstring.
        steps: what it computes, as a derivation pruned to its results.
        results: what it gives back, in order.
        arguments: the symbols that it is called with, in order.
    """

    name: str
    about: str
    steps: Derivation
    results: tuple[Symbol, ...]
    arguments: tuple[Symbol, ...]


@dataclass(frozen=True)
class Program:
    """Routines, the stages that they came through, and the source that runs.

    Attributes:
        dtype: the number type, "float64" or "float32".
        stages: the derivation after each pass of the pipeline, by name, in order.
        routines: the functions, by name.
        source: the NumPy source of all functions.
        functions: the loaded functions, by name.
        written: what else it was written as before, by target, what that is, and purpose.
    """

    dtype: str
    stages: dict[str, Derivation]
    routines: dict[str, Routine]
    source: str
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])
    written: dict[tuple[str, str, Purpose | str], Any] = field(default_factory=dict[Any, Any])

    def after(self, stage: str) -> Derivation:
        """The steps as a pass left them.

        Raises:
            NetworkError: for an unknown stage, with the nearest known one.
        """
        if stage not in self.stages:
            raise NetworkError(f"no stage {stage!r}; {nearest(stage, self.stages)}")
        return self.stages[stage]


class LacksError(GlasspropError):
    """An operation that a target does not have; NumPy's has them all."""


@dataclass(frozen=True)
class Forms:
    """How the data of an epoch come, other than as rows of the program's number type.

    Attributes:
        others: inputs and targets of other number types, which are converted where they are used.
        labels: whether targets are whole-number labels, of which the mini-batch's rows are made.
        low: what a row has beside the 1 at the place of its label: 0, or −1 for the hinge cost.
    """

    others: frozenset[str] = frozenset()
    labels: bool = False
    low: int = 0


ROWS = Forms()


@dataclass(frozen=True)
class Purpose:
    """What a source that trains is to be good for.

    Attributes:
        title: what the program is for.
        batch_size: the size of mini-batches that the choice of matrix products is made for.
        density: the share of the inputs that is not zero; where it is small, the products with the
            inputs go over the non-zero entries.
        threads: how many may share the work of a mini-batch.
        forms: how inputs and targets come.
    """

    title: str = "program"
    batch_size: int = 32
    density: float = 1.0
    threads: int = 1
    forms: Forms = ROWS


@dataclass(frozen=True)
class EpochSource:
    """The source of an epoch that goes through all mini-batches by itself.

    Attributes:
        source: the text of a module with `workspace(n)` and `epoch`.
        sparse: the input that is taken as compressed rows, or "".
        divided: whether threads share the work of a mini-batch.
        counts: whether `epoch` takes the number of updates done before, and goes on counting.
        scaled: the place among the parameters of weights that are `scale[0]` times what `epoch`
            finds and leaves in their array, or None. `scale` is an argument, 1 at first, so that
            an epoch in two calls does what it does in one.
        target: the name of the target that it is written for.
    """

    source: str
    sparse: str
    divided: bool
    counts: bool = False
    scaled: int | None = None
    target: str = "compiled"


@dataclass(frozen=True)
class MeasureSource:
    """The source that computes the outputs and the costs of examples, block by block.

    Attributes:
        source: the text of a module with `workspace(n)` and `measure`.
        sparse: the input that is taken as compressed rows, or "".
        rows: how many examples are a block.
        work: about the multiplications for a block, those with sparse inputs twice.
        target: the name of the target that it is written for.
    """

    source: str
    sparse: str
    rows: int
    work: int
    target: str = "compiled"
