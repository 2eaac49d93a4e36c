"""Sums of r exp(m) where r is 0 for the largest m, exponents that cancel, conditions with names."""

import numpy as np
import pytest

import glassprop as gp

FAR = [1e4, 9999, 9998.5]
COSTS = [
    # cost, outputs, target, its value, its gradient
    ("log(sum(y*exp(a)))", [60, -60, 0], [0, 1, 0], -60, [0, 1, 0]),
    ("sum(y*exp(-a))*sum((1-y)*exp(a))", [60, -60, 0], [1, 0, 0], 8.7565e-27, None),
    ("sqrt(sum(y*exp(a)))", [60, -60, 0], [0, 1, 0], 9.35762e-14, [0, 4.67881e-14, 0]),
    ("-log(sum(y*exp(a))/sum(exp(a)))", [100, -100, 0], [0, 1, 0], 200, [1, -1, 0]),
    ("-log(sum(y*softmax(a)))", [100, -100, 0], [0, 1, 0], 200, [1, -1, 0]),
    (
        "log(1+sum((1-y)*exp(a)))+log(1+sum(y*exp(-a)))",
        [100, 0, 0],
        [1, 0, 0],
        np.log(3),
        [0, 1 / 3, 1 / 3],
    ),
    ("sum(y*log(2*y/(softmax(a)+y)))", [0, 0, 0], [1, 0, 0], np.log(1.5), [-1 / 6, 1 / 12, 1 / 12]),
    ("sum(y*log(y/(exp(a)+y)))", [0, 1, 2], [1, 0, 0], -np.log(2), [-0.5, 0, 0]),
    ("sum(where(y>0, y*log(y/(exp(a)+y)), 0))", [0, 1, 2], [1, 0, 0], -np.log(2), [-0.5, 0, 0]),
    ("-logsumexp(-abs(a-y))", FAR, [1, 0, 0], 9997.7057, [0.274069, 0.274069, 0.451863]),
    ("-logsumexp(a*y)", FAR, [1, 1, 1], -10000.4644, [-0.628532, -0.231224, -0.140244]),
]  # fmt: skip


def identity(size, activation="identity", **settings):
    net = gp.Network(size, gp.Dense(size, activation), **settings)
    net.parameters["W1"][...] = np.eye(size)
    net.parameters["b1"][...] = 0
    return net


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("cost", "a", "y", "value", "gradient"), COSTS)
def test_costs(cost, a, y, value, gradient, dtype):
    net = identity(3, cost=gp.cost("vanishing", cost), dtype=dtype)
    x, y = np.array([a], dtype), np.array([y], dtype)
    assert net.evaluate(x, y).cost == pytest.approx(value, rel=1e-5)
    if gradient is not None:
        found = net.gradients(x, y)["b1"]
        np.testing.assert_allclose(found, gradient, rtol=1e-5, atol=1e-30)


def test_the_compiled_engine_decides_alike():
    pytest.importorskip("numba")
    for cost in (COSTS[0][0], COSTS[6][0]):
        trained = []
        for engine in ("numpy", "compiled"):
            net = identity(3, cost=gp.cost("vanishing", cost), engine=engine)
            x, y = np.array([[60.0, -60, 0], [0, 0, 0]]), np.eye(3)[[1, 0]]
            net.fit(x, y, epochs=2, optimizer=gp.SGD(0.01), progress=False)
            trained.append(net.parameters["b1"])
        np.testing.assert_allclose(*trained, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("formula", "z", "right"),
    [
        ("(exp(2*z)+1)/(exp(z)+3)**2", [40, 1e6, 0.3, -5], [1, 1, 0.1491506, 0.1106187]),
        ("(2*exp(z)+1)/(exp(z)+4)", [80, 1e6, 0.3], [2, 2, 0.6915543]),
    ],
)
def test_activations(formula, z, right):
    net = identity(1, gp.activation("vanishing", formula), dtype="float32")
    found = net.predict(np.array(z, "float32")[:, None])[:, 0]
    np.testing.assert_allclose(found, right, rtol=5e-7)


