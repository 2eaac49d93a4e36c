import numpy as np
import pytest

from chainrule.comparison import central, check, results, same
from chainrule.jax_functions import JAX
from chainrule.samples import NETWORKS, convolution, mlp, sigmoid_cross_entropy
from chainrule.samples import softmax_cross_entropy as softmax_sample
from chainrule.sequences import attention
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.verify import verify
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, rename, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph


def test_every_function_of_the_table_has_a_reference():
    assert set(JAX) == set(FUNCTIONS) - {"where"}


@pytest.mark.parametrize("activation", sorted(JAX))
def test_a_network_with_each_function_agrees_with_jax(activation):
    check(mlp(activation))


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_agree_with_jax(name):
    derivation = check(NETWORKS[name]())
    assert all(step.reason and step.rule for step in derivation.backward)
    assert all(step.meaning for step in derivation.backward)


@pytest.mark.parametrize(
    "sample",
    [mlp("sigmoid"), mlp("gelu"), softmax_sample(), convolution(2, 1, 1), attention()],
    ids=lambda sample: sample.name,
)
def test_gradients_agree_with_central_differences(sample):
    derivation = sample.derive()
    wanted = {symbol.name for symbol in sample.wrt} - {"x"}
    ours = {k: v for k, v in results(derivation, sample.values).items() if k in wanted}
    theirs = {k: v for k, v in central(derivation, sample.values).items() if k in wanted}
    same(ours, theirs, 1e-7)


def test_steps_of_a_network_have_the_names_of_the_field():
    derivation = mlp("sigmoid").derive()
    assert [step.name for step in derivation.forward] == ["z1", "a1", "z2", "C"]
    assert [step.name for step in derivation.backward] == [
        "delta2",
        "dC_db2",
        "dC_dW2",
        "dC_da1",
        "delta1",
        "dC_db1",
        "dC_dW1",
    ]
    kinds = {step.name: step.kind for step in derivation.backward}
    assert kinds["delta2"] == "backward" and kinds["dC_dW2"] == "gradient"


def test_reasons_say_the_chain_rule():
    derivation = mlp("sigmoid").derive()
    assert derivation["dC_da1"].reason == (
        "∂C/∂a1 = ∂C/∂z2 · ∂z2/∂a1, since a1 changes C through z2, each entry through every "
        "entry of z2; the derivative of a sum with respect to one of its terms is 1; the "
        "derivative of a product with respect to one factor is the product of the others; "
        "summed over k"
    )
    assert derivation["delta1"].rule == "chain rule through a1"


def test_softmax_with_cross_entropy_gives_a_minus_y():
    derivation = check(softmax_sample())
    graph, delta = derivation.graph, derivation["delta2"]
    assert delta.formula is graph.add([graph.find("a2"), -graph.find("y")])
    assert delta.meaning == "error at the weighted input of layer 2"
    assert "softmax" in delta.reason and "summed" not in delta.reason
    assert [mark.rule for mark in delta.rewrites] == ["probabilities sum to 1", "known by name"]
    assert [mark.rule for mark in derivation["C"].rewrites] == ["log of exp"]
    for mark in (*delta.rewrites, *derivation["C"].rewrites):
        assert mark.reason and mark.before is not delta.formula


def test_sigmoid_with_cross_entropy_gives_a_minus_y():
    derivation = check(sigmoid_cross_entropy())
    graph, delta = derivation.graph, derivation["delta"]
    values = sigmoid_cross_entropy().values
    found = evaluate([delta.symbol, graph.find("a")], values, derivation.steps)
    expected = found[graph.find("a")] - values["y"]
    np.testing.assert_allclose(found[delta.symbol], expected, rtol=1e-13)
    assert delta.formula is graph.add([graph.find("a"), -graph.find("y")])


def test_names_are_barriers():
    g = Graph()
    a, b = g.symbol("a"), g.symbol("b")
    derivation = derive((a + b) * (b + 1), [b])
    assert [step.name for step in derivation] == ["c", "d", "e", "de_dd", "de_dc", "de_db"]
    assert derivation["de_db"].formula is g.add([g.find("de_dd"), g.find("de_dc")])


