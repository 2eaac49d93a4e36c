"""load(DATA): features and targets from a file of any kind that is known here."""

from __future__ import annotations

import difflib
import os
import re
import stat
from pathlib import Path

import numpy as np

from glassprop.data.archives import read_npy, read_npz
from glassprop.data.delimited import read_delimited
from glassprop.data.examples import Examples, require_features
from glassprop.data.files import shown, unreadable
from glassprop.data.images import read_images
from glassprop.errors import DataError, nearest

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_ARCHIVES = {".npz": read_npz, ".npy": read_npy}
_IDX_NAME = re.compile(r"(^|[-._])(idx\d*|ubyte)(?=[-._]|$)", re.IGNORECASE)
_KNOWN = (*_DELIMITERS, *_ARCHIVES, "-idx3-ubyte", "-idx3-ubyte.gz")


def load(data: str | Path, *, features: int | None = None) -> Examples[np.ndarray | None]:
    """Read examples from a file; its name tells its kind.

    .csv, .tsv: numbers, targets in the last columns, an optional header line.
    .npz: arrays x and, optionally, y. .npy: features only.
    IDX images (a name with idx3, idx or ubyte as a word; .gz too): pixels, and the labels from
    the file beside it.

    features: the number of features to expect; in a table, the columns beyond it are targets
    (None: the last column is the target).

    x: float32 or float64, shape (n, features), C-contiguous, n at least 1; only the ubyte pixels
       of IDX files are scaled, to [0, 1]. NaN and infinity are let through.
    y: int64 labels (n,), floats (n,), target rows (n, outputs) as floats, or None.

    Raises DataError for a missing, unknown, damaged or empty file, for other data than numbers,
    and for another number of features; the message names the file, and the line and column of a
    table.
    """
    path = Path(data)
    if features is not None and features < 1:
        raise DataError(f"{shown(data)}: expected features to be at least 1, found {features}")
    _require_file(path, str(data))
    suffix = path.suffix.lower()
    if delimiter := _DELIMITERS.get(suffix):
        return read_delimited(path, delimiter, features)
    if suffix in _ARCHIVES:
        examples = _ARCHIVES[suffix](path)
    elif _IDX_NAME.search(path.name):
        examples = read_images(path)
    else:
        raise _unknown(path, suffix)
    require_features(examples.x, features, shown(path))
    return examples


def _require_file(path: Path, data: str) -> None:
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError as error:
        if difflib.get_close_matches(data.lower(), ["mnist"]):
            raise DataError(
                f"{shown(data)}: no such file; did you mean mnist, the digits inside glassprop "
                "(in Python, glassprop.data.mnist())?"
            ) from error
        raise unreadable(path, error) from error
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    if stat.S_ISDIR(mode):
        raise unreadable(path, IsADirectoryError())


def _unknown(path: Path, suffix: str) -> DataError:
    if suffix == ".gz":
        return DataError(
            f"{shown(path)}: of packed files only IDX is read (…-idx3-ubyte.gz); unpack it first"
        )
    kind = f"the suffix {suffix!r}" if suffix else "no suffix"
    return DataError(f"{shown(path)}: unknown kind of data, {kind}; {nearest(suffix, _KNOWN)}")