def test_softmax_with_one_more_outcome():
    share = gp.activation("vanishing", "exp(z)/(1+sum(exp(z)))")
    net = identity(3, share, dtype="float32")
    found = net.predict(np.array([[1e4, 9999, 9998], [1e6, 999999, 999998]], "float32"))
    np.testing.assert_allclose(found, [[0.66524096, 0.24472847, 0.09003057]] * 2, rtol=5e-7)


def test_a_condition_that_decides_by_name_is_still_there_when_it_does():
    """In `train_step` memory is used again: what decides has to count as a use."""
    share = gp.activation("vanishing", "z / sum(z)")
    cost = gp.cost("vanishing", "logsumexp(sqrt(cos(a + y)))")
    net = gp.Network(1, gp.Dense(3, share), cost=cost)
    net.parameters = {"W1": [[3.1386], [0.5275], [-0.5209]], "b1": [0.2971, -0.1356, 0.4142]}
    x, y = np.array([[-1.0876]]), np.array([[0.2893, 0.6011, 0.1419]])
    before, slope = net.parameters["W1"].copy(), net.gradients(x, y)["W1"]
    net.fit(x, y, epochs=1, optimizer=gp.SGD(0.5), progress=False)
    np.testing.assert_allclose(net.parameters["W1"], before - 0.5 * slope, rtol=1e-12)


LOGARITHMS = [
    # activation, its values at −100 and 100, its slopes there
    ("log(2/(1+exp(z)))", [0.6931472, -99.306854], [0, -1]),
    ("log((1+z**2)/(1+exp(z)))", [9.210441, -90.78956], [-0.019998, -0.980002]),
    ("log(sigmoid(z)*sigmoid(-z))", [-100, -100], [1, -1]),
    ("log(sigmoid(z)/(1+exp(z)))", [-100, -100], [1, -1]),
    ("log(sigmoid(z)**2+sigmoid(2*z))", [-199.30685, 0.6931472], [2, 0]),
    ("log(sigmoid(z)+exp(z))", [-99.306854, 100], [1, 1]),
    ("log(softplus(z)*sigmoid(z))", [-200, 4.6051702], [2, 0.01]),
    ("log(softplus(z)+exp(z))", [-99.306854, 100], [1, 1]),
]


@pytest.mark.parametrize(("formula", "values", "right"), LOGARITHMS)
def test_logarithms_of_what_decays(formula, values, right):
    cost = gp.cost("vanishing_slope", "sum(a * y)")
    net = identity(1, gp.activation("vanishing", formula), cost=cost, dtype="float32")
    z = np.array([[-100], [100]], "float32")
    np.testing.assert_allclose(net.predict(z)[:, 0], values, rtol=1e-6)
    for place, slope in enumerate(right):
        found = net.gradients(z[place : place + 1], np.ones((1, 1), "float32"))["b1"][0]
        assert found == pytest.approx(slope, rel=1e-4, abs=1e-30)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("a", "y"), [(18, 1), (18, 0), (38, 1), (38, 0), (-90, 1), (0.3, 1)])
def test_cross_entropy_written_by_hand(a, y, dtype):
    cost = "-sum(y*log(1/(1+exp(-a))) + (1-y)*log(1-1/(1+exp(-a))))"
    net = identity(1, cost=gp.cost("vanishing", cost), dtype=dtype)
    x, target = np.array([[a]], dtype), np.array([[y]], dtype)
    right = np.logaddexp(0.0, -a if y else a)
    assert net.evaluate(x, target).cost == pytest.approx(right, rel=2e-6)
    slope = -1 / (1 + np.exp(a)) if y else 1 / (1 + np.exp(-a))
    assert net.gradients(x, target)["b1"][0] == pytest.approx(slope, rel=2e-6)
