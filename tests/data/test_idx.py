import gzip
import hashlib
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from glassprop.data import files, read_idx, write_idx
from glassprop.errors import DataError

DTYPES = [order + kind for order in "<>" for kind in ("u1", "i1", "i2", "i4", "f4", "f8")]
ANY_ARRAY = arrays.arrays(
    st.sampled_from(DTYPES), arrays.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=4)
)
rewriting = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

HEADER = b"\0\0\x08\x02" + b"\0\0\0\x02" + b"\0\0\0\x03"  # ubyte, shape (2, 3)
WHOLE = HEADER + bytes(range(6))


@rewriting
@given(ANY_ARRAY, st.sampled_from(["a.idx", "a.idx.gz"]))
def test_what_was_written_is_read(tmp_path, array, name):
    write_idx(tmp_path / name, array)
    found = read_idx(tmp_path / name)
    assert found.shape == array.shape
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.dtype.isnative
    assert found.flags.writeable
    np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("code", "numbers", "dtype", "expected"),
    [
        (0x08, "00 ff", np.uint8, [0, 255]),
        (0x09, "80 7f", np.int8, [-128, 127]),
        (0x0B, "80 00 01 02", np.int16, [-32768, 258]),
        (0x0C, "ff ff ff fe 00 01 00 00", np.int32, [-2, 65536]),
        (0x0D, "3f 80 00 00 c0 00 00 00", np.float32, [1, -2]),
        (0x0E, "3f f0 00 00 00 00 00 00 c0 00 00 00 00 00 00 00", np.float64, [1, -2]),
    ],
)
def test_the_bytes_are_those_of_the_format(tmp_path, code, numbers, dtype, expected):
    path = tmp_path / "a.idx"
    stored = bytes([0, 0, code, 1, 0, 0, 0, 2]) + bytes.fromhex(numbers)
    path.write_bytes(stored)
    found = read_idx(path)
    assert found.dtype == dtype
    assert found.tolist() == expected
    write_idx(path, found)
    assert path.read_bytes() == stored


def test_gzip_is_told_by_the_bytes_not_by_the_name(tmp_path):
    (tmp_path / "a.idx").write_bytes(gzip.compress(WHOLE))
    (tmp_path / "b.gz").write_bytes(WHOLE)
    assert read_idx(tmp_path / "a.idx").tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read_idx(str(tmp_path / "b.gz")).tolist() == [[0, 1, 2], [3, 4, 5]]


