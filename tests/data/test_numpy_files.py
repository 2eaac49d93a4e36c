import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from glassprop.data import files, load
from glassprop.errors import DataError

X = np.arange(6.0).reshape(3, 2)
Y = np.array([2, 0, 1])


def npy_bytes(array: np.ndarray) -> bytes:
    stored = io.BytesIO()
    np.save(stored, array)
    return stored.getvalue()


def npy_header(shape: tuple[int, ...]) -> bytes:
    stored = io.BytesIO()
    header = {"descr": "<f8", "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(stored, header)
    return stored.getvalue()


def npz(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, stored in members.items():
            archive.writestr(f"{name}.npy", stored)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_x_and_y_are_read(tmp_path, save):
    save(tmp_path / "a.npz", x=X, y=Y, other=np.zeros(1))
    x, y = load(tmp_path / "a.npz")
    np.testing.assert_array_equal(x, X)
    assert x.dtype == np.float64
    assert y is not None
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, Y)


@pytest.mark.parametrize("y", [Y / 2, np.eye(3, dtype=np.float32), np.eye(3)])
def test_floating_targets_are_kept(tmp_path, y):
    np.savez(tmp_path / "a.npz", x=X, y=y)
    found = load(tmp_path / "a.npz").y
    assert found is not None
    assert found.dtype == y.dtype
    np.testing.assert_array_equal(found, y)


def test_y_may_be_missing(tmp_path):
    np.savez(tmp_path / "a.npz", x=X)
    assert load(tmp_path / "a.npz").y is None


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("array", [X, np.asfortranarray(X), X.astype(">f4"), X.reshape(3, 2, 1)])
def test_npy_holds_features(tmp_path, array, version):
    with (tmp_path / "a.npy").open("wb") as file:
        npy.write_array(file, array, version=version)
    x, y = load(tmp_path / "a.npy")
    np.testing.assert_array_equal(x, X)
    assert x.flags.c_contiguous
    assert x.dtype.isnative
    assert y is None


OBJECTS = npy_bytes(np.array([[1, None]], object))
BAD_NPY = {
    "empty": (b"", "whole .npy"),
    "text": (b"1,2\n", "whole .npy"),
    "truncated": (npy_bytes(X)[:-1], "truncated or damaged"),
    "truncated header": (npy_bytes(X)[:40], "truncated or damaged"),
    "longer": (npy_bytes(X) + b"\0", "truncated or damaged"),
    "huge": (npy_header((2**40, 8)) + bytes(64), "truncated or damaged"),
    "beyond int64": (npy_header((2**40, 2**40)) + bytes(64), "truncated or damaged"),
    "negative": (npy_header((-2, -1)) + bytes(16), "truncated or damaged"),
    "no rows": (npy_bytes(X[:0]), "no data, found shape (0, 2)"),
    "one axis": (npy_bytes(X[0]), "found shape (2,)"),
    "strings": (npy_bytes(np.array([["a"]])), "expected numbers"),
    "objects": (OBJECTS, "never unpickled"),
    "nan": (npy_bytes(np.array([[1, np.nan]])), "found nan at index [0, 1]"),
    "of version 9": (b"\x93NUMPY\x09\x00" + npy_bytes(X)[8:], "truncated or damaged"),
    "archive": (b"PK\x03\x04", "another kind of file"),
    "nested": (b"\x93NUMPY\x01\x00\x20\x1f" + b"-" * 7999 + b"\n", "truncated or damaged"),
}


@pytest.mark.parametrize("kind", BAD_NPY)
def test_bad_features_are_refused(tmp_path, refusal, kind):
    stored, expected = BAD_NPY[kind]
    (tmp_path / "bad.npy").write_bytes(stored)
    assert expected in refusal(load, tmp_path / "bad.npy")
    npz(tmp_path / "bad.npz", x=stored)
    inside = expected.replace("whole .npy", "whole array x")
    assert inside in refusal(load, tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        (npy_bytes(Y[:2]), "array y: expected 3 targets, one for each example, found 2"),
        (npy_bytes(np.array(["a", "b", "c"])), "array y: expected numbers"),
        (npy_bytes(np.zeros((3, 1, 1))), "array y: expected labels"),
        (npy_bytes(np.array([0, np.inf, 0])), "array y: expected finite numbers"),
        (npy_bytes(Y)[:-1], "whole array y"),
        (OBJECTS, "array y of numbers, found Python objects"),
    ],
)
def test_bad_targets_are_refused(tmp_path, refusal, y, expected):
    npz(tmp_path / "bad.npz", x=npy_bytes(X), y=y)
    assert expected in refusal(load, tmp_path / "bad.npz")


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"X": X, "Y": Y}, "did you mean 'X'? Known: X, Y"),
        ({"x_train": X, "y_train": Y}, "known: x_train, y_train"),
        ({"xs": X}, "did you mean 'xs'"),
        ({"two\nlines": X}, r"'two\nlines'"),
        ({}, "found none"),
    ],
)
def test_an_archive_without_x_is_refused(tmp_path, refusal, arrays, expected):
    np.savez(tmp_path / "a.npz", **arrays)
    message = refusal(load, tmp_path / "a.npz")
    assert "no array 'x'" in message
    assert expected in message


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_damaged_byte_of_an_archive_crashes_or_changes_a_number(tmp_path, compression):
    path = tmp_path / "a.npz"
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x.npy", npy_bytes(X))
    stored = path.read_bytes()
    for place in range(len(stored)):
        for flip in (1, 0x80):
            damaged = bytearray(stored)
            damaged[place] ^= flip
            path.write_bytes(damaged)
            try:
                x = load(path).x
            except DataError as error:
                assert len(str(error).splitlines()) == 1
            else:
                np.testing.assert_array_equal(x, X)


def test_every_truncation_of_an_archive_is_refused(tmp_path, refusal):
    path = npz(tmp_path / "a.npz", x=npy_bytes(X))
    stored = path.read_bytes()
    for length in range(len(stored)):
        path.write_bytes(stored[:length])
        refusal(load, path)


def test_a_compressed_array_beyond_the_limit_is_refused(tmp_path, refusal, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 1 << 20)
    bomb = np.zeros((1000, 1000))
    np.savez_compressed(tmp_path / "bomb.npz", x=bomb)
    assert (tmp_path / "bomb.npz").stat().st_size < 1 << 14
    assert "array x: expected at most" in refusal(load, tmp_path / "bomb.npz")
    np.savez(tmp_path / "stored.npz", x=bomb)
    assert load(tmp_path / "stored.npz").x.shape == bomb.shape


@pytest.mark.parametrize("name", ["a.npy", "a.npz"])
def test_an_array_larger_than_memory_is_not_called_damaged(tmp_path, refusal, monkeypatch, name):
    def full(*_, **__):
        raise MemoryError

    (tmp_path / "a.npy").write_bytes(npy_bytes(X))
    npz(tmp_path / "a.npz", x=npy_bytes(X))
    monkeypatch.setattr(npy, "read_array", full)
    assert "fit in memory" in refusal(load, tmp_path / name)
