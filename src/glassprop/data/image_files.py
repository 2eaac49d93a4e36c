"""Pictures with their labels, as MNIST and its likes are stored: a pair of IDX files."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np

from glassprop.data.examples import Examples, features_from, flattened, targets_from
from glassprop.data.idx import is_gzipped, read_idx
from glassprop.data.memory import require_room
from glassprop.data.tables.columns import Columns, Table, chosen
from glassprop.errors import DataError, shown

_IMAGES_NAME = re.compile(r"images(?=[-.]idx\d)")
_LABELS_NAME = re.compile(r"labels([-.])idx\d+([-.])[a-z]+")
_END = re.compile(r"[-.]idx\d+([-.][a-z0-9]+)*")
_COPIES = 5  # of bytes that become float32


def read_images(
    path: Path, raw: bool = False, target: Columns = None, large: bool = False
) -> Examples[np.ndarray | None]:
    """Read an IDX file of images and, when it lies beside it, the IDX file of their labels.

    raw: whether the numbers stay as they are stored; a file that is not gzipped is mapped then.
    target: where each image has several numbers beside it, the number of its label, from 1.
    large: whether it is confirmed that the images take most of the memory.

    x: shape (n, pixels); ubyte pixels become float32 in [0, 1] (pixel/255) unless raw, others
       stay as they are.
    y: int64, shape (n,), from the file whose name has `labels-idx1` where this one has
       `images-idx3` (or with a dot: `labels.idx1`), packed or not, of any number of axes and type
       (`labels-idx2-int`); None if there is none.

    Raises DataError for what `read_idx` refuses, a file of labels given as images, no images, NaN
    and infinity, labels that are not integers, several files of labels, several numbers for
    each image without `target`, and different numbers of images and labels.
    """
    mapped = raw and not is_gzipped(path)
    if not mapped:
        require_room(path.stat().st_size * _COPIES, shown(path), large)
    images = read_idx(path, mmap=mapped, large=large)
    if images.ndim == 1:
        raise DataError(f"{shown(path)}: expected images, found labels; {_images_hint(path)}")
    if raw:
        x = flattened(images, shown(path))
    elif images.dtype == np.uint8:
        x = from_pixels(flattened(images, shown(path)))
    else:
        x = features_from(images, shown(path))
    labels_path = labels_beside(path)
    if labels_path is None:
        if target is not None:
            raise DataError(f"{shown(path)}: no labels beside it, of which target could be one")
        return Examples(x, None)
    return Examples(x, _labels(labels_path, path, len(x), target))


def from_pixels(pixels: np.ndarray) -> np.ndarray:
    """Pixels 0…255, uint8 (n, …), as a fresh float32 array (n, pixels) in [0, 1]: pixel/255."""
    flat = pixels.reshape(len(pixels), -1)
    return np.divide(flat, np.float32(255), dtype=np.float32)


def _labels(labels_path: Path, images_path: Path, n: int, target: Columns) -> np.ndarray:
    labels = read_idx(labels_path)
    name = shown(labels_path)
    if labels.ndim not in (1, 2) or 0 in labels.shape[1:] or labels.dtype.kind == "f":
        raise DataError(
            f"{name}: expected integer labels of shape (n,) for {shown(images_path)}, "
            f"found {labels.dtype} of shape {labels.shape}; give the right file or move it away"
        )
    if len(labels) != n:
        raise DataError(
            f"{name}: expected {n} labels, one for each image of {shown(images_path)}, "
            f"found {len(labels)}; put the two files of one set together"
        )
    labels = labels.reshape(n, -1)
    width = labels.shape[1]
    places = chosen(target, Table(name, width), "target")
    if width > 1 and (places is None or len(places) != 1):
        raise DataError(
            f"{name}: {width} numbers for each image, such as {labels[0].tolist()[:10]}; say which "
            "one is the label, as in --target 1 (in Python target=1)"
        )
    return targets_from(labels[:, places[0] if places else 0], n, name)


def labels_beside(path: Path) -> Path | None:
    """The file of labels with the name of the images, whatever its type and number of axes."""
    images = list(_IMAGES_NAME.finditer(path.name))
    if not images:
        return None
    word = images[-1]
    start = f"{path.name[: word.start()]}labels"
    same = re.sub(r"idx\d+", "idx1", path.name[word.end() :].removesuffix(".gz"))
    # One file of a pair may have been unpacked and the other not.
    packed = path.name.endswith(".gz")
    likely = [f"{start}{same}", f"{start}{same}.gz"]
    for candidate in map(path.with_name, reversed(likely) if packed else likely):
        if _is_there(candidate):
            return candidate
    try:
        names = os.listdir(path.parent)
    except OSError:  # files in it may be opened all the same
        return None
    names = [
        name for name in names if name.startswith(start) and _END.fullmatch(name[len(start) :])
    ]
    found = [name for name in names if _is_there(path.with_name(name))]
    if len({name.removesuffix(".gz") for name in found}) > 1:
        listed = ", ".join(map(shown, sorted(found)[:4]))
        raise DataError(
            f"{shown(path)}: several files of labels beside it: {listed}; move the others away"
        )
    return path.with_name(min(found)) if found else None


def _is_there(path: Path) -> bool:
    """Whether there is something to be opened: a pipe is refused then."""
    return path.exists() and not path.is_dir()


def _images_hint(path: Path) -> str:
    name, found = _LABELS_NAME.subn(r"images\1idx3\2ubyte", path.name)
    if found:
        return f"give the images file {shown(name)}, its labels are found beside it"
    return "give the images file, its labels are found beside it"
