"""Softmax and its logarithm far from zero, against 50 digits: on NumPy, and compiled."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest

import glassprop as gp
from glassprop.chainrule.reverse_sweep import derive
from glassprop.compile.pipeline import build
from glassprop.formula.algebra import logsumexp
from glassprop.formula.axes import Axis
from glassprop.formula.graph import Graph

mpmath.mp.dps = 50
EPS = {"float32": 2.0**-23, "float64": 2.0**-52}


def log_softmax(z):
    z = [mpmath.mpf(float(value)) for value in z]
    top = max(z)
    total = mpmath.log(mpmath.fsum(mpmath.exp(value - top) for value in z))
    return [value - top - total for value in z]


def straight(size, activation, cost, dtype, **settings):
    """A network whose weighted inputs are its inputs."""
    layer = gp.Dense(size, activation)
    net = gp.Network(size, layer, cost=cost, dtype=dtype, seed=0, **settings)
    net.parameters["W1"][...] = np.eye(size)
    net.parameters["b1"][...] = 0
    return net


def logits(dtype, size=3):
    random = np.random.default_rng(0)
    rows = [scale + 3 * random.normal(size=size) for scale in (0, 100, -1e4, 1e4, 1e6, -1e6)]
    apart = [[1e4, 9999, 0], [36, 0, 0], [1e6, 0, -1e6]] if size == 3 else []
    return np.array([*rows, *apart], dtype)


def assert_softmax(found, z):
    for row, values in zip(found, z, strict=True):
        exact = [mpmath.exp(value) for value in log_softmax(values)]
        for a, p in zip(row, exact, strict=True):
            size = max(1, abs(mpmath.log(p)))  # an exponent is rounded, whatever the way
            tiny = np.finfo(found.dtype).tiny
            assert abs(mpmath.mpf(float(a)) - p) <= 8 * EPS[str(found.dtype)] * size * p + tiny


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_softmax_keeps_its_digits_far_from_zero(dtype):
    z = logits(dtype)
    assert_softmax(straight(3, "softmax", "cross_entropy", dtype).predict(z), z)


def test_softmax_of_a_formula_keeps_its_digits():
    double = gp.activation("softmax_of_double", lambda z: gp.softmax(2 * z))
    z = logits("float32")
    assert_softmax(straight(3, double, "quadratic", "float32").predict(z), 2 * z)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_cross_entropy_keeps_its_digits(dtype):
    net = straight(3, "softmax", "cross_entropy", dtype)
    for row in logits(dtype)[:-1]:
        exact = log_softmax(row)
        for k in range(3):
            y = np.eye(3)[k]
            cost = net.evaluate(row[None], y[None]).cost
            assert abs(mpmath.mpf(cost) + exact[k]) <= 4 * EPS[dtype] * abs(exact[k])
            found = net.gradients(row[None], y[None])["b1"]
            errors = [found[j] - (mpmath.exp(exact[j]) - y[j]) for j in range(3)]
            assert max(map(abs, errors)) <= 4 * EPS[dtype]


def test_costs_with_a_log_sum_exp_keep_their_digits():
    far = gp.cost("shift_far", lambda a, y: gp.logsumexp(a) - gp.sum(y * a))
    over = gp.cost("shift_over", "logsumexp(a) - max(a) + sum(y) - 1")
    times = gp.cost("shift_times", "2 * sum(y) * logsumexp(a) - 2 * sum(y * a)")
    z, y = np.array([[1e6, 1e6 - 1, 3]], "float32"), np.array([[0, 1, 0]])
    for cost, exact in ((far, 1.3132616875), (over, 0.3132616875), (times, 2.626523375)):
        net = straight(3, "identity", cost, "float32")
        assert net.evaluate(z, y).cost == pytest.approx(exact, rel=1e-6)
        assert net.gradients(z, y)["b1"].sum() == pytest.approx(0, abs=1e-6)


def test_a_log_sum_exp_that_has_a_name_loses_nothing():
    graph = Graph()
    z = graph.symbol("z", (Axis("k", 2),), "parameter")
    program = build(derive(graph.let("C", logsumexp(z)), [z]), mini_batch=False)
    with np.errstate(all="raise"):
        found = program.functions["gradients"](np.array([1e10, 1e10 - 1]))
    np.testing.assert_allclose(found, [0.7310585786, 0.2689414214], rtol=1e-9)


def test_a_multiple_that_has_a_name_keeps_its_digits():
    half = gp.activation("half_of_the_total", lambda z: gp.logsumexp(z) / 2)
    net = straight(2, half, "quadratic", "float32")
    found = net.gradients(np.array([[1e6, 1e6 - 1]]), np.array([[5e5, 5e5]]))["b1"]
    assert found.sum() == pytest.approx(np.log1p(np.exp(-1)) / 2, rel=1e-6)


def test_a_file_taken_away_keeps_the_digits(tmp_path):
    z = logits("float32")
    net = straight(3, "softmax", "cross_entropy", "float32")
    (tmp_path / "taken.py").write_text(net.standalone("taken.npz"))
    np.savez(tmp_path / "taken.npz", **net.parameters)
    np.save(tmp_path / "z.npy", z)
    code = "import numpy as np, taken; np.save('a.npy', taken.predict(np.load('z.npy')))"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert_softmax(np.load(tmp_path / "a.npy"), z)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_compiled_predictor_keeps_the_digits(dtype):
    z = logits(dtype)
    assert_softmax(straight(3, "softmax", "cross_entropy", dtype).compile()(z), z)


def test_the_compiled_engine_keeps_the_digits():
    z = logits("float32", 5)[:6]
    for row in z[:-1]:
        y = np.eye(5)[2]
        exact = [mpmath.exp(value) for value in log_softmax(row)]
        net = straight(5, "softmax", "cross_entropy", "float32", engine="compiled")
        net.fit(row[None], y[None], epochs=1, optimizer=gp.SGD(1.0), progress=False)
        found = -net.parameters["b1"]
        assert max(abs(found[j] - (exact[j] - y[j])) for j in range(5)) <= 1e-6
