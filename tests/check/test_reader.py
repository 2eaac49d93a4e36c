"""The second reader on its own: what it reads, what it refuses."""

import math

import numpy as np
import pytest

from glassprop.check.reader import (
    NOTATIONS,
    Disagreement,
    ReadingError,
    read,
    read_definition,
    verify_definition,
    verify_text,
)
from glassprop.check.reader.functions import FUNCTIONS

W = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
x, y = np.array([0.5, -1.0, 2.0]), np.array([0.1, 0.7])
VALUES = {
    "W1": W, "x": x, "y": y, "delta2": y, "a": 3.0, "b": -2.0, "v5": 4.0, "n": 5,
    "words": np.array([2, 0]), "C": 1.5, "dC_dW1": W, "dC_da": 0.25, "learning_rate": 0.5,
    "t1": x,
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zⱼ = Σᵢ W¹ⱼᵢ xᵢ", W @ x),
        ("zⱼ = Σᵢ W¹ⱼᵢ xᵢ + yⱼ", W @ x + y),
        ("zⱼ = Σᵢ W¹ⱼᵢ (xᵢ + 1)", W @ (x + 1)),
        ("vᵢⱼ = W¹ⱼᵢ", W.T),
        ("C = ½ Σₖ (yₖ)²", (y**2).sum() / 2),
        ("C = 1/3 Σₖ yₖ", y.sum() / 3),
        ("C = 1/(2 n) Σₖ yₖ", y.sum() / 10),
        ("C = −Σₖ yₖ − 2 Σₖ (yₖ)²", -y.sum() - 2 * (y**2).sum()),
        ("C = a b", -6),
        ("C = a − (b − a)", 8),
        ("C = −a²", -9),
        ("C = (−a)²", 9),
        ("C = a⁻²", 1 / 9),
        ("C = a^(1.5)", 3**1.5),
        ("C = a b / (2 v₅)", -6 / 8),
        ("C = a / Σₖ yₖ", 3 / y.sum()),
        ("C = a / Σₖ yₖ v₅ + 1", 3 / (4 * y.sum()) + 1),
        ("C = |b| |b − a|", 10),
        ("C = √(v₅) · a", 6),
        ("C = 1e-05 a", 3e-5),
        ("C = maxᵢ xᵢ + max(a, b)", 5),
        ("C = maxⱼ Σᵢ W¹ⱼᵢ", W.sum(1).max()),
        ("sₖ = exp(yₖ − ln Σⱼ exp(yⱼ))", np.exp(y) / np.exp(y).sum()),
        ("sₖ = exp(yₖ) / Σₗ exp(yₗ)", np.exp(y) / np.exp(y).sum()),
        ("sₖ = softmax(y)ₖ", np.exp(y) / np.exp(y).sum()),
        ("sᵢ = 1 + 2 softmax(t₁)ᵢ", 1 + 2 * np.exp(x) / np.exp(x).sum()),
        ("sᵢ = softmaxᵢ(1000 xᵢ)", [0, 0, 1]),
        ("sⱼᵢ = softmaxᵢ(W¹ⱼᵢ)", np.exp(W) / np.exp(W).sum(1, keepdims=True)),
        ("sⱼᵢ = softmaxⱼᵢ(W¹ⱼᵢ)", np.exp(W) / np.exp(W).sum()),
        ("C = Σᵢ xᵢ softmaxᵢ(xᵢ + Σⱼ W¹ⱼᵢ)", x @ np.exp(x + W.sum(0)) / np.exp(x + W.sum(0)).sum()),
        ("C = Σₖ yₖ Σⱼ yⱼ", y.sum() ** 2),
        ("sₖ = (Σₖ yₖ) yₖ", y.sum() * y),
        ("sⱼ = Σᵢ xᵢ [i = 2j]", x[[0, 2]]),
        ("sⱼ = Σᵢ xᵢ [i = wordsⱼ]", x[[2, 0]]),
        ("sᵢ = Σⱼ yⱼ [i = j + 2 − 1]", np.array([0, *y])),
        ("sᵢⱼ = [xᵢ = 0.5] yⱼ", np.outer([1, 0, 0], y)),
        ("dⱼᵢ = ∂C/∂W¹ⱼᵢ · xᵢ", W * x),
        ("C = 2 ∂C/∂a · a", 1.5),
        ("sᵢ = t₁ᵢ + leaky_relu(xᵢ; 0.1)", x + np.where(x > 0, x, 0.1 * x)),
        ("W¹ⱼᵢ ← W¹ⱼᵢ − η ∂C/∂W¹ⱼᵢ", W / 2),
        ("s_{ji} = W¹_{ji}", W),
    ],
)
def test_formulas_are_worth_what_they_say(text, expected):
    equation = read(text)
    sizes = dict(zip(equation.left.indices, np.shape(expected), strict=True))
    np.testing.assert_allclose(equation.evaluate(VALUES, sizes), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("notation", "text"),
    [
        ("nielsen", "z²ⱼ = Σᵢ W²ⱼᵢ a¹ᵢ + δ²ⱼ · σ′(z²ⱼ) + ∂C/∂W²ⱼᵢ"),
        ("ng", "z^[2]ⱼ = Σᵢ W^[2]ⱼᵢ a^[1]ᵢ + dz^[2]ⱼ σ′(z^[2]ⱼ) + Σᵢ dW^[2]ⱼᵢ"),
        ("cs231n", "z₂ⱼ = Σᵢ W₂ᵢⱼ h₁ᵢ + dz₂ⱼ σ′(z₂ⱼ) + Σᵢ dW₂ᵢⱼ"),
        ("goodfellow", "a⁽²⁾ⱼ = Σᵢ W⁽²⁾ⱼᵢ h⁽¹⁾ᵢ + g⁽²⁾ⱼ σ′(a⁽²⁾ⱼ) + Σᵢ ∂L/∂W⁽²⁾ⱼᵢ"),
    ],
)
def test_one_formula_in_the_letters_of_courses(notation, text):
    text = text.replace("+ ∂C", "+ Σᵢ ∂C")
    names = {"z2": y, "W2": W, "a1": x, "delta2": -y, "dC_dW2": 2 * W}
    slope = np.array([FUNCTIONS["σ", 1](value) for value in y])
    found = read(text, NOTATIONS[notation]).evaluate(names)
    np.testing.assert_allclose(found, W @ x - y * slope + 2 * W.sum(1))


