"""Network: the face that joins the rooms and does no work of its own."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TextIO

import numpy as np
import numpy.typing as npt

from glassprop.compile.targets import FASTEST, TARGETS
from glassprop.inspection import Inspectable
from glassprop.models.activations import Activation
from glassprop.models.architecture import Architecture, check_dtype
from glassprop.models.checked_numbers import whole
from glassprop.models.costs import Cost, find_cost
from glassprop.models.defaults import BATCH_SIZE, EPOCHS
from glassprop.models.initial_weights import generator
from glassprop.models.layer_arguments import read_layers
from glassprop.models.parameters import Parameters
from glassprop.models.update_rules import UpdateRule
from glassprop.system import blas
from glassprop.system import threads as cores
from glassprop.system.memory import fitting
from glassprop.train import model_file
from glassprop.train.evaluation import classes, mean_gradients, measure, outputs_of
from glassprop.train.examples.examples import Examples, check_examples, check_inputs, check_pair
from glassprop.train.examples.typed_rows import CHUNK
from glassprop.train.examples.unreachable_targets import warn_of_unreachable
from glassprop.train.network_programs import Programs
from glassprop.train.predictor import Predictor
from glassprop.train.progress.history import Epoch, Evaluation, History
from glassprop.train.progress.progress import shown
from glassprop.train.run.engine import check_engine
from glassprop.train.run.exclusive import alone
from glassprop.train.run.loop import train
from glassprop.train.run.rule_states import States
from glassprop.train.run.run import Run
from glassprop.train.run.trainable import require_trainable
from glassprop.train.run.update_rule import rule_for

Array = npt.NDArray[Any]
Features = Any
"""An array of shape (n, features) of any real number type, in memory or mapped to a file, or a
sparse matrix of SciPy. It is taken as it is: parts become the network's number type when used."""


