"""Functions of the module that user code replaces, as readers of the book do in network.py."""

import random

import numpy as np
import pytest

import glassprop as gp
from glassprop import nielsen
from glassprop.nielsen import Network
from glassprop.nielsen_book import mnist_loader
from glassprop.nielsen_book import network as adapted

from . import loops
from .loops import Loops, distance, examples, seeded


def tanh_prime(z):
    return 1 - np.tanh(z) ** 2


def relu(z):
    return np.maximum(z, 0)


def step(z):
    return (z > 0) * 1.0


PAIRS = {"tanh": (np.tanh, tanh_prime), "relu": (relu, step)}
PLACES = {"public": nielsen, "own": adapted}


def trained(kind, sizes, data, **settings):
    net = seeded(kind, sizes)
    random.seed(3)
    net.SGD(list(data), 2, 4, 0.1, **settings)
    return net


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("sizes", [[4, 3], [4, 5, 3], [4, 6, 5, 3]])
def test_a_replaced_pair_trains_as_in_the_book(sizes, pair, place, monkeypatch, capsys):
    data = examples(11, 4, 3)
    test = [(x, k % 3) for k, (x, _) in enumerate(data)]
    plain = trained(Network, sizes, data)
    for module in (PLACES[place], loops):
        for name, function in zip(("sigmoid", "sigmoid_prime"), PAIRS[pair], strict=True):
            monkeypatch.setattr(module, name, function)
    capsys.readouterr()
    net = trained(Network, sizes, data, test_data=test)
    ours = capsys.readouterr().out
    book = trained(Loops, sizes, data, test_data=test)
    assert capsys.readouterr().out == ours
    assert distance(net, book) < 1e-13 < distance(net, plain)
    for x, y in data:
        np.testing.assert_allclose(net.feedforward(x), book.feedforward(x), rtol=1e-12)
        for one, other in zip(net.backprop(x, y), book.backprop(x, y), strict=True):
            for a, b in zip(one, other, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-14)
    columns = np.hstack([x for x, _ in data])
    np.testing.assert_allclose(net.feedforward(columns), book.feedforward(columns), rtol=1e-12)
    assert net.evaluate(test) == book.evaluate(test)


@pytest.mark.parametrize("name", ["sigmoid", "sigmoid_prime"])
def test_one_replaced_alone_counts_as_in_the_book(name, monkeypatch):
    data = examples(11, 4, 3)

    def other(z):
        return 0.5 + 0.25 * z / (1 + np.abs(z))

    for module in (nielsen, loops):
        monkeypatch.setattr(module, name, other)
    z = np.linspace(-3, 3, 7)
    np.testing.assert_allclose(nielsen.sigmoid_prime(z), loops.sigmoid_prime(z), rtol=1e-14)
    assert distance(trained(Network, [4, 5, 3], data), trained(Loops, [4, 5, 3], data)) < 1e-13


def test_putting_ours_back_is_the_engine_again(monkeypatch):
    data = examples(11, 4, 3)
    plain = trained(Network, [4, 5, 3], data)
    with monkeypatch.context() as patch:
        patch.setattr(nielsen, "sigmoid", np.tanh)
        assert distance(plain, trained(Network, [4, 5, 3], data)) > 1e-3
    assert distance(plain, trained(Network, [4, 5, 3], data)) == 0


def test_a_replacement_may_call_ours(monkeypatch):
    ours = nielsen.sigmoid
    monkeypatch.setattr(nielsen, "sigmoid", lambda z: ours(2 * z))
    net = seeded(Network, [3, 2])
    x = np.ones((3, 1))
    z = net.weights[0] @ x + net.biases[0]
    np.testing.assert_allclose(net.feedforward(x), 1 / (1 + np.exp(-2 * z)), rtol=1e-14)


def test_overridden_methods_and_replaced_functions_together(monkeypatch):
    def of(kind):
        def cost_derivative(self, output_activations, y):
            return 3 * (output_activations - y)

        return type("Mine", (kind,), {"cost_derivative": cost_derivative})

    for module in (nielsen, loops):
        monkeypatch.setattr(module, "sigmoid", np.tanh)
        monkeypatch.setattr(module, "sigmoid_prime", tanh_prime)
    data = examples(11, 4, 3)
    assert distance(trained(of(Network), [4, 5, 3], data), trained(of(Loops), [4, 5, 3], data)) < (
        1e-13
    )


def test_assigned_lists_are_taken(monkeypatch):
    monkeypatch.setattr(nielsen, "sigmoid", np.tanh)
    monkeypatch.setattr(nielsen, "sigmoid_prime", tanh_prime)
    net, plain = seeded(Network, [4, 5, 3]), seeded(Network, [4, 5, 3])
    net.weights = [w.tolist() for w in net.weights]
    net.biases = [b.tolist() for b in net.biases]
    for each in (net, plain):
        each.SGD(examples(7, 4, 3), 1, 7, 0.5)
    assert distance(net, plain) < 1e-14


BAD = {
    "a number": (lambda z: 0.5, r"sigmoid: for z of shape \(2, 1\).*gives 0.5"),
    "nothing": (lambda z: None, "gives None"),
    "another shape": (lambda z: np.ones(5), r"gives an array of shape \(5,\)"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_replacement_that_gives_something_else_is_named(name, monkeypatch):
    function, message = BAD[name]
    monkeypatch.setattr(nielsen, "sigmoid", function)
    net = Network([3, 2])
    with pytest.raises(gp.NetworkError, match=message):
        net.feedforward(np.ones((3, 1)))
    with pytest.raises(gp.NetworkError, match=message):
        net.SGD(examples(4, 3, 2), 1, 2, 1.0)


def test_data_are_checked_as_before(monkeypatch):
    monkeypatch.setattr(nielsen, "sigmoid", np.tanh)
    net = Network([3, 2])
    for x, y in ((np.ones((4, 1)), np.ones((2, 1))), (np.ones((3, 1)), np.ones((3, 1)))):
        with pytest.raises(gp.DataError, match="shape"):
            net.SGD([(x, y)], 1, 1, 1.0)
    with pytest.raises(gp.DataError, match="nan"):
        net.feedforward(np.full((3, 1), np.nan))


@pytest.mark.parametrize("place", [nielsen, mnist_loader])
def test_replaced_loaders_count(place, monkeypatch):
    few = (np.ones((2, 784), "float32"), np.array([3, 4]))
    monkeypatch.setattr(place, "load_data", lambda: (few, few, few))
    train, validation, test = nielsen.load_data_wrapper()
    assert [len(train), len(validation), len(test)] == [2, 2, 2] and train[1][1][4] == 1
    monkeypatch.setattr(place, "vectorized_result", lambda j: -j)
    assert [y for _, y in nielsen.load_data_wrapper()[0]] == [-3, -4]
