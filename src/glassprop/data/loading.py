"""load(DATA): features and targets from mnist or from a file of any kind that is known here."""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glassprop.data.digits import mnist
from glassprop.data.examples import Examples
from glassprop.data.files import opened, too_large
from glassprop.data.image_files import labels_beside, read_images
from glassprop.data.numpy_files import read_npy, read_npz, targets_beside
from glassprop.data.standard_input import PIPE, piped
from glassprop.data.tables.columns import Columns, Wishes
from glassprop.data.tables.delimited import Reading, read_delimited
from glassprop.data.tables.whole_number_targets import meant, question
from glassprop.errors import DataError, nearest, printable, shown
from glassprop.system.paths import path_of

FEWEST = 3
"""Examples that have to agree before it is said that all of them do."""
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_IDX_NAME = re.compile(r"(^|[-._])(idx\d*|ubyte)(?=[-._]|$)", re.IGNORECASE)
_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_KNOWN = (*_DELIMITERS, ".npz", ".npy", "-idx3-ubyte", "-idx3-ubyte.gz")


class _Asked(NamedTuple):
    """The options of `load`."""

    features: int | None
    raw: bool
    wishes: Wishes
    large: bool
    names: Sequence[str] | None = None


def load(
    data: str | Path,
    *,
    features: int | None = None,
    raw: bool = False,
    target: Columns = None,
    header: bool | None = None,
    ignore: Columns = None,
    large: bool = False,
    classes: bool | None = None,
    names: Sequence[str] | None = None,
    note: Callable[[str], object] | None = None,
) -> Examples[np.ndarray | None]:
    """Read examples: the digits of MNIST, or a file, whose name tells its kind.

    "mnist": the 50,000 training digits inside glassprop (`mnist()` has the other parts; a file of
    that name is "./mnist").
    "-": standard input, whose first bytes tell its kind (a file of that name is "./-").
    .csv, .tsv: numbers, one example a line, with or without a header line.
    .npz: arrays x and, optionally, y. .npy: features, and targets from y.npy beside x.npy.
    IDX images (a name with idx3, idx or ubyte as a word; .gz too): pixels, and the labels from
    the file beside it.

    features: the number of features to expect; in a table, the columns beyond it are targets.
    raw: whether x stays as it is stored, for networks with a scale and for data beyond memory:
    pixels are not scaled, and .npy and IDX files that are not packed are mapped, not read; what is
    mapped may have any number type and byte order, and is read and checked as it is used.
    target: in a table, the target's column: its name or its number from 1 (or −1, the last);
    several make target rows, () none. None: the one that is named as a target (label, target,
    class, …, or y at either end), else the last. For IDX labels of several numbers, the number of
    the one that is the label.
    header: whether the first line of a table is a header. None: it is one without any number, or
    if it counts 0, 1, 2, … as pandas does for columns without names.
    ignore: columns that are neither features nor targets, besides a first column without a name,
    which pandas writes for an index; () for none at all. None: also those that are named and
    numbered as an index.
    large: whether data that take more than half of the memory are meant.
    classes: whether whole-number targets are the numbers of classes (y becomes int64), or numbers
    to approach, such as prices (floats). None: classes; where there would be far more of them than
    examples for each, a warning asks, unless notes are taken.
    names: those that targets of texts may have in a table, in the order of their numbers, as
    `net.classes`; () for none. None: whatever they are, in order of the alphabet.
    note: called with a line that says what was taken for what in a table. What a careful person
    would ask about is a warning, with the option that settles it.

    x: float32 or float64, shape (n, features), C-contiguous, n at least 1, finite; only the ubyte
       pixels of IDX files are scaled, to [0, 1].
    y: int64 labels (n,) for whole numbers, and for texts in a table, whose names are in `classes`
       of what is returned; finite floats (n,); target rows (n, outputs) as floats; or None.

    Raises DataError for a missing, unknown, damaged or empty file, one too large for memory, a pipe
    or device in place of a file, other data than finite numbers, another number of features, and a
    table whose header, target or index cannot be told; the message names the file, and the line and
    column of a table.
    """
    if not isinstance(data, str):
        data = path_of(data, DataError, "digits.csv")
    if features is not None and features < 1:
        raise DataError(
            f"{shown(data)}: expected features to be at least 1, found {features}; "
            "give the size of the input layer"
        )
    wishes = Wishes(target, header, ignore)
    asked = _Asked(features, raw, wishes, large, names)
    name = "standard input" if data == PIPE else shown(data)
    try:
        if data == PIPE:
            with piped(large) as path:
                reading = _read(path, asked)
                reading = reading._replace(said=reading.said.replace(str(path), name))
        elif data == "mnist":
            reading = _plain(mnist(raw).train, name, wishes)
        else:
            reading = _read(Path(data), asked)
    except MemoryError as error:
        raise too_large(data) from error
    examples = reading.examples
    if not examples.classes:
        examples = examples._replace(y=meant(examples.y, classes, name))
    elif classes is False:
        raise DataError(
            f"{name}: the targets are texts, which can be classes only; leave --no-classes "
            "(in Python classes=False) out, or put numbers there"
        )
    found = examples.x.shape[1]
    if features is not None and found != features:
        raise DataError(
            f"{name}: expected {features} features, found {found}; "
            "give data of that width or change the size of the input layer"
        )
    doubts = reading.doubts + _of_one_value(examples.y, target)
    asks = note is None and classes is None  # whoever takes notes asks by itself
    if asks and not examples.classes:
        doubts += _of_classes(examples.y)
    if doubts or (reading.remarks and note is None):
        text = "; ".join([reading.said or name, *reading.remarks, *doubts])
        warnings.warn(printable(text), stacklevel=2)
    elif note is not None and reading.said:
        note("; ".join([reading.said, *reading.remarks]))
    return examples


