"""The kernels of matrix products against NumPy, in every layout that is emitted."""

from functools import cache

import numpy as np
import pytest

numba = pytest.importorskip("numba")

from glassprop.compile.kernels.products import (  # noqa: E402
    PANEL,
    SIDE_BY_SIDE,
    Tiling,
    large_product,
    product,
)
from glassprop.compile.kernels.transposes import row_sum, transposition  # noqa: E402

TILINGS = [Tiling(4, 4), Tiling(6, 1), Tiling(12, 2)]
SIZES = [(9, 5, 3), (7, 33, 70), (4, 300, 64), (1, 1, 1), (6, 2, 150), (29, 260, 33)]


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


@pytest.mark.parametrize(
    ("turned", "dtype"), [(False, "float32"), (True, "float32"), (True, "float64")]
)
@pytest.mark.parametrize("rows, inner, width", SIZES)
def test_products(rows, inner, width, turned, dtype):
    random = np.random.default_rng(rows)
    left = random.normal(size=(rows, inner)).astype(dtype)
    right = random.normal(size=(inner, width)).astype(dtype)
    stored = within(left.T if turned else left, 2)
    steps = (1, stored.shape[1]) if turned else (stored.shape[1], 1)
    first = min(1, rows - 1)
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    given = width, width + 3, steps, width + 1
    panel, found = np.zeros(PANEL, dtype), []
    ways = [(product(*given, tiling), ()) for tiling in TILINGS]
    ways += [(large_product(*given, rows, inner, packs), (panel,)) for packs in (False, True)]
    for kernel, more in ways:
        out = np.full((rows, width + 3), 7.0, dtype)
        run(kernel, out, stored, within(right, 1), first, rows, inner, *more)
        assert np.abs(out[first:, :width] - (left @ right)[first:]).max() < tolerance * inner
        assert (out[:first] == 7).all()
        assert (out[:, width:] == 7).all()
        found.append(out)
    assert all(np.array_equal(out, found[0]) for out in found)  # no choice changes a bit


@pytest.mark.parametrize("inner", [1, 256, 257, 600])
def test_packed_products_of_any_depth(inner):
    random = np.random.default_rng(inner)
    left, right = random.normal(size=(5, inner)), random.normal(size=(inner, 21))
    out = np.full((5, 21), 7.0)
    kernel = large_product(21, 21, (inner, 1), 21, 5, inner, packs=True)
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


@cache
def blocks_of(width, steps):
    """The product as prediction has it, in pieces where sums are long."""
    settings = {} if width == 7 else {"pieces": 4, "ahead": steps[1] == 1}
    kernel = product(width, 40, steps, 40, SIDE_BY_SIDE, **settings)

    @numba.njit
    def call(out, a, rows, count, length):
        kernel(out, a, rows, 0, count, length)

    return call


def by_blocks(width, out, a, rows):
    (count, length), size = a.shape, a.itemsize
    steps = a.strides[0] // size, a.strides[1] // size
    blocks_of(width, steps)(out, a, rows, count, length)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("width", [7, 39])
def test_rows_do_not_depend_on_others(width, dtype):
    random = np.random.default_rng(width)
    tolerance = 1e-13 if dtype == "float64" else 1e-5
    for count, length in ((1, 1), (3, 19), (12, 2), (13, 41), (29, 30), (5, 0)):
        a = random.normal(size=(count, 41)).astype(dtype)[:, :length]
        rows = random.normal(size=(length, 40)).astype(dtype)
        out = np.full((count + 1, 40), 7, dtype)
        by_blocks(width, out, a, rows)
        assert np.allclose(out[:count, :width], a @ rows[:, :width], tolerance, 10 * tolerance)
        assert (out[count] == 7).all() and (out[:, width:] == 7).all()
        for i in range(count):
            alone = np.empty((1, 40), dtype)
            by_blocks(width, alone, a[i : i + 1], rows)
            assert np.array_equal(alone[0, :width], out[i, :width])


def test_the_left_matrix_may_have_any_strides():
    random = np.random.default_rng(0)
    whole, rows = random.normal(size=(17, 60)), random.normal(size=(17, 40))
    found, expected = np.zeros((30, 40)), np.zeros((30, 40))
    by_blocks(39, found, whole.T[::2], rows)
    by_blocks(39, expected, np.ascontiguousarray(whole.T[::2]), rows)
    assert np.array_equal(found, expected)
    assert np.allclose(found[:, :39], whole.T[::2] @ rows[:, :39])
    assert (found[:, 39:] == 0).all()


def test_what_is_not_finite_goes_through():
    a = np.array([[0.0, np.inf, 1.0], [0.0, 0.0, np.nan], [0.0, 1.0, 2.0]])
    rows = np.ones((3, 40))
    rows[0] = np.inf
    out = np.zeros((3, 40))
    by_blocks(39, out, a, rows)
    with np.errstate(invalid="ignore"):
        assert np.array_equal(out[:, :39], (a @ rows)[:, :39], equal_nan=True)
    assert np.isnan(out[:, :39]).all()
