"""What a network computes: outputs, costs, gradients, and every quantity on the way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.numba_source.prediction import Prediction
from glassprop.compile.program import LacksError
from glassprop.compile.targets import FASTEST, PLAIN, TARGETS, Target
from glassprop.inspection import Inspectable
from glassprop.models.parameters import Parameters
from glassprop.system import blas
from glassprop.system import threads as cores
from glassprop.system.memory import fitting
from glassprop.train.evaluation import (
    classes,
    evaluated,
    is_worth_compiling,
    mean_gradients,
    measure,
    outputs_of,
)
from glassprop.train.examples.examples import Examples, check_examples, check_inputs
from glassprop.train.examples.typed_rows import CHUNK
from glassprop.train.predictor import Predictor
from glassprop.train.progress.history import Evaluation
from glassprop.train.run.compiled_measure import measuring

Array = npt.NDArray[Any]
Features = Any
"""An array of shape (n, features) of any real number type, in memory or mapped to a file, or a
sparse matrix of SciPy. It is taken as it is: parts become the network's number type when used."""


class Computable(Inspectable):
    """The part of `Network` that puts examples through its program."""

    _parameters: Parameters
    _threads: int | None
    _wanted: str

    @property
    def threads(self) -> int:
        """How many cores training and prediction may use; set it to None for those there are."""
        return cores.count(self._threads)

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._threads = None if threads is None else cores.check(threads)

    @property
    def _asked_for(self) -> Target:
        """What computes outputs: the engine that was asked for by name, else NumPy's."""
        return TARGETS.get(self._wanted, TARGETS[PLAIN])

    @contextmanager
    def _held(self, what: str, examples: int) -> Generator[None]:
        work = min(examples, CHUNK) * self.architecture.largest
        with fitting(what, "give fewer examples at once"), blas.held(self._threads, work):
            yield

    def _values(self) -> list[Array]:
        """The parameters in the program's order.

        Raises:
            NetworkError: for one with an entry that is no finite number.
        """
        self._parameters.require_finite()
        return list(self._parameters.values())

    def predict(self, x: Features) -> Array:
        """The outputs, of shape (n, outputs), for inputs of shape (n, features).

        Inputs may be arrays of any real number type, in memory or mapped to a file, or sparse
        matrices of SciPy; what is not of the network's type is converted a block at a time. With
        `engine="compiled"`, where it is much work, compiled code computes it, as in `compile`.

        Raises:
            DataError: for inputs that the network cannot take.
        """
        inputs = check_inputs(x, self.architecture.inputs, self.dtype)
        with self._held("predict", len(inputs)):
            values = self._values()
            predict = self._compiled_predict(len(inputs), values)
            predict = predict or self._program().functions["predict"]
            return outputs_of(predict, values, inputs, self.dtype)

    def _compiled_predict(self, examples: int, values: list[Array]) -> Callable[..., Array] | None:
        """What predicts in place of the program's function, if the network is for compiled code."""
        target = self._asked_for
        if target.prediction is None or not is_worth_compiling(examples, values):
            return None
        with suppress(LacksError):
            found = target.prediction_of(self._program(), self.architecture.title)
            if not target.unavailable(found.source):
                predictor = self._predictor(found, values, self.threads)
                return lambda x, *parameters: predictor(x)
        return None

    def _predictor(self, found: Prediction, values: list[Array], threads: int) -> Predictor:
        named = dict(zip(self.architecture.shapes(), values, strict=True))
        return Predictor(found, named, self.architecture.threshold(), threads)

    def classify(self, x: Features) -> npt.NDArray[np.intp]:
        """The class of each example, of shape (n,): the number of its largest output.

        With one output: 1 where it is above the middle of the two targets that the network was
        trained on, 0.5 for 0 and 1, and 0 for −1 and 1 and for the hinge cost.

        Raises:
            DataError: for inputs that the network cannot take.
            NetworkError: for outputs that are no numbers, which have no class.
        """
        return classes(self.predict(x), self.architecture.threshold())

    def compile(self, *, threads: int | None = None) -> Predictor:
        """The outputs as compiled code: `predictor(x)` for one example, or for many at once.

        It takes the parameters as they are now: training further does not change a predictor, and
        `compile` again gives one with the new parameters. Compiling takes seconds, once for each
        architecture and machine; `predictor.source` is what runs. Needs the extra `fast`.

        Args:
            threads: how many threads share the work where there are many examples, at least 1; by
                default the network's.

        Raises:
            NetworkError: without Numba, or naming an operation that the compiled engine lacks.
        """
        count = self.threads if threads is None else cores.count(cores.check(threads))
        target = TARGETS[FASTEST]
        with target.refusing():
            found = target.prediction_of(self._program(), self.architecture.title)
        return self._predictor(found, self._values(), count)

    def evaluate(self, x: Features, y: npt.ArrayLike) -> Evaluation:
        """The mean cost on some examples and, where the targets are classes, the accuracy.

        With `engine="compiled"`, where it is much work, compiled code computes them, as in `fit`.

        Args:
            x: inputs of shape (n, features).
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).

        Raises:
            DataError: for data that the network cannot take.
        """
        examples, program = self._examples(x, y), self._program()
        with self._held("evaluate", len(examples)):
            threshold, values = self.architecture.threshold(examples.low), self._values()
            given = (program, values, (examples, None), self.architecture.title, self.threads)
            compiled = measuring(*given, target=self._asked_for)
            if compiled is not None:
                return measure(compiled.parts(values), threshold)
            return measure(evaluated(program.functions["evaluate"], values, examples), threshold)

    def gradients(self, x: Features, y: npt.ArrayLike) -> dict[str, Array]:
        """The gradient of the mean cost over the examples for each parameter, by its name.

        Args:
            x: inputs of shape (n, features).
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).

        Raises:
            DataError: for data that the network cannot take.
        """
        gradients = self._program().functions["gradients"]
        examples = self._examples(x, y)
        with self._held("gradients", len(examples)):
            found = mean_gradients(gradients, self._values(), examples)
        return dict(zip(self.architecture.shapes(), found, strict=True))

    def trace(self, x: Features, y: npt.ArrayLike) -> dict[str, Array]:
        """Every named quantity with its value: what is given, then the steps in their order.

        `net.derivation.save(path, trace=net.trace(x, y))` puts the numbers into the formulas.

        Args:
            x: inputs of shape (n, features).
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).

        Raises:
            DataError: for data that the network cannot take.
        """
        examples = self._examples(x, y)
        with self._held("trace", len(examples)):
            inputs, targets = examples.arrays()
            steps = self._program().functions["trace"](inputs, targets, *self._values())
        return {"x": inputs, "y": targets, **self._parameters.copy(), **steps}

    def _examples(self, x: object, y: object) -> Examples:
        sizes = self.architecture.sizes
        return check_examples(x, y, sizes[0], sizes[-1], self.architecture.cost, self.dtype)
