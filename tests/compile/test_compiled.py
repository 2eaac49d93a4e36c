"""The compiled engine against the NumPy engine: the same parameters after the same mini-batches."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from compile.engines import assert_close, assert_same, data, trained
from compile.programs import ACTIVATIONS, case_of
from glassprop.compile.numba_source.training import epoch_source
from glassprop.compile.program import LacksError, Purpose
from glassprop.compile.targets import TARGETS

pytest.importorskip("numba")

COSTS = ["quadratic", "absolute", "huber", "binary_cross_entropy", "cross_entropy", "hinge"]
RULES = {
    "adamw": gp.AdamW(0.05, epsilon=1e-3),
    "momentum": gp.Momentum(0.1, 0.9),
    "nesterov": gp.Nesterov(0.1, 0.9),
    "sgd": gp.SGD(0.3),
}


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@settings(max_examples=3, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 19), min_size=3, max_size=4),
    st.sampled_from(COSTS),
    st.sampled_from(sorted(RULES)),
    st.sampled_from(["float64", "float32"]),
    st.sampled_from([0.0, 0.01]),
)
def test_random_networks_train_alike(sizes, cost, rule, dtype, l2):
    sizes[-1] += 1
    x, y = data(sizes[0], sizes[-1])

    def build(engine):
        return gp.Network(sizes, cost=cost, dtype=dtype, l2=l2, seed=1, engine=engine)

    tolerance = 1e-12 if dtype == "float64" else 1e-4
    net = assert_same(build, x, y, RULES[rule], tolerance)
    x, y = data(sizes[0], sizes[-1], n=32, seed=2)  # the same program on other data
    assert_close(
        trained("numpy", build, x, y, RULES[rule], batch_size=8),
        trained("compiled", build, x, y, RULES[rule], batch_size=8),
        tolerance,
    )
    assert f"real = np.{dtype}" in net.source(engine="compiled")


def everything(engine, dtype):
    """A network with a layer of each activation that is finite far from zero."""
    names = [name for name in ACTIVATIONS if name not in ("exp", "square")]
    layers = [gp.Dense(3, name) for name in names]
    return gp.Network(4, *layers, gp.Dense(3), dtype=dtype, seed=3, engine=engine)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-4)])
def test_every_activation(dtype, tolerance):
    x, y = data(4, 3)
    assert_same(lambda engine: everything(engine, dtype), x, y, gp.SGD(0.01), tolerance)


@pytest.mark.parametrize("activation", ["sigmoid", "softplus", "tanh"])
def test_extreme_inputs_behave_as_in_the_reference(activation):
    def build(engine):
        net = gp.Network([3, 4, 2], activation=activation, seed=0, engine=engine)
        net.parameters["W1"][...] = np.random.default_rng(0).choice([-1.0, 1.0], (4, 3))
        return net

    x = np.array([[1e4, 1e4, 1e4], [-1e4, 1e4, 0], [1e-310, 0, 0], [0, 0, 0], [800, -700, 1]])
    assert_same(build, x, [0, 1, 0, 1, 0], gp.SGD(1e-3), epochs=2, batch_size=2)


def test_infinities_are_seen_by_both():
    x, y = data(3, 2)
    for engine in ("numpy", "compiled"):
        net = gp.Network([3, 4, 2], activation="relu", seed=0, engine=engine)
        with (
            np.errstate(all="ignore"),
            pytest.raises(gp.NetworkError, match="diverged"),
        ):
            net.fit(x, y, epochs=30, optimizer=gp.SGD(1e200), progress=False)
        assert np.isfinite(net.parameters["W1"]).all()


def test_products_at_once_and_row_by_row_and_ragged_batches():
    x, y = data(70, 3, n=151)

    def build(engine):
        return gp.Network([70, 90, 3], activation="relu", seed=0, engine=engine)

    net = assert_same(build, x, y, gp.SGD(0.01), epochs=2, batch_size=64)
    assert "product_t1(t1, x_rows, W1_T, 0, n, 70)" in net.source(engine="compiled")
    net = assert_same(build, x, y, gp.SGD(0.01), epochs=2, batch_size=2)
    assert "sum_rows_96(t1, x_i, W1_T, 70)" in net.source(engine="compiled")


@pytest.mark.parametrize(
    ("rule", "dtype", "tolerance"),
    [("nesterov", "float64", 1e-12), ("adamw", "float64", 1e-11), ("adamw", "float32", 1e-4)],
)
def test_rules_update_alike_over_whole_and_ragged_batches(rule, dtype, tolerance):
    x, y = data(5, 3)

    def build(engine):
        return gp.Network([5, 9, 3], dtype=dtype, seed=1, engine=engine)

    net = assert_same(build, x, y, RULES[rule], tolerance, epochs=6)
    assert net._states.updates == 30
    source = net.source(engine="compiled")
    if rule == "adamw":
        mini_batch = source[source.index("for start in range") :]
        assert mini_batch.count("t += 1") == mini_batch.count("correction1 = 1 - beta1 ** t") == 1
        after = mini_batch[mini_batch.index("# gradient of C with respect to W1") :]
        row = after[after.index("for j in range(9):") :].partition("for i in")[0]
        stored = re.findall(r"^ +(\w+)_i\[j\] =", row, re.MULTILINE)
        assert stored == ["m_W1_T", "v_W1_T", "W1_T"]


def test_same_seed_same_bits():
    x, y = data(6, 3)
    nets = [
        trained("compiled", lambda e: gp.Network([6, 5, 3], seed=4, engine=e), x, y, gp.SGD(0.3))
        for _ in range(2)
    ]
    for name, value in nets[0].parameters.items():
        assert np.array_equal(value, nets[1].parameters[name])


def test_an_operation_that_is_lacking_is_named():
    program = case_of("convolution", True).build()
    program = replace(program, routines={"train_step": program.routines["gradients"]})
    with pytest.raises(LacksError, match="data"):
        epoch_source(program, Purpose())


def test_a_network_whose_operation_is_lacking_trains_with_numpy(monkeypatch):
    def refuse(*arguments):
        raise LacksError("windows of an array")

    lacking = replace(TARGETS["compiled"], epoch=refuse)
    monkeypatch.setitem(TARGETS, "compiled", lacking)
    x, y = data(3, 2)
    net = gp.Network([3, 2], seed=0, engine="compiled")
    with pytest.warns(RuntimeWarning, match="NumPy engine: the compiled engine lacks windows"):
        net.fit(x, y, epochs=1, progress=False)
    assert net.engine == "numpy"
