"""SciPy's matrices: what is in them is checked before any loop follows their indices."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import glassprop as gp
from glassprop.errors import DataError
from glassprop.train.examples import scipy_sparse
from glassprop.train.examples.scipy_sparse import read_csr


def dense(rows):
    out = np.full((len(rows), rows.width), 7.0)
    rows.put(slice(0, len(rows)), out)
    return out


def raw(values, columns, starts, shape):
    """A matrix that SciPy has not looked at."""
    made = sparse.csr_matrix(shape)
    made.data, made.indices, made.indptr = map(np.asarray, (values, columns, starts))
    return made


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.data())
def test_rows_are_those_of_the_matrix(data):
    n, width = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 5))
    entries = st.tuples(st.integers(0, n - 1), st.integers(0, width - 1), st.integers(-3, 3))
    listed = np.array(data.draw(st.lists(entries, max_size=20)), int).reshape(-1, 3)
    at, columns, values = listed[np.argsort(listed[:, 0], kind="stable")].T
    starts = np.searchsorted(at, np.arange(n + 1))
    kind = data.draw(st.sampled_from(["int32", "int64"]))
    numbers = data.draw(st.sampled_from(["float32", "float64", "int8", "int64"]))
    shape = (n, width)
    matrix = raw(values.astype(numbers), columns.astype(kind), starts.astype(kind), shape)
    kept = [array.copy() for array in (matrix.data, matrix.indices, matrix.indptr)]
    rows = read_csr(matrix, "x")
    assert (dense(rows) == matrix.toarray()).all()
    chosen = np.array(data.draw(st.lists(st.integers(0, n - 1), max_size=5)), np.intp)
    some = np.full((len(chosen), width), 7.0)
    rows.put(chosen, some)
    assert (some == matrix.toarray()[chosen]).all()
    for array, before in zip((matrix.data, matrix.indices, matrix.indptr), kept, strict=True):
        assert (array == before).all()


def test_entries_at_the_same_place_are_added_as_scipy_does(monkeypatch):
    monkeypatch.setattr(scipy_sparse, "PART", 3)  # the last row has them
    for kind in ("uint8", "bool", "float64"):
        values = np.array([1, 2, 200, 100, 1]).astype(kind)
        matrix = raw(values, [0, 1, 2, 2, 0], [0, 2, 2, 5], (3, 3))
        rows = read_csr(matrix, "x")
        assert (dense(rows) == matrix.toarray()).all(), kind
        assert len(rows.values) == 4
        assert len(matrix.data) == 5


def test_unsorted_columns_and_zeros_stay_as_they_are():
    matrix = raw(np.array([1.0, 0.0, 2.0]), [2, 0, 1], [0, 2, 3], (2, 3))
    rows = read_csr(matrix, "x")
    assert rows.values.tolist() == [1, 0, 2]
    assert np.shares_memory(rows.columns, matrix.indices)


WRONG = {
    "column beyond": (([1.0, 2.0], [0, 3], [0, 1, 2]), r"row 1 has an entry in column 3.* 0 to 2"),
    "column below": (([1.0, 2.0], [0, -1], [0, 1, 2]), "row 1 has an entry in column -1"),
    "starts fall": (([1.0, 2.0], [0, 1], [0, 2, 1]), "does not rise"),
    "starts below": (([1.0, 2.0], [0, 1], [0, -1, 2]), "does not rise"),
    "starts too late": (([1.0, 2.0], [0, 1], [1, 1, 2]), "does not rise from 0"),
    "starts beyond": (([1.0, 2.0], [0, 1], [0, 1, 3]), "at most 2"),
    "few values": (([1.0], [0, 1], [0, 1, 2]), "at most 1"),
    "few starts": (([1.0, 2.0], [0, 1], [0, 2]), r"indptr of shape \(3,\)"),
    "starts of floats": (([1.0, 2.0], [0, 1], [0.0, 1.0, 2.0]), "indptr"),
    "columns of floats": (([1.0, 2.0], [0.0, 1.0], [0, 1, 2]), "indices and data"),
    "two axes": (([[1.0, 2.0]], [0, 1], [0, 1, 2]), "one axis"),
    "NaN": (([1.0, np.nan], [0, 2], [0, 1, 2]), "feature 2 of example 1 is nan"),
    "infinity": (([1.0, -np.inf], [0, 2], [0, 1, 2]), "feature 2 of example 1 is -inf"),
    "too large": (([1e300, 1.0], [1, 2], [0, 1, 2]), "feature 1 of example 0 is inf"),
}


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_whole_is_refused(name, engine):
    parts, message = WRONG[name]
    net = gp.Network([3, 2], dtype="float32", seed=0, engine=engine)
    with pytest.raises(DataError, match=message) as caught:
        net.fit(raw(*parts, (2, 3)), [0, 1], progress=False)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("part", ["data", "indices", "indptr"])
def test_masked_parts_are_refused(part):
    matrix = raw([1.0, 2.0], [0, 1], [0, 1, 2], (2, 3))
    setattr(matrix, part, np.ma.masked_equal(getattr(matrix, part), 1))
    with pytest.raises(DataError, match="has masked entries"):
        read_csr(matrix, "x")


def test_other_axes_are_refused():
    with pytest.raises(DataError, match="two axes"):
        read_csr(sparse.coo_array(np.arange(3)), "x")


def test_scipy_is_imported_by_those_who_have_a_matrix():
    code = (
        "import sys, numpy as np, glassprop as gp; net = gp.Network([3, 2], engine='numpy'); "
        "net.fit(np.eye(3, dtype='uint8'), [0, 1, 1], progress=False); "
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
