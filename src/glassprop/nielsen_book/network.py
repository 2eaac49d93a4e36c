"""Nielsen's class Network on glassprop's engine: every gradient comes from a derivation.

Source: M. Nielsen, Neural Networks and Deep Learning, chapter 1, network.py. It departs from the
book in speed and in refusing bad input; names, shapes, random numbers and results are the book's.
A method that user code overrides, or a function `sigmoid` or `sigmoid_prime` that it puts into the
module, is called where the book's code calls it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.arrays import as_array
from glassprop.errors import DataError, NetworkError
from glassprop.models.checked_numbers import finite, whole
from glassprop.models.costs import Cost
from glassprop.nielsen_book.columns import Pairs, label_of, pairs_of, rows_of
from glassprop.nielsen_book.custom_activations import backward, forward
from glassprop.nielsen_book.epoch import KEEPS, Epoch, require_finite
from glassprop.nielsen_book.overrides import current
from glassprop.nielsen_book.parameters import check_sizes, layers_from, parameters_of
from glassprop.nielsen_book.programs import (
    LINEAR,
    QUADRATIC,
    cost_program,
    network_program,
    sigmoid_program,
)
from glassprop.system import blas
from glassprop.system.interrupt import Interrupt
from glassprop.train.run.exclusive import alone

Array = npt.NDArray[Any]
CHUNK = 1000


class Network:
    """A network of sigmoid neurons, trained by stochastic gradient descent on the quadratic cost.

    Attributes:
        num_layers: the number of layers, inputs included.
        sizes: the number of neurons in each layer, inputs first.
        biases: one float64 array of shape (y, 1) for each layer after the inputs.
        weights: one float64 array of shape (y, x) for each of these layers, x inputs to y neurons.

    Args:
        sizes: at least two whole numbers, such as [784, 30, 10].

    Raises:
        NetworkError: for sizes that are not whole numbers of at least 1.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        checked = check_sizes(sizes)
        self.num_layers = len(checked)
        self.sizes = sizes
        try:
            self.biases: list[Array] = [np.random.randn(y, 1) for y in checked[1:]]
            self.weights: list[Array] = [np.random.randn(y, x) for x, y in pairwise(checked)]
        except (MemoryError, ValueError):
            raise NetworkError(f"sizes {checked}: the weights do not fit into memory") from None

    def feedforward(self, a: npt.ArrayLike) -> Array:
        """The outputs for the input column a.

        Args:
            a: a column of shape (inputs, 1), or m of them side by side, (inputs, m).

        Returns:
            An array of shape (outputs, 1) or (outputs, m).

        Raises:
            DataError: for another shape, or entries that are not finite numbers.
        """
        sizes, parameters = parameters_of(self.weights, self.biases)
        given = as_array(a, "feedforward: a")
        several = given.ndim == 2 and len(given) == sizes[0]
        columns = list(given.T) if several else [given]
        rows = rows_of(columns, sizes[0], "a", "feedforward")
        if _replaced():
            return forward(parameters, rows.T, current(_SIGMOID))[1][-1]
        return _predict(rows, sizes, parameters).T

    def SGD(
        self,
        training_data: Iterable[tuple[Any, Any]],
        epochs: int,
        mini_batch_size: int,
        eta: float,
        test_data: Iterable[tuple[Any, Any]] | None = None,
    ) -> None:
        """Train by mini-batch stochastic gradient descent and print a line for each epoch.

        Args:
            training_data: pairs (x, y) of columns; a list is shuffled in place, as in the book.
            epochs: how often to go through all examples.
            mini_batch_size: examples in a mini-batch, at least 1; the last may be smaller.
            eta: the learning rate.
            test_data: pairs (x, digit) to count the right answers on after each epoch.

        Raises:
            NetworkError: for settings out of range, if training diverges, or if the network is
                being trained already.
            DataError: for data that the network cannot take.
            KeyboardInterrupt: on Ctrl-C, after the mini-batch under way; the network can be used.
        """
        pairs = pairs_of(training_data, "training_data")
        test = [] if test_data is None else pairs_of(test_data, "test_data")
        epochs, size = whole(epochs, "epochs", 0), whole(mini_batch_size, "mini_batch_size")
        eta = finite(eta, "eta")
        if not pairs:
            raise DataError("training_data: expected at least one pair (x, y), got none")
        with alone(self, "SGD"):
            self._descend(pairs, epochs, size, eta, test)

    def _descend(self, pairs: Pairs, epochs: int, size: int, eta: float, test: Pairs) -> None:
        examples, order = None, list(range(len(pairs)))
        for epoch in range(epochs):
            own = ("update_mini_batch", "backprop", "cost_derivative")
            if _replaced() or _is_overridden(self, *own):
                examples = None
                random.shuffle(pairs)
                for start in range(0, len(pairs), size):
                    self.update_mini_batch(pairs[start : start + size], eta)
            else:
                if examples is None:
                    examples = self._examples(pairs, "training_data")
                    order = list(range(len(pairs)))
                _shuffle(pairs, order)
                self._train(*examples, order, size, eta)
            if test:
                print(f"Epoch {epoch}: {self.evaluate(test)} / {len(test)}")
            else:
                print(f"Epoch {epoch} complete")

    def update_mini_batch(self, mini_batch: Iterable[tuple[Any, Any]], eta: float) -> None:
        """Take one step of gradient descent on the mean cost over a list of pairs (x, y).

        Raises:
            NetworkError: for a learning rate that is not a number, or if training diverges.
            DataError: for examples that the network cannot take.
        """
        pairs, eta = pairs_of(mini_batch, "mini_batch"), finite(eta, "eta")
        if not pairs:
            raise DataError("mini_batch: expected at least one pair (x, y), got none")
        with alone(self, "update_mini_batch", step=True):
            if _replaced() or _is_overridden(self, "backprop"):
                self._follow([self.backprop(x, y) for x, y in pairs], eta)
            else:
                examples = self._examples(pairs, "mini_batch")
                self._train(*examples, range(len(pairs)), len(pairs), eta)

    def backprop(self, x: npt.ArrayLike, y: Any) -> tuple[list[Array], list[Array]]:
        """The gradient (nabla_b, nabla_w) of the cost of one example.

        Args:
            x: a column of shape (inputs, 1).
            y: a column of shape (outputs, 1), or what an overridden `cost_derivative` takes.

        Returns:
            Arrays shaped as `biases`, and arrays shaped as `weights`.

        Raises:
            DataError: for an example that the network cannot take.
        """
        sizes, parameters = parameters_of(self.weights, self.biases)
        if _replaced():
            x = rows_of([x], sizes[0], "x", "backprop").T
            if not _is_overridden(self, "cost_derivative"):
                y = rows_of([y], sizes[-1], "y", "backprop").T
            functions = current(_SIGMOID), current(_PRIME)
            return backward(parameters, x, y, self.cost_derivative, functions)
        rows_x, rows_y = self._examples([(x, y)], "backprop")
        gradients = network_program(sizes, self._cost()).functions["gradients"]
        with blas.worth(_largest(sizes)):
            found = gradients(rows_x.astype(np.float64), rows_y.astype(np.float64), *parameters)
        return [nabla.reshape(-1, 1) for nabla in found[1::2]], list(found[::2])

    def evaluate(self, test_data: Iterable[tuple[Any, Any]]) -> int:
        """For how many of the pairs (x, digit) the largest output is at the digit's place.

        Raises:
            DataError: for examples that the network cannot take.
        """
        pairs = pairs_of(test_data, "test_data")
        labels = [label_of(y, place, "test_data") for place, (_, y) in enumerate(pairs)]
        if _replaced() or _is_overridden(self, "feedforward"):
            found = [int(np.argmax(self.feedforward(x))) for x, _ in pairs]
        else:
            found = self._classify([x for x, _ in pairs])
        return sum(int(a == y) for a, y in zip(found, labels, strict=True))

    def cost_derivative(self, output_activations: Any, y: Any) -> Any:
        """The partial derivatives ∂C_x/∂a of the cost of one example for the output activations."""
        return cost_program().functions["gradients"](output_activations, y)

    # -- from the book's columns to the engine

    def _cost(self) -> Cost:
        return LINEAR if _is_overridden(self, "cost_derivative") else QUADRATIC

    def _classify(self, columns: Sequence[Any]) -> list[int]:
        sizes, parameters = parameters_of(self.weights, self.biases)
        found: list[int] = []
        for first in range(0, len(columns), CHUNK):
            rows = rows_of(columns[first : first + CHUNK], sizes[0], "x", "test_data", first)
            found += _predict(rows, sizes, parameters).argmax(1).tolist()
        return found

    def _examples(self, pairs: Pairs, what: str) -> tuple[Array, Array]:
        """Rows x, and rows y or, where user code gives it, ∂C/∂a in their place."""
        sizes, parameters = parameters_of(self.weights, self.biases)
        x = rows_of([x for x, _ in pairs], sizes[0], "x", what)
        y = [y for _, y in pairs]
        if not _is_overridden(self, "cost_derivative"):
            return x, rows_of(y, sizes[-1], "y", what)
        outputs = _predict(x, sizes, parameters)[:, :, None]
        given = [self.cost_derivative(a, target) for a, target in zip(outputs, y, strict=True)]
        given = [np.full(sizes[-1], c) if np.ndim(c) == 0 else c for c in given]
        return x, rows_of(given, sizes[-1], "cost_derivative", what)

    def _train(self, x: Array, y: Array, order: Sequence[int], size: int, eta: float) -> None:
        """Go through the examples once, in fresh arrays: those that user code holds stay."""
        sizes, parameters = parameters_of(self.weights, self.biases)
        epoch = Epoch(network_program(sizes, self._cost()), parameters, min(size, len(order)), eta)
        held = blas.worth(epoch.size * _largest(sizes))
        with held, Interrupt() as interrupt, np.errstate(invalid="ignore"):
            try:
                for _ in epoch.run(x, y, order):
                    if interrupt.requested:
                        break
            finally:
                if not epoch.is_finite():
                    raise NetworkError(f"training diverged: {epoch.reason(x, y, order)}. {KEEPS}")
                self.weights, self.biases = layers_from(epoch.fresh)
        interrupt.deliver()

    def _follow(self, gradients: Sequence[tuple[Any, Any]], eta: float) -> None:
        """One step against the mean of the gradients that an overridden `backprop` gave."""
        rate = eta / len(gradients)
        nabla_b, nabla_w = zip(*gradients, strict=True)
        weights = [w - rate * sum(g) for w, *g in zip(self.weights, *nabla_w, strict=True)]
        biases = [b - rate * sum(g) for b, *g in zip(self.biases, *nabla_b, strict=True)]
        require_finite([*weights, *biases], gradients)
        self.weights, self.biases = weights, biases


