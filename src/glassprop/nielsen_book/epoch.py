"""An epoch of Nielsen's class on the engine, and what went wrong in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.compile.program import Program
from glassprop.errors import NetworkError
from glassprop.nielsen_book.columns import mini_batches
from glassprop.train.run.divergence import Circumstances, largest, not_finite, said

Array = npt.NDArray[Any]
KEEPS = "The network keeps the weights and biases that it had"


class Epoch:
    """Plain gradient descent in fresh arrays.

    Args:
        program: with `train_step`.
        parameters: W1, b1, W2, b2 and so on, which are not changed.
        size: of the mini-batches, no more than there are examples.
        eta: the learning rate.

    Attributes:
        fresh: the parameters as training changes them.
    """

    def __init__(
        self, program: Program, parameters: Sequence[Array], size: int, eta: float
    ) -> None:
        self.program, self.before, self.size, self.eta = program, parameters, size, eta
        self.fresh = [np.array(array, order="C") for array in parameters]

    def run(self, x: Array, y: Array, order: Sequence[int]) -> Iterator[tuple[Array, Array]]:
        """Train on mini-batch after mini-batch; gives each after its step."""
        functions = self.program.functions
        step, work = functions["train_step"], functions["workspace"](self.size)
        for rows_x, rows_y in mini_batches(x, y, order, self.size):
            if len(rows_x) < self.size:
                work = functions["narrow"](work, len(rows_x))
            step(rows_x, rows_y, *self.fresh, self.eta, work)
            yield rows_x, rows_y

    def is_finite(self) -> bool:
        """Whether all parameters are numbers."""
        return all(np.isfinite(array).all() for array in self.fresh)

    def reason(self, x: Array, y: Array, order: Sequence[int]) -> str:
        """What became NaN or infinite first, found by going through the epoch again."""
        again = Epoch(self.program, self.before, self.size, self.eta)
        kept = [array.copy() for array in again.fresh]
        with np.errstate(all="ignore"):
            for place, rows in enumerate(again.run(x, y, order)):
                if not again.is_finite():
                    first = place * self.size
                    numbers = range(first, first + len(rows[0]))  # in the list as it is now
                    sizes = largest([rows[0]]), largest(kept), largest(self.before)
                    at = Circumstances(numbers, *sizes, rate="eta", learning_rate=self.eta)
                    text = said(self.program, (*rows, *kept, self.eta), at)
                    return f"in mini-batch {place + 1}, {text}"
                for array, new in zip(kept, again.fresh, strict=True):
                    array[...] = new
        return not_finite(dict(_named(self.fresh)))


def _named(parameters: Sequence[Array]) -> Iterator[tuple[str, Array]]:
    """Parameters by their names, W1, b1, W2, b2 and so on."""
    for place, array in enumerate(parameters):
        yield f"{'Wb'[place % 2]}{place // 2 + 1}", array


def require_finite(arrays: Sequence[Array], gradients: Sequence[tuple[Any, Any]]) -> None:
    """Refuse weights and biases that are not finite, after a step along a user's gradients.

    Raises:
        NetworkError: naming the example whose gradient is not finite, if there is one.
    """
    if all(np.isfinite(array).all() for array in arrays):
        return
    for place, nablas in enumerate(gradients):
        for name, layers in zip(("nabla_b", "nabla_w"), nablas, strict=True):
            found = not_finite(
                {f"{name}[{layer}]": np.asarray(a) for layer, a in enumerate(layers)}
            )
            if found:
                raise NetworkError(
                    f"training diverged: for example {place} of a mini-batch, {found} in backprop. "
                    f"{KEEPS}"
                )
    raise NetworkError(f"training diverged in an update: go on with a smaller eta. {KEEPS}")
