"""Nielsen's mnist_loader: MNIST as lists of columns, from the files inside the package.

Source: M. Nielsen, Neural Networks and Deep Learning, chapter 1, mnist_loader.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop import data
from glassprop.errors import DataError
from glassprop.nielsen_book.overrides import current

Array = npt.NDArray[Any]
DIGITS = 10


def load_data() -> tuple[tuple[Array, Array], tuple[Array, Array], tuple[Array, Array]]:
    """Training, validation and test data, each (images (n, 784) float32, digits (n,)).

    Pixels are k/256 for k = 0, …, 255, as in the book's mnist.pkl.gz; `glassprop.data.mnist` has
    k/255.

    Raises:
        DataError: if a file of the installation is missing or damaged.
    """
    train, validation, test = data.mnist()
    return _as_in_the_book(*train), _as_in_the_book(*validation), _as_in_the_book(*test)


def _as_in_the_book(x: Array, y: Any) -> tuple[Array, Array]:
    return np.rint(x * 255) / np.float32(256), y


def load_data_wrapper() -> tuple[
    list[tuple[Array, Array]], list[tuple[Array, Any]], list[tuple[Array, Any]]
]:
    """Training, validation and test data as lists of pairs (x, y).

    x is a column (784, 1); y is a column (10, 1) in the training data, and the digit in the others.

    Raises:
        DataError: if a file of the installation is missing or damaged.
    """
    train, validation, test = current(_LOAD)()
    row = current(_ROW)
    rows = [row(digit) for digit in train[1]]
    return (
        list(zip(_columns(train[0]), rows, strict=True)),
        list(zip(_columns(validation[0]), validation[1], strict=True)),
        list(zip(_columns(test[0]), test[1], strict=True)),
    )


def _columns(x: Array) -> list[Array]:
    return list(x[:, :, None])


def vectorized_result(j: int) -> Array:
    """The column (10, 1) with 1.0 at place j and 0.0 elsewhere.

    Raises:
        DataError: if j is not a digit.
    """
    if j not in range(DIGITS):
        raise DataError(f"j: expected a digit from 0 to {DIGITS - 1}, got {j!r}")
    column = np.zeros((DIGITS, 1))
    column[int(j)] = 1.0
    return column


_LOAD, _ROW = load_data, vectorized_result
