"""The signs that each format writes in its own way: what a printer is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Number
from glassprop.show.notation.precedence import Piece, Product
from glassprop.show.notation.quantity_names import Name

LONGEST = 20_000
"""Characters beyond which a formula is for nobody to read; sharing can make text explode."""


class Glyphs(ABC):
    """What a format says; `Printer` puts it together."""

    longest = LONGEST
    plus = "+"
    ellipsis = "…"
    differs = "≠"
    minus: str
    equals: str
    greater = ">"
    becomes: str
    times: str
    dots: str
    phrases: Mapping[str, str]

    @abstractmethod
    def aside(self, text: str) -> str:
        """What a name stands for, after an equation."""

    @abstractmethod
    def number(self, value: Number) -> str:
        """A number that is not negative."""

    @abstractmethod
    def group(self, text: str) -> str:
        """Parentheses."""

    @abstractmethod
    def index(self, letter: str) -> str:
        """An index on the line."""

    @abstractmethod
    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """A name with layer number, count and indices."""

    @abstractmethod
    def quotient(self, of: Piece, by: Piece) -> Piece:
        """A derivative ∂of/∂by."""

    @abstractmethod
    def product(self, parts: Product) -> Piece:
        """A product without its sign."""

    @abstractmethod
    def special(self, function: ScalarFunction, operands: Sequence[Piece]) -> Piece | None:
        """Functions with a notation of their own, such as u²; None for those written f(u)."""

    @abstractmethod
    def call(self, function: ScalarFunction, operands: Sequence[str]) -> Piece:
        """A function written f(u)."""

    @abstractmethod
    def reduced(
        self, kind: str, over: tuple[str, ...], operand: Piece, condition: str = ""
    ) -> Piece:
        """A maximum or ln Σ exp over some indices, perhaps those that a bracket allows."""

    @abstractmethod
    def softmax(self, operand: str, within: tuple[str, ...], of: tuple[str, ...] = ()) -> Piece:
        """With an index at the name that of a formula, at the end an entry of that of a vector."""

    @abstractmethod
    def share(self) -> str:
        """1/n, in a sentence."""

    @abstractmethod
    def bracket(self, left: str, right: str, sign: str = "=") -> str:
        """1 where two numbers are equal, or the first is greater, else 0."""

    # -- matrices

    def matrix(self, name: Name) -> Piece:
        """A mini-batch of a quantity; its name has a capital letter already."""
        return self.marked(name, ())

    @abstractmethod
    def transposed(self, piece: Piece) -> Piece:
        """A transpose: (W²)ᵀ."""

    @abstractmethod
    def hadamard(self, pieces: Sequence[Piece]) -> Piece:
        """A product entry by entry: u ⊙ v, at the level PRODUCT."""

    @abstractmethod
    def juxtaposed(self, pieces: Sequence[Piece]) -> Piece:
        """A product of matrices, side by side, at the level MATRICES."""

    @abstractmethod
    def ones(self) -> Piece:
        """A column of ones, which adds up what it is multiplied with, or repeats it."""

    @abstractmethod
    def norm_squared(self, piece: Piece) -> Piece:
        """The sum of the squares of all entries: ‖u‖²."""

    @abstractmethod
    def fraction(self, above: Piece, below: Sequence[Piece]) -> Piece:
        """A number in front of a matrix: (1/n), (λ/n), (1/(2n)), at the level ATOM."""
