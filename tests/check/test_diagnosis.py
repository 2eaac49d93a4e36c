"""Gradients of other people's code: which mistake they have, by their numbers alone."""

import numpy as np
import pytest

import glassprop as gp
from glassprop.check.mutation.diagnosis import Point, canonical, diagnose
from glassprop.check.mutation.mutants import mutants
from mutants import networks, values_of

N = 7


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def slope(z):
    return sigmoid(z) * (1 - sigmoid(z))


def example(seed=0):
    random = np.random.default_rng(seed)
    net = gp.Network([5, 4, 3], seed=1)
    for value in net.parameters.values():
        value += random.normal(0, 0.3, value.shape)
    return net, random.normal(size=(N, 5)), random.integers(0, 3, N)


def backprop(p, x, labels, mistake=""):
    """Backpropagation by hand, with mistakes that people make."""
    y = np.eye(3)[labels]
    z1 = x @ p["W1"].T + p["b1"]
    a1 = sigmoid(z1)
    z2 = a1 @ p["W2"].T + p["b2"]
    a2 = sigmoid(z2)
    first = {"no slope": 1, "slope of a": slope(a1), "a for slope": a1, "z form": z1 * (1 - z1),
             "tanh": 1 - np.tanh(z1) ** 2, "slope twice": slope(z1) ** 2}  # fmt: skip
    second = {"no output slope": 1, "output slope of a": slope(a2), "no slopes": 1}
    delta2 = (a2 - y) * second.get(mistake, slope(z2))
    delta2 = {"sign": -delta2, "y only": -y * slope(z2)}.get(mistake, delta2)
    back = delta2 @ p["W2"]
    delta1 = back * (1 if mistake == "no slopes" else first.get(mistake, slope(z1)))
    inputs = {"z for a": z1, "x": a1}.get(mistake, a1)
    found = {
        "W1": delta1.T @ x / N, "b1": delta1.mean(0), "W2": delta2.T @ inputs / N,
        "b2": delta2.mean(0),
    }  # fmt: skip
    if mistake == "bias sums":
        found |= {"b1": delta1.sum(0), "b2": delta2.sum(0)}
    if mistake == "sums":
        found = {name: N * value for name, value in found.items()}
    if mistake == "halves":
        found = {name: value / 2 for name, value in found.items()}
    return found


NAMED = {
    "no slope": ("delta1", "the factor σ′(z¹ₑⱼ) is missing"),
    "slope of a": ("delta1", "the derivative is taken at σ(z¹ₑⱼ)"),
    "a for slope": ("delta1", "σ(z¹ₑⱼ) stands where σ′(z¹ₑⱼ) should"),
    "z form": ("delta1", "the form in the output taken of the argument"),
    "tanh": ("delta1", "tanh′(z¹ₑⱼ) stands where σ′(z¹ₑⱼ) should"),
    "slope twice": ("delta1", "the factor σ′(z¹ₑⱼ) is taken twice"),
    "no output slope": ("delta2", "the factor σ′(z²ₑₖ) is missing"),
    "output slope of a": ("delta2", "the derivative is taken at σ(z²ₑₖ)"),
    "sign": ("dA2", "the sign is wrong"),
    "y only": ("dA2", "the term a²ₑₖ is missing"),
    "z for a": ("dW2", "z¹ₑⱼ stands where a¹ₑⱼ should"),
    "no slopes": ("delta2", "the factor σ′(z²ₑₖ) is missing"),
    "bias sums": ("db2", "a sum over the examples stands where a mean should"),
}


@pytest.mark.parametrize("mistake", NAMED)
def test_mistakes_that_people_make(mistake):
    net, x, y = example()
    found = net.diagnose(x, y, backprop(net.parameters, x, y, mistake))
    first, words = NAMED[mistake]
    assert (found.verdict, found.first_wrong) == ("wrong", first) and found.reproduced
    assert words in found.words[0] and words in str(found)
    assert len(found.kinds) == (2 if mistake in ("no slopes", "bias sums") else 1)


SOFTMAX = {
    "slope left in": (lambda p, y: (p - y) * p * (1 - p), "delta2", "a²ₑₖ (1 − a²ₑₖ) is too much"),
    "sign": (lambda p, y: y - p, "delta2", "the sign is wrong"),
    "no target": (lambda p, y: p, "delta2", "the term"),
}


