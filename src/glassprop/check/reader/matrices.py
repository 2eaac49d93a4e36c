"""Printed products of matrices, read and computed: Δ¹ = Δ²W² ⊙ σ′(Z¹), ∂C/∂W¹ = (1/n) (Δ¹)ᵀX.

    sum      ::= ["−"] quotient {("+" | "−") quotient}
    quotient ::= entries ["/" entries]
    entries  ::= chain {"⊙" chain}                       entry by entry
    chain    ::= factor {factor}                         a product of matrices and numbers
    factor   ::= atom {"ᵀ" | raised number | "^(" sum ")"}   a power is taken entry by entry
    atom     ::= number ["/" factor] | quantity | call | "(" sum ")" | "‖" sum "‖²" | "|" sum "|"
               | "√(" sum ")" | "ln" factor | "[" sum ("=" | ">") sum "]" | "𝟏"

𝟏 is a column of ones: beside a matrix it adds up, at an end of a product it repeats. A number
raised at a name is a layer's where a quantity has it, and a power where none does.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from glassprop.check.reader.cursor import Cursor
from glassprop.check.reader.functions import FUNCTIONS, exponential, logarithm, power, quotient
from glassprop.check.reader.grammar import LETTER
from glassprop.check.reader.loops import Functions
from glassprop.check.reader.tokens import FRACTIONS
from glassprop.check.reader.tree import Quantity, ReadingError

Matrix = npt.NDArray[Any]
Found = Callable[[Quantity], "Matrix | float | None"]
ONES, ROW_OF_ONES = "𝟏", "𝟏ᵀ"
Factor = Matrix | float | str


class Matrices(Cursor):
    """Reads one right side and computes it at once.

    Args:
        text: what is printed.
        find: the matrix or number that a quantity stands for; None where there is none.
        functions: functions beyond those that the reader knows.
        rows: whether an example is a row of a matrix, and not a column; None for one example.

    Attributes:
        shape: that of the result, to which 𝟏 repeats.
    """

    def __init__(
        self, text: str, find: Found, functions: Functions | None = None, rows: bool | None = True
    ) -> None:
        super().__init__(text)
        self.find, self.rows = find, rows
        self.shape: tuple[int, ...] = ()
        self.functions = {**(functions or {}), **FUNCTIONS}

    def left(self) -> Quantity:
        """The quantity before the = or the ←."""
        made = self.quantity()
        self.take("=", "←")
        return made

    def value(self) -> Matrix:
        """What the right side is worth; numbers have no axes."""
        found = self.sum()
        if self.now.kind != "end":
            raise self.wrong("expected an end")
        return np.asarray(found, float)

    # -- sums and products

    def sum(self) -> Any:
        """Products with signs."""
        value = -self.quotient() if self.found("−") else self.quotient()
        while self.is_sign("+", "−"):
            sign = -1 if self.next().text == "−" else 1
            value = value + sign * self.quotient()
        return value

    def quotient(self) -> Any:
        """A division, entry by entry."""
        value = self.entries()
        return each(quotient, value, self.entries()) if self.found("/") else value

    def entries(self) -> Any:
        """Products entry by entry."""
        value = self.chain()
        while self.found("⊙"):
            value = value * self.chain()
        return value

    def chain(self) -> Any:
        """Factors side by side."""
        factors: list[Factor] = [self.factor()]
        while self.begins():
            factors.append(self.factor())
        scale, kept = 1.0, []
        for factor in factors:
            if isinstance(factor, str) or np.ndim(factor):
                kept.append(factor)
            else:
                scale = scale * float(factor)
        if not kept:
            return scale
        if all(isinstance(factor, str) for factor in kept):
            return np.full((1, 1), scale)
        many = len(kept) > 1
        value = _product(kept)
        return scale * (value[0, 0] if many and value.shape == (1, 1) else value)

    def begins(self) -> bool:
        """Whether a factor comes next."""
        if self.is_sign("|"):
            return not self.barred
        kinds = ("number", "fraction", "name", "ones")
        return self.now.kind in kinds or self.is_sign("∂", "(", "√", "[") or self.opens()

    def opens(self) -> bool:
        """Whether a bar of ‖u‖² opens."""
        return self.is_sign("‖") and self.after.kind != "raised"

    def factor(self) -> Factor:
        """An atom with what is raised."""
        value = self.atom()
        while True:
            if self.found("ᵀ"):
                value = ROW_OF_ONES if isinstance(value, str) else np.transpose(value)
            elif self.marked("raised"):
                value = each(power, value, float(self.next().text))
            elif self.is_sign("^") and not self.now.spaced:
                self.next()
                value = each(power, value, self.closed("(", ")"))
            else:
                return value

    # -- atoms

    def atom(self) -> Factor:
        """What holds together most."""
        token = self.now
        if token.kind == "ones":
            self.next()
            return ONES
        if token.kind == "number":
            above = float(self.next().text)
            divided = self.is_sign("/") and not self.now.spaced
            return each(quotient, above, self.below()) if divided else above
        if token.kind == "fraction":
            return FRACTIONS[self.next().text]
        if token.kind == "name":
            return self.named()
        match token.text:
            case "∂":
                return self.known(self.quantity())
            case "(":
                return self.closed("(", ")")
            case "√":
                self.next()
                return self.applied("sqrt", 0, [self.closed("(", ")")])
            case "|":
                self.barred = True
                made = self.closed("|", "|")
                self.barred = False
                return self.applied("abs", 0, [made])
            case "‖":
                made = self.closed("‖", "‖")
                if self.now.text != "2":
                    raise self.wrong("expected ‖²")
                self.next()
                return float(np.sum(np.square(made)))
            case "[":
                self.take("[")
                left = self.sum()
                holds = np.greater if self.take("=", ">").text == ">" else np.equal
                right = self.sum()
                self.take("]")
                return holds(left, right).astype(float)
            case _:
                raise self.wrong("expected a formula")

    def below(self) -> Any:
        """What stands under a number without spaces: 1/n, 2/(2 √(v))."""
        self.next()
        return self.factor()

    def closed(self, first: str, last: str) -> Any:
        """A sum between two signs."""
        self.take(first)
        barred = self.barred
        self.barred = first == "|"
        made = self.sum()
        self.barred = barred
        self.take(last)
        return made

    def named(self) -> Factor:
        """A quantity, or a function of what stands in its brackets."""
        after = self.after
        opens = self.tokens[min(self.place + 1 + (after.kind == "primes"), len(self.tokens) - 1)]
        if self.now.text == "ln" and (opens.text != "(" or opens.spaced):
            self.next()
            return self.applied("ln", 0, [self.factor()])
        if opens.text != "(" or opens.spaced:
            return self.known(self.quantity())
        name = self.next().text
        primes = len(self.next().text) if self.now.kind == "primes" else 0
        self.take("(")
        barred, self.barred = self.barred, False
        arguments = [self.sum()]
        while self.found(",") or self.found(";"):
            arguments.append(self.sum())
        self.barred = barred
        self.take(")")
        return self.applied(name, primes, arguments)

    def applied(self, name: str, primes: int, arguments: list[Any]) -> Any:
        """A function, entry by entry; softmax for each example."""
        if name == "softmax":
            return self.softmax(np.asarray(arguments[0]))
        function = self.functions.get((name, primes))
        if function is None:
            raise ReadingError(f"what {name}{'′' * primes} means is not known")
        return each(function, *arguments)

    def softmax(self, z: Matrix) -> Matrix:
        """Positive, with the sum 1 for each example."""
        axes = (0, 1) if self.rows is None else (1 if self.rows else 0,)
        if z.ndim == len(self.shape):
            z = np.broadcast_to(z, self.shape)
        shifted = z - z.max(axis=axes, keepdims=True)
        total = np.exp(shifted).sum(axes, keepdims=True)
        return each(exponential, shifted - each(logarithm, total))

    # -- quantities

    def known(self, quantity: Quantity) -> Factor:
        """Its matrix; a raised number that no layer has is a power."""
        found = self.find(quantity)
        if found is None and quantity.layer.isdigit():
            base = self.find(Quantity(quantity.stem, "", quantity.count, (), quantity.of))
            if base is not None:
                return each(power, base, float(quantity.layer))
        if found is None:
            raise ReadingError(f"{quantity} has no value")
        return found

    def quantity(self) -> Quantity:
        """A name with its layer, or a derivative, whose cost may have an index: ∂Cₓ/∂A²."""
        if not self.found("∂"):
            return self.plain()
        above = self.enclosed()
        self.take("/")
        self.take("∂")
        below = self.enclosed()
        return Quantity(below.stem, below.layer, below.count, below.indices, above)

    def enclosed(self) -> Quantity:
        """A name, perhaps in brackets."""
        if not self.found("("):
            return self.plain()
        made = self.plain()
        self.take(")")
        return made

    def plain(self) -> Quantity:
        """A name with its layer and its count."""
        token = self.next()
        if token.kind != "name":
            raise self.wrong("expected a name", -1)
        layer = count = ""
        if self.marked("layer") or self.marked("raised"):
            layer = self.next().text
        if self.marked("lowered"):
            count = self.next().text
        letters = LETTER.findall(self.next().text) if self.marked("indices") else []
        return Quantity(token.text, layer, count, tuple(letters))


def each(function: Callable[..., float], *arguments: Any) -> Any:
    """A function of numbers for all entries, one after the other."""
    arrays = np.broadcast_arrays(*arguments)
    places = itertools.product(*map(range, arrays[0].shape))
    found = np.empty(arrays[0].shape)
    for place in places:
        found[place] = function(*(float(array[place]) for array in arrays))
    return found if found.ndim else float(found)


def _product(factors: list[Any]) -> Matrix:
    """Matrices from left to right, after ones have added up what stands beside them."""
    while True:
        pairs = list(itertools.pairwise(factors))
        place = next((k for k, pair in enumerate(pairs) if _adds_up(*pair)), None)
        if place is None:
            break
        factors[place : place + 2] = [_times(*pairs[place])]
    value = factors[0]
    for factor in factors[1:]:
        value = _times(value, factor)
    return value


def _adds_up(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return left == ROW_OF_ONES and not isinstance(right, str)
    return isinstance(right, str) and right == ONES


def _times(left: Any, right: Any) -> Matrix:
    if isinstance(left, str):
        if left == ROW_OF_ONES and right.shape == (1, 1):
            raise ReadingError("nothing says how many ones add up")
        if left == ROW_OF_ONES:
            return right.sum(0, keepdims=True)
        if right.shape[0] != 1:
            raise ReadingError("a column of ones before what is not a row")
        return right
    if isinstance(right, str):
        if right == ONES:
            return left.sum(1, keepdims=True)
        if left.shape[1] != 1:
            raise ReadingError("a row of ones after what is not a column")
        return left
    if left.shape[1] != right.shape[0]:
        raise ReadingError(f"a product of matrices of shapes {left.shape} and {right.shape}")
    made = np.empty((left.shape[0], right.shape[1]))
    for row, column in itertools.product(*map(range, made.shape)):
        made[row, column] = sum(u * v for u, v in zip(left[row], right[:, column], strict=True))
    return made
