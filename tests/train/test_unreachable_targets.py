"""Targets that the last layer cannot give are warned of, in one line, before training."""

import warnings

import numpy as np
import pytest

import glassprop as gp

X = np.linspace(0, 1, 20)[:, None]


def own(name, formula):
    return gp.activation(f"reach_{name}", formula)


HALF = own("half", lambda z: gp.tanh(z) / 2)
SHIFTED = own("shifted", lambda z: 3 + gp.sin(z))
SOFTSIGN = own("softsign", lambda z: z / (1 + gp.abs(z)))
BUMP = own("bump", lambda z: gp.exp(-(z**2)))
LOGARITHM = own("logarithm", lambda z: gp.log(1 + z**2))
LINE = own("line", lambda z: z + gp.sin(z))
RMSE = gp.cost("reach_rmse", lambda a, y: gp.sqrt(gp.sum((a - y) ** 2)))
ALIGNED = gp.cost("reach_aligned", lambda a, y: -gp.sum(a * y))
POISSON = gp.cost("reach_poisson", lambda a, y: gp.sum(a - y * gp.log(a)))

FAR = [
    ("sigmoid", "quadratic", np.linspace(3, 6.5, 20)),
    ("sigmoid", "quadratic", np.linspace(3, 6.5, 20)[:, None].astype("float32")),
    ("sigmoid", "quadratic", np.array([-1, 1] * 10)),
    ("sigmoid", "absolute", np.array([0, 1, 2, 1] * 5)),
    ("sigmoid", "hinge", np.array([0, 1] * 10)),
    ("tanh", "huber", np.linspace(0, 2, 20)),
    ("sin", RMSE, np.linspace(-3, 2, 20)),
    ("relu", "quadratic", np.linspace(-1, 2, 20)),
    ("elu", "quadratic", np.linspace(-2, 2, 20)),
    ("softplus", "quadratic", -np.ones(20)),
    ("silu", "quadratic", -np.ones(20)),
    (HALF, "quadratic", np.array([0, 1] * 10)),
    (SHIFTED, "quadratic", np.array([0, 1] * 10)),
    (SOFTSIGN, "quadratic", np.linspace(0, 1.5, 20)),
    (BUMP, "quadratic", np.linspace(-1, 1, 20)),
]
NEAR = [
    ("sigmoid", "quadratic", np.array([0, 1] * 10)),
    ("sigmoid", "quadratic", np.linspace(0, 1, 20) + 1e-7),
    ("tanh", "quadratic", np.array([-1, 1] * 10)),
    ("tanh", "hinge", np.array([0, 1] * 10)),
    ("identity", "quadratic", np.linspace(3, 6.5, 20)),
    ("relu", "quadratic", np.linspace(0, 1e6, 20)),
    (gp.activation("elu", alpha=3.0), "quadratic", np.linspace(-2, 2, 20)),
    ("leaky_relu", "quadratic", np.linspace(-2, 2, 20)),
    (SHIFTED, "quadratic", np.linspace(2, 4, 20)),
    (SOFTSIGN, "quadratic", np.array([-1, 1] * 10)),
    (LOGARITHM, "quadratic", np.linspace(0, 900, 20)),
    (LINE, "quadratic", np.linspace(-1e6, 1e6, 20)),
    ("sigmoid", ALIGNED, np.linspace(-3, 3, 20)),
    ("softplus", POISSON, np.linspace(0, 9, 20)),
    ("sigmoid", "binary_cross_entropy", np.array([0, 1] * 10)),
]


def said(output, cost, y, outputs=1):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net = gp.Network(1, gp.Dense(outputs, output), cost=cost, seed=0)
        net.fit(X, y, epochs=1, optimizer=gp.SGD(1e-9), progress=False)
        net.evaluate(X, y)
    assert all(one.filename == __file__ for one in caught)
    return [str(one.message) for one in caught]


@pytest.mark.parametrize("case", range(len(FAR)))
def test_targets_out_of_reach(case):
    (message,) = said(*FAR[case])
    assert "targets go from" in message and "outputs only from" in message
    assert len(message.splitlines()) == 1 and "--output-activation" in message


@pytest.mark.parametrize("case", range(len(NEAR)))
def test_targets_within_reach(case):
    assert said(*NEAR[case]) == []


def test_the_message_has_the_numbers():
    (message,) = said("sigmoid", "quadratic", np.linspace(3, 6.5, 20))
    assert "from 3 to 6.5, but sigmoid outputs only from 0 to 1: 20 of 20" in message
    assert "'identity'" in message
    (message,) = said("sigmoid", "quadratic", np.array([-1, 1] * 10))
    assert "10 of 20" in message and "'tanh' for −1 and 1, or give labels 0 and 1" in message


def test_labels_of_several_outputs():
    assert said("sigmoid", "quadratic", np.array([0, 1, 2, 1] * 5), 3) == []
    assert said("tanh", "quadratic", 2 * np.eye(3)[[0, 1, 2, 1] * 5] - 1, 3) == []
    assert said("softmax", "cross_entropy", np.array([0, 1, 2, 1] * 5), 3) == []
    (message,) = said(HALF, "quadratic", np.array([0, 1, 2, 1] * 5), 3)
    assert "20 of 20" in message


def test_a_cost_that_says_nothing_about_one_output_trains():
    cost = gp.cost("reach_rest", lambda a, y: gp.sum((a - y) ** 2) - gp.mean((a - y) ** 2))
    net = gp.Network(1, gp.Dense(2), cost=cost, seed=0)
    before = net.evaluate(X, np.hstack([X, -X])).cost
    net.fit(X, np.hstack([X, -X]), epochs=20, progress=False)
    assert net.evaluate(X, np.hstack([X, -X])).cost < before
