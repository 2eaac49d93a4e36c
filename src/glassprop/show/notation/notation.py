"""Notations: whose letters, which way vectors lie, where the number of a layer stands.

Courses differ. A notation renames quantities, orders indices and lays out matrices, always so that
what is printed is true of the arrays that it means: `Notation.array` gives those arrays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from glassprop.errors import FormulaError, nearest
from glassprop.formula.axes import Axes
from glassprop.formula.nodes import Symbol
from glassprop.show.notation.quantity_kinds import of_data, quantity_kinds
from glassprop.show.notation.quantity_names import (
    GREEK,
    LayerStyle,
    Name,
    Quotient,
    capital,
    read_name,
)

A = TypeVar("A", bound=Any)
Gradient = Literal["quotient", "d"]


@dataclass(frozen=True)
class Notation:
    """How quantities of a network are written.

    Attributes:
        name: the name of the notation.
        weighted: the letter of weighted inputs: z, s or net.
        activation: the letter of activations: a, h or out.
        error: the letter of ∂C/∂z: δ or g; "" writes it like other derivatives, as dz.
        weights: the letter of weights.
        biases: the letter of biases.
        inputs: the letter of the inputs of one example.
        targets: the letter of the targets of one example.
        loss: the cost of one example; where it is the letter of the next, with an index, as in Cₓ.
        cost: the cost of a mini-batch.
        gradient: "quotient" for ∂C/∂W, "d" for dW.
        layers: where the number of a layer stands: z², z^[2], z⁽²⁾ or z₂.
        first: the number of the first layer that has weights.
        vectors: "columns" for W x, with weights of shape (outputs, inputs); "rows" for x W, with
            weights of shape (inputs, outputs).
        examples: what an example is of a mini-batch's matrix.
        rate: the letter of the learning rate.
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
    rate: str = "η"
    size: str = "n"
    mean: Literal["mean", "half mean", "sum"] = "mean"

    def __post_init__(self) -> None:
        for field, known in CHOICES.items():
            given = getattr(self, field)
            if given not in known:
                raise FormulaError(f"notation: {field} {given!r}; {nearest(str(given), known)}")
        if type(self.first) is not int or self.first < 0:
            raise FormulaError(f"notation: first: expected a whole number, got {self.first!r}")
        for field in (*LETTERS.values(), "loss", "cost", "size"):
            given = getattr(self, field)
            none = field == "error" and given == ""
            if not (isinstance(given, str) and (given.isalpha() or none)):
                raise FormulaError(f"notation: {field}: expected letters, got {given!r}")
        self._require_apart()

    def _require_apart(self) -> None:
        """Raises FormulaError if two quantities have one letter, or a mini-batch has another's."""
        letters: dict[str, str] = {}
        for field in (*LETTERS.values(), "loss", "cost", "size"):
            letter = getattr(self, field)
            of_data = field in ("weighted", "activation", "error", "inputs", "targets")
            large = capital(Name(letter)).stem if of_data else letter
            for shown in dict.fromkeys((letter, large)):
                known = letters.setdefault(shown, field)
                if shown and known != field and {known, field} != {"loss", "cost"}:
                    raise FormulaError(
                        f"notation: {known} and {field} would both be written {shown!r}; "
                        "give one of them another letter"
                    )

    # -- names

    def called(self, symbol: Symbol) -> Name | Quotient:
        """How a quantity is called; the number of its layer is the program's."""
        if not self.error and symbol in symbol.graph.adjoints:
            by = symbol.graph.adjoints[symbol]
            if isinstance(by, Symbol) and re.fullmatch(r"delta\d*", symbol.name):
                return self._derivative(symbol.graph.find("C"), by)
        name = read_name(symbol)
        if isinstance(name, Quotient):
            return self._derivative(name.of, name.by)
        made = replace(name, stem=self._stem(symbol, name.stem), style=self.layers)
        return replace(made, stem=self.loss, count=EXAMPLE) if self._of_one(symbol) else made

    def averaged(self, name: Name) -> Name:
        """The cost of a mini-batch, by the name of the cost of one example."""
        return replace(name, stem=self.cost, count="")

    def _of_one(self, symbol: Symbol) -> bool:
        """Whether a quantity is the cost of one example, and has the letter of their mean."""
        if self.loss != self.cost:
            return False
        if _is_of_each(symbol):
            return True
        if not is_of_network(symbol):
            return False
        known = quantity_kinds(symbol.graph)
        return bool(known.data) and not known.batch

    def _derivative(self, of: Symbol | None, by: Symbol) -> Name | Quotient:
        """∂C/∂W, or dW where the cost is the one that everybody means."""
        assert of is not None
        inner = self.called(by)
        if self.gradient == "d" and of.name == "C" and isinstance(inner, Name) and not inner.prefix:
            return replace(inner, prefix="d")
        return Quotient(of, by)

    def _stem(self, symbol: Symbol, stem: str) -> str:
        """The letter, unless another quantity of the graph has it already."""
        wanted = self._letter(symbol)
        digits = symbol.name[len(symbol.name.rstrip("0123456789")) :]
        seen = {symbol}
        while wanted:
            other = symbol.graph.find(PLAIN_LETTERS.get(wanted, wanted) + digits)
            if other is None or other in seen:
                return self._letter(symbol) or stem
            seen.add(other)
            wanted = self._letter(other)
            if not wanted or wanted == other.name.rstrip("0123456789"):
                return stem
        return stem

    def _letter(self, symbol: Symbol) -> str:
        """The letter that this notation has for a quantity of a network; "" for any other."""
        stem = symbol.name.rstrip("0123456789")
        if _is_of_each(symbol):
            return self.loss
        if is_of_network(symbol):
            return self.cost if quantity_kinds(symbol.graph).batch else self.loss
        if symbol.name == "n" and symbol.role == "size":
            return self.size
        if symbol.name in ("learning_rate", "eta") and symbol.role == "hyper":
            return self.rate
        if not symbol.axes and symbol.role == RULES.get(symbol.name, ("", ""))[0]:
            letter = RULES[symbol.name][1]
            own = (getattr(self, field) for field in LETTERS.values())
            return "" if letter in own else letter
        if not symbol.axes or ROLES.get(stem) != symbol.role:
            return ""
        return getattr(self, LETTERS[stem])

    def layer(self, number: str) -> str:
        """The number of a layer as this notation counts: the program's first layer is 1."""
        return str(int(number) + self.first - 1) if number.isdecimal() else number

    # -- arrays

    def shape(self, symbol: Symbol, batch: bool = False) -> tuple[int | str, ...]:
        """The sizes of a quantity as this notation has it, for one example or for a mini-batch."""
        sizes = (axis.size for axis in self.axes(symbol))
        own = tuple(self.size if isinstance(size, str) else size for size in sizes)
        if not (batch and of_data(symbol)):
            return own
        turned = self.examples == "columns" and len(own) == 1
        return (*own, self.size) if turned else (self.size, *own)

    def axes(self, symbol: Symbol) -> Axes:
        """The axes of a quantity in the order in which its indices and sizes are written."""
        axes = symbol.axes
        if len(axes) != 2:
            return axes
        if self.vectors == "rows" and self._turned(symbol):
            return axes[::-1]
        by_example = isinstance(axes[0].size, str)
        return axes[::-1] if by_example and self.examples == "columns" else axes

    def _turned(self, symbol: Symbol) -> bool:
        """Whether a quantity is a matrix of weights, or a derivative or state with its shape."""
        by = symbol.graph.adjoints.get(symbol)
        if by is not None:
            return isinstance(by, Symbol) and self._turned(by)
        if symbol.role == "state":
            owner = symbol.graph.find(symbol.name.partition("_")[2])
            return owner is not None and self._turned(owner)
        return symbol.name in quantity_kinds(symbol.graph).weights

    def array(self, symbol: Symbol, value: A, batch: int | None = None) -> A:
        """What a quantity's name means in this notation, as an array.

        In a mini-batch the derivatives of quantities of the data, such as Δ, hold in each row (or
        column) the derivative of the cost of that example alone; the program's have the factor 1/n
        of the mean. With `mean="sum"` the cost and the gradients of parameters are n times the
        program's.

        Args:
            symbol: a quantity of the derivation for one example.
            value: the program's array.
            batch: the number of examples, or None for one example without an axis of examples.
        """
        data = of_data(symbol)
        if batch is None:
            value = value[0] if data and value.ndim > len(symbol.axes) else value
        else:
            own = data and symbol in symbol.graph.adjoints
            if own or (self.mean == "sum" and not data and self._of_cost(symbol)):
                value = value * batch
            if data and len(symbol.axes) == 1:
                return value.T if self.examples == "columns" else value
        return value.T if self.axes(symbol) != symbol.axes else value

    def _of_cost(self, symbol: Symbol) -> bool:
        graph = symbol.graph
        return symbol in graph.adjoints or symbol.name in quantity_kinds(graph).costs


