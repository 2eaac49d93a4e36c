"""What is said of a file in words."""

from __future__ import annotations

import difflib

from glassprop.errors import clipped
from glassprop.handwritten.execution.runs import Run
from glassprop.handwritten.execution.sources import Source
from glassprop.handwritten.judging.judgement import Judgement

COSTS = {
    "quadratic": "the squared error",
    "cross_entropy": "cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "softmax cross-entropy of z": "cross-entropy of the softmax of z",
    "svm": "the multi-class hinge cost",
    "hinge": "the hinge cost",
    "absolute": "the absolute error",
    "huber": "Huber's cost",
    "log-cosh": "log cosh of the error",
}
ADAPTER = (
    "if it only defines functions or classes, say how they are called, as in --call "
    "'net = MLP(3, 5, 2); net.train(X, Y)', where X of shape (6, 3) and Y of shape (6, 2) are "
    "there (columns: X.T and Y.T; one example: x, y; labels: labels; a list of pairs: pairs)"
)


def network_in_words(made: Judgement) -> str:
    """The network that was read: "2 inputs, 4 tanh, 1 sigmoid; binary cross-entropy"."""
    layers = made.reading.passes[0].layers
    parts = [f"{layers[0].weights.shape[1]} inputs"]
    for layer in layers:
        name = layer.activation.replace("_", " ")
        parts.append(f"{layer.weights.shape[0]} {'linear' if name == 'identity' else name}")
    stated = "" if made.stated else " (none is computed; this is what the gradients suggest)"
    l2 = ", with a regulariser" if made.l2 else ""
    return f"{', '.join(parts)}; {COSTS.get(made.derived.cost, made.derived.cost)}{l2}{stated}"


def ended(run: Run, source: Source) -> str:
    """Why nothing can be judged."""
    if run.refused:
        return f"nothing can be judged: it {run.refused[0]}, which is refused here"
    if run.ended == "raised":
        where = ""
        if run.lines:
            cell, line = source.place(run.lines[-1])
            where = f" in line {line}" if cell is None else f" in cell {cell}, line {line}"
        if run.error_type == "ModuleNotFoundError":
            return f"it needs a package that is not here{where}: {clipped(run.error, 160)}"
        return f"it stops{where}: {clipped(run.error, 160)}"
    if run.ended == "time":
        return "it does not end, and computes no network that could be looked at on the way"
    if run.ended == "memory":
        return "it asks for more memory than it may have"
    if run.ended == "died":
        return "its process was ended by the system: it took too much memory, or crashed"
    if run.ended == "syntax":
        return f"Python cannot read it: {clipped(run.error, 160)}"
    return f"no network with a forward pass and gradients was found in what it computes; {ADAPTER}"


def changed_lines(text: str, repaired: str) -> list[str]:
    """The lines of a repaired file that are new."""
    lines = difflib.ndiff(text.split("\n"), repaired.split("\n"))
    return [
        line[2:].strip() for line in lines if line.startswith("+ ") and line[2:].strip() != "pass"
    ]


def restored(own: str, ran: str, repaired: str) -> str:
    """A file with the repair of what ran in its place, which lacks some of its lines or has more.

    Args:
        own: the text of the file.
        ran: what ran: with the same lines in the same places, or blank ones.
        repaired: that with a repair.

    Returns:
        The text; "" if the repair reaches over lines that were left out.
    """
    lines, was, now = (text.split("\n") for text in (own, ran, repaired))
    pairs = list(zip(was, now, strict=False))
    head = next((k for k, (a, b) in enumerate(pairs) if a != b), len(pairs))
    most = min(len(was), len(now)) - head
    tail = next((k for k in range(most) if was[-1 - k] != now[-1 - k]), most)
    end = len(was) - tail
    if lines[head:end] != was[head:end]:
        return ""
    return "\n".join([*lines[:head], *now[head : len(now) - tail], *lines[end:]])


def patch_of(source: Source, repaired: str) -> str:
    """What changes, as `patch` reads it."""
    if not repaired:
        return ""
    name = source.path.name
    before, after = (text.splitlines(keepends=True) for text in (source.text, repaired))
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else line + "\n" for line in lines)


def how_right(made: Judgement) -> str:
    """What was compared of a file that is right."""
    counts = [one for one in made.steps if one.change]
    many = (
        f"{min(len(counts), 4)} changes of the parameters"
        if counts
        else "the gradients that it computes"
    )
    how = f", by {made.found.how}" if made.found.how else ""
    stated = "the cost that it computes" if made.stated else "the cost that it is right for"
    return f"compared: {many}{how}, with the derivation for {stated}, to 6 digits"
