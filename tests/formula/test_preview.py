"""How formulas look at the prompt and in messages."""

import pytest

import glassprop as gp
from glassprop.formula.parse import parse


@pytest.mark.parametrize(
    "text",
    ["(a + b) * (b + 1)", "exp(-a) / (1 + b**2)", "2 * maximum(a, b)", "a**3 - sqrt(b)", "-a"],
)
def test_a_formula_is_shown_as_it_is_typed(text):
    a, b = gp.scalars("a b")
    root = parse(text, a.graph, {"a": a, "b": b})
    assert repr(root) == str(root) == text


def test_what_text_cannot_say_is_shown_all_the_same():
    swish = gp.activation("shown_swish", lambda z: z / (1 + gp.exp(-z)))
    net = gp.Network(2, gp.Dense(3, swish), gp.Dense(2, "softmax"), cost="cross_entropy")
    shown = {step.name: repr(step.formula) for step in net.derivation}
    assert shown["z1"] == "sum[i0](W1 * x) + b1"
    assert shown["a1"] == "shown_swish(z1)"
    assert shown["a2"] == "softmax(z2)"
    assert shown["delta1"] == "dC_da1 * shown_swish_prime(z1)"
    assert shown["dC_da1"] == "sum[k2](W2 * delta2)" or "sum[k2]" in shown["dC_da1"]


def test_long_formulas_are_cut():
    a, b = gp.scalars("a b")
    wide = deep = shared = a
    for k in range(400):
        wide = wide + (k + 2) * a * b
        deep = gp.exp(deep)
    for _ in range(60):
        shared = shared * shared + b
    for root in (wide, deep, shared):
        assert len(repr(root)) <= 220 and "…" in repr(root)


def test_a_step_says_what_it_is():
    step = gp.Network([2, 3, 1]).derivation["delta1"]
    assert str(step) == "delta1 = dC_da1 * sigmoid_prime(z1)"
    assert repr(step) == f"<step {step}: error at the weighted input of layer 1>"


def test_an_evaluation_is_shown_as_its_text():
    a, b = gp.scalars("a b")
    found = gp.derive(a * b, b).evaluate(a=2, b=3)
    assert repr(found) == str(found) and found._repr_html_().startswith("<pre>values")
