"""What is watched: figures beside others' arithmetic, sentences where there is something to say."""

import copy

import numpy as np
import pytest

import glassprop as gp
from glassprop.models.activations import ACTIVATIONS
from glassprop.train.flow import findings as saying
from glassprop.train.flow.layer_flow import table
from glassprop.train.flow.slopes import FLAT, slope_of
from glassprop.train.run import lookout

pytestmark = pytest.mark.usefixtures("one_cache")

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(-1, 1, (300, 3))
Y = np.sin(2 * X.sum(1, keepdims=True))
LABELS = (Y[:, 0] > 0).astype(int)
Dense = gp.Dense


def watched(net, x=X, y=Y, **given):
    return net.fit(x, y, **{"epochs": 2, "progress": False, "watch": True, **given})


def said(history):
    return [text for _, text in history.found]


def many(sizes, activation, **given):
    layers = [Dense(units, activation) for units in sizes]
    return gp.Network(3, *layers, Dense(1), seed=0, **given)


# -- slopes


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "softmax"])
def test_a_slope_is_that_of_the_function(name):
    """Beside central differences of what a layer of one unit gives."""
    slope = slope_of(ACTIVATIONS[name].function, "float64")
    if slope is None:
        return
    net = gp.Network(1, Dense(1, name), seed=0)
    net.parameters |= {"W1": [[1.0]], "b1": [0.0]}
    z, h = np.linspace(-9.7, 9.7, 200)[:, None], 1e-5
    with np.errstate(all="ignore"):
        measured = (net.predict(z + h) - net.predict(z - h)) / (2 * h)
    assert np.allclose(slope.of(z), measured, atol=1e-6)
    assert slope.largest >= np.abs(measured).max() - 1e-4
    assert np.array_equal(slope.is_flat(z), np.abs(slope.of(z)) < FLAT * slope.largest)


def test_what_has_a_steepest_place():
    found = {name: slope_of(one.function, "float64") for name, one in ACTIVATIONS.items()}
    assert {name for name, one in found.items() if one and one.both_ends} >= {"sigmoid", "tanh"}
    assert not found["relu"].both_ends and not found["leaky_relu"].is_flat(np.array([-9.0]))
    assert found["identity"] is None and found["exp"] is None and found["softmax"] is None
    assert found["sigmoid"].largest == 0.25 and found["tanh"].largest == 1
    steep = gp.activation("test_steep", "sigmoid(50 * z)").function
    assert slope_of(steep, "float32").largest == pytest.approx(12.5)


# -- figures


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", [gp.SGD(0.3), gp.Adam(0.01)], ids=["SGD", "Adam"])
def test_the_figures_are_those_of_the_network(rule, dtype):
    net = gp.Network(3, Dense(5, "tanh"), Dense(4, "relu"), Dense(1), seed=0, dtype=dtype)
    flow = watched(net, optimizer=rule, batch_size=70, epochs=3)[-1].flow
    rows = np.linspace(0, 299, 200, dtype=int)
    gradients, trace = net.gradients(X[rows], Y[rows]), net.trace(X[rows], Y[rows])
    after = copy.deepcopy(net)
    step = rows[np.linspace(0, 199, 70, dtype=int)]
    after.fit(X[step], Y[step], epochs=1, batch_size=70, optimizer=rule, progress=False)
    errors = []
    for one in flow.layers:
        k, weights = one.layer, net.parameters[f"W{one.layer}"]
        errors.append(np.sqrt(np.mean((200.0 * trace[f"delta{k}"]) ** 2)))
        moved = np.linalg.norm(after.parameters[f"W{k}"] - weights) / np.linalg.norm(weights)
        assert one.gradient == pytest.approx(np.sqrt(np.mean(gradients[f"W{k}"] ** 2)), 1e-5)
        assert one.update == pytest.approx(moved, 1e-3)
        assert one.error == pytest.approx(errors[-1], 1e-5)
    for one, error, following in zip(flow.layers, errors, errors[1:], strict=False):
        assert one.factor == pytest.approx(error / following, 1e-5)
    assert np.isnan(flow.layers[-1].factor) and np.isnan(flow.layers[-1].saturated)
    tanh, relu = 1 - trace["a1"].astype(float) ** 2 < FLAT, trace["z2"] <= 0
    assert flow.layers[0].saturated == pytest.approx(tanh.mean(), abs=0.01)
    assert flow.layers[1].saturated == pytest.approx(relu.mean())
    assert flow.layers[1].zero == relu.all(0).sum() and flow.examples == 200


def test_history_has_them_as_columns():
    net = many([4], "sigmoid")
    assert watched(net, watch=False).flow is None and net.history[0].flow is None
    history = watched(net, epochs=3)
    columns = history.flow
    assert list(columns["epoch"]) == [1, 1, 2, 2, 3, 3] and list(columns["layer"]) == [1, 2] * 3
    assert {len(array) for array in columns.values()} == {6}
    assert columns["update"][3] == history[1].flow.layers[1].update
    lines = table(history[-1].flow)
    assert str(history[-1].flow) == "\n".join(lines) and max(map(len, lines)) <= 80


