"""The MNIST handwritten digits, inside the package."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import numpy as np

from glassprop.data.examples import Examples
from glassprop.data.idx import read_idx
from glassprop.data.image_files import from_pixels
from glassprop.errors import DataError

# Of the files as they are packed here; mnist/LICENSE.md has those of the unpacked originals.
_SHA256 = {
    "train-images-idx3-ubyte": "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971",
    "train-labels-idx1-ubyte": "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203",
    "t10k-images-idx3-ubyte": "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be",
    "t10k-labels-idx1-ubyte": "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b",
}

_TRAINED_ON = 50_000  # of the training file; Nielsen holds the last 10,000 back for validation


class Mnist(NamedTuple):
    """MNIST in three parts, each `Examples` that unpack as `x, y`.

    train: 50,000 digits. validation: 10,000. test: 10,000.
    """

    train: Examples[np.ndarray]
    validation: Examples[np.ndarray]
    test: Examples[np.ndarray]


def mnist(raw: bool = False) -> Mnist:
    """Read the MNIST digits that come with glassprop: no network, no cache, fresh arrays.

    raw: whether pixels stay bytes, for a network with `scale=1/255`.

    x: pixels, float32 in [0, 1] (0 is the empty paper), or uint8 from 0 to 255 if raw, shape
       (n, 784): 28 × 28, row after row.
    y: the digit, int64 in 0…9, shape (n,).

    The training file's first 50,000 examples are `.train` and its last 10,000 `.validation`, as
    in Nielsen, Neural Networks and Deep Learning, chapter 1; the test file is `.test`.

    Raises DataError if a file of the installation is missing or its SHA-256 is another.

    Source: LeCun, Cortes, Burges, The MNIST database of handwritten digits; its licence is in
    mnist/LICENSE.md.
    """
    train, validation = mnist_training(raw)
    return Mnist(train, validation, mnist_test(raw))


def mnist_training(raw: bool = False) -> tuple[Examples[np.ndarray], Examples[np.ndarray]]:
    """The first two parts of `mnist`, where the test file is not needed yet."""
    images, labels = _read("train-images-idx3-ubyte"), _read("train-labels-idx1-ubyte")
    return (
        _examples(images[:_TRAINED_ON], labels[:_TRAINED_ON], raw),
        _examples(images[_TRAINED_ON:], labels[_TRAINED_ON:], raw),
    )


def mnist_test(raw: bool = False) -> Examples[np.ndarray]:
    """The last part of `mnist`, where only that is needed."""
    return _examples(_read("t10k-images-idx3-ubyte"), _read("t10k-labels-idx1-ubyte"), raw)


def _examples(images: np.ndarray, labels: np.ndarray, raw: bool) -> Examples[np.ndarray]:
    pixels = images.reshape(len(images), -1).copy() if raw else from_pixels(images)
    return Examples(pixels, labels.astype(np.int64))


def _read(name: str) -> np.ndarray:
    packed = resources.files("glassprop.data") / "mnist" / f"{name}.gz"
    try:
        with resources.as_file(packed) as path:
            return read_idx(path, sha256=_SHA256[name])
    except DataError as error:
        raise DataError(f"{error} (it came with glassprop: reinstall glassprop)") from error
