"""Little graphs where a step is infinite or undefined and does not count, or does."""

import math
import re

import pytest

from glassprop.cli.formula_arguments import evaluated
from glassprop.errors import FormulaError

ROOTS = "where(a > 0, sqrt(a), 0)"
CASES = [
    # formula, point, value, derivative with respect to a
    (ROOTS, "a=-4", 0, 0),
    (ROOTS, "a=9", 3, 1 / 6),
    ("where(a > 0, a, exp(a) - 1)", "a=2000", 2000, 1),
    ("where(a > 0, a, exp(a) - 1)", "a=-1", math.exp(-1) - 1, math.exp(-1)),
    ("where(a <= 0, exp(a) - 1, a)", "a=2000", 2000, 1),
    ("where(a * b > 0, log(a * b), a)", "a=-4,b=2", -4, 1),
    ("where((a > 0) * (b > 0), log(a) + log(b), 3 * a)", "a=-4,b=2", -12, 3),
    ("where(a > 0, sqrt(a), 0) * b", "a=-4,b=3", 0, 0),
    ("b / where(a > 0, sqrt(a), 2)", "a=-4,b=3", 1.5, 0),
    ("step(a) * sqrt(a)", "a=-4", 0, 0),
    ("step(a) * log(a) * b + a", "a=-1,b=3", -1, 1),
    ("(step(a) * log(a)) * exp(b) + a", "a=-1,b=3", -1, 1),
    ("step(a) * a + (1 - step(a)) * (exp(a) - 1)", "a=2000", 2000, 1),
    ("step(a) * a + (1 - step(a)) * (exp(a) - 1)", "a=-1", math.exp(-1) - 1, math.exp(-1)),
    ("sqrt(maximum(a, 0))", "a=-4", 0, 0),
    ("maximum(a, 0) ** 0.7", "a=-4", 0, 0),
    ("a * tanh(exp(a))", "a=800", 800, 1),
    ("a * tanh(exp(a)) + b", "a=800,b=1", 801, 1),
    ("tanh(exp(a)) * exp(-a)", "a=800", 0, 0),
    ("1 / (1 + exp(-a))", "a=-800", 0, 0),
    ("a / (1 + exp(a))", "a=800", 0, 0),
    ("a / (1 + exp(-a))", "a=-800", 0, 0),
    ("log(1 + exp(a))", "a=800", 800, 1),
    ("exp(a) / (exp(a + 1) + exp(-a))", "a=400", math.exp(-1), 0),
    ("b / a", "a=1e200,b=1e210", 1e10, -1e-190),
]


LONG = " + ".join(f"(a + {k})**2" for k in range(150))
CASES.append((f"step(a) * (log(a) + {LONG}) + a", "a=-1", -1, 1))


@pytest.mark.parametrize(("formula", "at", "value", "slope"), CASES)
def test_what_does_not_count_may_be_infinite(formula, at, value, slope):
    found = evaluated(formula, None, at)
    close = {"rel": 1e-12, "abs": 1e-100}
    assert found.values[found.result] == pytest.approx(value, **close)
    for derivative in (found.derivatives["a"], found.reverse.derivatives["a"]):
        assert derivative == pytest.approx(slope, **close)
    total = math.fsum(path.product for path in found.paths["a"])
    assert total == pytest.approx(slope, **close)
    for step in found.derivation.steps:
        if step.kind == "gradient" and step.wrt.name == "a":
            assert found.values[step.name] == pytest.approx(slope, **close)
    assert math.isfinite(sum(found.reverse.derivatives.values()))
    assert "nan" not in str(found) and "inf" not in str(found).replace("infinite", "")
    infinite = not all(map(math.isfinite, found.values.values()))
    assert ("does not count" in str(found)) == infinite


def test_what_is_infinite_is_said_to_be():
    text = str(evaluated(ROOTS, None, "a=-4"))
    assert "b = sqrt(a) = undefined" in text and "a → b → c: 0 · 0 = 0" in text
    assert "∂b/∂a = b = ∞" in str(evaluated("a * tanh(exp(a))", None, "a=800"))


@pytest.mark.parametrize(
    ("formula", "at", "message"),
    [
        ("sqrt(a)", "a=-4", "b = sqrt.a. has no value .* square root of a = -4"),
        (ROOTS.replace("0)", "log(a))"), "a=-4", "sqrt|log"),
        ("step(-a) * sqrt(a)", "a=-4", "square root of a = -4"),
        ("exp(a) - exp(a + 1)", "a=800", "not a finite number at a = 800"),
        ("sin(exp(a))", "a=800", "not a finite number at a = 800"),
        ("1 / log(1 + exp(exp(a)))", "a=7", "finite"),
        ("1 / log(exp(exp(a)) + exp(a))", "a=7", "finite"),
        ("sin(exp(a)) * exp(-2 * a)", "a=800", "finite"),
        ("1 / (a - 1) * (b - 1)", "a=1,b=1", "division by c = 0"),
    ],
)
def test_what_counts_may_not(formula, at, message):
    """Or an answer that is right: 1 / ln(1 + exp(exp 7)) is exp(−7)."""
    try:
        found = evaluated(formula, None, at)
    except FormulaError as error:
        assert re.search(message, str(error)), error
    else:
        assert "log" in formula
        assert found.values[found.result] == pytest.approx(math.exp(-7), rel=1e-12)
        assert found.derivatives["a"] == pytest.approx(-math.exp(-7), rel=1e-12)


def test_a_zero_that_meets_infinity_on_the_way_is_not_taken_for_the_derivative():
    """∂/∂a of ln(1 + exp(a/2)) is 1/2; 1/∞ · ∞ has been taken for 0."""
    with pytest.raises(FormulaError, match=r"too large"):
        evaluated("tanh(log(0.1 + exp(a / 2)))", None, "a=2000")
