"""Formulas as MathML Core, which browsers set without any script."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import Number, Symbol
from glassprop.show.formulas.fractions import FractionPrinter
from glassprop.show.formulas.mathml_elements import (
    OF,
    THIN,
    TIMES,
    closed,
    dashes,
    fenced,
    fraction,
    identifier,
    label,
    negative,
    row,
    scripts,
    summation,
)
from glassprop.show.formulas.printer import LONGEST
from glassprop.show.notation.precedence import Level, Piece
from glassprop.show.notation.quantity_names import Name

MARK = re.compile(' data-q="[^"]*"')


class MathmlPrinter(FractionPrinter):
    """MathML Core; each quantity carries its name as `data-q`."""

    longest = 16 * LONGEST
    graph: AnyGraph | None = None
    """The graph whose quantities are marked; without one, all are."""
    plus, minus, equals = "<mo>+</mo>", "<mo>−</mo>", "<mo>=</mo>"
    greater = "&gt;"
    becomes, times = '<mo stretchy="false">←</mo>', "<mo>·</mo>"
    gap, space, lead, one, bar = TIMES, TIMES, THIN, "<mn>1</mn>", "<mfrac"
    ellipsis = "<mo>…</mo>"
    dots = "<mo>…</mo><mtext>\u00a0(too long to be written out)</mtext>"

    def aside(self, text: str) -> str:
        """For a = f(z)."""
        return f'<mspace width="1em"/><mtext>for\u00a0</mtext>{row(text)}'

    def signed(self, piece: Piece) -> str:
        """The text with its sign, which belongs to what follows it."""
        return negative(piece.text) if piece.negative else piece.text

    def plain(self, value: float) -> str:
        """A number with its sign, whole numbers without a point."""
        text = super().plain(abs(value))
        return negative(text) if value < 0 else text

    def number(self, value: Number) -> str:
        """Exact; powers of ten for 1e-05; π by its name."""
        text = "π" if value == math.pi else repr(value)
        if "e" not in text:
            return f"<mn>{text}</mn>"
        mantissa, exponent = text.split("e")
        power = f"<msup><mn>10</mn>{row(self.plain(int(exponent)))}</msup>"
        return power if mantissa in ("1", "1.0") else row(f"<mn>{mantissa}</mn>{self.times}{power}")

    def group(self, text: str) -> str:
        """Parentheses, as tall as what is in them."""
        return fenced("(", text, ")")

    def index(self, letter: str) -> str:
        """The letter."""
        return identifier(letter)

    def named(self, symbol: Symbol, indices: tuple[str, ...]) -> Piece:
        """A quantity with some indices."""
        return self.owned(super().named(symbol, indices), symbol)

    def owned(self, piece: Piece, symbol: Symbol) -> Piece:
        """A quantity marked with its name, once, for whoever points at it."""
        mark = f'<mrow data-q="{escape(symbol.name)}">'
        if piece.text.startswith(mark):
            return piece
        if self.layers or self.graph not in (None, symbol.graph):
            return piece  # a general layer, or the z of f(z), is no quantity of the derivation
        return replace(piece, text=f"{mark}{piece.text}</mrow>")

    def seen(self, text: str) -> str:
        """A formula without the names of its quantities."""
        return MARK.sub("", text)

    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """Z with 1 above and j below."""
        letters = "".join(map(identifier, indices))
        below = "<mo>,</mo>".join(part for part in (label(name.below), letters) if part)
        prefix = f'<mi mathvariant="normal">{name.prefix}</mi>' if name.prefix else ""
        text = prefix + scripts(identifier(name.stem), below, label(name.above))
        return Piece(text, Level.MARKED if indices or name.layer else Level.ATOM)

    def quotient(self, of: Piece, by: Piece) -> Piece:
        """∂C over ∂z, as one quantity."""
        above, below = self.inside(of, Level.MARKED), self.inside(by, Level.MARKED)
        text = fraction(f"<mi>∂</mi>{above}", f"<mi>∂</mi>{below}")
        return Piece(MARK.sub("", text), Level.FRACTION)

    def over(self, above: str, below: Sequence[str]) -> str:
        """Above over below."""
        return fraction(above, TIMES.join(below))

    def summed_up(self, letters: Sequence[str], summand: str) -> str:
        """Σ with its indices."""
        return f"{summation(letters)}{summand}"

    def closed(self, text: str) -> bool:
        """Whether the last sign is a parenthesis."""
        return closed(text)

    def whole(self, text: str) -> str:
        """In a row."""
        return row(text)

    def special(self, function: ScalarFunction, operands: Sequence[Piece]) -> Piece | None:
        """Powers, roots, bars, brackets, e to the u."""
        name, first = function.name, operands[0]
        if name in ("square", "power", "root"):
            exponent = "<mn>2</mn>" if name == "square" else self.plain(function.parameters["p"])
            return Piece(scripts(self.inside(first, Level.ATOM), "", exponent), Level.MARKED)
        if name == "raised":
            exponent = self.signed(operands[1])
            return Piece(scripts(self.inside(first, Level.ATOM), "", exponent), Level.MARKED)
        if name == "reciprocal":
            return Piece(fraction("<mn>1</mn>", self.signed(first)), Level.FRACTION)
        if name == "sqrt":
            return Piece(f"<msqrt>{self.signed(first)}</msqrt>", Level.MARKED)
        if name == "abs":
            return Piece(fenced("|", self.signed(first), "|"), Level.ATOM)
        if name in ("equal", "greater"):
            sign = "=" if name == "equal" else self.greater
            return Piece(
                self.bracket(self.signed(first), self.signed(operands[1]), sign), Level.ATOM
            )
        if name == "exp" and first.level >= Level.MARKED:
            return Piece(scripts("<mi>e</mi>", "", self.signed(first)), Level.MARKED)
        return None

    def call(self, function: ScalarFunction, operands: Sequence[str]) -> Piece:
        """f(u), f(u; c) for a function with constants."""
        text = "<mo>,</mo>".join(map(row, operands))
        for sign, value in zip(";,,,,,,,", function.parameters.values(), strict=False):
            text += f"<mo>{sign}</mo>{self.plain(value)}"
        written = function.symbol or function.name
        base = written.rstrip("′")
        upright = ' mathvariant="normal"' if len(base) == 1 and base.isascii() else ""
        head = f"<mi{upright}>{escape(base)}</mi>"
        if base != written:
            head += dashes(written[len(base) :])
        return Piece(f"<mrow>{head}{OF}{self.group(text)}</mrow>", Level.ATOM)

    def reduced(
        self, kind: str, over: tuple[str, ...], operand: Piece, condition: str = ""
    ) -> Piece:
        """Either a maximum or ln Σ e to the u."""
        if kind == "logsumexp":
            power = scripts("<mi>e</mi>", "", self.signed(operand))
            total = (summation(over) if over else "") + condition
            return Piece(f"<mrow><mi>ln</mi>{OF}{THIN}{total}{power}</mrow>", Level.PREFIX)
        if kind != "max":
            raise self.unknown(f"the reduction {kind}")
        if not over:
            inner = self.group(self.signed(operand))
            return Piece(f"<mrow><mi>max</mi>{OF}{inner}</mrow>", Level.ATOM)
        head = '<mo lspace="0" rspace="0.1667em" movablelimits="true">max</mo>'
        under = f"<munder>{head}{row(''.join(map(identifier, over)))}</munder>"
        return Piece(f"<mrow>{under}{self.inside(operand, Level.PREFIX)}</mrow>", Level.PREFIX)

    def softmax(self, operand: str, within: tuple[str, ...], of: tuple[str, ...] = ()) -> Piece:
        """Softmax over some indices, or an entry of that of a vector."""
        over, below = ("<mo>,</mo>".join(map(identifier, letters)) for letters in (within, of))
        head = scripts("<mi>softmax</mi>", over, "")
        text = f"<mrow>{head}{OF}{scripts(self.group(operand), below, '')}</mrow>"
        return Piece(text, Level.MARKED if of else Level.ATOM)

    def share(self) -> str:
        """1/n, in a sentence."""
        return f'<mn>1</mn><mo lspace="0" rspace="0">/</mo>{identifier(self.notation.size)}'

    def bracket(self, left: str, right: str, sign: str = "=") -> str:
        """[h = i + p]."""
        return fenced("[", f"{left}<mo>{sign}</mo>{row(right)}", "]")

    def transposed(self, piece: Piece) -> Piece:
        """(W²)ᵀ, xᵀ."""
        text = self.inside(piece, Level.MARKED)
        raised = "<msup" in text or "<msubsup" in text
        text = self.group(text) if raised and not closed(text) else text
        return Piece(scripts(text, "", '<mi mathvariant="normal">T</mi>'), Level.MARKED)

    def hadamard(self, pieces: Sequence[Piece]) -> Piece:
        """U ⊙ V."""
        factors = [self.inside(piece, Level.MATRICES) for piece in pieces]
        return Piece(row("<mo>⊙</mo>".join(factors)), Level.PRODUCT)

    def juxtaposed(self, pieces: Sequence[Piece]) -> Piece:
        """U V."""
        factors = [self.inside(piece, Level.FRACTION) for piece in pieces]
        return Piece(row(TIMES.join(factors)), Level.MATRICES)

    def ones(self) -> Piece:
        """The sign 𝟏."""
        return Piece("<mn>𝟏</mn>", Level.ATOM)

    def norm_squared(self, piece: Piece) -> Piece:
        """‖u‖²."""
        bars = fenced("‖", self.signed(piece), "‖")
        return Piece(scripts(bars, "", "<mn>2</mn>"), Level.MARKED)


def _call(name: str, operand: str) -> str:
    return f"<mrow><mi>{name}</mi>{OF}{fenced('(', operand, ')')}</mrow>"


def _phrases() -> dict[str, str]:
    v, equals = "<mi>v</mi>", MathmlPrinter.equals
    total = f"<mi>ln</mi>{OF}{THIN}<mo>∑</mo>{scripts('<mi>e</mi>', '', v)}"
    prime = f"{identifier('f′')}{OF}{fenced('(', v, ')')}"
    return {
        "softmax(v)": _call("softmax", v),
        "ln exp v = v": f"<mi>ln</mi>{OF}{THIN}{_call('exp', v)}{equals}{v}",
        "ln Σ exp v": total,
        "f′(v)": prime,
        "f(v)": _call("f", v),
    }


MathmlPrinter.phrases = _phrases()
