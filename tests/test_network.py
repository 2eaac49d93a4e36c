import copy
import pickle

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import glassprop as gp
from jax_network import ACTIVATIONS, COSTS, cost_of

ELEMENTWISE = sorted(set(ACTIVATIONS) - {"softmax"})
BOUNDED = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "sin"]
KINKED = {"relu", "leaky_relu", "absolute", "hinge"}
FITTING = {
    "cross_entropy": ["softmax", "sigmoid"],
    "binary_cross_entropy": ["sigmoid", "softmax"],
}


def targets(cost, outputs, n, random):
    if cost == "cross_entropy":
        return np.eye(outputs)[random.integers(0, outputs, n)]
    if cost == "binary_cross_entropy":
        return random.random((n, outputs))
    if cost == "hinge":
        return random.choice([-1.0, 1.0], (n, outputs))
    return random.standard_normal((n, outputs))


def make(activations, sizes, cost, dtype, seed, l2=0.0):
    layers = [gp.Dense(size, name) for size, name in zip(sizes[1:], activations, strict=True)]
    return gp.Network(sizes[0], *layers, cost=cost, dtype=dtype, seed=seed, l2=l2)


def compare(net, activations, cost, x, y, l2, tolerance, fixed=False):
    """The gradients against JAX, which for shapes that come again has compiled each operation."""
    reference = jax.grad(cost_of(activations, cost, l2))
    reference = reference if fixed else jax.jit(reference)
    wide = {name: jnp.asarray(v, "float64") for name, v in net.parameters.items()}
    wanted = reference(wide, jnp.asarray(x, "float64"), jnp.asarray(y, "float64"))
    found = net.gradients(x, y)
    assert list(found) == list(net.parameters)
    scale = max(float(jnp.abs(g).max()) for g in wanted.values())
    for name, value in found.items():
        assert value.dtype == net.dtype and value.shape == net.parameters[name].shape
        difference = np.abs(value - np.asarray(wanted[name])).max()
        least = 1e-3 if net.dtype == "float64" else 0.1
        assert difference <= tolerance * max(scale, least), (name, difference, scale)


@pytest.mark.filterwarnings("ignore:cross_entropy counts only")
@pytest.mark.parametrize("cost", sorted(COSTS))
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_gradients_of_every_activation_and_cost(activation, cost):
    random = np.random.default_rng(len(activation) * len(cost))
    last = FITTING.get(cost, [activation, "identity"])
    for output in last:
        names = [activation, activation, output]
        net = make(names, [5, 7, 4, 3], cost, "float64", 3)
        x = random.standard_normal((9, 5))
        y = targets(cost, 3, 9, random)
        compare(net, names, cost, x, y, 0.0, 1e-12, fixed=True)


@pytest.mark.filterwarnings("ignore:cross_entropy counts only")
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # shrinking through JAX takes many minutes
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_gradients_of_random_networks(data):
    """In float32 without kinks: on which side of one a value lies is beyond its precision."""
    dtype = data.draw(st.sampled_from(["float64", "float32"]))
    depth = data.draw(st.integers(1, 6))
    sizes = data.draw(st.lists(st.integers(1, 40), min_size=depth + 1, max_size=depth + 1))
    kinked = dtype == "float64"
    cost = data.draw(st.sampled_from(sorted(COSTS if kinked else set(COSTS) - KINKED)))
    bounded = [name for name in BOUNDED if kinked or name not in KINKED]
    names = data.draw(st.lists(st.sampled_from(bounded), min_size=depth, max_size=depth))
    if cost in FITTING:  # ln(1 − softmax) loses all digits where an output is nearly 1
        fitting = FITTING[cost] if cost == "cross_entropy" and sizes[-1] > 1 else ["sigmoid"]
        names[-1] = data.draw(st.sampled_from(fitting))
    l2 = data.draw(st.sampled_from([0.0, 0.1]))
    seed = data.draw(st.integers(0, 10**6))
    n = data.draw(st.integers(1, 33))
    random = np.random.default_rng(seed)
    net = make(names, sizes, cost, dtype, seed, l2)
    x = random.standard_normal((n, sizes[0])).astype(dtype)
    y = targets(cost, sizes[-1], n, random).astype(dtype)
    if cost == "cross_entropy" and sizes[-1] == 1:
        y = np.ones((n, 1), dtype)
    compare(net, names, cost, x, y, l2, 1e-12 if dtype == "float64" else 2e-5)


