"""What is computed entry by entry keeps the formula's order: the bits of NumPy's, on both roads."""

import numpy as np
import pytest

import glassprop as gp
from compile.engines import assert_same, epoch_of

numba = pytest.importorskip("numba")

from compile.formulas import POINTS, Functions, activation, with_functions  # noqa: E402
from glassprop.train.run.compiled_epoch import CompiledEpoch  # noqa: E402

EXPONENTIAL = gp.activation("exponential_linear", "step(z) * z + (1 - step(z)) * (exp(z) - 1)")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def alone(layer, dtype):
    """A network of one neuron that computes a function of its input."""
    net = gp.Network(1, gp.Dense(1, layer), seed=0, dtype=dtype)
    net.parameters["W1"][...] = 1
    return net


def assert_same_bits(net, points):
    x = np.array(points, net.dtype)[:, None]
    examples = net._examples(x, np.zeros_like(x))
    run = net._run(gp.SGD(1.0), examples, None, 1, 0)
    reference = with_functions(run.program)
    start = [value.copy() for value in run.parameters]
    source = epoch_of(run.program, examples, 1)
    epoch = CompiledEpoch(source, run)
    with np.errstate(all="ignore"):
        expected = reference["predict"](x, *start)
        assert np.array_equal(net.compile()(x), expected, equal_nan=True)
        for k in range(len(x)):
            for value, old in zip(run.parameters, start, strict=True):
                value[...] = old
            epoch.run(np.array([k]), lambda done: False)
            there = [old.copy() for old in start]
            memory = reference["workspace"](1)
            row = slice(k, k + 1)
            reference["train_step"](x[row], np.zeros_like(x[row]), *there, *run.hyper, memory)
            for name, found, value in zip(net.parameters, run.parameters, there, strict=True):
                assert np.array_equal(found, value, equal_nan=True), (name, x[k], found, value)


@pytest.mark.parametrize("seed", range(6))
def test_random_formulas_have_numpys_bits_in_training_and_in_prediction(seed):
    assert_same_bits(alone(activation(seed), "float32" if seed % 3 == 2 else "float64"), POINTS)


def test_each_product_and_each_quotient_is_rounded_by_itself():
    text = "z * (0.3 + z * (0.7 - 0.1 * z)) - 0.9 * z / (1.7 + abs(z)) / (0.3 + abs(z))"
    assert_same_bits(alone(gp.activation("horner", text), "float64"), POINTS)


def test_cases_by_steps_are_right_far_from_zero():
    net = alone(EXPONENTIAL, "float64")
    x = np.array([[20.0], [40.0], [60.0], [100.0], [300.0]])
    assert np.array_equal(net.compile()(x), x)
    assert_same_bits(net, [20.0, 40.0, 60.0, 100.0, 300.0, -1e-9, -50.0])


def test_training_far_from_zero_ends_where_numpys_does():
    random = np.random.default_rng(0)
    x = random.uniform(-300, 300, (60, 3))
    y = np.abs(x @ [[0.2], [-0.1], [0.3]])

    def build(engine):
        layers = (gp.Dense(4, EXPONENTIAL), gp.Dense(1, "identity"))
        return gp.Network(3, *layers, seed=2, engine=engine)

    assert_same(build, x, y, gp.Adam(0.01), 1e-9, epochs=10)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_exponentials_are_numpys_to_the_last_places(dtype):
    x = np.concatenate([np.linspace(-s, s, 4001) for s in (1e-3, 1.0, 30.0, 80.0)]).astype(dtype)
    for name in ("exp", "expm1", "tanh"):
        exact = getattr(np, name)(x.astype(np.longdouble)).astype(dtype)
        found = getattr(Functions(dtype), name)(x)
        assert (np.abs(found - exact) <= 3 * np.spacing(np.abs(exact))).all(), name
    edges = np.array([np.nan, np.inf, -np.inf, 0.0, 1e4, -1e4], dtype)
    with np.errstate(over="ignore"):
        for name in ("exp", "expm1", "tanh"):
            found = getattr(Functions(dtype), name)(edges)
            assert np.array_equal(found, getattr(np, name)(edges), equal_nan=True), name


def test_only_sums_may_be_reordered():
    layers = (gp.Dense(30, "gelu"), gp.Dense(7, "softmax"))
    net = gp.Network(40, *layers, cost="cross_entropy", seed=0)
    for source in (net.source(engine="compiled"), net.compile().source):
        assert "fastmath" not in source
        assert " = add(" in source
