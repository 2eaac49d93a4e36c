"""The face with the book's names does what the book's algorithm does."""

import copy
import pickle
import random
import signal
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop import nielsen
from glassprop.nielsen import Network, sigmoid, sigmoid_prime, vectorized_result

from .loops import Loops, distance, examples, seeded
from .loops import sigmoid_prime as sigmoid_prime_in_the_book


def test_attributes_are_those_of_the_book():
    net = seeded(Network, [7, 5, 4, 3])
    after = np.random.random(), random.random()
    book = seeded(Loops, [7, 5, 4, 3])
    assert (np.random.random(), random.random()) == after
    assert net.num_layers == 4 and net.sizes == [7, 5, 4, 3]
    assert [w.shape for w in net.weights] == [(5, 7), (4, 5), (3, 4)]
    assert [b.shape for b in net.biases] == [(5, 1), (4, 1), (3, 1)]
    assert distance(net, book) == 0
    assert set(vars(net)) == set(vars(book))


def test_a_trained_network_is_that_of_the_book(digits, labelled, capsys):
    ours, theirs = list(digits), list(digits)
    net = seeded(Network, [784, 30, 10])
    assert net.SGD(ours, 3, 10, 3.0, test_data=labelled) is None
    printed = capsys.readouterr().out
    after = random.random()
    book = seeded(Loops, [784, 30, 10])
    book.SGD(theirs, 3, 10, 3.0, test_data=labelled)
    assert distance(net, book) < 1e-9
    assert printed == capsys.readouterr().out
    assert printed.startswith("Epoch 0: ") and printed.endswith(" / 300\n")
    assert all(one is other for one, other in zip(ours, theirs, strict=True))
    assert random.random() == after


@pytest.mark.parametrize("sizes", [[6, 3], (6, 5, 3), [6, 5, 4, 4, 3], [6, 1], np.array([6, 2, 3])])
@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_sizes_and_mini_batches(sizes, size, capsys):
    data = examples(23, sizes[0], sizes[-1])
    net, book = seeded(Network, sizes), seeded(Loops, sizes)
    state = random.getstate()
    net.SGD(list(data), 3, size, 0.7)
    random.setstate(state)
    book.SGD(list(data), 3, size, 0.7)
    assert distance(net, book) < 1e-12
    assert capsys.readouterr().out.startswith("Epoch 0 complete\nEpoch 1 complete\n")


@pytest.mark.parametrize("eta", [-0.5, 0, np.float64(2), np.int64(3)])
def test_any_finite_eta(eta):
    data = examples(5, 4, 2)
    net, book = seeded(Network, [4, 3, 2]), seeded(Loops, [4, 3, 2])
    net.update_mini_batch(data, eta)
    book.update_mini_batch(data, eta)
    assert distance(net, book) < 1e-14


def test_backprop_is_that_of_the_book_and_of_the_engine():
    (x, y), *_ = examples(1, 5, 3)
    net, book = seeded(Network, [5, 4, 3]), seeded(Loops, [5, 4, 3])
    for ours, theirs in zip(net.backprop(x, y), book.backprop(x, y), strict=True):
        assert isinstance(ours, list)
        for one, other in zip(ours, theirs, strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-16)
    engine = gp.Network([5, 4, 3])
    engine.parameters = {
        name: array
        for k, (w, b) in enumerate(zip(net.weights, net.biases, strict=True), 1)
        for name, array in ((f"W{k}", w), (f"b{k}", b[:, 0]))
    }
    same = engine.gradients(x.T, y.T)
    assert all((same[f"W{k}"] == nabla).all() for k, nabla in enumerate(net.backprop(x, y)[1], 1))


