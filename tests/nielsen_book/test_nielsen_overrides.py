"""User code that overrides methods, or reads and assigns weights and biases."""

import random

import numpy as np
import pytest

from glassprop.nielsen import Network

from .loops import Loops, distance, examples, seeded


def test_arrays_that_user_code_holds_do_not_change():
    data = examples(12, 4, 2)
    net = Network([4, 3, 2])
    held, seen = [*net.weights, *net.biases], []
    copies = [array.copy() for array in held]

    def evaluate(test_data):
        seen.append((net.weights[0], net.weights[0].copy()))
        return 0

    net.evaluate = evaluate
    net.SGD(data, 4, 5, 1.0, test_data=data)
    net.update_mini_batch(data, 1.0)
    assert all((array == old).all() for array, old in zip(held, copies, strict=True))
    assert len(seen) == 4 and all((array == old).all() for array, old in seen)
    assert all(array.flags.writeable for array in (*net.weights, *net.biases))


def test_assigned_arrays_of_other_types_and_sizes():
    data = examples(9, 4, 2)
    net, book = seeded(Network, [9, 9]), seeded(Loops, [9, 9])
    weights = [np.arange(12).reshape(3, 4) % 3, np.full((2, 3), 0.5, np.float32, order="F")]
    biases = [np.zeros((3, 1), int), np.ones((2, 1), np.float32)]
    for each in (net, book):
        each.weights, each.biases, each.num_layers = list(weights), list(biases), 3
        for _ in range(3):
            each.update_mini_batch(data, 1.0)
            each.weights[0][1] *= 0.5
            each.biases[1] += 0.25
    assert distance(net, book) < 1e-14
    assert weights[0].dtype != float and (weights[0] == np.arange(12).reshape(3, 4) % 3).all()


@pytest.mark.parametrize("name", ["update_mini_batch", "backprop"])
@pytest.mark.parametrize("where", ["subclass", "instance", "class"])
def test_overridden_methods_are_called_as_in_the_book(name, where, monkeypatch):
    data = examples(11, 4, 2)
    calls = []

    def counted(own):
        def method(*arguments):
            calls.append(arguments[-2:])
            return own(*arguments)

        return method

    if where == "subclass":
        net = seeded(type("Mine", (Network,), {name: counted(getattr(Network, name))}), [4, 3, 2])
    elif where == "instance":
        net = seeded(Network, [4, 3, 2])
        setattr(net, name, counted(getattr(net, name)))
    else:
        monkeypatch.setattr(Network, name, counted(getattr(Network, name)))
        net = seeded(Network, [4, 3, 2])
    ours, theirs = list(data), list(data)
    net.SGD(ours, 2, 4, 1.0)
    book = seeded(Loops, [4, 3, 2])
    book.SGD(theirs, 2, 4, 1.0)
    assert distance(net, book) < 1e-13
    assert all(one is other for one, other in zip(ours, theirs, strict=True))
    if name == "backprop":
        assert len(calls) == 22 and calls[-1][0] is ours[-1][0]
    else:
        assert [len(batch) for batch, _ in calls] == [4, 4, 3] * 2 and calls[0][1] == 1.0


def test_an_overridden_mini_batch_gives_the_same_bits():
    class Mine(Network):
        def update_mini_batch(self, mini_batch, eta):
            super().update_mini_batch(mini_batch, eta)

    data = examples(50, 6, 3)
    plain = seeded(Network, [6, 5, 3])
    plain.SGD(list(data), 3, 8, 2.0)
    mine = seeded(Mine, [6, 5, 3])
    mine.SGD(list(data), 3, 8, 2.0)
    assert distance(plain, mine) == 0


