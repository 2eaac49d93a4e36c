"""The face with the book's names does what the book's algorithm does."""

import copy
import pickle
import random
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop import nielsen
from glassprop.nielsen import Network, sigmoid, sigmoid_prime, vectorized_result

from .loops import Loops, distance, seeded
from .loops import sigmoid_prime as sigmoid_prime_in_the_book


@pytest.fixture(scope="module")
def digits():
    x, y = gp.data.mnist().train
    return [(x[k].reshape(784, 1), vectorized_result(y[k])) for k in range(300)]


@pytest.fixture(scope="module")
def labelled(digits):
    return [(x, int(np.argmax(y))) for x, y in digits]


def examples(count, inputs, outputs, seed=0):
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(inputs, 1)), rng.random((outputs, 1))) for _ in range(count)]


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


# -- user code


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


def test_an_overridden_evaluate_is_printed_and_may_stop_the_training(capsys):
    class Mine(Network):
        def evaluate(self, test_data):
            self.weights[0] = np.zeros((2, 3))
            return "mine"

    net = Mine([3, 2])
    net.SGD(examples(4, 3, 2), 2, 2, 1.0, test_data=[(np.zeros(3), 0)])
    assert capsys.readouterr().out == "Epoch 0: mine / 1\nEpoch 1: mine / 1\n"
    assert (net.weights[0] == 0).all()


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
    from glassprop.adapt import nielsen as module

    class Pressed(module.Interrupt):
        @property
        def requested(self):
            steps.append(1)
            return len(steps) > 3

        @requested.setter
        def requested(self, value):
            pass

    before = net.weights[0]
    monkeypatch.setattr(module, "Interrupt", Pressed)
    with pytest.raises(KeyboardInterrupt):
        net.SGD(data, 5, 4, 1.0)
    monkeypatch.undo()
    assert (net.weights[0] != before).any() and len(data) == 40
    net.SGD(data, 1, 4, 1.0)


# -- bad input


@pytest.mark.parametrize(
    "sizes", [[], [3], [3, 0], [3, -1, 2], [3, 2.5], ["3", 2], 5, None, [3, True]]
)
def test_sizes_that_are_none(sizes):
    with pytest.raises(gp.NetworkError, match=r"^size[^\n]*expected[^\n]*$"):
        Network(sizes)


GOOD = (np.zeros((3, 1)), np.zeros((2, 1)))
NAN = (np.array([[0.0], [np.nan], [0.0]]), np.zeros((2, 1)))
BAD_TRAINING = {
    "none": (([], 1, 1, 1.0), "training_data: expected at least one pair"),
    "no list": ((5, 1, 1, 1.0), "training_data: expected a list of pairs"),
    "no pairs": (([GOOD, 3], 1, 1, 1.0), "example 1 is 3; expected a pair"),
    "arrays": (((np.zeros((9, 3)), np.zeros(9)), 1, 1, 1.0), "example 0 is an array of shape"),
    "size 0": (([GOOD], 1, 0, 1.0), "mini_batch_size: expected a whole number of at least 1"),
    "size 1.5": (([GOOD], 1, 1.5, 1.0), "mini_batch_size: expected a whole number"),
    "epochs": (([GOOD], -1, 1, 1.0), "epochs: expected a whole number of at least 0"),
    "eta nan": (([GOOD], 1, 1, np.nan), "eta: expected a finite number, got nan"),
    "eta text": (([GOOD], 1, 1, "3"), "eta: expected a finite number, got '3'"),
    "eta none": (([GOOD], 1, 1, None), "eta: expected a finite number, got None"),
    "nan": (([GOOD] * 300 + [NAN], 1, 1, 1.0), r"x\[1\] of example 300 is nan"),
    "inf": (([(GOOD[0], [0, np.inf])], 1, 1, 1.0), r"y\[1\] of example 0 is inf"),
    "features": (([GOOD, (np.zeros((4, 1)), GOOD[1])], 1, 1, 1.0), r"x of example 1 .*\(3, 1\)"),
    "row": (([(np.zeros((1, 3)), GOOD[1])], 1, 1, 1.0), r"use np.reshape\(x, \(3, 1\)\)"),
    "label": (([(GOOD[0], 1)], 1, 1, 1.0), "y of example 0 .* vectorized_result"),
    "text": (([("abc", GOOD[1])], 1, 1, 1.0), "x of example 0"),
    "complex": (([(1j * GOOD[0], GOOD[1])], 1, 1, 1.0), "x of example 0 .* real numbers"),
    "ragged": (([([[1], [2, 3], [4]], GOOD[1])], 1, 1, 1.0), "x of example 0"),
    "test": (([GOOD], 1, 1, 1.0, [(GOOD[0], GOOD[1])]), "test_data: y of example 0 .* label"),
    "test x": (([GOOD], 1, 1, 1.0, [(np.zeros(4), 1)]), "test_data: x of example 0"),
    "test nan": (([GOOD], 1, 1, 1.0, [(NAN[0], 1)]), r"test_data: x\[1\] of example 0 is nan"),
}


@pytest.mark.parametrize("case", BAD_TRAINING)
def test_training_on_what_cannot_be(case):
    arguments, message = BAD_TRAINING[case]
    net = Network([3, 2])
    with pytest.raises((gp.DataError, gp.NetworkError), match=message) as caught:
        net.SGD(*arguments)
    assert "\n" not in str(caught.value)


BAD_LAYERS = {
    "next": (
        [np.zeros((4, 3)), np.zeros((2, 5))],
        [np.zeros((4, 1)), np.zeros((2, 1))],
        "weights.1",
    ),
    "flat": ([np.zeros((2, 3))], [np.zeros(2)], r"biases.0.: expected the shape \(2, 1\)"),
    "few": ([np.zeros((2, 3))], [], "expected weights and biases for each layer"),
    "none": ([], [], "expected weights and biases for each layer"),
    "text": ([[["a"]]], [np.zeros((1, 1))], "weights.0.: expected an array of real numbers"),
}


@pytest.mark.parametrize("case", BAD_LAYERS)
def test_assigned_arrays_that_do_not_fit(case):
    net = Network([3, 2])
    net.weights, net.biases, message = BAD_LAYERS[case]
    with pytest.raises(gp.NetworkError, match=message):
        net.feedforward(np.zeros((3, 1)))


def test_divergence_is_an_error_and_keeps_finite_weights():
    net = Network([3, 2])
    before = net.weights[0]
    net.cost_derivative = lambda a, y: np.full((2, 1), 1e100)
    with pytest.raises(gp.NetworkError, match="training diverged"):
        net.SGD(examples(20, 3, 2), 3, 20, 1e308)
    assert net.weights[0] is before

    net.cost_derivative = lambda a, y: np.full((2, 1), np.nan)
    with pytest.raises(gp.DataError, match=r"cost_derivative\[0\] of example 0 is nan"):
        net.backprop(*GOOD)


# -- the data, and a whole script


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
