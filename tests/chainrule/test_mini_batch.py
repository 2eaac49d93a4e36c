"""Lifting a gradient must equal the mean of per-example gradients and the gradient of the mean."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from chainrule.comparison import random_values, results, same
from glassprop.chainrule.little_graph.scalars import derive_apart
from glassprop.chainrule.mini_batch import lift
from glassprop.chainrule.reverse_sweep import derive, derive_again
from glassprop.chainrule.verify import verify
from glassprop.errors import FormulaError
from glassprop.formula.algebra import dot, largest, mean, rename, softmax, total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Symbol

PENALTY = 0.3


@dataclass
class Model:
    cost: Symbol
    parameters: list[Symbol]
    data: list[Symbol]
    classes: dict[str, int]


def penalised(g: Graph, cost: Node, weights: list[Symbol]) -> Symbol:
    """The cost with (λ/2) Σ w², which must not be divided by n."""
    for weight in weights:
        cost = cost + PENALTY / 2 * total(weight**2)
    return g.let("C", cost)


def mlp(i: int, j: int, k: int, probabilities: bool) -> Model:
    g = Graph()
    I_, J, K = Axis("i", i), Axis("j", j), Axis("k", k)
    x = g.symbol("x", (I_,))
    W1, b1 = g.symbol("W1", (J, I_), "parameter"), g.symbol("b1", (J,), "parameter")
    W2, b2 = g.symbol("W2", (K, J), "parameter"), g.symbol("b2", (K,), "parameter")
    z1 = g.let("z1", dot(W1, x, over=I_) + b1)
    a1 = g.let("a1", g.apply("silu", z1))
    z2 = g.let("z2", dot(W2, a1, over=J) + b2)
    if probabilities:
        y = g.symbol("y", (K,), "target", probability=True)
        data = -total(y * g.apply("log", g.let("a2", softmax(z2))))
    else:
        y = g.symbol("y", (K,), "target")
        data = total((z2 - y) ** 2) / 2
    return Model(penalised(g, data, [W1, W2]), [W1, b1, W2, b2], [x, y], {})


def convolution(size: int, window: int, stride: int, pad: int) -> Model:
    g = Graph()
    h, i, p = (
        Axis("h", size),
        Axis("i", (size + 2 * pad - window) // stride + 1),
        Axis("p", window),
    )
    o, k = Axis("o", 2), Axis("k", 3)
    x, y = g.symbol("x", (h,)), g.symbol("y", (), "target")
    K, b = g.symbol("K", (o, p), "parameter"), g.symbol("b", (o,), "parameter")
    V = g.symbol("V", (k, o), "parameter")
    z = g.let("z", dot(g.select(h, i, p, stride, 1, pad), x, K, over=(h, p)) + b)
    m = g.let("m", largest(g.apply("tanh", z), i))
    u = g.let("u", dot(V, m, over=o))
    label = g.one_hot(y, k)
    data = -dot(label, u - g.reduce("logsumexp", u, (k,)), over=k)
    return Model(penalised(g, data, [K]), [K, b, V], [x, y], {"y": 3})


def attention(length: int, width: int) -> Model:
    g = Graph()
    s, t, d, e = Axis("s", length), Axis("t", length), Axis("d", width), Axis("e", 2)
    x, y = g.symbol("x", (s, d)), g.symbol("y", (s, e), "target")
    WQ, WK, WV = (g.symbol(f"W{q}", (e, d), "parameter") for q in "QKV")
    P = g.symbol("P", (s, d), "parameter")
    u = g.let("u", x + P)
    Q, K, V = (g.let(q, dot(W, u, over=d)) for q, W in (("Q", WQ), ("K", WK), ("V", WV)))
    A = g.let("A", softmax(dot(Q, rename(K, {s: t}), over=e), t))
    H = g.let("H", dot(A, rename(V, {s: t}), over=t))
    centred = H - mean(H, e)
    L = g.let("L", centred / g.apply("sqrt", mean(centred**2, e) + 0.1))
    return Model(penalised(g, total((L - y) ** 2), [WQ, P]), [WQ, WK, WV, P], [x, y], {})


def check_lift(model: Model, n: int, seed: int) -> None:
    derivation = verify(derive(model.cost, model.parameters), "derive")
    lifted = verify(lift(derivation), "lift")
    parameters = random_values(model.parameters, seed)
    rng = np.random.default_rng(seed + 1)
    examples = []
    for k in range(n):
        values = random_values(model.data, 1000 * seed + k)
        for symbol in model.data:
            if symbol.probability:
                values[symbol.name] = rng.dirichlet(np.ones(symbol.axes[-1].size))
            if symbol.name in model.classes:
                values[symbol.name] = rng.integers(model.classes[symbol.name], size=())
        examples.append(values)
    batch = {name: np.stack([e[name] for e in examples]) for name in examples[0]}
    ours = results(lifted, {**parameters, **batch})
    apart = [results(derivation, {**parameters, **example}) for example in examples]
    same(ours, {name: np.mean([r[name] for r in apart], axis=0) for name in ours}, 1e-11)
    again = derive_apart(lifted.cost, list(lifted.gradients))
    same(ours, results(again, {**parameters, **batch}), 1e-11)


SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=12, deadline=None)


@FEW
@given(st.tuples(*[st.integers(1, 5)] * 3), st.booleans(), st.integers(1, 6), SEEDS)
def test_a_lifted_mlp(sizes, probabilities, n, seed):
    check_lift(mlp(*sizes, probabilities), n, seed)


@FEW
@given(
    st.integers(4, 8),
    st.integers(1, 3),
    st.integers(1, 3),
    st.integers(0, 2),
    st.integers(1, 5),
    SEEDS,
)
def test_a_lifted_convolution(size, window, stride, pad, n, seed):
    check_lift(convolution(size, window, stride, pad), n, seed)


@FEW
@given(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4), SEEDS)
def test_lifted_attention(length, width, n, seed):
    check_lift(attention(length, width), n, seed)


def small(cost_of) -> Model:
    """A model with one weight (k, i) and one bias (k,), for costs of odd shapes."""
    g = Graph()
    i, k = Axis("i", 3), Axis("k", 2)
    x, y = g.symbol("x", (i,)), g.symbol("y", (k,), "target")
    W, b = g.symbol("W", (k, i), "parameter"), g.symbol("b", (k,), "parameter")
    cost = g.let("C", cost_of(g, W, b, x, y, i))
    return Model(cost, [W, b], [x, y], {})


ODD_COSTS = {
    "linear in the output": lambda g, W, b, x, y, i: total(dot(W, x, over=i) + b),
    "a named output, linear": lambda g, W, b, x, y, i: total(g.let("z", dot(W, x, over=i) + b)),
    "weighted by a parameter": lambda g, W, b, x, y, i: total(b * g.let("z", dot(W, x, over=i))),
    "penalty inside a product": lambda g, W, b, x, y, i: (
        0.5 * (total((dot(W, x, over=i) - y) ** 2) + PENALTY * total(W**2))
    ),
    "penalty times data": lambda g, W, b, x, y, i: (
        total(W**2) * total((dot(W, x, over=i) + b - y) ** 2)
    ),
    "a step of parameters alone": lambda g, W, b, x, y, i: total(
        (dot(g.let("V", W * g.apply("exp", b)), x, over=i) - y) ** 2
    ),
    "the same step in data and penalty": lambda g, W, b, x, y, i: (
        total((dot(V := g.let("V", W * g.apply("exp", b)), x, over=i) - y) ** 2) + total(V**2)
    ),
    "no data at all": lambda g, W, b, x, y, i: total(W**2) + total(b),
    "penalty through a function": lambda g, W, b, x, y, i: (
        g.apply("exp", total(W**2) / 10) + total((dot(W, x, over=i) + b - y) ** 2)
    ),
    "nothing of a parameter": lambda g, W, b, x, y, i: total((dot(W, x, over=i) - y) ** 2),
}


@pytest.mark.parametrize("name", ODD_COSTS)
def test_lifted_costs_of_odd_shapes(name):
    check_lift(small(ODD_COSTS[name]), 4, 7)


def test_a_penalty_is_not_divided_by_n():
    model = small(ODD_COSTS["no data at all"])
    lifted = lift(derive(model.cost, model.parameters))
    values = random_values(model.parameters, 1)
    np.testing.assert_allclose(results(lifted, values)["W"], 2 * values["W"])


def test_one_over_n_stands_where_it_costs_least():
    model = mlp(4, 3, 2, True)
    lifted = lift(derive(model.cost, model.parameters))
    assert "/ n" in repr(lifted["delta2"].formula)
    assert "1/n" in lifted["delta2"].reason
    for name in ("dC_dW1", "dC_db1", "delta1", "dC_db2"):
        assert "reciprocal" not in repr(lifted[name].formula)
    assert lifted["dC_db2"].reason.endswith("summed over the examples")
    assert lifted["C"].reason == "the mean over the examples"
    assert [axis.name for axis in lifted["z1"].symbol.axes] == ["n", "j"]


def test_rewritings_are_lifted_with_their_steps():
    model = mlp(4, 3, 2, True)
    derivation = derive(model.cost, model.parameters)
    lifted = lift(derivation)
    values = random_values([*model.parameters, model.data[0]], 3)
    values |= {"y": np.array([[0.3, 0.7], [1.0, 0.0]]), "x": np.ones((2, 4))}
    for name in ("C", "delta2"):
        step = lifted[name]
        assert [m.rule for m in step.rewrites] == [m.rule for m in derivation[name].rewrites]
        assert step.rewrites
        for mark in step.rewrites:
            found = evaluate([step.formula, mark.before], values, lifted.steps)
            np.testing.assert_allclose(found[mark.before], found[step.formula], rtol=1e-12)


def test_a_hessian_vector_product_can_be_lifted():
    model = mlp(2, 3, 2, False)
    derivation = derive(model.cost, model.parameters)
    W = model.parameters[0]
    v = derivation.graph.symbol("v", W.axes, "state")
    again = derive_again(derivation, total(derivation.gradients[W] * v), [W])
    lifted = verify(lift(again), "lift")
    values = random_values([*model.parameters, *model.data, v], 3)
    examples = [random_values(model.data, 40 + k) for k in range(3)]
    batch = {name: np.stack([e[name] for e in examples]) for name in examples[0]}
    apart = [results(again, {**values, **example})["W1"] for example in examples]
    found = results(lifted, {**values, **batch})["W1"]
    np.testing.assert_allclose(found, np.mean(apart, axis=0), rtol=1e-12)


def test_the_lifted_cost_is_the_mean_of_the_costs():
    model = mlp(2, 3, 2, False)
    derivation = derive(model.cost, model.parameters)
    lifted = lift(derivation)
    parameters = random_values(model.parameters, 3)
    examples = [random_values(model.data, 40 + k) for k in range(3)]
    batch = {name: np.stack([e[name] for e in examples]) for name in examples[0]}
    found = evaluate([lifted.cost], {**parameters, **batch}, lifted.steps)[lifted.cost]
    costs = [
        evaluate([derivation.cost], {**parameters, **e}, derivation.steps)[derivation.cost]
        for e in examples
    ]
    np.testing.assert_allclose(found, np.mean(costs), rtol=1e-13)


def test_what_cannot_be_lifted_is_refused():
    model = mlp(2, 3, 2, False)
    lifted = lift(derive(model.cost, model.parameters))
    with pytest.raises(FormulaError, match="already"):
        lift(lifted)
    for axes, name in (((Axis("n", 3),), "x"), ((), "n")):
        g = Graph()
        x, w = g.symbol(name, axes), g.symbol("w", (), "parameter")
        derivation = derive(g.let("C", total(x * w)), [w])
        with pytest.raises(FormulaError, match="examples"):
            lift(derivation)


def test_each_example_has_its_own_cost_where_a_derivative_mentions_it():
    """√Σ(a − y)² of two examples: the mean of [0, 1] and [0.5547, −0.8321], not ∂ of a mean."""
    root = gp.cost("root", lambda a, y: gp.sqrt(gp.sum((a - y) ** 2)))
    net = gp.Network(1, gp.Dense(2), cost=root)
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0, 0.0], [0.0, 5.0]])
    expected = np.mean([[0, 1], np.array([2, -3]) / np.sqrt(13)], axis=0)
    np.testing.assert_allclose(net.gradients(x, y)["b1"], expected, rtol=1e-14)
    program = net.program(after="lift")
    assert {"C_x", "C"} <= {step.name for step in program.steps}


@pytest.mark.parametrize(
    "formula",
    ["sqrt(sum((a - y)**2))", "exp(sum((a - y)**2))", "log(sum(exp(a - y)))", "max((a - y)**2)"],
)
def test_what_stands_for_a_part_of_a_derivative_is_the_cost_of_each_example(formula):
    derivation = gp.Network(1, gp.Dense(2), cost=gp.cost("mine", formula)).derivation
    for told, name in ((derivation, "C"), (derivation.lift(), "C_x")):
        reasons = {mark.reason for step in told for mark in step.rewrites}
        assert {text for text in reasons if "already" in text} == {f"{name} stands for it already"}
        assert "Cₓ stands for it already" in " ".join(str(told).split())


@pytest.mark.parametrize(
    "formula",
    [
        "exp(sum((a - y)**2) / 9)",
        "logsumexp(a - y) + sum(a) / 3",
        "max(a * y)",
        "tanh(sum(a * y))",
        "1 / (1 + sum((a - y)**2))",
        "(1 + sum((a - y)**2))**0.3",
        "sqrt(1 + sum((a - y)**2)) * mean(a)",
    ],
)
def test_the_gradient_for_many_is_the_mean_of_the_gradients_for_each(formula):
    random = np.random.default_rng(8)
    net = gp.Network(3, gp.Dense(4, "tanh"), gp.Dense(3), cost=gp.cost("own", formula), seed=1)
    for n in (1, 2, 5, 33):
        x, y = random.normal(size=(n, 3)), random.normal(size=(n, 3))
        together = net.gradients(x, y)
        each = [net.gradients(x[k : k + 1], y[k : k + 1]) for k in range(n)]
        for name, gradient in together.items():
            mean = np.mean([one[name] for one in each], axis=0)
            np.testing.assert_allclose(gradient, mean, rtol=1e-10, atol=1e-13)