def test_weight_decay_around_the_own_mini_batch():
    def decayed(kind):
        class Decayed(kind):
            def update_mini_batch(self, mini_batch, eta):
                super().update_mini_batch(mini_batch, eta)
                self.weights = [0.99 * w for w in self.weights]

        return Decayed

    data = examples(30, 4, 2)
    nets = [seeded(decayed(kind), [4, 3, 2]) for kind in (Network, Loops)]
    for net in nets:
        random.seed(3)
        net.SGD(list(data), 2, 7, 1.0)
    assert distance(*nets) < 1e-13


DERIVATIVES = {
    "cross-entropy": lambda a, y: (a - y) / (a * (1 - a)),
    "absolute": lambda a, y: np.sign(a - y),
    "scaled": lambda a, y: 3 * (a - y),
    "number": lambda a, y: 0.25,
    "coupled": lambda a, y: a.sum() * (a - y) + np.roll(a, 1, 0),
}


@pytest.mark.parametrize("sizes", [[4, 3], [4, 5, 3], [4, 6, 5, 3]])
@pytest.mark.parametrize("derivative", DERIVATIVES)
def test_an_overridden_cost_derivative_goes_through_the_derivation(sizes, derivative):
    def of(kind):
        def method(self, output_activations, y):
            assert output_activations.shape == (3, 1)
            return DERIVATIVES[derivative](output_activations, y)

        return type("Mine", (kind,), {"cost_derivative": method})

    data = examples(17, 4, 3)
    net, book = seeded(of(Network), sizes), seeded(of(Loops), sizes)
    state = random.getstate()
    for each in (net, book):
        random.setstate(state)
        each.SGD(list(data), 3, 5, 0.5)
    assert distance(net, book) < 1e-12
    for ours, theirs in zip(net.backprop(*data[0]), book.backprop(*data[0]), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-11, atol=1e-15)


def test_an_overridden_cost_derivative_takes_what_its_author_gives_as_y():
    class Labels(Network):
        @staticmethod
        def cost_derivative(output_activations, y):
            return output_activations - (np.arange(3)[:, None] == y)

    rng = np.random.default_rng(0)
    labelled = [(rng.normal(size=(4, 1)), k % 3) for k in range(9)]
    rows = [(x, np.eye(3)[:, [label]]) for x, label in labelled]
    mine, book = seeded(Labels, [4, 5, 3]), seeded(Loops, [4, 5, 3])
    mine.update_mini_batch(labelled, 1.0)
    book.update_mini_batch(rows, 1.0)
    assert distance(mine, book) < 1e-14


def test_the_books_own_backprop_pasted_into_a_subclass(digits):
    class Pasted(Network):
        backprop = Loops.backprop

    net, book = seeded(Pasted, [784, 6, 10]), seeded(Loops, [784, 6, 10])
    state = random.getstate()
    for each in (net, book):
        random.setstate(state)
        each.SGD(list(digits[:40]), 2, 10, 3.0)
    assert distance(net, book) < 1e-14


def test_an_overridden_feedforward_decides_what_evaluate_counts():
    class Third(Network):
        def feedforward(self, a):
            return np.arange(4)[:, None] == 2

    data = [(x, k % 4) for k, (x, _) in enumerate(examples(12, 5, 4))]
    net, book = seeded(Third, [5, 4]), seeded(Loops, [5, 4])
    assert net.evaluate(data) == 3
    for each in (net, book):
        each.update_mini_batch([(x, np.eye(4)[:, [k]]) for x, k in data], 1.0)
    assert distance(net, book) < 1e-14


def test_an_overridden_evaluate_is_printed_and_may_assign_weights(capsys):
    class Mine(Network):
        def evaluate(self, test_data):
            self.weights[0] = np.zeros((2, 3))
            return "mine"

    net = Mine([3, 2])
    net.SGD(examples(4, 3, 2), 2, 2, 1.0, test_data=[(np.zeros(3), 0)])
    assert capsys.readouterr().out == "Epoch 0: mine / 1\nEpoch 1: mine / 1\n"
    assert (net.weights[0] == 0).all()
