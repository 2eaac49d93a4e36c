"""Compiled prediction at work: one example in a microsecond or two, many in several threads."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy import empty, ndarray  # one example takes two microseconds: looked up once

from glassprop.compile.numba_source.prediction import Prediction
from glassprop.compile.targets import TARGETS
from glassprop.errors import DataError, NetworkError
from glassprop.system.memory import fitting
from glassprop.system.thread_team import Team, refusal
from glassprop.train.evaluation import classes
from glassprop.train.examples.inputs import one_or_many

Numbers = npt.NDArray[Any]

WORTH = 20_000_000
"""Multiplications from which a further thread is worth starting; it takes about 50 µs."""
PIECES = 4
"""Into how many pieces for each thread the examples are cut, as not all cores run equally fast."""


class Predictor:
    """What `net.compile()` gives: the network's outputs as compiled code, for one example or many.

    `predictor(x)` takes one example of shape (features,) and gives (outputs,), or n of them of
    shape (n, features) and gives (n, outputs). The parameters are those at the time of `compile`;
    training the network further does not change a predictor. It can be called from several threads
    at once, and pickled. An example gives the same bits alone, among others, and in any number of
    threads.

    Attributes:
        source: the source that runs.
        threads: how many threads share the work where there are many examples.
    """

    def __init__(
        self,
        prediction: Prediction,
        parameters: Mapping[str, Numbers],
        threshold: float,
        threads: int,
    ) -> None:
        self._prediction, self._threshold, self.threads = prediction, threshold, threads
        self._parameters = prediction.pack(parameters)
        self._load()

    def _load(self) -> None:
        found = self._prediction
        target = TARGETS[found.target]
        assert target.load is not None
        reason = target.unavailable(found.source)
        if reason:
            raise NetworkError(f"compiled prediction: {reason}")
        self._dtype = np.dtype(found.dtype)
        self._shape, self._single = (found.features,), (1, found.features)
        self._outputs = found.outputs
        x, out = np.zeros(found.features, self._dtype), np.zeros(found.outputs, self._dtype)
        x.flags.writeable = False  # so that inputs may be, or not
        module = target.load(found.source, "predict", lambda: None)
        self._predict: Any = module.load(lambda: (x, self._parameters, out))
        self._predict.disable_compile()  # inputs are brought to these types, never the reverse

    @property
    def source(self) -> str:
        """The source that runs."""
        return self._prediction.source

    def __call__(self, x: npt.ArrayLike, out: Numbers | None = None) -> Numbers:
        """The outputs, of shape (outputs,) for one example or (n, outputs) for many.

        What is not finite is not refused, as `net.predict` does, but goes through to the outputs.
        An array of the network's number type whose entries lie in order in memory is fastest.

        Args:
            x: inputs of shape (features,) or (n, features).
            out: where to put the outputs, an array of their shape and of the network's number type
                whose entries lie in order in memory; not memory of x.

        Raises:
            DataError: for inputs that the network cannot take, or another `out`.
        """
        if out is None and type(x) is ndarray and x.dtype is self._dtype and x.flags.c_contiguous:
            one, made = x.shape == self._shape, empty(self._outputs, self._dtype)
            if one or x.shape == self._single:
                try:
                    self._predict(x if one else x[0], self._parameters, made)
                except TypeError:  # raised by the call itself, for memory that is not aligned
                    pass
                else:
                    return made if one else made[None]
        with fitting("predict", "give fewer examples at once"):
            rows, one = one_or_many(x, self._shape[0], self._prediction.dtype)
            shape = (self._outputs,) if one else (len(rows), self._outputs)
            if out is None:
                out = np.empty(shape, self._dtype)
            else:
                self._check_out(out, shape, rows)
            self._run(rows, np.asarray(out))
        return out

    def classify(self, x: npt.ArrayLike) -> Any:
        """The class of an example, or of each of n in an array (n,): as `net.classify` gives it.

        Args:
            x: inputs of shape (features,) or (n, features).

        Raises:
            DataError: for inputs that the network cannot take.
            NetworkError: for outputs that are no numbers, which have no class.
        """
        outputs = self(x)
        found = classes(outputs if outputs.ndim == 2 else outputs[None], self._threshold)
        return found if outputs.ndim == 2 else found[0]

    def _check_out(self, out: object, shape: tuple[int, ...], rows: Numbers) -> None:
        wanted = f"out: expected a writable array of shape {shape} and type {self._dtype}"
        if not isinstance(out, np.ndarray):
            raise DataError(f"{wanted}, got {type(out).__name__}")
        if out.shape != shape or out.dtype != self._dtype:
            raise DataError(f"{wanted}, got shape {out.shape} and type {out.dtype}")
        if not (out.flags.carray and out.dtype.isnative):
            raise DataError(f"{wanted}, its entries in order in memory; give np.empty{shape}")
        if np.may_share_memory(out, rows):
            raise DataError("out: expected memory of its own, got memory of x")

    def _run(self, x: Numbers, out: Numbers) -> None:
        """Fill the outputs, in as many threads as are worth it."""
        threads = min(self.threads, len(x) * self._prediction.work // WORTH)
        if threads < 2:
            self._predict(x.reshape(-1), self._parameters, out.reshape(-1))
            return
        size = -(-len(x) // (threads * PIECES))
        starts = iter(range(0, len(x), size))

        def share() -> None:
            for start in starts:
                some, where = x[start : start + size], out[start : start + size]
                self._predict(some.reshape(-1), self._parameters, where.reshape(-1))

        def stop() -> None:
            for _ in starts:
                pass

        with Team(threads) as team:
            if team.size < threads:
                warnings.warn(refusal(team.size, threads), RuntimeWarning, stacklevel=3)
            team.run([share] * team.size, failed=stop)

    def __getstate__(self) -> dict[str, Any]:
        return {
            "prediction": self._prediction,
            "parameters": self._parameters,
            "threshold": self._threshold,
            "threads": self.threads,
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._prediction, self._threshold = state["prediction"], state["threshold"]
        self._parameters, self.threads = state["parameters"], state["threads"]
        self._load()

    def __repr__(self) -> str:
        found = self._prediction
        return f"Predictor({found.features} inputs, {found.outputs} outputs; {found.dtype})"