def test_general_layers_have_the_numbers_that_they_are_given():
    from dataclasses import replace

    names = {"delta2": x, "W3": W, "delta3": y}
    for text, notation in [
        ("δˡⱼ = Σₖ Wˡ⁺¹ₖⱼ δˡ⁺¹ₖ", "nielsen"),
        ("dz^[l]ⱼ = Σₖ W^[l+1]ₖⱼ dz^[l+1]ₖ", "ng"),
        ("dz_{l,j} = Σₖ W_{l+1,jk} dz_{l+1,k}", "cs231n"),
        ("g⁽ˡ⁾ⱼ = Σₖ W⁽ˡ⁺¹⁾ₖⱼ g⁽ˡ⁺¹⁾ₖ", "goodfellow"),
    ]:
        with pytest.raises(ReadingError, match="has no number"):
            read(text, NOTATIONS[notation]).evaluate(names)
        at = replace(NOTATIONS[notation], layers={"l": 2})
        np.testing.assert_allclose(read(text, at).evaluate(names), W.T @ y)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("zⱼ = ", "expected a formula"),
        ("zⱼ", "expected = or ←"),
        ("C = a b)", "expected an end"),
        ("C = a / b v₅", "goes on after its divisor"),
        ("C = a / b / v₅", "goes on after its divisor"),
        ("C = a / 2 Σₖ yₖ", "goes on after its divisor"),
        ("C = a /b", "spaces around the division"),
        ("C = ab", "ab has no value"),
        ("C = 3a(b + 1)", "what a means is not known"),
        ("C = Σ a", "expected indices"),
        ("C = Σₖₖ yₖ", "twice over one index"),
        ("Cₖₖ = yₖ", "one index twice"),
        ("C = yₖ", "which nothing introduces"),
        ("zⱼ = yⱼ + Σᵢ W¹ᵢⱼ", "arrays of sizes"),
        ("xⱼ = yⱼ", "the index j of y runs to 2, elsewhere to 3"),
        ("C = Σᵢ xᵢ yᵢ", "arrays of sizes"),
        ("C = Σᵢ 1", "no array says how far the index i runs"),
        ("C = xᵢⱼ", "2 indices for an array"),
        ("C = x", "0 indices for an array"),
        ("C = sinus(a)", "what sinus means is not known; did you mean 'sin'"),
        ("C = a ? b", "cannot read '\\?'"),
        ("C = σ′ a", "expected a bracket after ′"),
        ("C = " + "(" * 70 + "a" + ")" * 70, "more than 60 brackets"),
        ("zˡⱼ = yⱼ", "has no number"),
        ("C = ∂x/∂qᵢ", "∂x/∂q has no value"),
        ("C = |a", "expected |"),
        ("C = softmaxₖ(yₖ)", "softmax runs over the index k, which nothing introduces"),
        ("C = Σₖ yₖ softmax(y)", "expected the index of an entry of a softmax"),
        ("sₖ = softmax(2 y)ₖ", "expected a name"),
    ],
)
def test_what_is_not_a_formula_is_refused(text, why):
    with pytest.raises(ReadingError, match=why):
        read(text).evaluate(VALUES)