def test_the_checksum_is_that_of_the_stored_file(tmp_path, refusal):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(WHOLE))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_idx(path, sha256=sha256).shape == (2, 3)
    assert read_idx(path, sha256=sha256.upper()).shape == (2, 3)
    message = refusal(read_idx, path, sha256="0" * 64)
    assert f"expected SHA-256 {'0' * 64}, found {sha256}" in message


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (b"", "empty"),
        (b"\x01\0\x08\x01", "first bytes 00 00, found 01 00"),
        (b"x", "first bytes 00 00, found 78"),
        (b"\0\0\x08", "at least 4 bytes, found 3"),
        (b"\0\0\x0a\x01\0\0\0\x01\0", "0x08 uint8.* found 0x0A"),
        (HEADER[:-1], "header of 12 bytes for 2 axes, found 11"),
        (WHOLE[:-1], r"expected 6 bytes for uint8 of shape \(2, 3\), found 5: .*truncated"),
        (WHOLE + b"\0", r"expected 6 bytes for uint8 of shape \(2, 3\), found more"),
        (b"\0\0\x08\x02" + b"\xff" * 8, r"expected 18446744065119617025 bytes.*found 0"),
        (b"\0\0\x08\x03" + b"\xff" * 8 + bytes(4), r"that NumPy can hold, found \(4294967295,"),
        (b"\0\0\x08\xff" + bytes(4 * 255), r"that NumPy can hold, found \(0, 0,"),
        (gzip.compress(WHOLE, mtime=0)[:-1], "whole gzip"),
        (gzip.compress(WHOLE, mtime=0) + b"rest", "whole gzip"),
        (gzip.compress(WHOLE + b"\0", mtime=0), "found more"),
        (gzip.compress(b"", mtime=0), "empty"),
        (
            gzip.compress(b"\0\0\x08\x02" + b"\xff" * 8, mtime=0),
            "at most 8 GiB .*17179869176 GiB declared",
        ),
        (b"\x1f\x8b", "whole gzip"),
        (b"\x1f\x8b\x08" + b"\xff" * 30, "whole gzip"),
    ],
)
def test_bad_bytes_are_refused(tmp_path, refusal, stored, expected):
    path = tmp_path / "bad-idx"
    path.write_bytes(stored)
    tracemalloc.start()
    try:
        message = refusal(read_idx, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert re.search(expected, message)
    assert peak < 1 << 23  # bytes, whatever the header declares


@pytest.mark.parametrize("stored", [WHOLE, gzip.compress(WHOLE, mtime=0)], ids=["plain", "gzip"])
def test_every_truncation_is_refused(tmp_path, refusal, stored):
    path = tmp_path / "short-idx"
    for length in range(len(stored)):
        path.write_bytes(stored[:length])
        refusal(read_idx, path)


def test_no_flipped_bit_in_a_gzip_file_changes_a_number(tmp_path):
    path = tmp_path / "flipped.gz"
    stored = gzip.compress(WHOLE, mtime=0)
    for bit in range(8 * len(stored)):
        flipped = bytearray(stored)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        try:
            array = read_idx(path)
        except DataError:
            continue
        assert array.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_what_is_not_a_file_is_refused(tmp_path, refusal):
    assert "no such file" in refusal(read_idx, tmp_path / "missing")
    assert "found a folder" in refusal(read_idx, tmp_path)
    with pytest.raises(DataError, match="cannot be read"):
        read_idx("null\0byte")


def test_a_file_larger_than_memory_is_refused(tmp_path, refusal, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr("glassprop.data.idx._at_most", full)
    (tmp_path / "large-idx").write_bytes(WHOLE)
    assert "fit in memory" in refusal(read_idx, tmp_path / "large-idx")


def test_a_gzip_file_beyond_the_limit_is_refused(tmp_path, refusal, monkeypatch):
    monkeypatch.setattr(files, "LARGEST_UNPACKED", 5)
    write_idx(tmp_path / "a.idx.gz", np.zeros(6, np.uint8))
    write_idx(tmp_path / "a.idx", np.zeros(6, np.uint8))
    assert "packed" in refusal(read_idx, tmp_path / "a.idx.gz")
    assert len(read_idx(tmp_path / "a.idx")) == 6


@pytest.mark.parametrize("dtype", [bool, np.uint16, np.int64, np.float16, complex, object, "U3"])
def test_a_type_that_idx_lacks_is_refused(tmp_path, refusal, dtype):
    message = refusal(write_idx, tmp_path / "a.idx", np.zeros(3, dtype))
    assert str(np.dtype(dtype)) in message
    assert ".astype" in message
    assert not list(tmp_path.iterdir())


def test_an_axis_that_idx_cannot_count_is_refused(tmp_path, refusal):
    long = np.broadcast_to(np.uint8(0), 2**32)
    assert "4294967295" in refusal(write_idx, tmp_path / "a.idx", long)


def test_equal_arrays_give_equal_gzip_files(tmp_path):
    write_idx(tmp_path / "a.gz", np.arange(5, dtype=np.int32))
    write_idx(tmp_path / "b.gz", np.arange(5, dtype=">i4"))
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert (tmp_path / "a.gz").read_bytes()[:2] == b"\x1f\x8b"
    assert (tmp_path / "a.gz").read_bytes()[4:8] == bytes(4)  # no time inside


def test_a_place_that_cannot_be_written_is_refused(tmp_path, refusal):
    assert "does not exist" in refusal(write_idx, tmp_path / "no" / "a.idx", np.zeros(2))


@pytest.mark.parametrize("kind", DTYPES)
def test_a_mapped_file_has_the_same_numbers(tmp_path, kind):
    array = np.arange(-6, 18).reshape(2, 3, 4).astype(kind)
    write_idx(tmp_path / "a.idx", array)
    found = read_idx(tmp_path / "a.idx", mmap=True)
    assert isinstance(found, np.memmap)
    assert not found.flags.writeable
    assert found.dtype == np.dtype(kind).newbyteorder(">")
    np.testing.assert_array_equal(found, array)
    write_idx(tmp_path / "empty.idx", array[:0])
    assert read_idx(tmp_path / "empty.idx", mmap=True).shape == (0, 3, 4)


def test_what_cannot_be_mapped_is_refused(tmp_path, refusal):
    path = tmp_path / "a-idx"
    path.write_bytes(gzip.compress(WHOLE))
    assert "gzipped file cannot be mapped; unpack it" in refusal(read_idx, path, mmap=True)
    for length in range(len(WHOLE)):
        path.write_bytes(WHOLE[:length])
        refusal(read_idx, path, mmap=True)
    path.write_bytes(WHOLE[:-1])
    assert "found 5: the file is truncated" in refusal(read_idx, path, mmap=True)
    path.write_bytes(WHOLE + b"\0")
    assert "found more: the file is damaged" in refusal(read_idx, path, mmap=True)
    digest = hashlib.sha256(WHOLE).hexdigest()
    path.write_bytes(WHOLE)
    assert read_idx(path, mmap=True, sha256=digest).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert "SHA-256" in refusal(read_idx, path, mmap=True, sha256="00" * 32)