def test_feedforward_of_one_column_of_several_and_of_a_list():
    net, book = seeded(Network, [5, 4, 3]), seeded(Loops, [5, 4, 3])
    x = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)
    np.testing.assert_allclose(net.feedforward(x), book.feedforward(x), rtol=1e-13)
    assert net.feedforward(x[:, :1]).shape == net.feedforward(list(x[:, 0])).shape == (3, 1)
    assert net.feedforward([[1], [0], [0], [0], [1]]).dtype == np.float64
    square = np.random.default_rng(0).normal(size=(5, 5))
    np.testing.assert_allclose(net.feedforward(square), book.feedforward(square), rtol=1e-13)


def test_iterators_as_in_ports_to_python_3(digits, labelled, capsys):
    x, y = zip(*digits, strict=True)
    net, book = seeded(Network, [784, 8, 10]), seeded(Loops, [784, 8, 10])
    state = random.getstate()
    net.SGD(
        zip(x, y, strict=True), 2, 10, 3.0, test_data=zip(*zip(*labelled, strict=True), strict=True)
    )
    random.setstate(state)
    ours = capsys.readouterr().out
    book.SGD(list(digits), 2, 10, 3.0, test_data=labelled)
    assert distance(net, book) < 1e-9 and ours == capsys.readouterr().out
    assert net.evaluate(iter(labelled)) == book.evaluate(labelled)
    net.SGD(iter(digits), 1, 10, 3.0, test_data=[])
    assert capsys.readouterr().out == "Epoch 0 complete\n"


def test_tuples_of_lists_and_plain_numbers():
    """XOR as people write it: nested lists, flat lists, and a number for the one output."""
    points = [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)]
    book = seeded(Loops, [2, 3, 1])
    book.update_mini_batch([(np.array([[p], [q]]), np.array([[r]])) for p, q, r in points], 1.0)
    nested = [([[p], [q]], [[r]]) for p, q, r in points]
    flat = [([p, q], r) for p, q, r in points]
    for data in (nested, flat, [(np.array(x), np.float32(y)) for x, y in flat]):
        net = seeded(Network, [2, 3, 1])
        net.update_mini_batch(data, 1.0)
        assert distance(net, book) < 1e-15


def test_evaluate_takes_labels_of_all_kinds(labelled):
    net, book = seeded(Network, [784, 10]), seeded(Loops, [784, 10])
    expected = book.evaluate(labelled)
    for kind in (int, np.uint8, float, lambda label: np.array([label])):
        found = net.evaluate([(x, kind(label)) for x, label in labelled])
        assert found == expected and type(found) is int


@pytest.mark.parametrize("kinds", [("f4",), ("f8",), ("u1",), ("f4", "f8"), ("f2", "i8", ">f4")])
def test_columns_of_all_number_types(kinds, capsys):
    rng = np.random.default_rng(0)
    data = [
        (rng.integers(0, 3, (5, 1)).astype(kinds[k % len(kinds)]), np.eye(3)[:, [k % 3]])
        for k in range(700)
    ]
    net, book = seeded(Network, [5, 4, 3]), seeded(Loops, [5, 4, 3])
    state = random.getstate()
    labelled = [(x, np.argmax(y)) for x, y in data] * 2
    net.SGD(list(data), 2, 3, 0.5, labelled)
    ours = capsys.readouterr().out
    random.setstate(state)
    book.SGD([(x.astype(float), y) for x, y in data], 2, 3, 0.5, labelled)
    assert distance(net, book) < 1e-11 and ours == capsys.readouterr().out


def test_pickle_and_copy():
    data = examples(8, 4, 2)
    net = seeded(Network, [4, 3, 2])
    net.SGD(list(data), 1, 3, 1.0)
    twins = [pickle.loads(pickle.dumps(net)), copy.deepcopy(net), copy.copy(net)]
    net.update_mini_batch(data, 1.0)
    for twin in twins:
        twin.update_mini_batch(data, 1.0)
        assert type(twin) is Network and distance(twin, net) == 0


