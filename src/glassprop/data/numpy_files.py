"""NumPy's own files: .npy with features, its targets in one beside it, .npz with x and y.

Nothing is ever unpickled, and no memory is taken for numbers that are not in the file.
"""

from __future__ import annotations

import math
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from glassprop.data.examples import Examples, features_from, flattened, targets_from
from glassprop.data.files import opened, require_unpackable
from glassprop.data.memory import require_room
from glassprop.errors import DataError, nearest, shown

_COPIES = 2  # as it is stored, and as floats
_X_NAME = re.compile(r"(^|[-_.])x(?=[-_.])")


def read_npy(path: Path, raw: bool = False, large: bool = False) -> Examples[np.ndarray | None]:
    """Read features from a .npy file, and targets from the one beside it, if there is one.

    raw: whether the features stay as they are stored, in the memory of the file, which is mapped.
    large: whether it is confirmed that they take most of the memory.

    x: shape (n, features), flattened from two or more axes, not scaled.
    y: as `read_npz` gives them, from y.npy beside x.npy, or train_y.npy beside train_x.npy.

    Raises DataError for a damaged file, objects, other than numbers, NaN and infinity (unless raw),
    fewer than two axes, no rows, another number of targets; MemoryError for more numbers than fit.
    """
    array = _file(path, raw, large)
    x = flattened(array, shown(path)) if raw else features_from(array, shown(path))
    beside = targets_beside(path)
    if beside is None:
        return Examples(x, None)
    return Examples(x, targets_from(_file(beside), len(x), shown(beside)))


def targets_beside(path: Path) -> Path | None:
    """The file with the targets of the features in a .npy file, if there is one."""
    named, found = _X_NAME.subn(r"\1y", path.name, 1)
    beside = path.with_name(named)
    return beside if found and beside.exists() and not beside.is_dir() else None


def _file(path: Path, mapped: bool = False, large: bool = False) -> np.ndarray:
    """The array in a .npy file."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
    if not mapped:
        require_room(size * _COPIES, shown(path), large)
    return _array(
        lambda: opened(path),
        size,
        shown(path),
        "a whole .npy file",
        "np.save",
        path if mapped else None,
    )


def read_npz(path: Path, large: bool = False) -> Examples[np.ndarray | None]:
    """Read the array `x` and, if there is one, the array `y` from a .npz file.

    large: whether it is confirmed that they take most of the memory.

    x: shape (n, features), flattened from two or more axes, not scaled.
    y: int64 labels (n,), floats (n,), target rows (n, outputs) as floats, or None.

    Raises DataError for a damaged file, a missing `x`, objects, other than numbers, NaN and
    infinity, wrong axes, no rows, different numbers of rows in x and y, and a compressed array
    beyond 8 GiB; MemoryError for more numbers than fit.
    """
    name = shown(path)
    with opened(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except Exception as error:  # zipfile meets damage with errors of a dozen kinds
            raise _damaged(name, "a whole .npz file", "np.savez") from error
        with archive:
            entries = archive.namelist()
            arrays = [entry.removesuffix(".npy") for entry in entries if entry.endswith(".npy")]
            if "x" not in arrays:
                found = nearest("x", map(shown, arrays)) if arrays else "found none"
                raise DataError(
                    f"{name}: no array 'x'; {found}; save with np.savez(path, x=x, y=y)"
                )
            x = features_from(_member(archive, "x", name, large), f"{name}, array x")
            if "y" not in arrays:
                return Examples(x, None)
            y = targets_from(_member(archive, "y", name, large), len(x), f"{name}, array y")
            return Examples(x, y)


def _member(archive: zipfile.ZipFile, array: str, name: str, large: bool) -> np.ndarray:
    entry = archive.getinfo(f"{array}.npy")
    require_room(entry.file_size * _COPIES, f"{name}, array {array}", large)
    if entry.compress_type != zipfile.ZIP_STORED:
        require_unpackable(entry.file_size, f"{name}, array {array}")
    whole = f"a whole array {array}"
    return _array(lambda: archive.open(entry), entry.file_size, name, whole, "np.savez")


def _array(
    opens: Callable[[], IO[bytes]],
    size: int,
    name: str,
    expected: str,
    saver: str,
    mapped: Path | None = None,
) -> np.ndarray:
    """The array in a .npy file of `size` bytes, read only if its header agrees with the size.

    mapped: the file, where it is to be mapped instead.
    """
    try:
        with opens() as file:
            dtype, declared = _declared(file)
    except Exception as error:  # as NumPy does, and zipfile below it
        raise _damaged(name, expected, saver) from error
    if dtype.hasobject:
        raise DataError(
            f"{name}: expected {expected} of numbers, found Python objects, which are never "
            "unpickled; convert it with .astype(float) and save it again"
        )
    if declared != size:
        raise _damaged(name, expected, saver)
    try:
        if mapped is not None:
            return npy.open_memmap(mapped, mode="r")
        # Opened again: a member of a .zip file is not checksummed once it has been rewound.
        with opens() as file:
            return npy.read_array(file, allow_pickle=False)
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(name, expected, saver) from error


def _declared(file: IO[bytes]) -> tuple[np.dtype, int]:
    """Type of the array, and the size in bytes that header and numbers must have together."""
    version = npy.read_magic(file)
    header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = header(file)
    return dtype, file.tell() + math.prod(shape) * dtype.itemsize


def _damaged(name: str, expected: str, saver: str) -> DataError:
    return DataError(
        f"{name}: expected {expected}, found a truncated or damaged one, or another kind of file; "
        f"save it again with {saver}"
    )