class Network(Inspectable):
    """A network, its derivation, and the program that the derivation becomes.

    `Network([784, 30, 10])` is the network of Nielsen's Neural Networks and Deep Learning, ch. 1:
    sigmoid neurons, quadratic cost, N(0, 1) weights and biases. `Network(784, Dense(30, "relu"),
    Dense(10, "softmax"), cost="cross_entropy")` names each layer.

    Args:
        layers: one list of sizes, or the number of inputs and then the layers.
        cost: a name ("quadratic", "absolute", "huber", "binary_cross_entropy", "cross_entropy",
            "hinge") or what `gp.cost` gives.
        activation: for a list of sizes, the activation of its layers.
        output: for a list of sizes, the activation of the last layer; by default softmax for
            cross_entropy, sigmoid for binary_cross_entropy, identity for hinge, huber and
            absolute, and otherwise the same as the other layers.
        l2: λ ≥ 0 of the term λ/2 Σ W² in the cost.
        scale: s > 0, by which inputs are multiplied first, such as 1/255 for pixels in bytes.
        seed: makes initial weights and the order of the mini-batches repeatable.
        dtype: "float64" or "float32".
        engine: what trains: "numpy", "compiled" (needs Numba, the extra `fast`), or "auto" for the
            compiled engine where a training run is long enough to be worth compiling for. They
            round differently, which training amplifies: figures differ from about epoch 2 on.
        threads: how many cores training and prediction may use, at most one for each processor of
            this process; by default $GLASSPROP_THREADS, or those there are. Sums over other
            numbers of threads may differ in their last bits.

    Raises:
        NetworkError: for anything that cannot be a network, in one line.
    """

    def __init__(
        self,
        *layers: object,
        cost: str | Cost = "quadratic",
        activation: str | Activation | None = None,
        output: str | Activation | None = None,
        l2: float = 0.0,
        scale: float = 1.0,
        seed: int | None = None,
        dtype: Any = "float64",
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        found = find_cost(cost)
        inputs, dense = read_layers(layers, activation, output, found)
        self.architecture = Architecture(inputs, dense, found, l2, scale)
        self.dtype = check_dtype(dtype)
        self._wanted = self.engine = check_engine(engine)
        self.threads = threads
        self._random = generator(seed)
        self._parameters = Parameters(self.architecture.draw(self._random, self.dtype))
        self.history = History()
        self._states = States()
        self._compiled = None
        self._prepare()

    def _prepare(self) -> None:
        self._programs = Programs(self.architecture, self.dtype)

    # -- what it computes

    @property
    def threads(self) -> int:
        """How many cores training and prediction may use; set it to None for those there are."""
        return cores.count(self._threads)

    @threads.setter
    def threads(self, threads: int | None) -> None:
        self._threads = None if threads is None else cores.check(threads)

    @property
    def parameters(self) -> Parameters:
        """The parameters by name: W1 of shape (outputs, inputs), b1 of (outputs,), and so on.

        Training works in these arrays. Assigning, as in `net.parameters["W1"] = numbers`, puts
        finite numbers of the same shape into them, at any time.
        """
        return self._parameters

    @parameters.setter
    def parameters(self, given: Mapping[str, Any]) -> None:
        if given is not self._parameters:  # as after |=
            self._parameters.replace(given)

    @property
    def classes(self) -> tuple[str, ...]:
        """What the classes are called, in order, as `data.load(…).classes` has it; () for numbers.

        Assigned names are saved with the network, and the command line prints them.
        """
        return self.architecture.classes

    @classes.setter
    def classes(self, names: Iterable[str]) -> None:
        given = names if isinstance(names, str) else tuple(names)
        self.architecture = replace(self.architecture, classes=given)

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
        matrices of SciPy; what is not of the network's type is converted a block at a time.

        Raises:
            DataError: for inputs that the network cannot take.
        """
        inputs = check_inputs(x, self.architecture.inputs, self.dtype)
        predict = self._program().functions["predict"]
        with self._held("predict", len(inputs)):
            return outputs_of(predict, self._values(), inputs, self.dtype)

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
        assert target.prediction is not None
        with target.refusing():
            found = target.prediction(self._program(), self.architecture.title)
        values = dict(zip(self.architecture.shapes(), self._values(), strict=True))
        return Predictor(found, values, self.architecture.threshold(), count)

    def evaluate(self, x: Features, y: npt.ArrayLike) -> Evaluation:
        """The mean cost on some examples and, where the targets are classes, the accuracy.

        Args:
            x: inputs of shape (n, features).
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).

        Raises:
            DataError: for data that the network cannot take.
        """
        examples, evaluate = self._examples(x, y), self._program().functions["evaluate"]
        with self._held("evaluate", len(examples)):
            threshold = self.architecture.threshold(examples.low)
            return measure(evaluate, self._values(), examples, threshold)

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

    # -- training

    def fit(
        self,
        x: Features,
        y: npt.ArrayLike,
        *,
        epochs: int = EPOCHS,
        batch_size: int = BATCH_SIZE,
        optimizer: UpdateRule | None = None,
        validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
        progress: bool | TextIO | Callable[[Epoch], object] = True,
        measure: int = 10_000,
    ) -> History:
        """Train on shuffled mini-batches, going on from the present parameters.

        Args:
            x: inputs of shape (n, features), as for `predict`; they are not copied.
            y: labels of shape (n,) from 0, or target rows of shape (n, outputs).
            epochs: how often to go through all examples, at least 1.
            batch_size: examples in a mini-batch, at least 1; the last of an epoch may be smaller.
            optimizer: an update rule such as `gp.SGD(3.0)` or `gp.Adam()`, else `gp.SGD()`; a
                further fit with the same rule goes on with what it keeps. A learning rate that is
                not given is 3 for sigmoid layers and the quadratic cost, 0.5 for sigmoid layers and
                a cross-entropy, else 0.1, or 0.03 for outputs without bounds; times 1 − momentum;
                √(s / 100) times less where s, the mean of Σ x² over the examples, is above 100.
            validation: a pair (x, y) to measure on after each epoch.
            progress: whether to show a bar and a line for each epoch, on standard error; a file for
                the lines, such as sys.stdout; or a function that is called with each `Epoch`, once
                it is measured. If it returns True or "stop", training ends there. It may use and
                save the network, and assign to its parameters, which training goes on from; it may
                not call `fit`. What it raises comes through, and leaves the network as it is.
            measure: on how many of the training examples, evenly spaced, cost and accuracy are
                measured after each epoch; 0 for none, and then it is not seen whether the cost is
                still a number.

        Returns:
            What was measured, epoch by epoch; also kept as `history`.

        Raises:
            NetworkError: for settings out of range, a gradient that is 0 for any parameters, or if
                training diverges, a cost that is not finite included.
            DataError: for data that the network cannot take.
            KeyboardInterrupt: on Ctrl-C, after the mini-batch under way; the network can be used.
        """
        epochs, batch_size = whole(epochs, "epochs"), whole(batch_size, "batch size")
        measure = whole(measure, "measure", 0)
        with alone(self, "fit"), fitting("fit", "give a smaller batch_size, or fewer examples"):
            examples = self._examples(x, y)
            require_trainable(self._programs.derivation, self.architecture)
            warn_of_unreachable(examples, self.architecture)
            self.architecture = self.architecture.trained_on(examples.low)
            rule, reason = rule_for(optimizer, self.architecture, examples)
            validated = check_pair(validation, "validation", self._examples)
            before, history = self._states, History()
            run = self._run(rule, examples, validated, batch_size, measure)
            bar, started = shown(progress, epochs, len(examples)), run.states.updates
            bar.rule(rule, batch_size, reason)
            self.history = history
            try:
                choice = run.choose(self._wanted, epochs, self.architecture.title, bar, history)
                self._compiled, self.engine = choice.compiled, choice.name
                with blas.hold(run.threads, insist=cores.asked(self._threads) is not None):
                    train(run, epochs, self._random, bar, history)
            finally:
                if run.states.updates == started:  # the rule before has trained last
                    self._states = before
            return history

    def _run(
        self,
        rule: UpdateRule,
        examples: Examples,
        validation: Examples | None,
        batch_size: int,
        measured: int,
    ) -> Run:
        """A run that goes on with what is kept for a rule, or begins with the rule."""
        program, data = self._program(type(rule)), (examples, validation)
        self._states = self._states.for_rule(rule, program)
        given = (program, self._values(), self._states, data, measured, batch_size)
        return Run(*given, self.architecture.threshold(), self.threads)

    # -- files

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save as safetensors, with the architecture as JSON in the metadata.

        The update rule that trained last, what it keeps, the number of updates and the random
        numbers are saved too: a loaded network goes on with the same bits. An old file is replaced
        only once the new one is whole.

        Raises:
            ModelFileError: for a name of another format, or if the file cannot be written.
            NetworkError: for parameters that are no finite numbers.
        """
        given = self.architecture, self._parameters, self.dtype
        model_file.save(path, *given, self._states, self._random, self._wanted)

    def __getstate__(self) -> dict[str, Any]:
        made = ("_programs", "_parameters")
        kept = {name: value for name, value in self.__dict__.items() if name not in made}
        return {**kept, "parameters": dict(self._parameters)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        older = {"_wanted": state["engine"], "_threads": None, "_compiled": None}
        self.__dict__.update({**older, "_states": States(), **state})
        self._parameters = Parameters(self.__dict__.pop("parameters"))
        self._prepare()

    def __copy__(self) -> Network:
        return copy.deepcopy(self)  # training works in the arrays, which two must not share

    def __repr__(self) -> str:
        count = sum(array.size for array in self.parameters.values())
        return f"Network({self.architecture.words}; {count:,} parameters)"