def test_a_gradient_that_does_not_depend_on_the_symbol_is_zero():
    g = Graph()
    i = Axis("i", 3)
    x, w = g.symbol("x", (i,)), g.symbol("w", (i,), "parameter")
    derivation = verify(derive(g.let("C", total(x * x)), [w]), "derive")
    assert derivation["dC_dw"].reason == "C does not change with w"
    values = {"x": np.ones(3), "w": np.ones(3)}
    assert (results(derivation, values)["w"] == np.zeros(3)).all()


def test_what_only_a_zero_derivative_needs_is_left_out():
    g = Graph()
    i = Axis("i", 3)
    x, w = g.symbol("x", (i,)), g.symbol("w", (i,), "parameter")
    a = g.let("a", g.apply("step", g.let("z", x * w)))
    derivation = verify(derive(g.let("C", total((a - x) ** 2)), [w]), "derive")
    assert [step.name for step in derivation.backward] == ["dC_dw"]


def test_a_gradient_by_a_step_is_stated_and_explained():
    g = Graph()
    i = Axis("i", 3)
    x, w = g.symbol("x", (i,)), g.symbol("w", (i,), "parameter")
    z = g.let("z", x * w)
    a = g.let("a", g.apply("sin", z))
    derivation = verify(derive(g.let("C", total(a**2)), [z, a, w]), "derive")
    assert derivation.gradients[z].name == "dC_dz"
    assert derivation["dC_dz"].reason == "delta is ∂C/∂z"
    assert derivation["dC_da"].kind == "backward" and derivation.gradients[a].name == "dC_da"
    values = {"x": np.array([0.1, 0.2, 0.3]), "w": np.array([1.0, 2.0, 3.0])}
    z_value = values["x"] * values["w"]
    expected = 2 * np.sin(z_value) * np.cos(z_value)
    np.testing.assert_allclose(results(derivation, values)["z"], expected, rtol=1e-14)


def test_bad_questions_are_refused():
    g = Graph()
    i = Axis("i", 3)
    x, w = g.symbol("x", (i,)), g.symbol("w", (i,), "parameter")
    with pytest.raises(FormulaError, match="free index i"):
        derive(x * w, [w])
    C = g.let("C", total(x * w))
    with pytest.raises(FormulaError, match="C is the cost itself"):
        derive(C, [C])
    with pytest.raises(FormulaError, match="another graph"):
        derive(C, [Graph().symbol("w", (i,), "parameter")])


@pytest.mark.parametrize("layers", [200, 1000])
def test_deep_networks_derive(layers):
    g = Graph()
    i, j = Axis("i", 2), Axis("j", 2)
    a = g.symbol("x", (i,))
    weights = []
    for number in range(1, layers + 1):
        W = g.symbol(f"W{number}", (j, i), "parameter")
        z = g.let(f"z{number}", dot(W, a, over=i))
        a = rename(g.let(f"a{number}", g.apply("tanh", z)), {j: i})
        weights.append(W)
    C = g.let("C", total(a**2))
    derivation = verify(derive(C, weights), "derive")
    assert len(derivation.backward) == 3 * layers
    values = {W.name: np.array([[0.9, 0.5], [-0.4, 1.1]]) for W in weights}
    found = results(derivation, {**values, "x": np.array([0.3, -0.7])})
    assert np.isfinite(found["W1"]).all()


def test_products_of_products_do_not_explode():
    g = Graph()
    i = Axis("i", 2)
    b = g.symbol("b", (i,), "parameter")
    u = b
    for _ in range(40):
        u = u * u
    derivation = verify(derive(g.let("C", total(u)), [b]), "derive")
    values = {"b": 1 + np.array([1e-12, -1e-12])}
    np.testing.assert_allclose(
        results(derivation, values)["b"], 2.0**40 * np.exp([1.0995, -1.0995]), rtol=1e-3
    )


def test_a_deep_formula_without_names_derives():
    g = Graph()
    b = g.symbol("b", (), "variable")
    u = b
    for _ in range(1000):
        u = g.apply("sin", u) + b
    derivation = verify(derive(u, [b]), "derive")
    slope, value = 1.0, 0.3
    for _ in range(1000):
        value, slope = np.sin(value) + 0.3, np.cos(value) * slope + 1
    np.testing.assert_allclose(results(derivation, {"b": np.array(0.3)})["b"], slope, rtol=1e-12)
