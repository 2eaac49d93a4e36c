"""From the text of a formula to what it says, by this grammar of the printed notation.

    equation   ::= quantity ("=" | "←") sum
    definition ::= call "=" sum [" for " name "=" call]
    sum        ::= ["−"] product {("+" | "−") product}
    product    ::= factor {["·"] factor} [reach | " / " divisor] | reach
    reach      ::= ("Σ" indices | "max" indices | "ln") product
    divisor    ::= reach | power
    factor     ::= power ["/" power]                     without spaces: 1/3, 2/(3 n)
    power      ::= atom [raised number | raised letter | "^(" sum ")"]
    atom       ::= number | quantity | call | "(" sum ")" | "|" sum "|" | "√(" sum ")"
                 | "[" sum ("=" | ">" | "≠") sum "]"     1 where that holds, else 0
    quantity   ::= name [layer] [count] [indices] | "∂" (quantity | "(" quantity ")") "/∂" quantity
    call       ::= name {"′"} "(" [sum {"," sum}] [";" sum {"," sum}] ")"
                 | "softmax" indices "(" sum ")" | "softmax(" name [layer] [count] ")" indices

What Σ, max over indices and ln act on reaches to the end of the product, through a division, and
stops at the next + or − that is not in brackets. Nothing follows a divisor in its product. Factors
stand apart by a space or a dot; a function is written with its bracket at once, f(u), a product
with a space, f (u); within [ ] a number may stand at an index, 2i.

A raised number is a layer's where indices follow, z²ⱼ, and a power where none do, v²; in brackets
it is always a layer's: z^[2]ⱼ, z⁽²⁾ⱼ. A number below the line belongs to the name: v₅, t₁ⱼ. Before
a comma below the line stands a layer: z_{l,j}. A derivative ∂C/∂aⱼ is one quantity.
"""

from __future__ import annotations

import re

from glassprop.check.reader.cursor import Cursor
from glassprop.check.reader.tokens import FRACTIONS
from glassprop.check.reader.tree import (
    Bracket,
    Call,
    Number,
    Over,
    Power,
    Product,
    Quantity,
    Quotient,
    ReadingError,
    Sum,
    Tree,
)

DEEPEST = 60
SOFTMAX = "softmax"
COSTS, ONE = ("C", "L", "J"), ("x",)
"""Cₓ is the cost of one example x; that x is no index."""
LETTER = re.compile("[^\\W\\d_]′*")