def test_gradients_against_central_differences():
    net = gp.Network(4, gp.Dense(6, "tanh"), gp.Dense(3, "softmax"), cost="cross_entropy", seed=1)
    random = np.random.default_rng(0)
    x, y = random.standard_normal((7, 4)), random.integers(0, 3, 7)
    found = net.gradients(x, y)
    step = 1e-6
    for name, value in net.parameters.items():
        for _ in range(4):
            place = tuple(random.integers(0, size) for size in value.shape)
            kept = value[place]
            value[place] = kept + step
            above = net.evaluate(x, y).cost
            value[place] = kept - step
            below = net.evaluate(x, y).cost
            value[place] = kept
            assert found[name][place] == pytest.approx(
                (above - below) / (2 * step), rel=1e-6, abs=1e-9
            )


def test_the_seeds_network():
    net = gp.Network([784, 30, 10], seed=0)
    shapes = {name: value.shape for name, value in net.parameters.items()}
    assert shapes == {"W1": (30, 784), "b1": (30,), "W2": (10, 30), "b2": (10,)}
    assert abs(net.parameters["W1"].std() - 1) < 0.02
    assert net.parameters["b1"].any()
    assert net.dtype == "float64" and net.architecture.cost.name == "quadratic"


def test_labels_and_rows_give_the_same():
    net = gp.Network([3, 4], cost="cross_entropy", seed=0)
    x = np.random.default_rng(0).standard_normal((5, 3))
    labels = np.array([0, 3, 1, 2, 0])
    first, second = net.gradients(x, labels), net.gradients(x, np.eye(4)[labels])
    assert all((first[name] == second[name]).all() for name in first)
    assert net.evaluate(x, labels) == net.evaluate(x, np.eye(4)[labels])
    assert (net.classify(x) == net.predict(x).argmax(1)).all()


def test_own_activation_and_cost():
    swish = gp.activation("test_swish", lambda z: z / (1 + gp.exp(-z)))
    quartic = gp.cost("test_quartic", lambda a, y: gp.sum((a - y) ** 4))
    random = np.random.default_rng(0)
    x, y = random.standard_normal((6, 3)), random.standard_normal((6, 2))
    for activation, cost in ((swish, quartic), ("test_swish", "test_quartic")):
        net = gp.Network(3, gp.Dense(5, activation), gp.Dense(2, activation), cost=cost, seed=0)

        def mean_cost(p, x, y):
            a = jax.nn.silu(x @ p["W1"].T + p["b1"])
            a = jax.nn.silu(a @ p["W2"].T + p["b2"])
            return ((a - y) ** 4).sum(1).mean()

        wanted = jax.grad(mean_cost)({k: jnp.asarray(v) for k, v in net.parameters.items()}, x, y)
        for name, value in net.gradients(x, y).items():
            np.testing.assert_allclose(value, wanted[name], rtol=1e-12, atol=1e-13)


def test_own_activation_is_stable_far_out():
    gp.activation("test_far", lambda z: z / (1 + gp.exp(-z)))
    net = gp.Network(1, gp.Dense(1, "test_far"), dtype="float32", seed=0)
    net.parameters["W1"][:] = 1
    out = net.predict(np.array([[-1e4], [1e4]], "float32"))
    np.testing.assert_allclose(out, [[0], [1e4]], rtol=1e-6)
    assert np.isfinite(net.gradients([[-1e4]], [[0.0]])["W1"]).all()


