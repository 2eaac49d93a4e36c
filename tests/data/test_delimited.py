import csv
import io

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassprop.data import load

TABLE = arrays.arrays(
    np.float64,
    arrays.array_shapes(min_dims=2, max_dims=2, max_side=5),
    elements=st.floats(allow_nan=False, allow_infinity=False),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    table=TABLE,
    suffix=st.sampled_from([".csv", ".tsv", ".CSV"]),
    header=st.booleans(),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    between=st.sampled_from(["", "# a remark, with commas", "   "]),
    start=st.sampled_from(["", "\ufeff"]),
)
def test_what_was_written_is_read(
    tmp_path, table, suffix, header, newline, quoting, between, start
):
    columns = table.shape[1]
    text = io.StringIO()
    delimiter = "\t" if suffix == ".tsv" else ","
    rows = csv.writer(text, delimiter=delimiter, lineterminator=newline, quoting=quoting)
    if header:
        rows.writerow([f"column {i}" for i in range(columns)])
    for row in table.tolist():
        text.write(between + newline)
        rows.writerow([repr(cell) for cell in row])
    path = tmp_path / f"table{suffix}"
    path.write_bytes((start + text.getvalue()).encode())

    x, y = load(path, features=columns)
    assert y is None
    assert x.dtype == np.float64
    assert x.flags.c_contiguous
    np.testing.assert_array_equal(x, table)
    if columns > 1:
        x, y = load(path, target=-1, ignore=(), note=str)
        np.testing.assert_array_equal(x, table[:, :-1])
        np.testing.assert_array_equal(y, table[:, -1])


@pytest.mark.parametrize(
    ("text", "features", "y"),
    [
        ("1,2,0\n3,4,1", None, [0, 1]),
        ("1,2,0\n3,4,1", 2, [0, 1]),
        ("1,2,0\n3,4,.5", None, [0, 0.5]),
        ("1,2,0\n3,4,1", 1, [[2, 0], [4, 1]]),
        ("1,2,0\n3,4,1", 3, None),
        ("1,2e0, 0\n3,+4,1.0", None, [0, 1]),
    ],
)
def test_targets_are_the_columns_after_the_features(tmp_path, text, features, y):
    (tmp_path / "a.csv").write_text(text)
    found = load(tmp_path / "a.csv", features=features)
    numbers = np.array([[1, 2, 0], [3, 4, 1]])
    np.testing.assert_array_equal(found.x, numbers[:, : features or 2])
    assert (None if found.y is None else found.y.tolist()) == y
    if found.y is not None:
        assert found.y.flags.owndata  # y alone does not keep the whole table in memory
        assert found.y.dtype == (np.int64 if y in ([0, 1],) else np.float64)


NO_NUMBER = "expected a finite number, found"
BAD = [
    ("", None, "found an empty file"),
    ("\n  \n# remark\n", None, "found an empty file"),
    ("a,b\n", None, "found a header only, on line 1"),
    ("1,2\n3,x\n", None, f"line 2, column 2: {NO_NUMBER} 'x'; put a number there"),
    ("a,b\n\n# remark\n1,2\n3,\n", None, f"line 5, column 2: {NO_NUMBER} an empty cell"),
    ("1,b\n2,3\n", None, f"line 1, column 2: {NO_NUMBER} 'b'"),
    ("a,b\nc,d\n", None, f"line 2, column 1: {NO_NUMBER} 'c'"),
    ("a,b\n1,nan\n", None, f"line 2, column 2: {NO_NUMBER} 'nan'; replace it"),
    ("nan,nan\n1,2\n", None, f"line 1, column 1: {NO_NUMBER} 'nan'"),
    ("1,2\n-inf,2\n", None, f"line 2, column 1: {NO_NUMBER} '-inf'"),
    ("1,2\n1,1e999\n", None, f"line 2, column 2: {NO_NUMBER} '1e999'"),
    ("1,1_000\n", None, f"line 1, column 2: {NO_NUMBER} '1_000'"),
    ("1,٣\n", None, f"line 1, column 2: {NO_NUMBER} '٣'"),
    ("1,2\n3\n", None, "line 2: expected 2 columns as on line 1, found 1"),
    ("1,2\n3,4,5\n", None, "line 2: expected 2 columns as on line 1, found 3"),
    ("a,b,c\n1,2\n3,4\n", None, "line 2: expected 3 columns as on line 1, found 2"),
    ("1,2,\n3,4,\n", None, f"line 1, column 3: {NO_NUMBER} an empty cell"),
    ("1;2\n3;4\n", 1, f"line 2, column 1: {NO_NUMBER} '3;4'; separate cells by commas, not semi"),
    ("1\t2\n3\t4\n", 1, "separate cells by commas, not tabs"),
    ('1,"2\n3,4\n', None, "table.csv"),
    ("1\n2\n", None, "found one column; add the target, or say features=1"),
    ("1,2\n3,4\n", 3, "expected at least 3 columns, one for each feature, found 2"),
    ("1,2\n3,two\nlines", None, "line 2, column 2"),
    ("1,2\n3," + "x" * 200_000, None, f"{NO_NUMBER} 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'"),
    ("1,2\n3,\0\n", None, r"line 2, column 2: expected a finite number, found '\x00'"),
]


@pytest.mark.parametrize(("text", "features", "expected"), BAD)
def test_bad_text_is_refused(tmp_path, refusal, text, features, expected):
    (tmp_path / "table.csv").write_bytes(text.encode())
    message = refusal(load, tmp_path / "table.csv", features=features)
    assert expected in message
    assert len(message) < 300 + len(str(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused(tmp_path, refusal, encoding):
    (tmp_path / "table.csv").write_bytes("größe,b\n1,2\n".encode(encoding))
    assert "expected text in UTF-8" in refusal(load, tmp_path / "table.csv")


def test_a_late_fault_in_another_encoding_is_refused(tmp_path, refusal):
    (tmp_path / "table.csv").write_bytes(b"1,2\n" * 10_000 + b"1,\xff\n")
    assert "expected text in UTF-8" in refusal(load, tmp_path / "table.csv")


def test_a_semicolon_file_names_the_remedy(tmp_path, refusal):
    (tmp_path / "table.tsv").write_text("1,2\n3,4\n")
    assert "separate cells by tabs, not commas" in refusal(load, tmp_path / "table.tsv")
