"""IDX, the format of MNIST: arrays of numbers, big-endian, with or without gzip.

A file is two zero bytes, a type code, the number of axes, the size of each axis as a 32-bit
unsigned integer, then the numbers, last axis fastest (http://yann.lecun.com/exdb/mnist/).
"""

from __future__ import annotations

import gzip
import hashlib
import math
import os
import struct
import zlib
from contextlib import nullcontext
from io import BufferedIOBase, BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from glassprop.data.files import opened, require_unpackable, too_large, unreadable
from glassprop.data.memory import require_room
from glassprop.errors import DataError, shown
from glassprop.system.file_writing import replacing
from glassprop.system.paths import path_of

_DTYPES = {
    0x08: np.dtype(">u1"),
    0x09: np.dtype(">i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
_CODES = {(dtype.kind, dtype.itemsize): code for code, dtype in _DTYPES.items()}
_KNOWN = ", ".join(f"0x{code:02X} {dtype.name}" for code, dtype in _DTYPES.items())
_GZIP = b"\x1f\x8b"
_CHUNK = 1 << 20
_LOOK = 1 << 28  # after how many bytes memory is looked at again
_LARGEST_AXIS = 2**32 - 1


def read_idx(
    path: str | Path, *, sha256: str | None = None, mmap: bool = False, large: bool = False
) -> np.ndarray:
    """Read an IDX file, gzipped or not (told by its first bytes, not by its name).

    path: the file.
    sha256: the checksum, in hexadecimal, of the file as it is stored; None does not check.
    mmap: whether to map the file, which must not be gzipped, instead of reading it: the array is
        read-only, keeps the file's big-endian byte order, and takes memory only as it is used.
    large: whether an array that takes more than half of the memory is meant.

    Returns a fresh, writable array of the file's shape, in native byte order: uint8, int8, int16,
    int32, float32 or float64.

    Raises DataError for a file that is missing, unreadable, no regular file, not IDX, shorter or
    longer than its header says, damaged by gzip's own checksum, of another SHA-256, gzipped where
    it is to be mapped, or too large for memory (a gzipped file: beyond 8 GiB unpacked). No memory
    is taken for numbers that are not there, whatever the header declares.
    """
    path = path_of(path, DataError, "train-images-idx3-ubyte")
    with opened(path) as stored:
        try:
            if sha256 is not None:
                _require_checksum(stored, sha256, shown(path))
            packed = stored.peek(len(_GZIP)).startswith(_GZIP)
            if mmap:
                return _mapped(stored, packed, path)
            with gzip.GzipFile(fileobj=stored) if packed else nullcontext(stored) as file:
                return _array(file, packed, shown(path), large)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{shown(path)}: expected a whole gzip file, found a truncated or damaged one; "
                "get the file again"
            ) from error
        except OSError as error:
            raise unreadable(path, error) from error
        except MemoryError as error:
            raise too_large(path) from error


def is_gzipped(path: Path) -> bool:
    """Whether a file is packed, by its first bytes; raises DataError when it cannot be opened."""
    with opened(path) as file:
        return file.peek(len(_GZIP)).startswith(_GZIP)


def write_idx(path: str | Path, array: ArrayLike) -> None:
    """Write an array as an IDX file, gzipped if the name ends in `.gz`.

    array: uint8, int8, int16, int32, float32 or float64, of any shape and byte order.

    The file appears whole or not at all, in place of an older one; the same array gives the same
    bytes each time.

    Raises DataError for another type, an axis beyond 2³² − 1, or a place that cannot be written.
    """
    path = path_of(path, DataError, "train-images-idx3-ubyte")
    if np.ma.is_masked(array):
        raise DataError(f"{shown(path)}: IDX has no masked entries; fill them with .filled first")
    array = np.asarray(array)
    code = _CODES.get((array.dtype.kind, array.dtype.itemsize))
    if code is None:
        known = ", ".join(dtype.name for dtype in _DTYPES.values())
        raise DataError(
            f"{shown(path)}: IDX holds {known}, not {array.dtype}; convert with .astype first"
        )
    if max(array.shape, default=0) > _LARGEST_AXIS:
        raise DataError(
            f"{shown(path)}: IDX holds axes up to {_LARGEST_AXIS}, "
            f"not shape {array.shape}; write it in parts"
        )
    header = struct.pack(f">2xBB{array.ndim}I", code, array.ndim, *array.shape)
    numbers = np.ascontiguousarray(array, dtype=_DTYPES[code]).reshape(-1).view(np.uint8)
    with replacing(path, DataError) as file:
        packed = path.suffix == ".gz"
        # Neither name nor time inside, so that equal arrays give equal files.
        sink = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if packed else nullcontext(file)
        with sink as target:
            target.write(header)
            target.write(numbers.data)


def _require_checksum(stored: BufferedReader, expected: str, name: str) -> None:
    found = hashlib.file_digest(stored, "sha256").hexdigest()
    if found != str(expected).lower():
        raise DataError(
            f"{name}: expected SHA-256 {str(expected).lower():.80}, found {found}: "
            "the file is damaged or another version; get it again"
        )
    stored.seek(0)


def _array(file: BufferedIOBase, packed: bool, name: str, large: bool) -> np.ndarray:
    """The array in an open IDX file, whose bytes come unpacked."""
    dtype, shape = _header(file, name)
    declared = math.prod(shape) * dtype.itemsize
    if packed:
        require_unpackable(declared, name)
    # One byte more than declared: enough to see that something follows, and where nothing does,
    # reaching the end makes gzip check its own checksum.
    numbers = _at_most(file, declared + 1, name, large)
    _require_length(len(numbers), dtype, shape, name)
    try:
        array = np.frombuffer(numbers, dtype).reshape(shape)
    except ValueError as error:
        raise _shapeless(name, shape) from error
    return array.astype(dtype.newbyteorder("="), copy=False)


def _mapped(file: BufferedReader, packed: bool, path: Path) -> np.ndarray:
    """The array in an open IDX file that is not gzipped, in the memory of the file."""
    name = shown(path)
    if packed:
        raise DataError(f"{name}: a gzipped file cannot be mapped; unpack it, or read it whole")
    dtype, shape = _header(file, name)
    start = file.tell()
    _require_length(os.fstat(file.fileno()).st_size - start, dtype, shape, name)
    if not math.prod(shape):
        return np.empty(shape, dtype)  # there is nothing to map
    try:
        return np.memmap(path, dtype, "r", start, shape)
    except ValueError as error:
        raise _shapeless(name, shape) from error


def _require_length(found: int, dtype: np.dtype, shape: tuple[int, ...], name: str) -> None:
    """Raise DataError unless as many bytes follow the header as it declares."""
    declared = math.prod(shape) * dtype.itemsize
    if found == declared:
        return
    fault = f"{found}: the file is truncated" if found < declared else "more: the file is damaged"
    raise DataError(
        f"{name}: expected {declared} bytes for {dtype.name} of shape {shape}, "
        f"found {fault}; get it again"
    )


def _shapeless(name: str, shape: tuple[int, ...]) -> DataError:
    return DataError(
        f"{name}: expected a shape that NumPy can hold, found {shape}; "
        "the file is damaged or not IDX: get it again"
    )


def _header(file: BufferedIOBase, name: str) -> tuple[np.dtype, tuple[int, ...]]:
    """Type and shape, from the first bytes of an IDX file."""
    magic = file.read(4)
    if not magic:
        raise DataError(f"{name}: expected an IDX file, found an empty one; get it again")
    if magic[:2] != b"\0\0"[: len(magic)]:
        raise DataError(
            f"{name}: not an IDX file: expected the first bytes 00 00, "
            f"found {magic[:2].hex(' ')}; give an IDX file"
        )
    if len(magic) < 4:
        raise DataError(
            f"{name}: expected an IDX header of at least 4 bytes, "
            f"found {len(magic)}: the file is truncated; get it again"
        )
    code, axes = magic[2], magic[3]
    if code not in _DTYPES:
        raise DataError(
            f"{name}: not an IDX file: expected a type code among {_KNOWN}, "
            f"found 0x{code:02X}; give an IDX file"
        )
    sizes = file.read(4 * axes)
    if len(sizes) < 4 * axes:
        raise DataError(
            f"{name}: expected an IDX header of {4 + 4 * axes} bytes for {axes} axes, "
            f"found {4 + len(sizes)}: the file is truncated; get it again"
        )
    return _DTYPES[code], struct.unpack(f">{axes}I", sizes)


def _at_most(file: BufferedIOBase, limit: int, name: str, large: bool) -> bytearray:
    """Up to `limit` bytes, in memory that grows with what comes, not with what is declared."""
    numbers = bytearray()
    while chunk := file.read(min(_CHUNK, limit - len(numbers))):
        numbers += chunk
        if len(numbers) % _LOOK < _CHUNK:
            require_room(len(numbers), name, large)
    return numbers
