"""A program: the functions that a derivation becomes, each with its steps and its source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import NetworkError, nearest
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
    """

    dtype: str
    stages: dict[str, Derivation]
    routines: dict[str, Routine]
    source: str
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict[str, Callable[..., Any]])

    def after(self, stage: str) -> Derivation:
        """The steps as a pass left them.

        Raises:
            NetworkError: for an unknown stage, with the nearest known one.
        """
        if stage not in self.stages:
            raise NetworkError(f"no stage {stage!r}; {nearest(stage, self.stages)}")
        return self.stages[stage]
