"""A loop of one's own has the bits of `fit`, whatever is done between epochs, and may be left."""

import os
import signal

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")
RULES = [gp.SGD(0.1), gp.Momentum(0.05), gp.Adam(0.01)]


def data(n=43):
    random = np.random.default_rng(0)
    return random.standard_normal((n, 4)), random.integers(0, 3, n)


X, Y = data()


def network(engine="numpy", **settings):
    return gp.Network([4, 5, 3], **{"activation": "tanh", "seed": 5, "engine": engine, **settings})


def fit(net, epochs, rule=RULES[0], **settings):
    given = {"batch_size": 8, "progress": False, "optimizer": rule, **settings}
    return net.fit(X, Y, epochs=epochs, **given)


def training(net, epochs=5, rule=RULES[0], **settings):
    return net.training(X, Y, epochs=epochs, **{"batch_size": 8, "optimizer": rule, **settings})


def same(net, other):
    return all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)


def measured(history):
    return [epoch[:3] for epoch in history]


@pytest.mark.parametrize("rule", RULES)
def test_it_has_the_bits_of_fit(rule, engine):
    net, other = network(engine), network(engine)
    wanted = fit(other, 5, rule, validation=(X[:9], Y[:9]))
    loop = training(net, 5, rule, validation=(X[:9], Y[:9]))
    found = list(loop)
    assert same(net, other) and measured(found) == measured(wanted) == measured(loop.history)
    assert net.history is loop.history and net.engine == other.engine == engine
    fit(net, 2, rule), fit(other, 2, rule)
    assert same(net, other)


def test_it_may_be_left_and_gone_on_with(engine):
    net, other = network(engine), network(engine)
    loop = training(net)
    for epoch in loop:
        if epoch.number == 2:
            break
    fit(other, 2)
    assert same(net, other) and net.optimizer == RULES[0]
    assert [epoch.number for epoch in loop] == [3, 4, 5]
    fit(other, 3)
    assert same(net, other) and list(loop) == []


def test_left_it_holds_nothing(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    net, other = network(), network()
    for epoch in training(net, None):
        net.save(tmp_path / "m.safetensors")
        net.evaluate(X, Y), net.gradients(X, Y), net.predict(X)
        assert signal.getsignal(signal.SIGINT) is before
        if epoch.number == 3:
            break
    fit(other, 3)
    assert same(net, other)
    fit(net, 1), fit(other, 1)
    assert same(net, other)


def test_one_that_was_never_begun_changes_nothing():
    net, other = network(), network()
    fit(net, 1, gp.Adam()), fit(other, 1, gp.Adam())
    history = net.history
    training(net)
    assert net.optimizer == gp.Adam() and net.history is history
    fit(net, 1, gp.Adam()), fit(other, 1, gp.Adam())
    assert same(net, other)


def test_settings_may_change_on_the_way(engine):
    """Each part is as a fit with those settings, which goes on with what the rule keeps."""
    net, other = network(engine), network(engine)
    loop = training(net, None, gp.Momentum(0.1))
    next(loop)
    loop.learning_rate = 0.02
    assert loop.optimizer == gp.Momentum(0.02) and loop.learning_rate == 0.02
    next(loop), next(loop)
    loop.batch_size = 16
    next(loop)
    loop.optimizer = gp.Momentum(0.05, 0.5)
    loop.batch_size = 100
    next(loop)
    fit(other, 1, gp.Momentum(0.1)), fit(other, 2, gp.Momentum(0.02))
    fit(other, 1, gp.Momentum(0.02), batch_size=16)
    fit(other, 1, gp.Momentum(0.05, 0.5), batch_size=100)
    assert same(net, other) and net.optimizer == gp.Momentum(0.05, 0.5)
    assert net._states.updates == other._states.updates == 6 + 12 + 3 + 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("learning_rate", -1, "learning rate: expected a positive number"),
        ("batch_size", 0, "batch size: expected a whole number"),
        ("optimizer", gp.Adam(), "goes by SGD, whose numbers may be changed"),
    ],
)
def test_settings_out_of_range_are_refused(name, value, message):
    loop = training(network())
    with pytest.raises(gp.NetworkError, match=message):
        setattr(loop, name, value)
    assert len(list(loop)) == 5


