"""What a function given as `progress` can do: end training, look, save, and change parameters."""

import io
import warnings

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


def network(engine="numpy"):
    return gp.Network([4, 5, 3], activation="tanh", seed=5, engine=engine)


def fit(net, progress, epochs=5, **settings):
    x, y = data()
    given = {"optimizer": gp.SGD(0.1), **settings}
    return net.fit(x, y, epochs=epochs, batch_size=8, progress=progress, **given)


def same(net, other):
    return all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


@pytest.mark.parametrize("word", [True, np.True_, "stop"])
def test_true_or_stop_ends_training(word, engine):
    net, other = network(engine), network(engine)
    history = fit(net, lambda epoch: word if epoch.number == 2 else None)
    assert history is net.history and len(history) == 2
    assert history.stopped and not history.interrupted
    assert not fit(other, lambda epoch: None, 2).stopped
    assert same(net, other)
    fit(net, False, 1), fit(other, False, 1)
    assert same(net, other)


@pytest.mark.parametrize("word", [None, False, np.False_])
def test_nothing_and_false_go_on(word):
    assert len(fit(network(), lambda epoch: word)) == 5


def test_an_end_at_the_last_epoch_is_none():
    history = fit(network(), lambda epoch: epoch.number == 5)
    assert len(history) == 5 and not history.stopped


OTHERS = {
    "17": 17,
    "1.0": 1.0,
    "'Stop'": "Stop",
    "Epoch": gp.Epoch(1, None, None, 0.0),
    "list": [1],
}


@pytest.mark.parametrize("said", OTHERS)
def test_other_values_are_passed_over_and_said_to_be_once(said):
    with pytest.warns(UserWarning) as caught:
        assert len(fit(network(), lambda epoch: OTHERS[said])) == 5
    (warning,) = caught
    assert f"returned {said}, which is passed over; True or 'stop' ends" in str(warning.message)
    assert warning.filename == __file__


def test_functions_that_write_go_on():
    file = io.StringIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit(network(), lambda epoch: file.write(f"{epoch}\n"))
    assert file.getvalue().count("\n") == 5


def test_it_may_look_at_the_network_and_save_it(engine, tmp_path):
    net, plain, found = network(engine), network(engine), []
    x, y = data()

    def look(epoch):
        net.save(tmp_path / f"{epoch.number}.safetensors")
        found.append((net.evaluate(x, y), epoch.training, net.classify(x), net.optimizer))
        net.trace(x, y), net.gradients(x, y), net.source()

    fit(net, look), fit(plain, False)
    assert same(net, plain)
    for seen, measured, _, rule in found:
        assert seen == measured and rule == gp.SGD(0.1)
    assert len(list(tmp_path.iterdir())) == 5


@pytest.mark.parametrize("how", ["in place", "one", "all"])
def test_parameters_that_it_changes_are_trained_on(how, engine):
    def change(net):
        if how == "in place":
            net.parameters["W1"][...] *= 0.5
        elif how == "one":
            net.parameters["W1"] = net.parameters["W1"] * 0.5
        else:
            net.parameters = {**net.parameters, "W1": (net.parameters["W1"] * 0.5).tolist()}

    net, other = network(engine), network(engine)
    fit(net, lambda epoch: change(net) if epoch.number < 5 else None)
    for number in range(1, 6):
        fit(other, False, 1)
        if number < 5:
            other.parameters["W1"] = other.parameters["W1"] * 0.5
    assert same(net, other)


def test_parameters_of_another_shape_are_refused():
    net = network()
    with pytest.raises(gp.NetworkError, match="W1: expected an array of shape"):
        fit(net, lambda epoch: net.parameters.update(W1=np.zeros(3)))


def test_what_it_raises_comes_through(engine):
    net, other = network(engine), network(engine)

    def fail(epoch):
        if epoch.number == 2:
            raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        fit(net, fail)
    assert len(net.history) == 2
    fit(other, False, 2)
    assert same(net, other) and net.optimizer == gp.SGD(0.1)
    fit(net, False), fit(other, False)
    assert same(net, other)


def test_it_may_not_train_the_network():
    net = network()
    with pytest.raises(gp.NetworkError, match="is being trained"):
        fit(net, lambda epoch: fit(net, False))
    assert len(net.history) == 1
    fit(net, lambda epoch: fit(network(), False, 1) and None, 1)
