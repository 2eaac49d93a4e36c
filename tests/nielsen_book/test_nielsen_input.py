"""Bad input to Nielsen's class: one line that says what, where, and what to do."""

import numpy as np
import pytest

import glassprop as gp
from glassprop.nielsen import Network

from .loops import examples


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
    "test far": (([GOOD], 1, 1, 1.0, [(GOOD[0], 1)] * 2300 + [(NAN[0], 1)]), "example 2300 is nan"),
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
