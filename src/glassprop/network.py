"""Network: the face that joins the rooms and does no work of its own.

What it shows, computes and trains with is in `inspection`, `computation` and `training`, one upon
the other; here is what it is made of, and how it is kept.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from glassprop.models.activations import Activation
from glassprop.models.architecture import Architecture, check_dtype
from glassprop.models.costs import Cost, find_cost
from glassprop.models.initial_weights import generator
from glassprop.models.layer_arguments import read_layers
from glassprop.models.parameters import Parameters
from glassprop.train import model_file
from glassprop.train.network_programs import Programs
from glassprop.train.progress.history import History
from glassprop.train.run.engine import check_engine
from glassprop.train.run.rule_states import States
from glassprop.training import Trainable


class Network(Trainable):
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
        l2: λ ≥ 0 of the term λ/2 Σ W² in the cost, over the weights of all layers, not the biases.
        l1: λ ≥ 0 of the term λ Σ |W| in the cost, over the same; with both it is an elastic net.
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
        l1: float = 0.0,
        scale: float = 1.0,
        seed: int | None = None,
        dtype: Any = "float64",
        engine: str = "auto",
        threads: int | None = None,
    ) -> None:
        found = find_cost(cost)
        inputs, dense = read_layers(layers, activation, output, found)
        self.architecture = Architecture(inputs, dense, found, l2, scale, l1=l1)
        self.dtype = check_dtype(dtype)
        self._wanted = self.engine = check_engine(engine)
        self.threads = threads
        self._random = generator(seed)
        self._parameters = Parameters(self.architecture.draw(self._random, self.dtype))
        self.history = History()
        self._states = States()
        self._compiled, self._said = None, ""
        self._prepare()

    def _prepare(self) -> None:
        self._programs = Programs(self.architecture, self.dtype)

    # -- what it computes

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
        older = {"_wanted": state["engine"], "_threads": None, "_compiled": None, "_said": ""}
        self.__dict__.update({**older, "_states": States(), **state})
        self._parameters = Parameters(self.__dict__.pop("parameters"))
        self._prepare()

    def __copy__(self) -> Network:
        return copy.deepcopy(self)  # training works in the arrays, which two must not share

    def __repr__(self) -> str:
        count = sum(array.size for array in self.parameters.values())
        return f"Network({self.architecture.words}; {count:,} parameters)"
