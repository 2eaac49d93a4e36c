"""The checker is checked: planted faults are found, made small, and the references agree."""

import math
import random

import numpy as np
import pytest

import glassprop as gp

from . import checks, draw
from .cases import Case, Layer, data_of, drawn, gradients, torch_gradients
from .checks import Checked, failures, has_torch
from .exact import UndefinedError, exact
from .exact_vectors import exact_cost
from .tally import Tally, examine
from .tree import A, Y, Z, call
from .written import read, text_of

RMSE = call("sqrt", call("sum", call("square", A - Y)))
CASE = Case(3, (Layer(4, call("tanh", Z)), Layer(2)), RMSE + call("mean", A * Y), examples=5)


def planted(monkeypatch, change):
    inner = gp.Network.gradients

    def wrong(self, x, y):
        return {name: change(value, len(x)) for name, value in inner(self, x, y).items()}

    monkeypatch.setattr(gp.Network, "gradients", wrong)


def found(case):
    return {one.by for one in failures(case, data_of(case))}


def test_what_is_right_passes():
    assert found(CASE) == set()


def test_a_gradient_that_is_a_little_wrong_is_found(monkeypatch):
    planted(monkeypatch, lambda value, n: value * 1.0005)
    assert found(CASE) == {"mini_batch", "one_by_one"}


def test_a_gradient_that_is_wrong_for_several_examples_is_found_and_made_small(monkeypatch):
    planted(monkeypatch, lambda value, n: value * (1 + 0.1 * (n > 1)))
    tally = Tally()
    report = examine(CASE, tally, "again", shrink=3.0)
    assert "the gradient of a mini-batch" in report and "n = 2" in report
    assert "gp.Network(1, gp.Dense(1), cost=cost)" in report
    assert not tally.passed


def test_a_refusal_is_counted_and_an_exception_is_a_failure(monkeypatch):
    tally = Tally()
    monkeypatch.setattr(gp, "Network", lambda *_, **__: 1 / 0)
    assert "ZeroDivisionError" in examine(CASE, tally, "again", shrink=0)

    def refuse(*_, **__):
        raise gp.FormulaError("not this one")

    monkeypatch.setattr(gp, "Network", refuse)
    assert examine(CASE, tally, "again") is None
    assert tally.refused == {"FormulaError: not this one": 1} and not tally.passed


@pytest.mark.skipif(not has_torch(), reason="PyTorch is not installed")
def test_complex_steps_are_what_torch_differentiates():
    for number in range(20):
        case = drawn(1, number)
        data = data_of(case)
        if data is not None:
            steps, torch = gradients(case, data), torch_gradients(case, data)
            for name, value in steps.items():
                scale = np.abs(value).max() + 1e-6
                np.testing.assert_allclose(torch[name] / scale, value / scale, atol=1e-6)


def test_a_drawn_formula_is_written_and_read_again():
    for number in range(200):
        root = draw.cost(random.Random(number))
        assert text_of(read(text_of(root))) == text_of(root)
        assert text_of(read(text_of(root, python=True))) == text_of(root)


@pytest.mark.parametrize(
    ("text", "x", "value", "slope"),
    [
        ("log(1 - sigmoid(z))", 40, -40.0, -1.0),
        ("log(1 + exp(z))", -400, 1.9151695967140057e-174, 1.9151695967140057e-174),
        ("z / (1 + exp(z)**2)", 60, 60 * math.exp(-120), -119 * math.exp(-120)),
        ("z * tanh(exp(z))", 800, 800.0, 1.0),
        ("sqrt(maximum(z, 0))", -4, 0.0, 0.0),
        ("where(z > 0, log(z), z)", -4, -4.0, 1.0),
        ("where(1 < z, sqrt(z), log(z))", 4, 2.0, 0.25),
        ("exp(z) - 1", 1e-8, 1.000000005e-08, 1.00000001),
    ],
)
def test_exact_values(text, x, value, slope):
    right = exact(read(text), x)
    assert float(right.value) == pytest.approx(value, rel=1e-12)
    assert float(right.slope) == pytest.approx(slope, rel=1e-12)


def test_where_a_formula_has_no_value_nothing_is_compared():
    for text, x in [("log(z)", -1), ("1 / z", 0), ("sqrt(z)", 0), ("exp(exp(z))", 1e4)]:
        with pytest.raises(UndefinedError):
            exact(read(text), x)


def test_exact_costs_are_what_differences_say():
    root, a, y = read("log(sum(exp(a))) - mean(y * a) + max(a)**2"), [1.0, -0.5, 0.25], [1.0, 0, 0]

    def at(outputs):
        outputs = np.array(outputs)
        cost = np.log(np.exp(outputs).sum()) - (np.array(y) * outputs).mean() + outputs.max() ** 2
        return float(cost)

    for k in range(3):
        moved = [[v + s * 1e-6 * (j == k) for j, v in enumerate(a)] for s in (1, -1)]
        right = exact_cost(root, a, y, k)
        assert float(right.value) == pytest.approx(at(a))
        slope = (at(moved[0]) - at(moved[1])) / 2e-6
        assert float(right.slope) == pytest.approx(slope, abs=1e-7)


def test_every_check_is_made():
    assert [check.__name__ for check in checks.CHECKS["numpy"]] == [
        "reference", "predict", "cost", "mini_batch", "one_by_one", "trained", "taken_away",
    ]  # fmt: skip
    assert Checked(CASE, data_of(CASE)).right["W1"].shape == (4, 3)
