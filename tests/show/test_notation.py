"""Notations: their letters, their order of indices, and what they refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import glassprop as gp
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, total
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.matrices.forms import forms
from glassprop.show.notation.notation import NIELSEN, NOTATIONS, Notation, find_notation

NETWORK = gp.Network([2, 3, 4], seed=0)
DERIVATION = NETWORK.derivation


def text(notation, name):
    return " ".join(TextPrinter(notation).equation(DERIVATION[name]))


@pytest.mark.parametrize(
    ("notation", "lines"),
    [
        (
            "nielsen",
            {
                "z1": "z¹ⱼ = Σᵢ W¹ⱼᵢ xᵢ + b¹ⱼ",
                "C": "Cₓ = ½ Σₖ (a²ₖ − yₖ)²",
                "dC_da1": "∂Cₓ/∂a¹ⱼ = Σₖ W²ₖⱼ δ²ₖ",
                "dC_dW1": "∂Cₓ/∂W¹ⱼᵢ = δ¹ⱼ xᵢ",
            },
        ),
        (
            "ng",
            {
                "z1": "z^[1]ⱼ = Σᵢ W^[1]ⱼᵢ xᵢ + b^[1]ⱼ",
                "C": "L = ½ Σₖ (a^[2]ₖ − yₖ)²",
                "dC_da1": "da^[1]ⱼ = Σₖ W^[2]ₖⱼ dz^[2]ₖ",
                "dC_dW1": "dW^[1]ⱼᵢ = dz^[1]ⱼ xᵢ",
            },
        ),
        (
            "cs231n",
            {
                "z1": "z₁ⱼ = Σᵢ xᵢ W₁ᵢⱼ + b₁ⱼ",
                "C": "Lₓ = ½ Σₖ (h₂ₖ − yₖ)²",
                "dC_da1": "dh₁ⱼ = Σₖ dz₂ₖ W₂ⱼₖ",
                "dC_dW1": "dW₁ᵢⱼ = dz₁ⱼ xᵢ",
            },
        ),
        (
            "goodfellow",
            {
                "z1": "a⁽¹⁾ⱼ = Σᵢ W⁽¹⁾ⱼᵢ xᵢ + b⁽¹⁾ⱼ",
                "C": "L = ½ Σₖ (h⁽²⁾ₖ − yₖ)²",
                "dC_da1": "∂L/∂h⁽¹⁾ⱼ = Σₖ W⁽²⁾ₖⱼ g⁽²⁾ₖ",
                "dC_dW1": "∂L/∂W⁽¹⁾ⱼᵢ = g⁽¹⁾ⱼ xᵢ",
            },
        ),
    ],
)
def test_components_are_written_as_in_the_course(notation, lines):
    assert {name: text(NOTATIONS[notation], name) for name in lines} == lines


def test_latex_has_the_same_letters_and_places():
    ng, cs231n = LatexPrinter(NOTATIONS["ng"]), LatexPrinter(NOTATIONS["cs231n"])
    assert ng.equation(DERIVATION["dC_dW1"])[0] == r"\mathit{dW}^{[1]}_{ji}"
    assert cs231n.equation(DERIVATION["dC_dW1"])[0] == r"\mathit{dW}_{1,ij}"
    batch = forms(DERIVATION["dC_dW1"], ng).batch
    assert batch == (
        r"\mathit{dW}^{[1]}",
        "=",
        r"\frac{1}{m} \, \mathit{dZ}^{[1]} \, X^{\top}",
    )


def test_a_notation_of_ones_own_takes_a_few_lines():
    own = replace(NIELSEN, name="mine", weighted="s", activation="h", first=2)
    assert text(own, "a2") == "h³ₖ = σ(s³ₖ)"
    assert text(Notation(weighted="net", activation="out"), "a1") == "out¹ⱼ = σ(net¹ⱼ)"
    assert forms(DERIVATION["z2"], TextPrinter(Notation(activation="out"))).example[2] == (
        "W² out¹ + b²"
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"vectors": "column"}, "notation: vectors 'column'; did you mean 'columns'"),
        ({"layers": "above"}, "notation: layers 'above'; known: superscript, brackets"),
        ({"mean": "half"}, "notation: mean 'half'; did you mean 'half mean'"),
        ({"first": "2"}, "notation: first: expected a whole number, got '2'"),
        ({"weighted": "z1"}, "notation: weighted: expected letters, got 'z1'"),
        ({"weights": ""}, "notation: weights: expected letters, got ''"),
        ({"weighted": "a"}, "notation: weighted and activation would both be written 'a'"),
        ({"weights": "Z"}, "notation: weighted and weights would both be written 'Z'"),
        ({"cost": "x"}, "notation: inputs and cost would both be written 'x'"),
    ],
)
def test_what_a_notation_cannot_be_is_refused_in_one_line(wrong, message):
    with pytest.raises(FormulaError) as caught:
        Notation(**wrong)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_an_unknown_notation_names_the_nearest():
    assert find_notation("ng") is NOTATIONS["ng"]
    own = Notation("own")
    assert find_notation(own) is own
    with pytest.raises(FormulaError, match="unknown notation 'nilsen'; did you mean 'nielsen'"):
        find_notation("nilsen")


def test_general_layers_are_written_in_the_place_of_numbers():
    general = {"1": "l−1", "2": "l"}
    step = DERIVATION["z2"]
    found = {
        name: " ".join(TextPrinter(notation).relabelled(general).equation(step))
        for name, notation in NOTATIONS.items()
    }
    assert found == {
        "nielsen": "zˡₖ = Σⱼ Wˡₖⱼ aˡ⁻¹ⱼ + bˡₖ",
        "ng": "z^[l]ₖ = Σⱼ W^[l]ₖⱼ a^[l−1]ⱼ + b^[l]ₖ",
        "cs231n": "z_{l,k} = Σⱼ h_{l−1,j} W_{l,jk} + b_{l,k}",
        "goodfellow": "a⁽ˡ⁾ₖ = Σⱼ W⁽ˡ⁾ₖⱼ h⁽ˡ⁻¹⁾ⱼ + b⁽ˡ⁾ₖ",
    }
    printer = TextPrinter().relabelled(general)
    assert forms(step, printer).batch == ("Zˡ", "=", "Aˡ⁻¹ (Wˡ)ᵀ + 𝟏 (bˡ)ᵀ")
    assert printer.notation is NIELSEN


def test_a_letter_that_is_taken_is_not_given_away():
    g = Graph()
    j = Axis("j", 3)
    h = g.symbol("h1", (j,), "parameter")
    x = g.symbol("x", (j,))
    z = g.let("z1", h * x)
    a = g.let("a1", z * z)
    derivation = gp.derive(total(a, j), wrt=h)
    printer = TextPrinter(NOTATIONS["goodfellow"])
    written = {printer.name(symbol) for symbol in (h, x, z, a)}
    assert written == {"h⁽¹⁾", "x", "z⁽¹⁾", "a⁽¹⁾"}
    names = [printer.name(step.symbol) for step in derivation]
    assert len(set(names)) == len(names)


def test_only_weights_that_act_from_the_left_are_turned():
    g = Graph()
    i, j, k = Axis("i", 2), Axis("j", 3), Axis("k", 4)
    x = g.symbol("x", (i,))
    left, right = g.symbol("V", (j, i), "parameter"), g.symbol("U", (j, k), "parameter")
    h = g.let("h", dot(left, x, over=i))
    o = g.let("o", dot(right, h, over=j))
    rows = TextPrinter(NOTATIONS["cs231n"])
    assert " ".join(rows.equation(g.steps[h])) == "hⱼ = Σᵢ xᵢ Vᵢⱼ"
    assert " ".join(rows.equation(g.steps[o])) == "oₖ = Σⱼ hⱼ Uⱼₖ"


@pytest.mark.parametrize("notation", NOTATIONS.values(), ids=lambda notation: notation.name)
def test_arrays_have_the_shapes_that_the_notation_says(notation):
    x = np.random.default_rng(0).normal(size=(5, 2))
    y = np.random.default_rng(1).uniform(size=(5, 4))
    values = {"x": x, "y": y, **NETWORK.parameters, **NETWORK.trace(x, y)}
    inner = DERIVATION.inner
    for symbol in (*inner.givens, *(step.symbol for step in inner.steps)):
        array = notation.array(symbol, values[symbol.name], 5)
        shape = tuple(
            5 if size == notation.size else size for size in notation.shape(symbol, batch=True)
        )
        assert np.shape(array) == shape, symbol.name
        assert notation.shape(symbol) == tuple(axis.size for axis in notation.axes(symbol))
    assert notation.shape(inner["dC_dW1"].symbol) == (
        (2, 3) if notation.vectors == "rows" else (3, 2)
    )


def test_errors_of_a_mini_batch_are_those_of_each_example_alone():
    x = np.random.default_rng(0).normal(size=(5, 2))
    y = np.random.default_rng(1).uniform(size=(5, 4))
    whole = NETWORK.trace(x, y)
    symbol = DERIVATION["delta1"].symbol
    rows = NIELSEN.array(symbol, whole["delta1"], 5)
    for k in range(5):
        one = NETWORK.trace(x[k : k + 1], y[k : k + 1])
        np.testing.assert_allclose(rows[k], NIELSEN.array(symbol, one["delta1"]))


def test_numbers_keep_the_letters_that_the_user_gave_them():
    a, b = gp.scalars("a b")
    derivation = gp.derive((a + b) * (b + 1), wrt=b)
    for notation in NOTATIONS.values():
        printer = TextPrinter(notation)
        assert " ".join(printer.equation(derivation[0])) == "c = a + b"
        assert " ".join(printer.equation(derivation[-1])) == "∂e/∂b = ∂e/∂d + ∂e/∂c"
