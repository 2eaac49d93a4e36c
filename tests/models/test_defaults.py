"""One set of defaults, for `fit` and for the command line, that suits a network and its data."""

import inspect

import numpy as np
import pytest

import glassprop as gp
from glassprop.models.defaults import BATCH_SIZE, EPOCHS, completed, learning_rate


def rate(momentum=0.0, norm=1.0, **settings):
    return learning_rate(gp.Network([2, 3, 2], **settings).architecture, momentum, norm)[0]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 3.0),
        ({"cost": "cross_entropy"}, 0.5),
        ({"cost": "binary_cross_entropy"}, 0.5),
        ({"activation": "tanh"}, 0.1),
        ({"activation": "relu", "cost": "cross_entropy"}, 0.1),
        ({"activation": "relu", "output": "sigmoid"}, 0.1),
        ({"activation": "relu"}, 0.03),
        ({"cost": "huber"}, 0.03),
        ({"activation": "relu", "cost": "hinge"}, 0.03),
        ({"momentum": 0.9}, 0.3),
        ({"norm": 100.0}, 3.0),
        ({"norm": 10_000.0}, 0.3),
        ({"norm": 10_000.0, "momentum": 0.9}, 0.03),
        ({"norm": np.inf}, 3.0),
    ],
)
def test_rates(settings, expected):
    assert rate(**settings) == expected


def trained(capsys, optimizer=None, scale=1.0, times=1.0, **settings):
    random = np.random.default_rng(0)
    x, y = times * random.random((2000, 4)), random.integers(0, 2, 2000)
    net = gp.Network([4, 3, 2], seed=0, scale=scale, engine="numpy")
    net.fit(x, y, epochs=1, optimizer=optimizer, **settings)
    return net, capsys.readouterr().err.splitlines()[0]


def test_what_is_taken_is_said_and_is_what_trains(capsys):
    found, said = trained(capsys)
    assert said.startswith("SGD(learning_rate=3.0), mini-batches of 10; ") and "default" in said
    named, said = trained(capsys, gp.SGD(3.0), batch_size=10)
    assert said == "SGD(learning_rate=3.0), mini-batches of 10"
    assert all((found.parameters[name] == named.parameters[name]).all() for name in ["W1", "b1"])
    assert trained(capsys, gp.Momentum(momentum=0.5))[1].startswith("Momentum(learning_rate=1.5")
    assert trained(capsys, gp.Adam())[1].startswith("Adam(learning_rate=0.001, ")


def test_the_scale_of_the_data_counts_as_the_network_takes_it(capsys):
    assert "SGD(learning_rate=0.026)" in trained(capsys, times=1000.0)[1]
    assert "SGD(learning_rate=3.0)" in trained(capsys, times=1000.0, scale=0.001)[1]


def test_fit_and_the_command_line_have_the_same(capsys):
    from glassprop.cli import declared_commands as commands

    for function in (gp.Network.fit, commands.train):
        found = inspect.signature(function).parameters
        assert found["epochs"].default == EPOCHS and found["batch_size"].default == BATCH_SIZE


def test_a_rule_that_has_a_rate_keeps_it():
    rule = gp.Nesterov(0.7)
    assert completed(rule, gp.Network([2, 1]).architecture, lambda: 1e6) == (rule, "")
    assert gp.SGD().hyper == {"learning_rate": 0.1} and gp.Adam().hyper["learning_rate"] == 0.001
