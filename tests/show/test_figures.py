"""Numbers in formulas: what is written comes to what is said."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from glassprop.derivation import Derivation
from glassprop.errors import FormulaError
from glassprop.formula.evaluate import evaluate
from glassprop.network import Network
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.numbers.example import Example
from glassprop.show.numbers.formulas_with_numbers import equation, rounded, worked
from glassprop.show.outline.outline import story
from show.derivations import ALL

NETWORKS = {
    "small": Network([2, 3, 1], seed=0),
    "relu": Network([5, 4, 3], activation="relu", cost="cross_entropy", l2=0.1, seed=1),
    "large": Network([70, 20, 10], activation="tanh", output="sigmoid", seed=2),
    "huber": Network([3, 4, 2], cost="huber", seed=3),
}
POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def data(net: Network, count: int = 3):
    rng = np.random.default_rng(0)
    sizes = net.architecture.sizes
    y = np.eye(sizes[-1])[rng.integers(0, sizes[-1], count)]
    return rng.normal(size=(count, sizes[0])), y


def all_worked():
    for name, net in NETWORKS.items():
        derivation = net.derivation
        example = Example(derivation.inner, net.trace(*data(net)))
        told = story(derivation.inner, derivation._lines, fold=True)
        for entry in told.entries:
            found = worked(entry.step, entry.formula, example.values)
            assert found is not None
            yield name, entry, found, example


CASES = list(all_worked())
IDS = [f"{name}-{entry.step.name}" for name, entry, _, _ in CASES]


@pytest.mark.parametrize(("name", "entry", "found", "example"), CASES, ids=IDS)
def test_the_numbers_put_in_come_to_the_value_of_the_entry(name, entry, found, example):
    array = example.values[entry.step.name]
    place = tuple(index - 1 for index in found.indices)
    assert found.value == pytest.approx(array[place], rel=1e-9, abs=1e-12)
    assert abs(found.value) == np.abs(array).max()
    whole = evaluate([found.root], found.exact)[found.root]
    assert whole == pytest.approx(found.value, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("name", "entry", "found", "example"), CASES, ids=IDS)
def test_rounded_numbers_come_to_it_up_to_the_rounding(name, entry, found, example):
    shown = {key: rounded(value) for key, value in found.exact.items()}
    off = 1e-12
    for key, value in found.exact.items():  # what each rounding alone changes
        near = evaluate([found.root], found.exact | {key: shown[key]})[found.root]
        off += 1.5 * abs(float(near) - found.value) + 1e-9 * abs(value)
    assert float(evaluate([found.root], shown)[found.root]) == pytest.approx(found.value, abs=off)


@pytest.mark.parametrize(("name", "entry", "found", "example"), CASES, ids=IDS)
def test_what_is_printed_is_worth_what_stands_behind_it(name, entry, found, example):
    text = equation(TextPrinter(), entry.step, found)[2]
    if "…" in text or "huber" in text or "clip" in text:
        return
    formula, _, value = text.rpartition(" = ")
    if not formula:
        return
    formula = re.sub(r"([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", lambda m: f"**({m[1].translate(POWERS)})", formula)
    formula = formula.replace(" · ", " * ").replace("−", "-")
    space = {
        "exp": math.exp,
        "H": lambda z: float(z > 0),
        "ln": math.log,
        "tanh": math.tanh,
        "relu": lambda z: max(z, 0),
    }
    worth = eval(formula, {"σ": lambda z: 1 / (1 + math.exp(-z)), **space})
    shown = {key: rounded(number) for key, number in found.exact.items()}
    assert worth == pytest.approx(float(evaluate([found.root], shown)[found.root]))
    assert float(value.replace("−", "-")) == rounded(found.value)


def test_forward_values_are_those_of_the_trace():
    for net in NETWORKS.values():
        trace = net.trace(*data(net))
        example = Example(net.derivation.inner, trace)
        assert example.count == 3
        for step in net.derivation.inner.forward:
            if step.symbol.axes:
                np.testing.assert_allclose(example.values[step.name], trace[step.name][0])
        one = net.trace(*(array[:1] for array in data(net)))
        for name, symbol in net.derivation.inner.gradients.items():
            np.testing.assert_allclose(
                example.values[symbol.name], one[symbol.name], atol=1e-12, err_msg=name.name
            )


def test_reads_as_a_person_would_write_it():
    net = NETWORKS["small"]
    net.parameters["W2"][:] = [[0.5, -2.0, 0.25]]
    inner = net.derivation.inner
    values = dict(Example(inner, net.trace([[1.0, -0.5]], [[0.0]])).values)
    values |= {"a1": np.array([0.25, 0.5, 0.125]), "b2": np.array([0.75])}
    found = worked(inner["z2"], inner["z2"].formula, values)
    written = " ".join(equation(TextPrinter(), inner["z2"], found))
    assert written == "z²₁ = 0.5 · 0.25 + (−2) · 0.5 + 0.25 · 0.125 + 0.75 = −0.0938"
    latex = equation(LatexPrinter(), inner["z2"], found)
    assert latex[0] == "z^{2}_{1}"
    assert latex[2].startswith(r"0.5 \cdot 0.25 + (-2) \cdot 0.5 + ")


def test_long_sums_are_cut_and_say_so():
    net = NETWORKS["large"]
    derivation = net.derivation
    example = Example(derivation.inner, net.trace(*data(net)))
    found = worked(derivation["z1"], derivation["z1"].formula, example.values)
    text = equation(TextPrinter(), derivation["z1"], found)[2]
    assert text.count("·") == 2
    assert "…" in text
    assert "…" in derivation.explain(trace=net.trace(*data(net)))


@pytest.mark.parametrize("name", ["convolution", "attention"])
def test_numbers_of_any_derivation(name):
    derivation = Derivation(ALL[name]())
    rng = np.random.default_rng(0)
    trace = {}
    for symbol in derivation.inner.givens:
        whole = symbol.name in ("words", "label")
        shape = [int(axis.size) for axis in symbol.axes]
        trace[symbol.name] = rng.integers(0, 4, shape) if whole else rng.normal(size=shape)
    text = derivation.explain(trace=trace)
    assert text.count("numbers  ") >= len(derivation) - 2


def test_says_what_a_trace_lacks():
    derivation = NETWORKS["small"].derivation
    with pytest.raises(FormulaError, match=r"no value for W1; give what net\.trace"):
        derivation.explain(trace={})


def test_entries_and_arrays_are_those_of_a_notation():
    net = Network([2, 3, 1], seed=1)
    trace = net.trace([[0.3, -0.5]], [[1.0]])
    gradient = net.gradients([[0.3, -0.5]], [[1.0]])["W1"]
    largest = rounded(gradient[2, 1])
    assert abs(gradient).max() == abs(gradient[2, 1])
    assert re.search(rf"∂Cₓ/∂W¹₃₂ = .* = {largest}\n", net.derivation.explain(trace=trace))
    rows = net.derivation.explain(notation="cs231n", trace=trace)
    assert re.search(rf"dW_\{{1,2,3\}} = .* = {largest}\n", rows)
    assert "W₁       (2, 3)   weights of layer 1" in rows
