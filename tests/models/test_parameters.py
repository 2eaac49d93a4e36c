"""Parameters: what is assigned is what is trained, and only finite numbers are."""

import copy
import pickle

import numpy as np
import pytest

import glassprop as gp
from glassprop.arrays import first_not_finite

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((40, 3)), RANDOM.integers(0, 2, 40)
pytestmark = pytest.mark.usefixtures("one_cache")


def network(engine="numpy", **given):
    return gp.Network([3, 4, 2], activation="tanh", seed=1, engine=engine, **given)


def fit(net, progress=False, epochs=1):
    net.fit(X, Y, epochs=epochs, optimizer=gp.SGD(0.1), progress=progress)
    return net


def same(net, other):
    return all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


WAYS = {
    "item": lambda net, values: net.parameters.__setitem__("W1", values["W1"]),
    "update": lambda net, values: net.parameters.update(values),
    "pairs": lambda net, values: net.parameters.update(list(values.items())),
    "names": lambda net, values: net.parameters.update(**values),
    "or": lambda net, values: net.parameters.__ior__(values),
    "all": lambda net, values: setattr(net, "parameters", {**net.parameters, **values}),
    "in place": lambda net, values: net.parameters["W1"].__setitem__(..., values["W1"]),
}
KINDS = {
    "float64": lambda a: a,
    "float32": lambda a: a.astype("float32"),
    "list": lambda a: a.tolist(),
    "Fortran": np.asfortranarray,
    "read only": lambda a: np.frombuffer(a.tobytes()).reshape(a.shape),
    "big-endian": lambda a: a.astype(">f8"),
    "integers": lambda a: a.astype(int),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_what_is_assigned_is_what_is_trained(way, kind):
    value = KINDS[kind](np.arange(12.0).reshape(4, 3) / (1 if kind == "integers" else 8))
    net, other = network(), network()
    array = net.parameters["W1"]
    WAYS[way](net, {"W1": value})
    assert net.parameters["W1"] is array and np.array_equal(array, value)
    other.parameters["W1"][...] = value
    assert same(fit(net), fit(other)) and not np.array_equal(net.parameters["W1"], value)
    assert net.parameters["W1"] is array


@pytest.mark.parametrize("way", WAYS)
def test_what_is_assigned_between_epochs_is_trained(way, engine):
    mine = np.full((4, 3), 0.25)
    net, other = network(engine), network(engine)

    def assign(epoch):
        if epoch.number == 1:
            WAYS[way](net, {"W1": mine})

    fit(net, assign, 2)
    fit(other)
    WAYS[way](other, {"W1": mine})
    assert same(net, fit(other)) and (mine == 0.25).all()
    assert net.predict(X).tobytes() == other.predict(X).tobytes()


def test_what_is_assigned_after_the_last_epoch_stays(engine):
    net = network(engine)
    fit(net, lambda epoch: net.parameters.update(b1=[1, 2, 3, 4]))
    assert net.parameters["b1"].tolist() == [1, 2, 3, 4]


def test_parameters_do_not_share_memory():
    net = gp.Network([3, 3, 3], seed=0)
    values = net.parameters.copy()
    net.parameters.update(W1=net.parameters["W2"], W2=net.parameters["W1"])
    assert np.array_equal(net.parameters["W1"], values["W2"])
    assert np.array_equal(net.parameters["W2"], values["W1"])
    net.parameters["W1"] = net.parameters["W1"].T
    assert np.array_equal(net.parameters["W1"], values["W2"].T)
    one = np.ones((3, 3))
    net.parameters["W1"] = net.parameters["W2"] = one
    fit(gp.Network([3, 3, 3], seed=0))
    net.parameters["W1"][:] = 2
    assert (net.parameters["W2"] == 1).all() and (one == 1).all()


NOT = {
    "an unknown name": ({"W9": np.zeros(3)}, r"no parameter 'W9'; it has W1, b1, W2, b2"),
    "another shape": ({"W1": np.zeros((3, 4))}, r"W1: expected an array of shape \(4, 3\), got"),
    "a number": ({"b1": 1}, r"b1: expected an array of shape \(4,\), got \(\)"),
    "text": ({"b1": list("abcd")}, "b1: .* entries of type <U1"),
    "complex": ({"b1": np.zeros(4, complex)}, "entries of type complex128"),
    "nothing": ({"b1": None}, "b1: expected an array, got None"),
    "NaN": ({"b1": [0, 0, np.nan, 0]}, r"b1: entry \(2,\) is nan; expected finite numbers"),
    "infinity": ({"W2": np.full((2, 4), -np.inf)}, r"W2: entry \(0, 0\) is -inf"),
    "one of two": ({"W1": np.ones((4, 3)), "b1": [np.inf] * 4}, r"b1: entry \(0,\) is inf"),
}


@pytest.mark.parametrize("way", ["update", "pairs", "or", "all"])
@pytest.mark.parametrize("what", NOT)
def test_other_things_are_refused_and_change_nothing(what, way):
    net, (values, said) = network(), NOT[what]
    before = net.parameters.copy()
    with pytest.raises(gp.NetworkError, match=said):
        WAYS[way](net, values)
    assert all(np.array_equal(net.parameters[name], before[name]) for name in before)
    assert list(net.parameters) == ["W1", "b1", "W2", "b2"]


def test_what_does_not_fit_into_float32_is_refused():
    net = network(dtype="float32")
    with pytest.raises(gp.NetworkError, match=r"is inf; expected finite numbers of the type float"):
        net.parameters["b1"] = np.full(4, 1e39)


@pytest.mark.parametrize("given", [{}, {"W1": 1}, [1, 2], None, 3, "W1"])
def test_a_network_has_all_of_its_parameters(given):
    net = network()
    with pytest.raises(gp.NetworkError, match="expected an array for each of W1, b1, W2, b2"):
        net.parameters = given
    for take_away in (
        lambda: net.parameters.pop("W1"),
        lambda: net.parameters.popitem(),
        lambda: net.parameters.clear(),
        lambda: net.parameters.__delitem__("b1"),
    ):
        with pytest.raises(gp.NetworkError, match="keeps all of its parameters"):
            take_away()
    assert fit(net).predict(X).shape == (40, 2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_refused_when_used(value, tmp_path, engine):
    net = network(engine)
    net.parameters["W2"][1, 2] = value
    uses = {
        "predict": lambda: net.predict(X),
        "classify": lambda: net.classify(X),
        "evaluate": lambda: net.evaluate(X, Y),
        "gradients": lambda: net.gradients(X, Y),
        "trace": lambda: net.trace(X, Y),
        "compile": net.compile,
        "fit": lambda: fit(net),
        "save": lambda: net.save(tmp_path / "m.safetensors"),
    }
    for use in uses.values():
        with pytest.raises(gp.NetworkError, match=rf"W2: entry \(1, 2\) is {value}; expected"):
            use()
    assert not list(tmp_path.iterdir())
    net.parameters["W2"][1, 2] = 0
    assert np.isfinite(fit(net).predict(X)).all()


def test_they_are_copied_and_pickled_with_the_network():
    net = fit(network())
    for other in (pickle.loads(pickle.dumps(net)), copy.copy(net), copy.deepcopy(net)):
        assert same(net, other) and other.parameters["W1"] is not net.parameters["W1"]
        assert same(fit(other), fit(copy.copy(net)))
    state = net.__getstate__()
    assert type(state["parameters"]) is dict
    assert {**net.parameters} == dict(net.parameters) == net.parameters | {}


def test_the_first_entry_that_is_not_finite():
    for shape in ((1,), (7,), (3, 5), (0,), (2, 0)):
        array = np.full(shape, 1e308)
        assert first_not_finite(array) is None  # though the sum is infinite
        for place in np.ndindex(*shape):
            for value in (np.nan, np.inf, -np.inf):
                odd = array.copy()
                odd[place] = odd.flat[-1] = value
                assert first_not_finite(odd) == place
    assert first_not_finite(np.array([np.inf, -np.inf])) == (0,)
    assert first_not_finite(np.array([0, np.nan], "float32")) == (1,)
