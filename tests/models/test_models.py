import numpy as np
import pytest

import glassprop as gp
from glassprop.models.architecture import Architecture, from_json
from glassprop.models.costs import find_cost
from glassprop.models.initial_weights import SCHEMES, draw


@pytest.mark.parametrize("scheme", SCHEMES)
def test_initial_weights_have_the_variance_that_they_say(scheme):
    inputs, outputs = 400, 300
    weights, biases = draw(scheme, inputs, outputs, np.random.default_rng(0))
    variance = {
        "normal": 1,
        "fan_in": 1 / inputs,
        "xavier": 2 / (inputs + outputs),
        "he": 2 / inputs,
    }[scheme]
    assert weights.shape == (outputs, inputs) and biases.shape == (outputs,)
    assert weights.var() == pytest.approx(variance, rel=0.02)
    assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
    assert biases.any() == (scheme == "normal")


@pytest.mark.parametrize("alias, scheme", [("glorot", "xavier"), ("kaiming", "he")])
def test_other_names_of_schemes(alias, scheme):
    nets = [gp.Network(5, gp.Dense(4, initial=name), seed=0) for name in (alias, scheme)]
    assert (nets[0].parameters["W1"] == nets[1].parameters["W1"]).all()


def test_the_default_scheme_goes_with_the_activation():
    assert gp.Dense(3, "relu").scheme == "he" and gp.Dense(3, "tanh").scheme == "xavier"


def test_the_last_layer_of_a_list_goes_with_the_cost():
    def last(**settings):
        return gp.Network([3, 4, 2], **settings).architecture.layers[-1].activation.name

    assert last() == "sigmoid" and last(activation="tanh") == "tanh"
    assert last(cost="cross_entropy") == "softmax" and last(cost="huber") == "identity"
    assert last(cost="binary_cross_entropy", activation="relu") == "sigmoid"
    assert last(cost="huber", output="tanh") == "tanh"


def test_architecture_comes_back_from_json():
    layers = (
        gp.Dense(3, gp.activation("elu", alpha=0.5)),
        gp.Dense(2, "softmax", initial="fan_in"),
    )
    made = Architecture(4, layers, find_cost("cross_entropy"), 0.25)
    again, dtype = from_json(made.to_json("float32"))
    assert dtype == "float32" and again.to_json("float32") == made.to_json("float32")
    assert again.layers[0].activation.parameters == {"alpha": 0.5} and again.l2 == 0.25


def test_l2_counts_weights_and_not_biases():
    x, y = np.ones((5, 3)), np.zeros((5, 2))
    plain, decayed = gp.Network([3, 2], seed=0), gp.Network([3, 2], seed=0, l2=0.3)
    expected = 0.15 * (plain.parameters["W1"] ** 2).sum()
    assert decayed.evaluate(x, y).cost - plain.evaluate(x, y).cost == pytest.approx(expected)
    first, second = plain.gradients(x, y), decayed.gradients(x, y)
    assert (first["b1"] == second["b1"]).all()
    decay = 0.3 * plain.parameters["W1"]
    np.testing.assert_allclose(second["W1"] - first["W1"], decay, rtol=1e-10)


def test_costs_are_the_stated_ones():
    a = np.array([[0.2, 0.3, 0.5], [0.1, 0.8, 0.1]])
    y = np.eye(3)[[2, 0]]
    net = gp.Network(3, gp.Dense(3), seed=0)
    assert net.architecture.cost.name == "quadratic"
    wanted = {
        "quadratic": ((a - y) ** 2).sum(1).mean() / 2,
        "absolute": np.abs(a - y).sum(1).mean(),
        "huber": ((a - y) ** 2).sum(1).mean() / 2,
    }
    for name, value in wanted.items():
        net = gp.Network(3, gp.Dense(3), cost=name, seed=0)
        net.parameters["W1"][:], net.parameters["b1"][:] = np.eye(3), 0
        assert net.evaluate(a, y).cost == pytest.approx(value)
    net = gp.Network([3, 3], cost="cross_entropy", seed=0)
    net.parameters["W1"][:], net.parameters["b1"][:] = np.eye(3), 0
    assert net.evaluate(np.log(a), [2, 0]).cost == pytest.approx(-np.log([0.5, 0.1]).mean())


