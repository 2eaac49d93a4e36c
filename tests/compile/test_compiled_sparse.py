"""Sparse inputs: products over non-zeros give what dense ones give, where they are taken."""

import numpy as np
import pytest

import glassprop as gp
from compile.engines import assert_same, data
from glassprop.train.examples.compressed_rows import compress, density

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.mark.parametrize(
    ("width", "dtype", "tolerance"),
    [
        (3, "float64", 1e-12),
        (140, "float32", 1e-4),
        (256, "float64", 1e-12),
        (256, "float32", 1e-4),
    ],
)
def test_sparse_products_agree_with_the_reference(dtype, tolerance, width):
    x, y = data(40, 3, n=33, density=0.1)
    x[5] = 0

    def build(engine):
        return gp.Network([40, width, 3], dtype=dtype, seed=0, engine=engine)

    net = assert_same(build, x, y, gp.SGD(0.3), tolerance, batch_size=7)
    source = net.source(engine="compiled")
    assert "gather_rows" in source
    assert "subtract_rows" in source


@pytest.mark.parametrize("rule", [gp.SGD(0.3), gp.Momentum(0.1, 0.5)])
@pytest.mark.parametrize(("scale", "l2"), [(0.3, 0.0), (1 / 7, 0.1)])
def test_a_scale_multiplies_the_sums_and_the_step(scale, l2, rule):
    x, y = data(40, 3, n=33, density=0.1)

    def build(engine):
        return gp.Network([40, 5, 3], scale=scale, l2=l2, seed=0, engine=engine)

    source = assert_same(build, x, y, rule, batch_size=7).source(engine="compiled")
    assert "gather_rows" in source
    assert "a0" not in source


def test_dense_inputs_take_dense_products():
    x, y = data(12, 3, density=0.1)
    net = assert_same(lambda e: gp.Network([12, 4, 3], seed=0, engine=e), x + 1, y)
    assert "gather_rows" not in net.source(engine="compiled")


@pytest.mark.parametrize("l2", [0.0, 0.1])
def test_momentum_adds_up_a_gradient_over_the_non_zeros(l2):
    x, y = data(12, 3, density=0.1)

    def build(engine):
        return gp.Network([12, 4, 3], l2=l2, seed=0, engine=engine)

    net = assert_same(build, x, y, gp.Momentum(0.1, 0.5))
    assert "by_features" in net.source(engine="compiled")


@pytest.mark.parametrize("l2", [0.1, 10 / 3])
def test_decay_is_one_number_that_may_shrink_to_nothing(l2):
    x, y = data(12, 3, n=60, density=0.1)

    def build(engine):
        return gp.Network([12, 4, 3], l2=l2, seed=0, engine=engine)

    net = assert_same(build, x, y, gp.SGD(0.3), epochs=10, batch_size=4)
    assert "W1_T_scale *= 1 - learning_rate" in net.source(engine="compiled")


def test_compressed_rows_are_the_matrix():
    x, _ = data(70_000, 2, n=3, density=0.01)
    rows = compress(x)
    again = np.zeros_like(x)
    for k in range(len(x)):
        there = slice(rows.starts[k], rows.starts[k + 1])
        again[k, rows.columns[there]] = rows.values[there]
    assert np.array_equal(again, x)
    assert density(x) == np.count_nonzero(x) / x.size