def test_parameters_and_other_fits_between_epochs_count(engine):
    net, other = network(engine), network(engine)
    loop = training(net, None, gp.Adam(0.01))
    next(loop)
    net.parameters["W1"] = net.parameters["W1"] * 0.5
    next(loop)
    fit(net, 2, gp.Adam(0.01), batch_size=4)
    next(loop)
    fit(net, 1, gp.SGD(0.1))
    next(loop)
    fit(other, 1, gp.Adam(0.01))
    other.parameters["W1"] = other.parameters["W1"] * 0.5
    fit(other, 1, gp.Adam(0.01)), fit(other, 2, gp.Adam(0.01), batch_size=4)
    fit(other, 1, gp.Adam(0.01)), fit(other, 1, gp.SGD(0.1)), fit(other, 1, gp.Adam(0.01))
    assert same(net, other)


def test_it_can_be_stopped():
    net = network()
    loop = training(net)
    for epoch in loop:
        if epoch.number == 2:
            loop.stop()
    assert len(loop.history) == 2 and loop.history.stopped


def test_while_an_epoch_runs_nothing_else_trains_it():
    net = network()
    loop = training(net, callbacks=[lambda loop: next(training(net))])
    with pytest.raises(gp.NetworkError, match="is being trained"):
        next(loop)


def test_ctrl_c_ends_the_epoch_and_leaves_the_rest():
    net = network()
    loop = training(net, None, callbacks=[lambda loop: os.kill(os.getpid(), signal.SIGINT)])
    with pytest.raises(KeyboardInterrupt):
        next(loop)
    assert len(loop.history) == 1 and loop.history.interrupted
    with pytest.raises(KeyboardInterrupt):
        next(loop)
    assert len(net.history) == 2


def test_an_epoch_that_diverges_is_put_back_and_the_loop_goes_on():
    net, other = network(activation="identity"), network(activation="identity")
    loop = training(net, None)
    next(loop)
    loop.learning_rate = 1e300
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match="diverged in epoch 2"):
        next(loop)
    fit(other, 1)
    assert same(net, other)
    loop.learning_rate = 0.1
    next(loop)
    assert len(loop.history) == 2


def test_bad_settings_are_refused_when_it_is_called():
    net = network()
    for given, message in (
        ({"epochs": 0}, "epochs: expected"),
        ({"callbacks": gp.EarlyStopping}, "callbacks: expected a list"),
        ({"callbacks": [gp.EarlyStopping]}, "callbacks: expected functions"),
        ({"callbacks": [3]}, "callbacks: expected functions"),
    ):
        with pytest.raises(gp.NetworkError, match=message):
            net.training(X, Y, **given)


# -- single mini-batches


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_over_an_epoch_have_its_bits(rule, dtype):
    net, other = network(dtype=dtype), network(dtype=dtype)
    for _ in range(2):
        order = other._random.permutation(len(X))
        for start in range(0, len(X), 8):
            rows = order[start : start + 8]
            other.train_step(X[rows], Y[rows], optimizer=rule)
    fit(net, 2, rule)
    assert same(net, other) and net.optimizer == other.optimizer
    assert net._states.updates == other._states.updates


def test_a_step_goes_on_with_the_rule_that_trained():
    net, other = network(), network()
    for one in (net, other):
        fit(one, 1, gp.Adam(0.01))
    net.train_step(X[:8], Y[:8])
    other.train_step(X[:8], Y[:8], optimizer=gp.Adam(0.01))
    assert same(net, other) and net.optimizer == gp.Adam(0.01)
    new = network()
    new.train_step(X, Y)
    assert new.optimizer == gp.SGD(0.1)


def test_a_step_that_diverges_is_put_back():
    net, other = network(activation="identity"), network(activation="identity")
    for one in (net, other):
        one.train_step(X, Y, optimizer=gp.Adam(0.01))
    with np.errstate(all="ignore"), pytest.raises(gp.NetworkError, match=r"in update 1: .*became"):
        net.train_step(X * 1e200, Y, optimizer=gp.SGD(1e300))
    assert same(net, other) and net.optimizer == gp.Adam(0.01)
    net.train_step(X, Y), other.train_step(X, Y)
    assert same(net, other)
    with pytest.raises(gp.DataError, match="expected an array of shape"):
        net.train_step(X[:, :2], Y)
