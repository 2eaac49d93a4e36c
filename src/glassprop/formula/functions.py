"""The table of scalar functions: one record each, and the only place that knows them.

A record states the function and its derivative in the language of `parse`; printers, gradients,
emitted NumPy, documentation and tests are made from it. To add an activation, add a record.

Conventions at kinks are part of the record, with their relation to PyTorch and JAX.
Formulas: the functions' usual definitions; elu: Clevert et al. 2016; gelu: Hendrycks & Gimpel 2016
(exact form, by the normal distribution function); silu: Elfwing et al. 2018; Huber 1964, eq. 2.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import inf

from glassprop.errors import FormulaError, nearest


@dataclass(frozen=True, eq=False)
class ScalarFunction:
    """A function of one or two real numbers, applied elementwise.

    Attributes:
        name: its name in formulas, on the command line and in model files.
        formula: its definition in the operands `z` (and `w`) and its parameters.
        derivative: ∂f/∂z (and ∂f/∂w), in the same language.
        output_form: ∂f/∂z by the output `a` = f(z) alone, where there is such a form.
        symbol, latex: how it is written.
        numpy: numerically stable NumPy, or "" to compute the formula as it stands.
        named_prime: whether f′ is shown by name (σ′) before it is worked out.
        parameters: its constants by name, such as the slope of leaky relu.
        domain: the interval from which tests sample z.
        range: an interval that holds all outputs; costs check theirs against it.
        kinks: where the derivative jumps; `convention` says what is taken there.
        activation: whether a layer may be given it by name.
        primitive: for the record of f′, the record of f.
    """

    name: str
    formula: str
    derivative: tuple[str, ...]
    symbol: str = ""
    latex: str = ""
    output_form: str = ""
    numpy: str = ""
    named_prime: bool = False
    operands: tuple[str, ...] = ("z",)
    parameters: Mapping[str, float] = field(default_factory=dict[str, float])
    domain: tuple[float, float] = (-4.0, 4.0)
    range: tuple[float, float] = (-inf, inf)
    kinks: tuple[float, ...] = ()
    convention: str = ""
    activation: bool = False
    about: str = ""
    primitive: ScalarFunction | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two records the same function."""
        return (self.name, self.formula, tuple(self.parameters.items()))

    def with_parameters(self, **values: float) -> ScalarFunction:
        """The same function with other constants: `leaky_relu.with_parameters(slope=0.2)`.

        Raises:
            FormulaError: for a parameter that the function does not have.
        """
        for given in values:
            if given not in self.parameters:
                hint = nearest(given, self.parameters) if self.parameters else "it has none"
                raise FormulaError(f"{self.name} has no parameter {given!r}; {hint}")
        merged = dict(self.parameters) | {k: float(v) for k, v in values.items()}
        return replace(self, parameters=merged)

    def __str__(self) -> str:
        return self.name