def test_own_activation_of_the_whole_vector():
    gp.activation("test_share", lambda z: gp.exp(z) / gp.sum(gp.exp(z)))
    net = gp.Network(3, gp.Dense(4, "test_share"), seed=0)
    x, y = np.random.default_rng(0).standard_normal((5, 3)), np.eye(4)[[0, 1, 2, 3, 0]]

    def mean_cost(p):
        return ((jax.nn.softmax(x @ p["W1"].T + p["b1"]) - y) ** 2).sum(1).mean() / 2

    wanted = jax.grad(mean_cost)({k: jnp.asarray(v) for k, v in net.parameters.items()})
    for name, value in net.gradients(x, y).items():
        np.testing.assert_allclose(value, wanted[name], rtol=1e-11, atol=1e-14)


def test_trace_names_what_is_given_and_every_step():
    net = gp.Network([2, 3, 1], seed=0)
    found = net.trace([[0.0, 1.0]], [[1.0]])
    given = ["x", "y", "W1", "b1", "W2", "b2"]
    assert list(found) == [*given, *(step.name for step in net.derivation.lift())]
    np.testing.assert_array_equal(found["W1"], net.parameters["W1"])
    assert found["delta1"].shape == (1, 3)


def test_copies_and_pickles_are_independent():
    net = gp.Network([2, 3, 1], seed=0)
    x, y = np.ones((4, 2)), np.ones((4, 1))
    net.predict(x)
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert (other.predict(x) == net.predict(x)).all()
        other.fit(x, y, epochs=1, progress=False)
        assert (other.predict(x) != net.predict(x)).any()


def test_source_is_what_runs():
    net = gp.Network([2, 3, 1], seed=0)
    space = {}
    exec(net.source(), space)
    x, y = np.ones((4, 2)), np.ones((4, 1))
    found = space["gradients"](x, y, *net.parameters.values())
    assert all((a == b).all() for a, b in zip(found, net.gradients(x, y).values(), strict=True))