EXAMPLE = "x"
"""The index of an example where one is needed, as in Cₓ, the cost of the example x."""


def is_of_network(symbol: Symbol) -> bool:
    """Whether a quantity is the cost of a network by its name."""
    return symbol.name == "C" and symbol.role == "step" and not symbol.axes


def _is_of_each(symbol: Symbol) -> bool:
    """Whether a quantity of a mini-batch is the cost of each of its examples."""
    return symbol.name == "C_x" and [type(axis.size) for axis in symbol.axes] == [str]


LETTERS = {
    "z": "weighted",
    "a": "activation",
    "delta": "error",
    "W": "weights",
    "b": "biases",
    "x": "inputs",
    "y": "targets",
    "learning_rate": "rate",
}
ROLES = {
    "z": "step",
    "a": "step",
    "delta": "step",
    "W": "parameter",
    "b": "parameter",
    "x": "input",
    "y": "target",
    "learning_rate": "hyper",
}
RULES = {
    "momentum": ("hyper", "μ"),
    "weight_decay": ("hyper", "λ"),
    "velocity": ("state", "v"),
}
"""Roles and letters of quantities of update rules, where nothing else has the letter."""
PLAIN_LETTERS = {sign: name for name, sign in GREEK.items()}
CHOICES: dict[str, tuple[str, ...]] = {
    "gradient": ("quotient", "d"),
    "layers": ("superscript", "brackets", "parentheses", "subscript"),
    "vectors": ("columns", "rows"),
    "examples": ("rows", "columns"),
    "mean": ("mean", "half mean", "sum"),
}

NIELSEN = Notation("nielsen", mean="half mean")
NOTATIONS = {
    notation.name: notation
    for notation in (
        NIELSEN,
        Notation(
            "ng",
            error="",
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
            error="",
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
    known = NOTATIONS.get(given) if isinstance(given, str) else None
    if known is None:
        raise FormulaError(f"unknown notation {given!r}; {nearest(str(given), NOTATIONS)}")
    return known