class Grammar(Cursor):
    """Reads one text by the grammar."""

    # -- statements

    def equation(self) -> tuple[Quantity, str, Tree]:
        """Left side, sign and right side."""
        left = self.quantity()
        sign = self.take("=", "←").text
        return left, sign, self.rest()

    def call(self) -> Call:
        """The left side of a definition."""
        made = self.atom()
        if not isinstance(made, Call):
            raise self.wrong("expected a function")
        return made

    def rest(self) -> Tree:
        """A sum that ends the text."""
        made = self.sum()
        if self.now.kind != "end":
            raise self.wrong("expected an end")
        return made

    # -- sums and products

    def sum(self) -> Tree:
        """Products with signs."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ReadingError(f"a formula with more than {DEEPEST} brackets within each other")
        sign = -1 if self.found("−") else 1
        terms = [(sign, self.product())]
        while self.is_sign("+", "−"):
            sign = -1 if self.next().text == "−" else 1
            terms.append((sign, self.product()))
        self.depth -= 1
        return terms[0][1] if terms == [(1, terms[0][1])] else Sum(tuple(terms))

    def product(self) -> Tree:
        """Factors, and perhaps a divisor or what reaches to the end."""
        factors: list[Tree] = []
        while True:
            if self.reaches():
                factors.append(self.reach())
                break
            factors.append(self.factor())
            if self.is_sign("/"):
                self.apart()
                below = self.divisor()
                return Quotient(_product(factors), below)
            if self.found("·"):
                continue
            if not self.begins():
                break
            if not (self.now.spaced or self.at_index()):
                raise self.wrong("expected a space")
        return _product(factors)

    def begins(self) -> bool:
        """Whether a factor comes next."""
        if self.is_sign("|"):
            return not self.barred
        kinds = ("number", "fraction", "name")
        return self.now.kind in kinds or self.is_sign("∂", "(", "√", "[") or self.reaches()

    def at_index(self) -> bool:
        """Whether a number stands directly at a letter, as in 2i."""
        return self.now.kind == "name" and self.tokens[self.place - 1].kind == "number"

    def apart(self) -> None:
        """Take a division sign with spaces."""
        sign = self.next()
        if not (sign.spaced and self.now.spaced):
            raise self.wrong("expected spaces around the division")

    def divisor(self) -> Tree:
        """What stands below, after which the product ends."""
        if self.reaches():
            return self.reach()
        below = self.power()
        if self.begins() or self.is_sign("·", "/"):
            raise self.wrong("a product goes on after its divisor; expected brackets")
        return below

    def reaches(self) -> bool:
        """Whether a sign follows that acts on the rest of the product."""
        token, after = self.now, self.after
        if token.kind == "name" and token.text == "max":
            return after.kind == "indices"
        if token.kind == "name" and token.text == "ln":
            return after.spaced and after.kind in ("name", "sign") and after.text in ("Σ", "exp")
        return token.text == "Σ"

    def reach(self) -> Tree:
        """Σᵢ u, maxᵢ u, ln u."""
        sign = self.next().text
        if sign == "ln":
            return Call("ln", 0, (self.product(),))
        letters = self.indices()
        if not letters or self.now.kind == "end" or not self.now.spaced:
            raise self.wrong(f"expected indices and a formula after {sign}")
        if len(set(letters)) < len(letters):
            raise self.wrong(f"{sign} runs twice over one index")
        return Over("max" if sign == "max" else "sum", letters, self.product())

    def factor(self) -> Tree:
        """A power, or a fraction without spaces."""
        above = self.power()
        if self.is_sign("/") and not self.now.spaced:
            self.next()
            if self.now.spaced:
                raise self.wrong("a division has a space on one side only")
            return Quotient(above, self.power())
        return above

    def power(self) -> Tree:
        """A base with its exponent."""
        base = self.atom()
        if self.now.kind == "raised" and not self.now.spaced:
            return Power(base, Number(float(self.next().text)))
        if self.marked("letter"):
            return Power(base, Quantity(self.next().text))
        if self.is_sign("^") and not self.now.spaced:
            self.next()
            return Power(base, self.bracketed())
        return base

    # -- atoms

    def atom(self) -> Tree:
        """What holds together most."""
        token = self.now
        if token.kind == "number":
            return Number(float(self.next().text))
        if token.kind == "fraction":
            return Number(FRACTIONS[self.next().text])
        if token.kind == "name":
            return self.named()
        match token.text:
            case "∂":
                return self.derivative()
            case "(":
                return self.bracketed()
            case "√":
                self.next()
                return Call("sqrt", 0, (self.bracketed(),))
            case "|":
                return self.bars()
            case "[":
                return self.equal()
            case _:
                raise self.wrong("expected a formula")

    def bracketed(self) -> Tree:
        """(u)."""
        self.take("(")
        barred, self.barred = self.barred, False
        made = self.sum()
        self.barred = barred
        self.take(")")
        return made

    def bars(self) -> Tree:
        """|u|."""
        self.take("|")
        self.barred = True
        made = self.sum()
        self.barred = False
        self.take("|")
        return Call("abs", 0, (made,))

    def equal(self) -> Tree:
        """[u = v], [u > v], [u ≠ v]."""
        self.take("[")
        barred, self.barred = self.barred, False
        left = self.sum()
        sign = self.take("=", ">", "≠").text
        right = self.sum()
        self.barred = barred
        self.take("]")
        return Bracket(left, right, sign)

    def named(self) -> Tree:
        """A quantity, or a function and what it is called with."""
        after = self.after
        marks = after.kind == "primes" or (self.now.text == SOFTMAX and after.kind == "indices")
        opens = self.tokens[self.place + 1 + marks]
        if opens.text != "(" or opens.spaced:
            if after.kind == "primes" and not after.spaced:
                raise self.wrong("expected a bracket after ′")
            return self.quantity()
        name = self.next().text
        if name == SOFTMAX:
            return self.softmax()
        primes = len(self.next().text) if self.now.kind == "primes" else 0
        self.take("(")
        barred, self.barred = self.barred, False
        operands = self.listed() if not self.is_sign(";", ")") else ()
        constants = self.listed() if self.found(";") else ()
        self.barred = barred
        self.take(")")
        return Call(name, primes, operands, constants)

    def softmax(self) -> Tree:
        """What stands after the name: an index and a formula, or a vector and an index."""
        over = self.indices()
        if over:
            return Over(SOFTMAX, over, self.bracketed())
        self.take("(")
        name, layer, count = self.letter()
        self.take(")")
        letters = self.indices()
        if not letters:
            raise self.wrong("expected the index of an entry of a softmax")
        return Over(SOFTMAX, letters, Quantity(name, layer, count, letters))

    def listed(self) -> tuple[Tree, ...]:
        """Formulas with commas."""
        made = [self.sum()]
        while self.found(","):
            made.append(self.sum())
        return tuple(made)

    def quantity(self) -> Quantity:
        """A name with its marks, or a derivative."""
        if self.is_sign("∂"):
            return self.derivative()
        name, layer, count = self.letter(("indices",))
        before, comma, _ = self.now.text.partition(",")
        if self.marked("indices") and comma:
            layer = before.replace("−", "-")
        found = self.indices()
        of_one = found == ONE and name in COSTS and not layer
        return Quantity(name, layer, count, () if of_one else found)

    def letter(self, before: tuple[str, ...] = ("sign", "lowered")) -> tuple[str, str, str]:
        """A name, the number of its layer if what follows that is of some kinds, and its count."""
        token = self.next()
        if token.kind != "name":
            raise self.wrong("expected a name", -1)
        layer = count = ""
        raised = self.marked("raised") and self.after.kind in before
        if self.marked("layer") or raised:
            layer = self.next().text
        if self.marked("lowered"):
            count = self.next().text
        return token.text, layer, count

    def derivative(self) -> Quantity:
        """∂C/∂z¹ⱼ."""
        self.take("∂")
        if self.found("("):
            above = self.quantity()
            self.take(")")
        else:
            above = self.quantity()
        self.take("/")
        self.take("∂")
        if self.found("("):
            below = self.quantity()
            self.take(")")
        else:
            below = self.quantity()
        if above.indices:
            raise self.wrong("a derivative of a quantity with indices")
        return Quantity(below.stem, below.layer, below.count, below.indices, above)

    def indices(self) -> tuple[str, ...]:
        """The letters below the line."""
        if not self.marked("indices"):
            return ()
        return tuple(LETTER.findall(self.next().text.rpartition(",")[-1]))


def _product(factors: list[Tree]) -> Tree:
    return factors[0] if len(factors) == 1 else Product(tuple(factors))