def test_one_entry_in_the_table_is_all_that_an_activation_takes(monkeypatch):
    """A new record is known to layers, to the derivation, the program and the printers."""
    import glassprop.formula.functions.table as functions
    from glassprop.models import activations

    record = functions.ScalarFunction(
        "bent",
        formula="(z + sqrt(z**2 + 1)) / 2",
        derivative=("(1 + z / sqrt(z**2 + 1)) / 2",),
        named_prime=True,
        activation=True,
    )
    monkeypatch.setitem(functions.FUNCTIONS, "bent", record)
    monkeypatch.setitem(activations.ACTIVATIONS, "bent", activations._of_record(record))
    net = gp.Network([2, 3, 1], activation="bent", seed=0)
    x, y = np.ones((4, 2)), np.zeros((4, 1))
    before = net.evaluate(x, y).cost
    net.parameters["b1"][0] += 1e-6
    rise = (net.evaluate(x, y).cost - before) / 1e-6
    assert net.gradients(x, y)["b1"][0] == pytest.approx(rise, rel=1e-4)
    assert "bent" in str(net.derivation)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda a, y: gp.mean((a - y) ** 2), "mean((a - y)**2)"),
        (lambda a, y: gp.sum((a - y) ** 2) / a.axes[0].size, "mean((a - y)**2)"),
        (lambda a, y: gp.mean(a) * gp.mean(y) + gp.size(a), "mean(a) * mean(y) + size(a)"),
        (lambda a, y: gp.sum(a) / gp.sum(y), "sum(a) / sum(y)"),
        (lambda a, y: gp.size(a) / gp.sum(a * y), "size(a) / sum(a * y)"),
        ("sqrt(mean((a - y)**2) + 1) / 2", "sqrt(mean((a - y)**2) + 1) / 2"),
    ],
)
def test_sizes_belong_to_the_network_and_not_to_the_statement(formula, text):
    cost = gp.cost("sized", formula)
    assert cost.formula == text
    direct = {
        "mean((a - y)**2)": lambda a, y: np.mean((a - y) ** 2),
        "mean(a) * mean(y) + size(a)": lambda a, y: a.mean() * y.mean() + a.size,
        "sum(a) / sum(y)": lambda a, y: a.sum() / y.sum(),
        "size(a) / sum(a * y)": lambda a, y: a.size / (a * y).sum(),
        "sqrt(mean((a - y)**2) + 1) / 2": lambda a, y: np.sqrt(np.mean((a - y) ** 2) + 1) / 2,
    }[text]
    random = np.random.default_rng(3)
    for outputs in (1, 2, 10):
        net = gp.Network([3, outputs], cost=cost, seed=0)
        x, y = random.normal(size=(4, 3)), random.normal(size=(4, outputs))
        expected = np.mean([direct(a, b) for a, b in zip(net.predict(x), y, strict=True)])
        assert net.evaluate(x, y).cost == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_an_activation_of_the_whole_layer_takes_its_size_from_the_network(outputs):
    random = np.random.default_rng(4)
    x = random.normal(size=(6, 3))
    for function, direct in (
        (lambda z: z - gp.mean(z), lambda z: z - z.mean(1, keepdims=True)),
        (lambda z: z - gp.sum(z) / z.axes[0].size, lambda z: z - z.mean(1, keepdims=True)),
        (
            lambda z: z / gp.sqrt(gp.mean(z**2) + 1e-5),
            lambda z: z / np.sqrt((z**2).mean(1, keepdims=True) + 1e-5),
        ),
        (gp.sum, lambda z: np.repeat(z.sum(1, keepdims=True), outputs, 1)),
        (gp.max, lambda z: np.repeat(z.max(1, keepdims=True), outputs, 1)),
    ):
        made = gp.activation("of_layer", function)
        net = gp.Network(3, gp.Dense(outputs, made), seed=2)
        z = x @ net.parameters["W1"].T + net.parameters["b1"]
        np.testing.assert_allclose(net.predict(x), direct(z), rtol=1e-12, atol=1e-12)


def test_two_activations_of_one_name_are_refused():
    cube = gp.activation("twice_named", lambda z: z**3)
    tanh = gp.activation("twice_named", lambda z: gp.tanh(z))
    with pytest.raises(gp.NetworkError, match="layers 1 and 3 have two activations with the name"):
        gp.Network(2, gp.Dense(2, cube), gp.Dense(2, "relu"), gp.Dense(1, tanh))
    gp.Network(2, gp.Dense(2, cube), gp.Dense(1, cube))
    slopes = (gp.activation("leaky_relu", slope=slope) for slope in (0.1, 0.2))
    gp.Network(2, *(gp.Dense(2, slope) for slope in slopes))
