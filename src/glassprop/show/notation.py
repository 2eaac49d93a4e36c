"""Notations: whose letters, which way vectors lie, where the number of a layer stands.

Courses differ. A notation renames quantities, orders indices and lays out matrices, always so that
what is printed is true of the arrays that it means: `Notation.array` gives those arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glassprop.errors import FormulaError, nearest
from glassprop.show.names import LayerStyle

Gradient = Literal["quotient", "d"]


@dataclass(frozen=True)
class Notation:
    """How quantities of a network are written.

    Attributes:
        name: the name of the notation.
        weighted: the letter of weighted inputs: z, s or net.
        activation: the letter of activations: a, h or out.
        error: the letter of ∂C/∂z: δ or g; "d" writes it like other derivatives, as dz.
        weights: the letter of weights.
        biases: the letter of biases.
        inputs: the letter of the inputs of one example.
        targets: the letter of the targets of one example.
        loss: the cost of one example.
        cost: the cost of a mini-batch.
        gradient: "quotient" for ∂C/∂W, "d" for dW.
        layers: where the number of a layer stands: z², z^[2], z⁽²⁾ or z₂.
        first: the number of the first layer that has weights.
        vectors: "columns" for W x, with weights of shape (outputs, inputs); "rows" for x W, with
            weights of shape (inputs, outputs).
        examples: what an example is of a mini-batch's matrix.
        size: the letter for the number of examples.
        mean: how the cost of a mini-batch is stated: (1/n) Σ with the ½ of a quadratic cost behind
            it, (1/2n) Σ, or the sum Σ itself.
    """

    name: str = "own"
    weighted: str = "z"
    activation: str = "a"
    error: str = "δ"
    weights: str = "W"
    biases: str = "b"
    inputs: str = "x"
    targets: str = "y"
    loss: str = "C"
    cost: str = "C"
    gradient: Gradient = "quotient"
    layers: LayerStyle = "superscript"
    first: int = 1
    vectors: Literal["columns", "rows"] = "columns"
    examples: Literal["rows", "columns"] = "rows"
    size: str = "n"
    mean: Literal["mean", "half mean", "sum"] = "mean"


NIELSEN = Notation("nielsen")
NOTATIONS = {
    notation.name: notation
    for notation in (
        NIELSEN,
        Notation(
            "ng",
            error="d",
            loss="L",
            cost="J",
            gradient="d",
            layers="brackets",
            examples="columns",
            size="m",
        ),
        Notation(
            "cs231n",
            activation="h",
            error="d",
            loss="L",
            cost="L",
            gradient="d",
            layers="subscript",
            vectors="rows",
            size="N",
        ),
        Notation(
            "goodfellow",
            weighted="a",
            activation="h",
            error="g",
            loss="L",
            cost="J",
            layers="parentheses",
            size="m",
        ),
    )
}


def find_notation(given: str | Notation) -> Notation:
    """A notation by its name.

    Raises:
        FormulaError: for an unknown name, with the nearest known one.
    """
    if isinstance(given, Notation):
        return given
    known = NOTATIONS.get(given)
    if known is None:
        raise FormulaError(f"unknown notation {given!r}; {nearest(str(given), NOTATIONS)}")
    return known
