"""What a training run records, epoch by epoch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy.typing as npt

from glassprop.train.flow.layer_flow import Flow, columns

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Evaluation(NamedTuple):
    """How a network does on some examples.

    Attributes:
        cost: the mean cost over the examples.
        accuracy: the share of examples that are classified right, from 0 to 1; None where the
            targets are not classes.
        examples: how many examples there were.
    """

    cost: float
    accuracy: float | None
    examples: int

    @property
    def correct(self) -> int | None:
        """How many examples are classified right."""
        return None if self.accuracy is None else round(self.accuracy * self.examples)

    def __str__(self) -> str:
        text = f"cost {self.cost:.4g}"
        if self.accuracy is not None:
            text += f"  accuracy {100 * self.accuracy:.2f} % ({self.correct} of {self.examples})"
        return text

    def __repr__(self) -> str:
        return f"<evaluation of {self.examples} examples: {self}>"

    def _repr_html_(self) -> str:
        """A table of one row in a notebook."""
        heads = ["cost", *([] if self.accuracy is None else ["accuracy"]), "examples"]
        return _table(heads, [[*_measured(self), str(self.examples)]])


class Epoch(NamedTuple):
    """One epoch of training.

    Attributes:
        number: counted from 1.
        training: measured on a fixed sample of the training data after the epoch, or None.
        validation: measured on the validation data after the epoch, or None.
        seconds: time spent on the mini-batches.
        flow: how errors and gradients flow through the layers, where that is watched; else None.
    """

    number: int
    training: Evaluation | None
    validation: Evaluation | None
    seconds: float
    flow: Flow | None = None

    def __str__(self) -> str:
        parts = [f"epoch {self.number}"]
        for label, found in (("", self.training), ("validation ", self.validation)):
            if found is not None:
                parts.append(f"{label}cost {found.cost:.4g}")
                if found.accuracy is not None:
                    parts.append(f"{label}accuracy {100 * found.accuracy:.2f} %")
        return "  ".join([*parts, f"{self.seconds:.2f} s"])

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        """A table of one row in a notebook."""
        return _epochs([self])


@dataclass(repr=False)
class History:
    """The epochs of a training run, in order.

    Attributes:
        epochs: what was measured after each epoch.
        interrupted: whether the run was stopped before its last epoch was complete.
        stopped: whether the function given as `progress` ended it before its last epoch.
    """

    epochs: list[Epoch] = field(default_factory=list[Epoch])
    interrupted: bool = False
    stopped: bool = False

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, place: int) -> Epoch:
        return self.epochs[place]

    @property
    def cost(self) -> list[float]:
        """The training cost after each epoch."""
        return [epoch.training.cost for epoch in self.epochs if epoch.training]

    @property
    def accuracy(self) -> list[float | None]:
        """The training accuracy after each epoch."""
        return [epoch.training.accuracy for epoch in self.epochs if epoch.training]

    @property
    def validation_cost(self) -> list[float]:
        """The validation cost after each epoch."""
        return [epoch.validation.cost for epoch in self.epochs if epoch.validation]

    @property
    def validation_accuracy(self) -> list[float | None]:
        """The validation accuracy after each epoch."""
        return [epoch.validation.accuracy for epoch in self.epochs if epoch.validation]

    @property
    def flow(self) -> dict[str, npt.NDArray[Any]] | None:
        """What `fit(…, watch=True)` measured of each layer after each epoch; None without that.

        Arrays of one length, with an entry for each layer of each epoch: epoch, and what
        `LayerFlow` has, as `pandas.DataFrame(history.flow)` takes them.
        """
        watched = [(epoch.number, epoch.flow) for epoch in self.epochs if epoch.flow is not None]
        return columns(watched) if watched else None

    @property
    def found(self) -> list[tuple[int, str]]:
        """What `fit(…, watch=True)` has said, each with the number of its epoch."""
        return [
            (epoch.number, text) for epoch in self.epochs if epoch.flow for text in epoch.flow.found
        ]

    def plot_flow(self, path: str | os.PathLike[str] | None = None) -> Figure:
        """The flow through the layers over the epochs, as a figure of Matplotlib (extra `plot`).

        Four plots: root mean squares of ∂C/∂W and of δ, the update of W relative to W, and the
        shares of activations that are saturated and of units that are dead.

        Args:
            path: where to save it, as .png, .svg or .pdf; an old file is replaced only once the
                new one is whole.

        Returns:
            The figure, which a notebook shows, and which has `savefig`.

        Raises:
            NetworkError: if nothing was watched, Matplotlib is not installed, or the file cannot
                be written.
        """
        from glassprop.train.flow.plot import plot

        return plot(self.flow, path)

    def __str__(self) -> str:
        return "\n".join(map(str, self.epochs)) or "no epochs"

    def __repr__(self) -> str:
        count = len(self.epochs)
        head = f"{count} epoch{'' if count == 1 else 's'}"
        if self.interrupted:
            head += ", interrupted"
        lines = [str(epoch) for epoch in self.epochs]
        if count > SHOWN:
            lines = [*lines[: SHOWN // 2], "…", *lines[-SHOWN // 2 :]]
        return "\n".join([f"<history of {head}>", *lines])

    def _repr_html_(self) -> str:
        """A table with a row for each epoch in a notebook."""
        note = "<p>interrupted</p>" if self.interrupted else ""
        return f"{_epochs(self.epochs)}{note}" if self.epochs else "<p>no epochs</p>"


SHOWN = 20
"""Epochs up to which all are shown at the prompt."""


def _measured(found: Evaluation) -> list[str]:
    cells = [f"{found.cost:.4g}"]
    return cells if found.accuracy is None else [*cells, f"{100 * found.accuracy:.2f} %"]


def _epochs(epochs: list[Epoch]) -> str:
    """Epochs as a table of HTML, with the columns that they have."""
    heads, rows = ["epoch"], [[str(epoch.number)] for epoch in epochs]
    for label, listed in (
        ("", [epoch.training for epoch in epochs]),
        ("validation ", [epoch.validation for epoch in epochs]),
    ):
        columns = [f"{label}cost"] if any(listed) else []
        if any(found is not None and found.accuracy is not None for found in listed):
            columns.append(f"{label}accuracy")
        heads += columns
        for row, found in zip(rows, listed, strict=True):
            cells = [] if found is None else _measured(found)
            row += [*cells, *[""] * len(columns)][: len(columns)]
    rows = [[*row, f"{epoch.seconds:.2f}"] for row, epoch in zip(rows, epochs, strict=True)]
    return _table([*heads, "seconds"], rows)


def _table(heads: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(c)}</td>' for c in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"
