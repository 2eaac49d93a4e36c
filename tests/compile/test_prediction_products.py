"""The kernel for blocks of rows against NumPy, and its promise: a row's bits are its own."""

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from glassprop.compile.kernels.prediction_products import multiply  # noqa: E402


@pytest.fixture(scope="module")
def product():
    narrow, wide = multiply(7), multiply(39, pieces=4, ahead=True)

    @numba.njit(error_model="numpy")
    def by_kernel(width, out, a, rows):
        count, length = a.shape
        if width == 7:
            narrow(out, a, rows, count, length)
        else:
            wide(out, a, rows, count, length)

    return by_kernel


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("width", [7, 39])
def test_products_are_numpys_and_rows_do_not_depend_on_others(product, width, dtype):
    random = np.random.default_rng(width)
    tolerance = 1e-13 if dtype == "float64" else 1e-5
    for count, length in ((1, 1), (3, 19), (12, 2), (13, 41), (29, 30), (5, 0)):
        a = random.normal(size=(count, length)).astype(dtype)
        rows = random.normal(size=(length, 40)).astype(dtype)
        out = np.full((count + 1, 40), 7, dtype)
        product(width, out, a, rows)
        assert np.allclose(out[:count, :width], a @ rows[:, :width], tolerance, 10 * tolerance)
        assert (out[count] == 7).all() and (out[:, width:] == 7).all()
        for i in range(count):
            alone = np.empty((1, 40), dtype)
            product(width, alone, a[i : i + 1], rows)
            assert np.array_equal(alone[0, :width], out[i, :width])


def test_the_left_matrix_may_have_any_strides(product):
    random = np.random.default_rng(0)
    whole, rows = random.normal(size=(17, 60)), random.normal(size=(17, 40))
    found, expected = np.zeros((30, 40)), np.zeros((30, 40))
    product(39, found, whole.T[::2], rows)
    product(39, expected, np.ascontiguousarray(whole.T[::2]), rows)
    assert np.array_equal(found, expected)
    assert np.allclose(found[:, :39], whole.T[::2] @ rows[:, :39])
    assert (found[:, 39:] == 0).all()


def test_what_is_not_finite_goes_through(product):
    a = np.array([[0.0, np.inf, 1.0], [0.0, 0.0, np.nan], [0.0, 1.0, 2.0]])
    rows = np.ones((3, 40))
    rows[0] = np.inf
    out = np.zeros((3, 40))
    product(39, out, a, rows)
    with np.errstate(invalid="ignore"):
        assert np.array_equal(out[:, :39], (a @ rows)[:, :39], equal_nan=True)
    assert np.isnan(out[:, :39]).all()