RECORDS: tuple[ScalarFunction, ...] = (
    ScalarFunction(
        "identity",
        formula="z",
        derivative=("1",),
        numpy="z",
        activation=True,
        about="the value itself: a linear layer",
    ),
    ScalarFunction(
        "sigmoid",
        formula="1 / (1 + exp(-z))",
        derivative=("sigmoid(z) * (1 - sigmoid(z))",),
        output_form="a * (1 - a)",
        symbol="σ",
        latex=r"\sigma",
        numpy="1 / (1 + np.exp(-z))",
        named_prime=True,
        domain=(-6.0, 6.0),
        range=(0.0, 1.0),
        activation=True,
        about="the logistic function; exp(-z) may overflow to infinity, which gives 0 as it should",
    ),
    ScalarFunction(
        "tanh",
        formula="(exp(z) - exp(-z)) / (exp(z) + exp(-z))",
        derivative=("1 - tanh(z)**2",),
        output_form="1 - a**2",
        latex=r"\tanh",
        numpy="np.tanh(z)",
        named_prime=True,
        range=(-1.0, 1.0),
        activation=True,
        about="the hyperbolic tangent",
    ),
    ScalarFunction(
        "relu",
        formula="max(z, 0)",
        derivative=("step(z)",),
        output_form="step(a)",
        latex=r"\operatorname{relu}",
        numpy="np.maximum(z, 0)",
        named_prime=True,
        range=(0.0, inf),
        kinks=(0.0,),
        convention="relu′(0) = 0, as in PyTorch and in JAX (jax.nn.relu)",
        activation=True,
        about="the positive part",
    ),
    ScalarFunction(
        "leaky_relu",
        formula="max(z, 0) - slope * max(-z, 0)",
        derivative=("slope + (1 - slope) * step(z)",),
        output_form="slope + (1 - slope) * step(a)",
        latex=r"\operatorname{lrelu}",
        numpy="np.maximum(z, 0) + slope * np.minimum(z, 0)",
        named_prime=True,
        parameters={"slope": 0.01},
        kinks=(0.0,),
        convention="leaky_relu′(0) = slope, as in PyTorch; JAX (jax.nn.leaky_relu) takes 1",
        activation=True,
        about="the positive part, and a small slope below zero",
    ),
    ScalarFunction(
        "elu",
        formula="max(z, 0) + alpha * (exp(-max(-z, 0)) - 1)",
        derivative=("alpha * exp(-max(-z, 0)) + (1 - alpha) * step(z)",),
        output_form="alpha - max(-a, 0) + (1 - alpha) * step(a)",
        latex=r"\operatorname{elu}",
        numpy="np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))",
        named_prime=True,
        parameters={"alpha": 1.0},
        range=(-inf, inf),
        kinks=(0.0,),
        convention="elu′(0) = alpha, as in PyTorch and in JAX; smooth at 0 where alpha = 1",
        activation=True,
        about="linear above zero, exponential below",
    ),
    ScalarFunction(
        "softplus",
        formula="log(1 + exp(z))",
        derivative=("sigmoid(z)",),
        latex=r"\operatorname{softplus}",
        numpy="np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))",
        domain=(-6.0, 6.0),
        range=(0.0, inf),
        activation=True,
        about="a smooth relu",
    ),
    ScalarFunction(
        "silu",
        formula="z * sigmoid(z)",
        derivative=("sigmoid(z) * (1 + z * (1 - sigmoid(z)))",),
        latex=r"\operatorname{silu}",
        named_prime=True,
        domain=(-6.0, 6.0),
        activation=True,
        about="z σ(z), also called swish",
    ),
    ScalarFunction(
        "gelu",
        formula="z * Phi(z)",
        derivative=("Phi(z) + z * phi(z)",),
        latex=r"\operatorname{gelu}",
        named_prime=True,
        activation=True,
        about="z Φ(z) with the exact normal distribution function, not the tanh approximation",
    ),
    ScalarFunction(
        "Phi",
        formula="(1 + erf(z / sqrt(2))) / 2",
        derivative=("phi(z)",),
        symbol="Φ",
        latex=r"\Phi",
        numpy="normal_cdf(z)",
        range=(0.0, 1.0),
        about="distribution function of the standard normal law",
    ),
    ScalarFunction(
        "phi",
        formula="exp(-z**2 / 2) / sqrt(2 * pi)",
        derivative=("-z * phi(z)",),
        symbol="φ",
        latex=r"\varphi",
        numpy="0.3989422804014327 * np.exp(-0.5 * z * z)",
        about="density of the standard normal law",
    ),
    ScalarFunction(
        "exp",
        formula="exp(z)",
        derivative=("exp(z)",),
        output_form="a",
        latex=r"\exp",
        numpy="np.exp(z)",
        range=(0.0, inf),
        activation=True,
        about="the exponential",
    ),
    ScalarFunction(
        "log",
        formula="log(z)",
        derivative=("1 / z",),
        symbol="ln",
        latex=r"\ln",
        numpy="np.log(z)",
        domain=(0.1, 8.0),
        about="the natural logarithm, z > 0",
    ),
    ScalarFunction(
        "square",
        formula="z**2",
        derivative=("2 * z",),
        numpy="np.square(z)",
        range=(0.0, inf),
        activation=True,
        about="z²",
    ),
    ScalarFunction(
        "abs",
        formula="abs(z)",
        derivative=("sign(z)",),
        numpy="np.abs(z)",
        range=(0.0, inf),
        kinks=(0.0,),
        convention="|·|′(0) = 0, as in PyTorch and in JAX",
        activation=True,
        about="the absolute value",
    ),
    ScalarFunction(
        "max",
        formula="max(z, w)",
        derivative=("step(z - w) + equal(z, w) / 2", "step(w - z) + equal(z, w) / 2"),
        latex=r"\max",
        numpy="np.maximum(z, w)",
        operands=("z", "w"),
        convention="where z = w each gets one half, as in PyTorch and in JAX",
        about="the larger of two",
    ),
    ScalarFunction(
        "huber",
        formula="clip(z, delta) * (z - clip(z, delta) / 2)",
        derivative=("clip(z, delta)",),
        latex=r"\operatorname{huber}",
        parameters={"delta": 1.0},
        range=(0.0, inf),
        domain=(-3.0, 3.0),
        about="z²/2 for |z| ≤ delta, and its tangents beyond: delta (|z| − delta/2)",
    ),
    ScalarFunction(
        "clip",
        formula="max(-w, -max(-z, -w))",
        derivative=("step(w - abs(z))", "sign(z) * step(abs(z) - w)"),
        latex=r"\operatorname{clip}",
        numpy="np.minimum(np.maximum(z, -w), w)",
        operands=("z", "w"),
        convention="0 at both ends, |z| = w; PyTorch's and JAX's clamp take 1 and one half there",
        about="z held between −w and w",
    ),
    ScalarFunction(
        "step",
        formula="step(z)",
        derivative=("0",),
        symbol="H",
        latex=r"\operatorname{H}",
        numpy="z > 0",
        range=(0.0, 1.0),
        kinks=(0.0,),
        convention="H(0) = 0; its derivative is taken as 0 everywhere",
        about="1 above zero, else 0",
    ),
    ScalarFunction(
        "sign",
        formula="sign(z)",
        derivative=("0",),
        symbol="sgn",
        latex=r"\operatorname{sgn}",
        numpy="np.sign(z)",
        range=(-1.0, 1.0),
        kinks=(0.0,),
        convention="sgn(0) = 0; its derivative is taken as 0 everywhere",
        about="−1, 0 or 1",
    ),
    ScalarFunction(
        "equal",
        formula="equal(z, w)",
        derivative=("0", "0"),
        latex=r"\operatorname{eq}",
        numpy="z == w",
        operands=("z", "w"),
        range=(0.0, 1.0),
        convention="its derivative is taken as 0 everywhere",
        about="1 where z = w, else 0",
    ),
    ScalarFunction(
        "reciprocal",
        formula="1 / z",
        derivative=("-1 / z**2",),
        numpy="1 / z",
        domain=(0.3, 4.0),
        about="1/z",
    ),
    ScalarFunction(
        "sqrt",
        formula="z**0.5",
        derivative=("1 / (2 * sqrt(z))",),
        output_form="1 / (2 * a)",
        latex=r"\sqrt",
        numpy="np.sqrt(z)",
        domain=(0.1, 8.0),
        range=(0.0, inf),
        about="the square root",
    ),
    ScalarFunction(
        "power",
        formula="z**p",
        derivative=("p * z**(p - 1)",),
        numpy="z**p",
        parameters={"p": 3.0},
        domain=(0.1, 4.0),
        about="z to a constant power",
    ),
    ScalarFunction(
        "sin",
        formula="sin(z)",
        derivative=("cos(z)",),
        latex=r"\sin",
        numpy="np.sin(z)",
        range=(-1.0, 1.0),
        activation=True,
        about="the sine",
    ),
    ScalarFunction(
        "cos",
        formula="cos(z)",
        derivative=("-sin(z)",),
        latex=r"\cos",
        numpy="np.cos(z)",
        range=(-1.0, 1.0),
        about="the cosine",
    ),
)

FUNCTIONS: dict[str, ScalarFunction] = {record.name: record for record in RECORDS}


def scalar_function(name: str) -> ScalarFunction:
    """The record of a function by its name.

    Raises:
        FormulaError: for an unknown name, with the nearest known one.
    """
    try:
        return FUNCTIONS[name]
    except KeyError:
        raise FormulaError(f"unknown function {name!r}; {nearest(name, FUNCTIONS)}") from None
