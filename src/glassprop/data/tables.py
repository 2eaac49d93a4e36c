"""load(DATA): features and targets from mnist or from a file of any kind that is known here."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from glassprop.data.archives import read_npy, read_npz
from glassprop.data.delimited import read_delimited
from glassprop.data.digits import mnist
from glassprop.data.examples import Examples
from glassprop.data.files import opened, shown, too_large
from glassprop.data.images import read_images
from glassprop.errors import DataError, nearest

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_IDX_NAME = re.compile(r"(^|[-._])(idx\d*|ubyte)(?=[-._]|$)", re.IGNORECASE)
_KNOWN = (*_DELIMITERS, ".npz", ".npy", "-idx3-ubyte", "-idx3-ubyte.gz")


def load(
    data: str | Path, *, features: int | None = None, raw: bool = False
) -> Examples[np.ndarray | None]:
    """Read examples: the digits of MNIST, or a file, whose name tells its kind.

    "mnist": the 50,000 training digits inside glassprop (`mnist()` has the other parts; a file of
    that name is "./mnist").
    .csv, .tsv: numbers, targets in the last columns, an optional header line.
    .npz: arrays x and, optionally, y. .npy: features, and targets from y.npy beside x.npy.
    IDX images (a name with idx3, idx or ubyte as a word; .gz too): pixels, and the labels from
    the file beside it.

    features: the number of features to expect; in a table, the columns beyond it are targets
    (None: the last column is the target).
    raw: whether x stays as it is stored, for networks with a scale and for data beyond memory:
    pixels are not scaled, and .npy and IDX files that are not packed are mapped, not read; what is
    mapped may have any number type and byte order, and is read and checked as it is used.

    x: float32 or float64, shape (n, features), C-contiguous, n at least 1, finite; only the ubyte
       pixels of IDX files are scaled, to [0, 1].
    y: int64 labels (n,), finite floats (n,), target rows (n, outputs) as floats, or None.

    Raises DataError for a missing, unknown, damaged or empty file, one too large for memory, other
    data than finite numbers, and another number of features; the message names the file, and the
    line and column of a table.
    """
    if features is not None and features < 1:
        raise DataError(
            f"{shown(data)}: expected features to be at least 1, found {features}; "
            "give the size of the input layer"
        )
    try:
        examples = mnist(raw).train if data == "mnist" else _read(Path(data), features, raw)
    except MemoryError as error:
        raise too_large(data) from error
    found = examples.x.shape[1]
    if features is not None and found != features:
        raise DataError(
            f"{shown(data)}: expected {features} features, found {found}; "
            "give data of that width or change the size of the input layer"
        )
    return examples


def _read(path: Path, features: int | None, raw: bool) -> Examples[np.ndarray | None]:
    _require_file(path)
    suffix = path.suffix.lower()
    if delimiter := _DELIMITERS.get(suffix):
        return read_delimited(path, delimiter, features)
    if suffix == ".npz":
        return read_npz(path)
    if suffix == ".npy":
        return read_npy(path, raw)
    if _IDX_NAME.search(path.name):
        return read_images(path, raw)
    if suffix == ".gz":
        raise DataError(
            f"{shown(path)}: of packed files only IDX is read (…-idx3-ubyte.gz); unpack it first"
        )
    kind = f"the suffix {suffix!r}" if suffix else "no suffix"
    raise DataError(f"{shown(path)}: unknown kind of data, {kind}; {nearest(suffix, _KNOWN)}")


def _require_file(path: Path) -> None:
    """A file that is missing, a folder or locked is refused as such, whatever its suffix."""
    if not path.suffix and not os.path.exists(path):
        raise DataError(
            f"{shown(path)}: no such file, and no data inside glassprop of that name; "
            f"{nearest(path.name, ['mnist'])}"
        )
    opened(path).close()
