"""The chain rule as it is told: with indices, with the reason for a sum, with local derivatives."""

import re

import numpy as np
import pytest

import glassprop as gp
from glassprop.show.formulas.latex import LatexPrinter
from glassprop.show.formulas.mathml import MathmlPrinter
from glassprop.show.formulas.mathml_alternative import plain
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.sentences.sentences import Sentences
from show.derivations import TENSORS


def told(derivation, name, printer=None):
    inner = getattr(derivation, "inner", derivation)
    return "; ".join(Sentences(inner, printer or TextPrinter()).reasons(inner[name]))


NET = gp.Network([2, 3, 4, 1]).derivation


def test_the_sum_and_its_reason():
    text = told(NET, "dC_da1")
    assert text.startswith(
        "∂Cₓ/∂a¹ⱼ = Σₖ ∂Cₓ/∂z²ₖ · ∂z²ₖ/∂a¹ⱼ, since a¹ⱼ changes Cₓ through z²ₖ for every k: "
        "hence the sum over k; ∂z²ₖ/∂a¹ⱼ = W²ₖⱼ"
    )


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("delta2", "∂a²ₖ/∂z²ₖ = σ′(z²ₖ)"),
        ("dC_dW2", "∂z²ₖ/∂W²ₖⱼ = a¹ⱼ"),
        ("dC_db3", "∂z³ᵢ/∂b³ᵢ = 1"),
        ("dC_dW1", "∂z¹ⱼ/∂W¹ⱼᵢ = xᵢ"),
    ],
)
def test_without_a_sum_one_entry_is_enough(name, local):
    text = told(NET, name)
    assert "alone" in text and "Σ" not in text.split(",")[0] and "hence" not in text
    assert f"; {local}" in text


def test_a_softmax_reaches_every_output():
    net = gp.Network(2, gp.Dense(3, "softmax"), gp.Dense(2))
    text = told(net.derivation, "delta1")
    assert "∂Cₓ/∂z¹ⱼ = Σₖ ∂Cₓ/∂a¹ₖ · ∂a¹ₖ/∂z¹ⱼ" in text
    assert "z¹ⱼ changes Cₓ through a¹ₖ for every k" in text


def test_a_mini_batch_is_summed_over_its_examples():
    text = told(NET.lift(), "dC_dW2")
    assert text.startswith(
        "∂C/∂W²ₖⱼ = Σₑ ∂C/∂z²ₑₖ · ∂z²ₑₖ/∂W²ₖⱼ, since W²ₖⱼ changes C through z²ₑₖ"
    )
    assert "for every e: hence the sum over e; ∂z²ₑₖ/∂W²ₖⱼ = a¹ₑⱼ" in text


def test_several_ways_and_the_formula_of_the_cost_itself():
    text = told(gp.Network([2, 3, 1], l2=0.1).derivation, "dC_dW1")
    assert "(∂Cₓ/∂W¹ⱼᵢ with z¹ fixed) + ∂Cₓ/∂z¹ⱼ · ∂z¹ⱼ/∂W¹ⱼᵢ" in text
    assert "through z¹ⱼ and in the formula of Cₓ itself, whose contributions are added" in text
    x = told(TENSORS["attention"](), "dC_dx")
    assert "through u_{ud} for every u, kₑₛ for every e and qₑₛ for every e" in x
    assert "hence the sums over u and e" in x


def test_the_function_that_is_differentiated_is_named():
    assert "the derivative of σ(v) with respect to v is σ′(v), entry by entry" in told(
        NET, "delta1"
    )
    assert "the derivative of v² with respect to v is 2 v, entry by entry" in told(NET, "dC_da3")
    a, b = gp.scalars("a b")
    cube = gp.derive(gp.maximum(a, b) ** 3 + gp.log(b), [a, b])
    both = "; ".join(step.reason for step in cube)
    assert "the derivative of v**3 with respect to v is 3 * v**2;" in both
    assert "the derivative of maximum(v, w) with respect to w is" in both
    assert "f(v)" not in both and "entry by entry" not in both


def test_what_becomes_of_the_two_of_a_square():
    assert NET["dC_da3"].reason.endswith("the factor 2 of the square cancels the ½ in front")
    quartic = gp.cost("quartic_quarter", lambda a, y: gp.sum((a - y) ** 4) / 4)
    net = gp.Network(2, gp.Dense(2), cost=quartic)
    assert "the factor 4 of the power cancels the ¼ in front" in net.derivation["dC_da1"].reason
    third = gp.cost("third", lambda a, y: gp.sum((a - y) ** 2) / 3)
    reason = gp.Network(2, gp.Dense(2), cost=third).derivation["dC_da1"].reason
    assert "the factor 2 of the square times the ⅓ in front is 0.666667" in reason


def test_latex_and_mathml_say_the_same():
    latex = told(NET, "dC_da1", LatexPrinter())
    assert r"\sum_{k} \frac{\partial C_{x}}{\partial z^{2}_{k}} \cdot" in latex
    inner = NET.inner
    text = Sentences(inner, MathmlPrinter(), lambda m: f"[{plain(m)}]").chain(inner["dC_da1"])
    assert re.sub(r"\s", "", text) == "[∂Cₓ/∂a¹ⱼ]=[∑ₖ∂Cₓ/∂z²ₖ·∂z²ₖ/∂a¹ⱼ]"


def test_a_document_with_numbers_says_what_the_trace_has():
    net = gp.Network([2, 3, 1], seed=0)
    x, y = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[1.0], [0.0]])
    trace = net.trace(x, y)
    text = " ".join(net.derivation.explain(trace=trace).split())
    delta = float(f"{trace['delta2'][0, 0]:.3g}")
    shown = repr(delta).replace("-", "−")
    assert f"in the trace, delta2 has 1/2 of it, {shown}, since its cost is the mean" in text
    one = float(re.search(r"δ²₁ = .*? = (−?[\d.]+)", text)[1].replace("−", "-"))
    assert one == pytest.approx(2 * trace["delta2"][0, 0], rel=1e-2)
