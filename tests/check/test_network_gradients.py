"""`net.check`: the network's own gradients, right ones and planted mistakes."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from glassprop.errors import GradientError

COSTS = ["quadratic", "absolute", "huber", "cross_entropy", "binary_cross_entropy", "hinge"]
ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "sin"]


def examples(inputs, outputs, n=12, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, inputs)), random.integers(0, outputs, n)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.sampled_from(ACTIVATIONS),
    st.sampled_from(COSTS),
    st.sampled_from([0.0, 0.1]),
    st.sampled_from(["float64", "float32"]),
    st.integers(0, 1000),
)
def test_random_networks_are_right(sizes, activation, cost, l2, dtype, seed):
    sizes[-1] += 1
    given = {"activation": activation, "cost": cost, "l2": l2, "dtype": dtype}
    if cost == "hinge":
        given["output"] = "identity"
    net = gp.Network(sizes, seed=seed, **given)
    found = net.check(*examples(sizes[0], sizes[-1], seed=seed))
    assert found.verdict in ("right", "kink nearby"), found


@pytest.mark.parametrize(
    "activation", ["max(z) + z", "where(z > 0.1, z**2, z)", "abs(z) + exp(-z)"]
)
def test_users_own_activations(activation):
    own = gp.activation("own", activation)
    net = gp.Network(4, gp.Dense(5, own), gp.Dense(2), seed=0)
    assert net.check(*examples(4, 2)).verdict == "right"


MISTAKES = {
    "W1": lambda g: (2 * g[0], *g[1:]),
    "b1": lambda g: (g[0], g[1] * 12, *g[2:]),
    "W2": lambda g: (*g[:2], np.roll(g[2], 1, 1), g[3]),
    "b2": lambda g: (*g[:3], -g[3]),
}


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
@pytest.mark.parametrize("name", sorted(MISTAKES))
def test_a_mistake_in_the_program_is_found(name, activation):
    net = gp.Network(5, gp.Dense(4, activation), gp.Dense(3), seed=1)
    x, y = examples(5, 3)
    functions = net._program().functions
    right = functions["gradients"]
    functions["gradients"] = lambda *given: MISTAKES[name](right(*given))
    found = net.check(x, y)
    assert [one.name for one in found.of("wrong")] == [name]
    words = {"W1": "twice", "b1": "a sum over the examples", "W2": "moved by one", "b2": "sign"}
    assert words[name] in found[name].guess
    with pytest.raises(GradientError, match=name):
        gp.assert_gradients(net, x, y)


def test_kinks_are_named():
    net = gp.Network(3, gp.Dense(4, "relu"), gp.Dense(2, "softmax"), cost="cross_entropy", seed=0)
    net.parameters["b1"][...] = [1, 1, 0, 1]
    x, y = np.zeros((3, 3)), [0, 1, 1]
    found = net.check(x, y)
    assert found.verdict == "kink nearby" and [one.name for one in found.of("kink nearby")] == [
        "b1"
    ]
    worst = found["b1"].worst
    assert worst.place == (2,) and "relu is at its kink" in worst.about and "unit 2" in worst.about
    gp.assert_gradients(net, x, y)


def test_a_lack_of_precision_is_no_mistake():
    net = gp.Network([3, 4, 2], seed=0)
    net.parameters["b2"][...] = 40.0  # 1 − σ(40) is 0 in double precision
    assert net.check(*examples(3, 2)).verdict == "not enough precision"
    with pytest.raises(GradientError, match="so small beside the function"):
        gp.assert_gradients(net, *examples(3, 2))
    single = gp.Network([3, 4, 2], seed=0, dtype="float32")
    single.parameters["b2"][...] = 15.0
    found = single.check(*examples(3, 2))
    assert found.verdict == "not enough precision" and "float32 gives" in str(found)
    assert "the same formulas in float64" in str(found)


def test_the_program_in_use_is_left_alone():
    net = gp.Network([3, 4, 2], seed=0)
    before = net.parameters.copy()
    net.check(*examples(3, 2))
    assert all(np.array_equal(before[name], net.parameters[name]) for name in before)
    assert "second reader" in str(net.check(*examples(3, 2), examples=2))
    with pytest.raises(gp.NetworkError, match="examples: expected a whole number"):
        net.check(*examples(3, 2), examples=0)


def test_the_command(tmp_path):
    gp.Network([3, 4, 2], seed=0).save(tmp_path / "m.safetensors")
    x, y = examples(3, 2)
    np.savez(tmp_path / "d.npz", x=x, y=y)

    def run(*options):
        command = [sys.executable, "-m", "glassprop", "check", "m.safetensors", "d.npz", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    found = run()
    assert found.returncode == 0 and "12 examples: right" in found.stdout and not found.stderr
    assert json.loads(run("--json").stdout)["verdict"] == "right"
    assert run("-o", "c.html").returncode == 0 and (tmp_path / "c.html").is_file()
    net = gp.load(tmp_path / "m.safetensors")
    net.parameters["b2"][...] = 40.0
    net.save(tmp_path / "m.safetensors")
    found = run()
    assert found.returncode == 2 and "not enough precision" in found.stdout