@pytest.mark.parametrize("name", SOFTMAX)
def test_mistakes_at_a_softmax(name):
    change, first, words = SOFTMAX[name]
    random = np.random.default_rng(0)
    layers = gp.Dense(4, "tanh"), gp.Dense(3, "softmax")
    net = gp.Network(5, *layers, cost="cross_entropy", seed=1)
    for value in net.parameters.values():
        value += random.normal(0, 0.3, value.shape)
    x, labels = random.normal(size=(N, 5)), random.integers(0, 3, N)
    p = net.parameters
    a1 = np.tanh(x @ p["W1"].T + p["b1"])
    delta2 = change(net.predict(x), np.eye(3)[labels]) / N
    delta1 = delta2 @ p["W2"] * (1 - a1**2)
    mine = {
        "W1": delta1.T @ x, "b1": delta1.sum(0), "W2": delta2.T @ a1, "b2": delta2.sum(0)
    }  # fmt: skip
    found = net.diagnose(x, labels, mine)
    assert found.first_wrong == first and words in found.words[0]
    delta1 = delta2 @ p["W2"] * (1 - a1)  # and 1 − a for 1 − a²
    both = net.diagnose(x, labels, {**mine, "W1": delta1.T @ x, "b1": delta1.sum(0)})
    assert both.reproduced and "1 − tanh(z¹ₑⱼ) stands where tanh′(z¹ₑⱼ) should" in both.words[1]


def test_right_and_only_different():
    for seed in range(5):
        net, x, y = example(seed)
        right = backprop(net.parameters, x, y)
        assert net.diagnose(x, y, right).verdict == "right"
        assert net.diagnose(x, y, {"W2": right["W2"]}).verdict == "right"
        for mistake, words in {"sums": "a sum over the examples", "halves": "half"}.items():
            found = net.diagnose(x, y, backprop(net.parameters, x, y, mistake))
            assert found.verdict == "different" and words in str(found)
            assert not found.first_wrong and "a learning rate absorbs that" in str(found)


def test_what_nothing_reproduces_is_placed():
    net, x, y = example()
    right = backprop(net.parameters, x, y)
    moved = net.diagnose(x, y, {**right, "W1": np.roll(right["W1"], 1, 1)})
    assert moved.first_wrong == "dW1" and not moved.reproduced
    assert "the gradients of W1; those of b1, W2, b2 are right" in str(moved)
    assert "should be  ∂C/∂W¹ⱼᵢ = Σₑ δ¹ₑⱼ xₑᵢ" in str(moved)
    assert "moved by one along axis 1" in str(moved) and "mistakes that were tried" in str(moved)
    noise = np.random.default_rng(0).normal(size=(4, 5))
    layer = net.diagnose(x, y, {**right, "W1": noise, "b1": noise[:, 0]})
    assert (layer.first_wrong, layer.wrong) == ("dA1", ("W1", "b1"))
    broken = net.diagnose(x, y, {**right, "b2": right["b2"] * np.nan})
    assert broken.verdict == "wrong" and "no finite numbers" in str(broken)


@pytest.mark.parametrize("name", ["two layers", "huber"])
def test_each_planted_mistake_is_reproduced(name):
    net = networks()[name]
    x, y, parameters = values_of(net)
    derivation = net._program().after("lift")
    point = Point({"x": x, "y": y, **parameters}, len(x))
    named = different = 0
    for mutant in list(mutants(derivation))[::6]:
        found = diagnose(derivation, mutant.gradients(point.values), point)
        if found.verdict != "wrong":
            different += 1  # a factor of all, or no number changes
            continue
        assert found.reproduced, mutant.words
        named += found.first_wrong == canonical(mutant.step.name)
    assert named > 3 * different and named > 8


@pytest.mark.parametrize(
    ("gradients", "words"),
    [
        ({}, "expected a dict with W1"),
        ({"w1": np.zeros((4, 5))}, "no parameter 'w1'"),
        ({"W1": np.zeros((5, 4))}, r"expected real numbers of shape \(4, 5\), got shape \(5, 4\)"),
        ({"W1": None}, "got None"),
    ],
)
def test_what_cannot_be_compared_is_said(gradients, words):
    net, x, y = example()
    with pytest.raises(gp.DataError, match=words):
        net.diagnose(x, y, gradients)
