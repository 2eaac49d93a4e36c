"""The record of one scalar function: what it is, its derivative, how it is written and computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite
from typing import cast

from glassprop.errors import FormulaError, nearest

Interval = tuple[float, float]


@dataclass(frozen=True)
class Logarithm:
    """How ln f(z), ln(1 − f(z)) or ln(1 + f(z)) is computed where f(z) is near 0, 1 or −1.

    Attributes:
        formula: the logarithm as a formula in z.
        identity: the same as it is printed, "ln(1 − σ(z)) = −softplus(z)".
        offset, sign: of the form ln(offset + sign f(z)).
    """

    formula: str
    identity: str
    offset: int = 0
    sign: int = 1

    def of(self, name: str) -> str:
        """What it is the logarithm of: "1 − sigmoid"."""
        return f"1 {'−' if self.sign < 0 else '+'} {name}" if self.offset else name

    def definition(self, name: str) -> str:
        """The logarithm as it would be written without the identity: "log(1 - sigmoid(z))"."""
        inside = f"1 {'-' if self.sign < 0 else '+'} {name}(z)" if self.offset else f"{name}(z)"
        return f"log({inside})"


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """A function of one or two real numbers, applied elementwise.

    Attributes:
        name: its name in formulas, on the command line and in model files.
        formula: its definition in the operands `z` (and `w`) and its parameters.
        derivative: ∂f/∂z (and ∂f/∂w), in the same language.
        output_form: ∂f/∂z in terms of the output `a` = f(z) alone, where there is such a form.
        output_form_for: for some parameters the interval in which that form holds.
        symbol, latex: how it is written; by its name where they are empty.
        numpy: numerically stable NumPy, or "" to compute the formula as it stands.
        named_prime: whether f′ is shown by name (σ′) before it is worked out.
        parameters: its constants by name, such as the slope of leaky relu.
        parameter_ranges: for some of them the interval outside which the function is not defined.
        domain: the interval from which tests sample z.
        range: an interval that holds all outputs; costs check theirs against it.
        kinks: where the derivative jumps; `convention` says what is taken there.
        activation: whether a layer may be given it by name.
        logarithms: how logarithms of its value are computed, where there is a better way.
        primitive: for the record of f′, the record of f.
    """

    name: str
    formula: str
    derivative: tuple[str, ...]
    symbol: str = ""
    latex: str = ""
    output_form: str = ""
    output_form_for: Mapping[str, Interval] = field(default_factory=dict[str, Interval])
    numpy: str = ""
    named_prime: bool = False
    operands: tuple[str, ...] = ("z",)
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    parameter_ranges: Mapping[str, Interval] = field(default_factory=dict[str, Interval])
    domain: tuple[float, float] = (-4.0, 4.0)
    range: tuple[float, float] = (-inf, inf)
    kinks: tuple[float, ...] = ()
    convention: str = ""
    activation: bool = False
    about: str = ""
    logarithms: tuple[Logarithm, ...] = ()
    primitive: ScalarFunction | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two records the same function."""
        return (self.name, self.formula, tuple(self.parameters.items()))

    def with_parameters(self, **values: float) -> ScalarFunction:
        """The same function with other constants: `leaky_relu.with_parameters(slope=0.2)`.

        Where its form in terms of the output does not hold for them, they have none.

        Raises FormulaError for a parameter that the function does not have, one that is no number,
        or a value for which it is not defined.
        """
        for given in values:
            if given not in self.parameters:
                hint = nearest(given, self.parameters) if self.parameters else "it has none"
                raise FormulaError(f"{self.name} has no parameter {given!r}; {hint}")
            if not _is_number(values[given]):
                raise FormulaError(
                    f"{given} of {self.name}: expected a finite number, got {values[given]!r}"
                )
        merged = dict(self.parameters) | {k: float(v) for k, v in values.items()}
        for key, (low, high) in self.parameter_ranges.items():
            if not low <= merged[key] <= high:
                expected = f"at least {low:g}" if high == inf else f"between {low:g} and {high:g}"
                raise FormulaError(
                    f"{key} of {self.name}: expected a number of {expected}, got {merged[key]:g}"
                )
        holds = all(low <= merged[k] <= high for k, (low, high) in self.output_form_for.items())
        return replace(self, parameters=merged, output_form=self.output_form if holds else "")

    def __str__(self) -> str:
        return self.name


def _is_number(value: object) -> bool:
    try:
        return not isinstance(value, (bool, str)) and isfinite(cast(float, value))
    except (TypeError, ValueError, OverflowError):
        return False