@pytest.mark.parametrize("rule", [gp.SGD(0.5), gp.Adam(0.1)], ids=["SGD", "Adam"])
def test_no_bit_depends_on_it(rule, engine, monkeypatch):
    monkeypatch.setattr(lookout, "PAUSE", 0.0)
    nets = [many([6], "sigmoid", engine=engine, l2=0.01) for _ in range(2)]
    for net, watch in zip(nets, (False, True), strict=True):
        watched(net, epochs=3, batch_size=7, optimizer=rule, watch=watch)
        watched(net, epochs=2, batch_size=7, optimizer=rule, watch=watch)
    assert nets[0].engine == engine and nets[0].history.cost == nets[1].history.cost
    arrays = [[*net.parameters.values(), *net._states.arrays] for net in nets]
    assert all(np.array_equal(a, b) for a, b in zip(*arrays, strict=True))
    assert nets[0]._states.updates == nets[1]._states.updates
    assert nets[0]._random.bit_generator.state == nets[1]._random.bit_generator.state


def test_what_data_may_be():
    csr_array = pytest.importorskip("scipy.sparse").csr_array
    net, other = (gp.Network(3, Dense(4, "tanh"), Dense(2, "softmax"), seed=0) for _ in range(2))
    one = watched(net, csr_array(X), LABELS).flow
    two = watched(other, X, np.eye(2)[LABELS]).flow
    assert all(np.allclose(one[name], two[name], equal_nan=True) for name in one)
    assert watched(many([], ""), X[:1], Y[:1])[0].flow.examples == 1


# -- what is said


def test_healthy_networks_are_passed_over():
    nets = [many([12], name) for name in ("tanh", "relu", "sigmoid", "gelu")]
    nets += [many([12, 12, 12], "tanh"), gp.Network([3, 30, 30, 1], activation="tanh", seed=0)]
    for net in nets:
        assert not said(watched(net, epochs=20)), net
    classes = Dense(2, "softmax")
    net = gp.Network(3, Dense(20, "relu"), classes, cost="cross_entropy", seed=0)
    assert not said(watched(net, X, LABELS, epochs=200, optimizer=gp.Adam(0.01)))


def test_the_network_of_the_book_on_its_digits():
    x, y = digits()
    assert not said(watched(gp.Network([784, 30, 10], seed=0, engine="numpy"), x, y, epochs=3))


def digits():
    from glassprop.data.digits import mnist_training

    (x, y, *_), _ = mnist_training()
    return x[:10_000], y[:10_000]


def test_a_dead_layer_with_equation_line_step_and_example(engine):
    net = many([10, 6], "relu", engine=engine)
    net.parameters["b2"] = np.full(6, -50.0)
    (text,) = said(watched(net, epochs=3, batch_size=30))
    assert text.startswith("layer 2: all 6 units are 0 for all 200 examples of the sample (dead) ")
    assert "after step 10, by a2 = np.maximum(z2, 0), that is a² = relu(z²), where z2 is" in text
    layers = net.history[0].flow.layers
    assert [one.dead for one in layers] == [0, 6, 0] and layers[1].saturated == 1
    assert "nearest to a slope is -4" in text and "for example " in text


def test_some_dead_units():
    net = many([20], "relu")
    net.parameters["b1"][:9] = -50
    assert said(watched(net))[0] == (
        "layer 1: 9 of 20 units are 0 for all 200 examples of the sample (dead)"
    )


def test_an_output_that_is_stuck_and_one_that_is_right():
    net = gp.Network(3, Dense(5, "tanh"), Dense(2, "sigmoid"), seed=0)
    net.parameters["b2"] = [-40.0, -40.0]
    rows = np.stack([LABELS, np.zeros(300)], 1)
    assert "layer 2: 1 of 2 units are flat at an end" in said(watched(net, X, rows))[0]
    net = gp.Network(3, Dense(2, "sigmoid"), cost="binary_cross_entropy", seed=0)
    net.parameters["b1"] = [-40.0, -40.0]
    assert not said(watched(net, X, rows, epochs=1, optimizer=gp.SGD(1e-9)))  # its error is a − y


def test_a_saturated_layer():
    net = many([10], "sigmoid")
    net.parameters["W1"] *= 3000
    assert "layer 1: 99 % of the activations are saturated" in said(watched(net))[0]


def test_vanishing_in_six_layers_of_sigmoids():
    net = many([20] * 6, "sigmoid")
    history = watched(net, epochs=4)
    (text,) = said(history)
    assert "the error of layer 1 is " in text and "smaller than that of layer 7 (vanishing" in text
    assert "the gradient of W1 is " in text and history.found[0][0] == 1


def test_exploding():
    net = many([10] * 8, "relu")
    for number in range(2, 9):
        net.parameters[f"W{number}"] *= 5
    found = said(watched(net, optimizer=gp.SGD(1e-12)))
    assert any("larger than that of layer 9 (exploding" in text for text in found)
    assert len({*found}) == len(found)


