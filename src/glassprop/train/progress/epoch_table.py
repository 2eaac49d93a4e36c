"""The epochs of a run as a table: lines that align, and fit into 80 columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassprop.train.progress.history import Epoch, Evaluation

COST, ACCURACY, TIME, BETWEEN = 9, 8, 9, 3


def heading(first: Epoch, epochs: int, examples: int | None = None) -> list[str]:
    """The two lines above the first epoch: on what is measured, and what.

    Args:
        first: the first epoch.
        epochs: how many there will be.
        examples: how many training examples there are, where that is known.
    """
    above = below = " " * len(_name(epochs, epochs))
    for title, found in _measured(first, examples):
        columns = f"{'cost':>{COST}}"
        if found.accuracy is not None:
            columns += f"  {'accuracy':>{ACCURACY}}"
        width = max(len(columns), len(title))
        above += " " * BETWEEN + f"{title:>{width}}"
        below += " " * BETWEEN + f"{columns:>{width}}"
    return [above.rstrip(), below + f"{'time':>{TIME}}"]


def row(epoch: Epoch, epochs: int, examples: int | None = None) -> str:
    """The line of an epoch, under the heading of the same run."""
    line = _name(epoch.number, epochs)
    for title, found in _measured(epoch, examples):
        columns = f"{found.cost:>#{COST}.4g}"
        if found.accuracy is not None:
            columns += f"  {f'{100 * found.accuracy:.2f} %':>{ACCURACY}}"
        line += " " * BETWEEN + f"{columns:>{max(len(columns), len(title))}}"
    return line + f"{f'{epoch.seconds:.2f} s':>{TIME}}"


def table(epochs: Sequence[Epoch]) -> str:
    """All epochs of a run."""
    if not epochs:
        return "no epochs"
    last = epochs[-1].number
    return "\n".join([*heading(epochs[0], last), *(row(epoch, last) for epoch in epochs)])


def _name(number: int, epochs: int) -> str:
    return f"epoch {number:>{len(str(epochs))}}"


def _measured(epoch: Epoch, examples: int | None) -> Iterator[tuple[str, Evaluation]]:
    """What is measured, with where: a sample is called one."""
    if epoch.training is not None:
        count = epoch.training.examples
        sample = examples is not None and count < examples
        yield (f"sample of {count:,}" if sample else f"training, {count:,}"), epoch.training
    if epoch.validation is not None:
        yield f"validation, {epoch.validation.examples:,}", epoch.validation