def test_cost_derivative_and_the_functions_of_the_module():
    net = Network([2, 3])
    a, y = np.random.default_rng(0).random((2, 3, 1))
    assert (net.cost_derivative(a, y) == a - y).all()
    assert net.cost_derivative(0.75, 1) == -0.25
    z = np.array([[-1000.0, -2.0, 0.0], [0.5, 40.0, 1000.0]])
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-z)), sigmoid_prime_in_the_book(z)
    assert (sigmoid(z) == expected[0]).all() and (sigmoid_prime(z) == expected[1]).all()
    assert sigmoid(0) == 0.5 and sigmoid_prime(0.0) == 0.25 and sigmoid_prime([0, 0])[1] == 0.25
    assert sigmoid(np.float32(1)).dtype == np.float32


def test_saturated_neurons_give_no_warning():
    net = Network([4, 3, 2])
    net.weights = [1e5 * w for w in net.weights]
    net.SGD(examples(6, 4, 2), 2, 2, 1e4, test_data=[(np.ones(4), 1)])
    assert np.isfinite(net.feedforward(np.full((4, 1), 1e6))).all()


def test_ctrl_c_leaves_a_usable_network():
    data = examples(40, 4, 2)

    class Interrupting(Network):
        calls = 0

        def cost_derivative(self, output_activations, y):
            self.calls += 1
            if self.calls == 30:
                raise KeyboardInterrupt
            return output_activations - y

    net = Interrupting([4, 3, 2])
    with pytest.raises(KeyboardInterrupt):
        net.SGD(data, 5, 4, 1.0)
    assert net.feedforward(data[0][0]).shape == (2, 1)


def test_ctrl_c_in_the_middle_of_an_epoch(monkeypatch):
    data, steps = examples(40, 4, 2), []
    net = seeded(Network, [4, 3, 2])
    from glassprop.nielsen_book import network as module

    class Pressed(module.Interrupt):
        @property
        def requested(self):
            steps.append(1)
            if len(steps) == 4:
                signal.raise_signal(signal.SIGINT)
            return super().requested

    before = net.weights[0]
    monkeypatch.setattr(module, "Interrupt", Pressed)
    with pytest.raises(KeyboardInterrupt):
        net.SGD(data, 5, 4, 1.0)
    monkeypatch.undo()
    assert (net.weights[0] != before).any() and len(data) == 40
    net.SGD(data, 1, 4, 1.0)


def test_the_books_loader():
    training, validation, test = nielsen.load_data_wrapper()
    assert (len(training), len(validation), len(test)) == (50_000, 10_000, 10_000)
    mnist = gp.data.mnist()
    x, y = training[7]
    assert x.shape == (784, 1) and x.dtype == np.float32
    assert y.shape == (10, 1) and y.dtype == np.float64
    assert y.sum() == 1 and int(np.argmax(y)) == mnist.train.y[7]
    np.testing.assert_allclose(x[:, 0] * 256, mnist.train.x[7] * 255, atol=1e-4)
    for (x, label), part in ((validation[3], mnist.validation), (test[3], mnist.test)):
        assert x.shape == (784, 1) and label == part.y[3] and np.ndim(label) == 0
    images, labels = nielsen.load_data()[2]
    assert images.shape == (10_000, 784) and labels.shape == (10_000,)
    with pytest.raises(gp.DataError, match="digit"):
        vectorized_result(10)


SCRIPT = """
import random
import numpy as np
from glassprop import nielsen as mnist_loader
from glassprop import nielsen as network

np.random.seed(0); random.seed(0)
training_data, validation_data, test_data = mnist_loader.load_data_wrapper()
training_data = list(training_data)[:4000]
net = network.Network([784, 30, 10])
net.SGD(training_data, 2, 10, 3.0, test_data=test_data)
"""


def test_a_script_as_in_the_book():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=True
    )
    first, second = run.stdout.splitlines()
    assert run.stderr == "" and first.startswith("Epoch 0: ") and first.endswith(" / 10000")
    assert second.startswith("Epoch 1: ") and int(second.split()[2]) > 4000