def test_a_letter_of_windows_needs_a_size():
    text = "mⱼ = maxₚ Σᵢ xᵢ [i = j + p]"
    with pytest.raises(ReadingError, match="index p"):
        read(text).evaluate({"x": x, "m": y})
    np.testing.assert_allclose(read(text).evaluate({"x": x, "m": y}, {"p": 2}), [0.5, 2.0])


def test_a_disagreement_names_the_entry_and_both_values():
    assert verify_text("C = ½ a", {"a": 3.0, "C": 1.5}) == 0
    message = r"is worth 3 at \(1, 0\), the program has 2"
    with pytest.raises(Disagreement, match=message):
        verify_text("vᵢⱼ = uᵢⱼ", {"u": [[1, 1], [3, 1]], "v": [[1, 1], [2, 1]]})
    with pytest.raises(Disagreement, match="is worth nan"):
        verify_text("C = ln(a)", {"a": -1.0, "C": 0.0})
    with pytest.raises(Disagreement, match="the program has inf"):
        verify_text("C = a", {"a": 1.0, "C": math.inf})


@pytest.mark.parametrize(
    "text",
    [
        "σ(z) = 1 / (1 + exp(−z))",
        "σ′(z) = a (1 − a) for a = σ(z)",
        "tanh′(z) = 1 − a² for a = tanh(z)",
        "relu′(z) = H(a) for a = relu(z)",
        "leaky_relu(z; 0.01) = max(z, 0) − 0.01 max(−z, 0)",
        "elu′(z; 2) = 2 − max(−a, 0) − H(a) for a = elu(z; 2)",
        "gelu(z) = z Φ(z)",
        "gelu′(z) = Φ(z) + z φ(z)",
        "φ(z) = 0.3989422804014327 exp(−½ z²)",
        "huber(z; 1) = clip(z, 1) (z − ½ clip(z, 1))",
        "clip(z, w) = max(−w, −max(−z, −w))",
        "softplus(z) = ln(1 + exp(z))",
        "silu′(z) = σ(z) (1 + z (1 − σ(z)))",
    ],
)
def test_definitions_of_known_functions_agree_with_the_literature(text):
    verify_definition(text)
    with pytest.raises(Disagreement):
        verify_definition(text.replace(" = ", " = 0.001 + ", 1))


def test_a_function_of_ones_own_is_what_its_definition_says():
    stated = verify_definition("mish(z) = z tanh(softplus(z))")
    functions = {stated.key: stated.function()}
    good = "mish′(z) = tanh(softplus(z)) + z tanh′(softplus(z)) σ(z)"
    verify_definition(good, functions)
    with pytest.raises(Disagreement):
        verify_definition(good.replace(" σ(z)", ""), functions)
    with pytest.raises(ReadingError, match="what mish means is not known"):
        verify_definition(good)
    wanted = 2 * math.tanh(math.log1p(math.exp(2)))
    verify_text("C = mish(a)", {"a": 2.0, "C": wanted}, functions=functions)
    scaled = read_definition("scaled(z; 0.5) = 0.5 z").function()
    assert scaled(4.0, 0.5) == 2
    with pytest.raises(ReadingError, match="says nothing of the constants"):
        scaled(4.0, 0.25)


@pytest.mark.parametrize("key", [key for key in FUNCTIONS if (key[0], 1) in FUNCTIONS], ids=str)
def test_slopes_are_the_slopes_of_their_functions(key):
    name, primes = key
    if primes:
        return
    constants = {"leaky_relu": (0.1,), "elu": (1.7,), "huber": (0.8,)}.get(name, ())
    function, slope = FUNCTIONS[name, 0], FUNCTIONS[name, 1]
    for z in (-30.0, -2.1, -0.4, 0.3, 1.9, 25.0):
        ends = [function(z + step, *constants) for step in (1e-6, -1e-6)]
        assert slope(z, *constants) == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-7)
