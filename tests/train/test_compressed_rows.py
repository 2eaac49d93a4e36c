import numpy as np
import pytest
from scipy import sparse

from glassprop.train.examples import compressed_rows as ours


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("block", [1, 64, 1 << 18])
@pytest.mark.parametrize("shape", [(1, 1), (7, 13), (300, 5), (3, 70_000), (50, 784)])
def test_compressed_rows_are_those_of_scipy(monkeypatch, dtype, block, shape):
    monkeypatch.setattr(ours, "BLOCK", block)
    random = np.random.default_rng(0)
    x = (random.standard_normal(shape) * (random.random(shape) < 0.2)).astype(dtype)
    x[0, 0], x[-1, -1] = -0.0, np.nan
    found, expected = ours.compress(x), sparse.csr_matrix(x)
    assert np.array_equal(found.starts, expected.indptr)
    assert np.array_equal(found.columns, expected.indices)
    assert np.array_equal(found.values, expected.data, equal_nan=True)
    assert found.values.dtype == dtype
    assert found.columns.dtype == ("uint32" if shape[1] > 65536 else "uint16")


@pytest.mark.parametrize("x", [np.zeros((4, 3)), np.ones((4, 3)), np.eye(5)[:, ::-1]])
def test_empty_and_full_rows(x):
    found = ours.compress(x)
    expected = sparse.csr_matrix(x)
    assert np.array_equal(found.starts, expected.indptr)
    assert np.array_equal(found.columns, expected.indices)
    assert ours.density(x) == expected.nnz / x.size