_OWN = {name: method for name, method in vars(Network).items() if not name.startswith("_")}


def _is_overridden(network: Network, *names: str) -> bool:
    """Whether a subclass, the instance, or an assignment to the class replaces a method."""
    methods = (getattr(getattr(network, name), "__func__", None) for name in names)
    return any(method is not _OWN[name] for name, method in zip(names, methods, strict=True))


def _replaced() -> bool:
    """Whether the module has other functions than ours as `sigmoid` or `sigmoid_prime`."""
    return any(current(own) is not own for own in (_SIGMOID, _PRIME))


def sigmoid(z: npt.ArrayLike) -> Any:
    """The sigmoid function 1/(1 + exp(−z)), entry by entry."""
    return sigmoid_program().functions["predict"](np.asarray(z))


def sigmoid_prime(z: npt.ArrayLike) -> Any:
    """The derivative of the sigmoid function, entry by entry.

    It is σ(z) (1 − σ(z)), as in the book, with the function that the module has as `sigmoid` now.
    """
    if current(_SIGMOID) is not _SIGMOID:
        a = current(_SIGMOID)(z)
        return a * (1 - a)
    return sigmoid_program().functions["gradients"](np.asarray(z))


_SIGMOID, _PRIME = sigmoid, sigmoid_prime


def _predict(rows: Array, sizes: tuple[int, ...], parameters: Sequence[Array]) -> Array:
    predict = network_program(sizes, QUADRATIC).functions["predict"]
    with blas.worth(len(rows) * _largest(sizes)):
        return predict(rows.astype(np.float64, copy=False), *parameters)


def _largest(sizes: Sequence[int]) -> int:
    """Multiplications for an example, in the largest product."""
    return max(inputs * outputs for inputs, outputs in pairwise(sizes))


def _shuffle(*parallel: list[Any]) -> None:
    """What `random.shuffle` does to the first list, done to all of them."""
    order = list(range(len(parallel[0])))
    random.shuffle(order)
    for each in parallel:
        each[:] = [each[place] for place in order]
