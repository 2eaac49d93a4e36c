"""The kernels of matrix products against NumPy, in every layout that is emitted."""

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from glassprop.compile.kernels.products import PANEL, packed_product, product  # noqa: E402
from glassprop.compile.kernels.transposes import row_sum, transposition  # noqa: E402

SIZES = [(9, 5, 3), (7, 33, 70), (4, 300, 64), (1, 1, 1), (6, 2, 150)]


def run(kernel, *arguments):
    @numba.njit
    def call(*arguments):
        kernel(*arguments)

    call(*arguments)


def within(array, extra):
    """The array in the first columns of a wider one, whose other columns are NaN."""
    wide = np.full((array.shape[0], array.shape[1] + extra), np.nan, array.dtype)
    wide[:, : array.shape[1]] = array
    return wide


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("rows, inner, width", SIZES)
def test_products(rows, inner, width, turned, dtype):
    random = np.random.default_rng(rows)
    left = random.normal(size=(rows, inner)).astype(dtype)
    right = random.normal(size=(inner, width)).astype(dtype)
    stored = within(left.T if turned else left, 2)
    steps = (1, stored.shape[1]) if turned else (stored.shape[1], 1)
    first = min(1, rows - 1)
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    for made, more in ((product, ()), (packed_product, (np.zeros(PANEL, dtype),))):
        out = np.full((rows, width + 3), 7.0, dtype)
        kernel = made(width, width + 3, steps, width + 1)
        run(kernel, out, stored, within(right, 1), first, rows, inner, *more)
        assert np.abs(out[first:, :width] - (left @ right)[first:]).max() < tolerance * inner
        assert (out[:first] == 7).all()
        assert (out[:, width:] == 7).all()


@pytest.mark.parametrize("inner", [1, 256, 257, 600])
def test_packed_products_of_any_depth(inner):
    random = np.random.default_rng(inner)
    left, right = random.normal(size=(5, inner)), random.normal(size=(inner, 21))
    out = np.full((5, 21), 7.0)
    kernel = packed_product(21, 21, (inner, 1), 21)
    run(kernel, out, left, right, 0, 5, inner, np.zeros(PANEL))
    assert np.allclose(out, left @ right, rtol=0, atol=1e-11)


def test_infinities_and_nan_come_through():
    left = np.array([[np.inf, 1.0], [np.nan, 1.0], [0.0, 1.0]])
    right = np.array([[1.0, 0.0, -1.0], [2.0, 3.0, np.inf]])
    out = np.zeros((3, 3))
    run(product(3, 3, (2, 1), 3), out, left, right, 0, 3, 2)
    with np.errstate(invalid="ignore"):
        assert np.array_equal(out, left @ right, equal_nan=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("height, width", [(1, 1), (16, 32), (33, 20), (5, 70), (64, 64)])
@pytest.mark.parametrize("room", [3, 31])
def test_transposed_copies(height, width, room, dtype):
    array = np.random.default_rng(0).normal(size=(height, width)).astype(dtype)
    out = np.full((width, height + room), 7.0, dtype)
    kernel = transposition(height, width, height + room, width + 2)
    for first, last in ((0, width // 3), (width // 3, width)):
        run(kernel, out, within(array, 2), first, last)
    assert np.array_equal(out[:, :height], array.T)
    assert np.isin(out[:, height:], (0, 7)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_of_rows(dtype):
    rows = np.random.default_rng(0).normal(size=(33, 150)).astype(dtype)
    out = np.zeros(150, dtype)
    run(row_sum(152), out, within(rows, 2), 3, 140, 33)
    assert np.allclose(out[3:140], rows.sum(0)[3:140], atol=1e-4)
    assert not out[:3].any()
    assert not out[140:].any()