def test_a_step_as_large_as_the_weights():
    net = gp.Network([3, 1], activation="identity", seed=0)
    net.parameters |= {"W1": [[1e-3, 1e-3, 1e-3]]}
    found = said(watched(net, epochs=1, batch_size=300, optimizer=gp.SGD(12.0)))
    assert "a step changes W1 by " in found[0] and "smaller learning rate" in found[0]


def test_a_quantity_that_is_not_finite_is_said_though_no_cost_is_measured(engine):
    cost = gp.cost("test_root_watched", lambda a, y: gp.sum(gp.sqrt(gp.sqrt(a) - y)))
    net = gp.Network(3, Dense(1), cost=cost, seed=0, engine=engine)
    net.parameters |= {"W1": np.zeros((1, 3)), "b1": np.ones(1)}
    odd = np.zeros((150, 1))
    odd[[30, 7, 39]] = 9
    (text,) = said(watched(net, X[:150], odd, measure=0, optimizer=gp.SGD(1e-9)))
    assert text.startswith("C (cost) is NaN for example 7 by ") and "y = 9" in text
    assert "Cₓ = 𝟏ᵀ √(√(a¹) − y)" in text and text.endswith("the parameters are finite so far")


def test_an_overflow_has_equation_step_example_and_cause(engine):
    net = many([6], "square", engine=engine, dtype="float32")
    with np.errstate(all="ignore"):
        watched(net, optimizer=gp.SGD(1e-3), epochs=2, batch_size=100)
        with pytest.raises(gp.NetworkError) as caught:
            watched(net, optimizer=gp.SGD(1e3), epochs=9, batch_size=100)
    text = str(caught.value)
    assert "training diverged in epoch " in text and "at step " in text and "for example " in text
    assert "by z2 = a1 @ W2.T + b2, that is z² = W²a¹ + b², where " in text
    assert "W2 has entries up to " in text and "learning rate 1000 is the likely cause: " in text


def test_the_step_counts_what_was_trained_before(engine):
    """The mini-batch with the wild example is known, as the order is."""
    net = gp.Network(3, Dense(4, "exp"), Dense(1), seed=0, engine=engine)
    net.fit(X, Y, epochs=2, batch_size=30, optimizer=gp.SGD(1e-3), progress=False)
    net._random = np.random.default_rng(5)
    place = list(np.random.default_rng(5).permutation(300)).index(17) // 30
    wild = X.copy()
    wild[17] = 1e5
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError) as caught:
        watched(net, wild, optimizer=gp.SGD(1e-3), batch_size=30)
    text = str(caught.value)
    assert f"at step {20 + place + 1} of training, in mini-batch {place + 1} of 10, a1 (" in text
    assert "inf for example 17 by a1 = np.exp(z1), that is a¹ = exp(z¹), where z1 = " in text
    assert "learning rate" not in text


def test_an_epoch_ends_as_soon_as_a_parameter_is_no_number(monkeypatch):
    monkeypatch.setattr(lookout, "PAUSE", 0.0)
    done = {}
    for watch in (False, True):
        net = gp.Network([3, 1], activation="identity", seed=0, engine="numpy")
        step, count = net._program(gp.SGD).functions["train_step"], []
        net._program(gp.SGD).functions["train_step"] = lambda *g, s=step, c=count: c.append(s(*g))
        with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match="step 2 of training"):
            watched(net, optimizer=gp.SGD(1e300), batch_size=1, watch=watch)
        done[watch] = len(count)
    assert done[True] < 60 < 300 < done[False]


def test_a_lack_of_memory_ends_the_watching_alone(monkeypatch, capsys):
    def none(*given):
        raise MemoryError

    monkeypatch.setattr(lookout.Lookout, "flow", none)
    history = many([], "").fit(X, Y, epochs=2, watch=True)
    assert len(history) == 2 and history.flow is None
    assert capsys.readouterr().err.count("not enough memory to go on watching") == 1


def test_wide_examples_are_fewer():
    net = many([], "")
    given = net._program(), net._examples(X, Y), net.architecture, 10
    assert lookout.Lookout(*given).count == lookout.SAMPLE
    wide = gp.Network([100_000, 1], seed=0)
    examples = wide._examples(np.zeros((100, 100_000)), np.zeros((100, 1)))
    assert lookout.Lookout(wide._program(), examples, wide.architecture, 10).count == 41


def test_sentences_come_after_the_line_of_their_epoch(capsys):
    net = many([10], "relu")
    net.parameters["b1"][:] = -50
    net.fit(X, Y, epochs=3, watch=True)
    lines = [line for line in capsys.readouterr().err.splitlines() if "epoch " in line]
    places = [k for k, line in enumerate(lines) if line.startswith("epoch 1: layer 1: all 10")]
    assert len(places) == 1 and lines[places[0] - 1].startswith("epoch 1  ")
    assert lines[places[0] + 1].startswith("epoch 2  ")


def test_figures_as_they_are_said():
    assert [saying._times(x) for x in (1.234, 56.7, 1337.0, 4.567e7)] == [
        "1.2", "57", "1,300", "4.6e+07",
    ]  # fmt: skip