def files_of(data: str | Path) -> list[Path]:
    """The files that `load` reads for some data: one, and that with the targets beside it."""
    path = Path(data)
    find = targets_beside if path.suffix.lower() == ".npy" else labels_beside
    try:
        beside = find(path)
    except (OSError, ValueError):  # what cannot be told or opened is refused when it is read
        beside = None
    return [path] if beside is None else [path, beside]


def is_table(data: str) -> bool:
    """Whether the options for tables have a meaning for some data."""
    return data == PIPE or Path(data).suffix.lower() in _DELIMITERS


def _of_one_value(y: np.ndarray | None, target: Columns) -> list[str]:
    """What to ask where all targets are the same, unless the user has chosen them."""
    if y is None or target is not None or y.ndim != 1 or len(y) < FEWEST or (y != y[0]).any():
        return []
    return [f"the target is {y[0]:g} in all examples: if another column is meant, say --target"]


def _of_classes(y: np.ndarray | None) -> list[str]:
    """What to ask where whole numbers may not be meant as classes."""
    asked = "" if y is None else question(y)
    return [f"{asked}; say classes=False for numbers to approach, or classes=True"] if asked else []


def _read(path: Path, asked: _Asked) -> Reading:
    _require_file(path)
    suffix, wishes = path.suffix.lower(), asked.wishes
    if delimiter := _DELIMITERS.get(suffix):
        return read_delimited(path, delimiter, asked.features, wishes, asked.large, asked.names)
    if suffix == ".npz":
        return _plain(read_npz(path, asked.large), shown(path), wishes)
    if suffix == ".npy":
        return _plain(read_npy(path, asked.raw, asked.large), shown(path), wishes)
    if _IDX_NAME.search(path.name):
        examples = read_images(path, asked.raw, wishes.target, asked.large)
        return _plain(examples, shown(path), Wishes(None, wishes.header, wishes.ignore))
    if suffix == ".gz":
        raise DataError(
            f"{shown(path)}: of packed files only IDX is read (…-idx3-ubyte.gz); unpack it first"
        )
    kind = f"the suffix {suffix!r}" if suffix else "no suffix"
    raise DataError(f"{shown(path)}: unknown kind of data, {kind}; {nearest(suffix, _KNOWN)}")


def _plain(examples: Examples[np.ndarray | None], name: str, wishes: Wishes) -> Reading:
    """Examples from what is no table, and so has nothing that could be taken for something else."""
    if wishes:
        raise DataError(
            f"{name}: target, header and ignore are for tables, .csv and .tsv; leave them out"
        )
    return Reading(examples, "", [], [])


def _require_file(path: Path) -> None:
    """A file that is missing, a folder or locked is refused as such, whatever its suffix."""
    try:
        opened(path).close()
    except DataError as error:
        cause = error.__cause__
        impossible = isinstance(cause, ValueError) or getattr(cause, "errno", 0) in _NO_FILE
        if path.suffix or not impossible:
            raise
        raise DataError(
            f"{shown(path)}: no such file, and no data inside glassprop of that name; "
            f"{nearest(path.name, ['mnist'])}"
        ) from None
