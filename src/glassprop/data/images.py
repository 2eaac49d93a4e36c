"""Pictures with their labels, as MNIST and its likes are stored: a pair of IDX files."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from glassprop.data.examples import Examples, features_from, flattened, targets_from
from glassprop.data.files import shown
from glassprop.data.idx import is_gzipped, read_idx
from glassprop.errors import DataError

_IMAGES_NAME = re.compile(r"images([-.])idx\d+")
_LABELS_NAME = re.compile(r"labels([-.])idx1")


def read_images(path: Path, raw: bool = False) -> Examples[np.ndarray | None]:
    """Read an IDX file of images and, when it lies beside it, the IDX file of their labels.

    raw: whether the numbers stay as they are stored; a file that is not gzipped is mapped then.

    x: shape (n, pixels); ubyte pixels become float32 in [0, 1] (pixel/255) unless raw, others
       stay as they are.
    y: int64, shape (n,), from the file whose name has `labels-idx1` where this one has
       `images-idx3` (or with a dot: `labels.idx1`), packed or not; None if there is none.

    Raises DataError for what `read_idx` refuses, a file of labels given as images, no images, NaN
    and infinity, labels that are not integers, and different numbers of images and labels.
    """
    images = read_idx(path, mmap=raw and not is_gzipped(path))
    if images.ndim == 1:
        raise DataError(f"{shown(path)}: expected images, found labels; {_images_hint(path)}")
    if raw:
        x = flattened(images, shown(path))
    elif images.dtype == np.uint8:
        x = from_pixels(flattened(images, shown(path)))
    else:
        x = features_from(images, shown(path))
    labels_path = _labels_beside(path)
    y = None if labels_path is None else _labels(labels_path, path, len(x))
    return Examples(x, y)


def from_pixels(pixels: np.ndarray) -> np.ndarray:
    """Pixels 0…255, uint8 (n, …), as a fresh float32 array (n, pixels) in [0, 1]: pixel/255."""
    flat = pixels.reshape(len(pixels), -1)
    return np.divide(flat, np.float32(255), dtype=np.float32)


def _labels(labels_path: Path, images_path: Path, n: int) -> np.ndarray:
    labels = read_idx(labels_path)
    name = shown(labels_path)
    if labels.ndim != 1 or labels.dtype.kind == "f":
        raise DataError(
            f"{name}: expected integer labels of shape (n,) for {shown(images_path)}, "
            f"found {labels.dtype} of shape {labels.shape}; give the right file or move it away"
        )
    if len(labels) != n:
        raise DataError(
            f"{name}: expected {n} labels, one for each image of {shown(images_path)}, "
            f"found {len(labels)}; put the two files of one set together"
        )
    return targets_from(labels, n, name)


def _labels_beside(path: Path) -> Path | None:
    name, found = _IMAGES_NAME.subn(r"labels\1idx1", path.name)
    if not found:
        return None
    # One file of a pair may have been unpacked and the other not.
    other = name.removesuffix(".gz") if name.endswith(".gz") else f"{name}.gz"
    beside = (path.with_name(name), path.with_name(other))
    return next((candidate for candidate in beside if candidate.is_file()), None)


def _images_hint(path: Path) -> str:
    name, found = _LABELS_NAME.subn(r"images\1idx3", path.name)
    if found:
        return f"give the images file {shown(name)}, its labels are found beside it"
    return "give the images file, its labels are found beside it"