X, Y = np.zeros((4, 3)), np.array([0, 1, 1, 0])
BAD = {
    "no layers": (lambda: gp.Network(), "no layers given"),
    "one size": (lambda: gp.Network([3]), "at least inputs and outputs"),
    "zero size": (lambda: gp.Network([3, 0, 1]), "size of layer 1"),
    "negative units": (lambda: gp.Dense(-1), "at least 1, got -1"),
    "units that are not whole": (lambda: gp.Dense(2.5), "whole number"),
    "sizes in a row": (lambda: gp.Network(3, 4), "layer 1 is 4"),
    "unknown activation": (lambda: gp.Network([3, 2], activation="sigmod"), "mean 'sigmoid'"),
    "unknown cost": (lambda: gp.Network([3, 2], cost="quadratik"), "mean 'quadratic'"),
    "unknown initial": (lambda: gp.Dense(3, initial="hee"), "mean 'he'"),
    "unknown engine": (lambda: gp.Network([3, 2], engine="nunpy"), "mean 'numpy'"),
    "dtype": (lambda: gp.Network([3, 2], dtype="int8"), "float32"),
    "no dtype": (lambda: gp.Network([3, 2], dtype=None), "float32"),
    "seed": (lambda: gp.Network([3, 2], seed=-1), "seed"),
    "l2": (lambda: gp.Network([3, 2], l2=-1), "l2"),
    "log of negative outputs": (
        lambda: gp.Network(3, gp.Dense(2, "tanh"), cost="cross_entropy"),
        "'softmax'",
    ),
    "features": (lambda: net().predict(np.zeros((4, 5))), r"\(n, 3\)"),
    "one example": (lambda: net().predict(np.zeros(3)), r"x\[None, :\]"),
    "images": (lambda: gp.Network([4, 2]).predict(np.zeros((5, 2, 2))), "reshape"),
    "text": (lambda: net().predict(np.array([["a", "b", "c"]])), "real numbers"),
    "ragged": (lambda: net().predict([[1, 2, 3], [1, 2]]), "rectangular"),
    "empty": (lambda: net().predict(np.zeros((0, 3))), "at least one example"),
    "NaN": (lambda: net().predict([[0, np.nan, 0]]), "feature 1 of example 0 is nan"),
    "infinity": (lambda: net().evaluate([[0, np.inf, 0]], [0]), "is inf"),
    "too large for float32": (
        lambda: gp.Network([1, 1], dtype="float32").predict([[1e300]]),
        "is inf",
    ),
    "label too large": (lambda: net().evaluate(X, [0, 1, 2, 0]), "label 2 of example 2"),
    "negative label": (lambda: net().evaluate(X, [0, -1, 1, 0]), "label -1"),
    "fractional label": (lambda: net().evaluate(X, [0, 0.5, 1, 0]), "not a whole number"),
    "fewer targets": (lambda: net().evaluate(X, [0, 1]), "each of the 4 examples"),
    "wide rows": (lambda: net().evaluate(X, np.zeros((4, 5))), "rows of 2 entries"),
    "labels in a column": (lambda: net().evaluate(X, Y[:, None]), r"y.ravel\(\)"),
    "parameter of another shape": (lambda: changed(W1=np.zeros((3, 3))).predict(X), "W1: expected"),
    "NaN target": (lambda: net().evaluate(X, np.full((4, 2), np.nan)), "is nan"),
    "rows not summing to 1": (
        lambda: gp.Network([3, 2], cost="cross_entropy").evaluate(X, np.ones((4, 2))),
        "sums to 2",
    ),
    "hinge rows": (
        lambda: gp.Network([3, 2], cost="hinge").evaluate(X, np.eye(2)[Y] / 2),
        "takes −1 and 1 for two classes, or 0 and 1",
    ),
    "epochs": (lambda: net().fit(X, Y, epochs=0), "epochs"),
    "batch size": (lambda: net().fit(X, Y, batch_size=-3), "batch size"),
    "learning rate": (lambda: gp.SGD(0), "learning rate"),
    "infinite rate": (lambda: gp.SGD(float("inf")), "learning rate"),
    "momentum": (lambda: gp.Momentum(0.1, 1.0), "momentum"),
    "optimizer": (lambda: net().fit(X, Y, optimizer="sgd"), "optimizer"),
    "validation": (lambda: net().fit(X, Y, validation=(X,)), "validation"),
    "validation data": (
        lambda: net().fit(X, Y, validation=(X, [0, 1, 5, 0])),
        "validation: y: label 5",
    ),
    "pass": (lambda: net().program(after="lifts"), "mean 'lift'"),
    "built-in name": (lambda: gp.activation("relu", lambda z: z), "built in"),
    "activation without formula": (lambda: gp.activation("rellu"), "mean 'relu'"),
    "cost with a free index": (lambda: gp.cost("free", lambda a, y: a - y), "free index"),
    "cost without y": (lambda: gp.cost("lonely", lambda a, y: gp.sum(a)), "does not use"),
    "cost that is a number": (lambda: gp.cost("seven", lambda a, y: 7), "expected a formula"),
}


def net():
    return gp.Network([3, 2], seed=0)


def changed(**parameters):
    made = net()
    made.parameters.update(parameters)
    return made


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_line_in_the_users_terms(name):
    action, message = BAD[name]
    with pytest.raises(gp.GlasspropError, match=message) as caught:
        action()
    assert "\n" not in str(caught.value)


def test_sigmoid_with_categorical_cross_entropy_is_warned_of():
    with pytest.warns(UserWarning, match="binary_cross_entropy"):
        gp.Network(3, gp.Dense(2, "sigmoid"), cost="cross_entropy")


def test_assigned_parameters_are_taken():
    x = np.ones((2, 3))
    made = changed(W1=[[1, 2, 3], [4, 5, 6]], b1=np.zeros(2, "float32"))
    np.testing.assert_allclose(made.predict(x), 1 / (1 + np.exp([[-6.0, -15.0]] * 2)))
    made.fit(X, Y, epochs=1, progress=False)
    assert made.parameters["W1"].dtype == "float64"
