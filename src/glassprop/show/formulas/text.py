"""Formulas as Unicode text: δ¹ⱼ = Σₖ W²ₖⱼ δ²ₖ · σ′(z¹ⱼ)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from unicodedata import category

from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Number
from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.numbers import quotient
from glassprop.show.notation.precedence import Level, Piece, Product
from glassprop.show.notation.quantity_names import Name

SUBSCRIPTS = dict(zip("aehijklmnoprstuvx", "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
HIGH = str.maketrans("-−+0123456789()lL", "⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾ˡᴸ")
VULGAR: dict[tuple[Number, int], str] = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (1, 4): "¼"}


RAISED = "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹ˡᴸᵀ"
"""Glyphs above the line after which ᵀ would be read as one of them."""


def raised(text: str) -> str:
    """Above the line, or after ^ where Unicode lacks one of the signs: ², ⁽²⁾, ^[2]."""
    high = text.translate(HIGH)
    signs = {chr(sign) for sign in HIGH.values()}
    if set(high) <= signs:
        return high
    return f"^{text}" if text.startswith("[") else f"^{{{text}}}"


def subscript(letters: Sequence[str]) -> str:
    """Indices below the line, or in braces where Unicode lacks one of them: ₖⱼ, _{ocpq}."""
    if all(len(letter) == 1 and letter.isdecimal() for letter in letters):
        return "".join(letters).translate(LOW)
    if all(letter in SUBSCRIPTS for letter in letters):
        return "".join(SUBSCRIPTS[letter] for letter in letters)
    return "_{" + "".join(letters) + "}"


class TextPrinter(Printer):
    """Unicode text for the terminal and plain files."""

    minus, equals, becomes, times = "−", "=", "←", " · "
    phrases: Mapping[str, str] = {}
    dots = "… (too long to be written out)"

    def aside(self, text: str) -> str:
        """For a = f(z)."""
        return f" for {text}"

    def number(self, value: Number) -> str:
        """As Python writes it, which is exact; π by its name."""
        return "π" if value == math.pi else repr(value)

    def group(self, text: str) -> str:
        """Parentheses."""
        return f"({text})"

    def index(self, letter: str) -> str:
        """The letter."""
        return letter

    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """z¹ⱼ, t₁ⱼ."""
        text = name.prefix + name.stem + raised(name.above)
        figures = any(index[0].isdecimal() for index in indices)
        if name.below.isdecimal() and not figures:
            text += name.below.translate(LOW)
        elif name.below:
            indices = (name.below, *(["," * bool(indices), *indices] if indices else []))
        text += subscript(indices) if indices else ""
        return Piece(text, Level.MARKED if indices or name.layer else Level.ATOM)

    def quotient(self, of: Piece, by: Piece) -> Piece:
        """∂C/∂z¹ⱼ."""
        over = self.inside(of, Level.MARKED)
        return Piece(f"∂{over}/∂{self.inside(by, Level.MARKED)}", Level.FRACTION)

    def product(self, parts: Product) -> Piece:
        """½ Σₖ u v, u v / w."""
        above, below = quotient(parts.coefficient)
        last = len(parts.below) == 1 and below == 1 and parts.below[0].level == Level.PREFIX
        begins = last and parts.below[0].text.startswith(("Σ", "max", "ln"))  # not ½ Σ, 1/v Σ
        least = Level.PREFIX if begins else Level.MARKED
        dividing = [self.inside(piece, least) for piece in parts.below]
        outer = [self.inside(piece, Level.MARKED) for piece in parts.outer]
        vulgar = VULGAR.get((above, below), "") if not outer else ""
        lead = ""
        if vulgar and (parts.sums or not dividing):
            lead = vulgar
        elif below > 1 or outer:
            outer = [repr(below)] * (below > 1) + outer
            if parts.sums:
                lead = f"{self.number(above)}/{self._below(outer)}"
            else:
                dividing = [*outer, *dividing]
        if not lead and above != 1 and not (below > 1 and parts.sums):
            lead = self.number(above)
        body = self._factors(parts)
        if parts.sums:
            body = f"Σ{subscript(parts.sums)} {body or '1'}"
        text = " ".join(part for part in (lead, body) if part) or "1"
        if dividing:
            text += f" / {self._below(dividing)}"
        if parts.sums:
            return Piece(text, Level.PREFIX)
        alone = not dividing and not (lead and body) and len(parts.inside) < 2
        return Piece(text, Level.ATOM if alone else Level.PRODUCT)

    def _below(self, divisors: Sequence[str]) -> str:
        return divisors[0] if len(divisors) == 1 else self.group(" ".join(divisors))

    def _factors(self, parts: Product) -> str:
        """The factors side by side, with a dot where a fraction or plain letters would run on."""
        text = ""
        before: Piece | None = None
        for piece in parts.inside:
            written = self.inside(piece, Level.FRACTION)
            if before is not None:
                runs_on = parts.numbers and not text.endswith(")") and not written.endswith(")")
                fraction = Level.FRACTION in (before.level, piece.level)
                text += " · " if runs_on or fraction else " "
            text += written
            before = piece
        return text

    def special(self, function: ScalarFunction, operands: Sequence[Piece]) -> Piece | None:
        """Powers, roots, bars and brackets."""
        name, first = function.name, operands[0]
        if name == "square":
            return Piece(f"{self.inside(first, Level.ATOM)}²", Level.MARKED)
        if name in ("power", "root"):
            exponent = self._exponent(function.parameters["p"])
            return Piece(self.inside(first, Level.ATOM) + exponent, Level.MARKED)
        if name == "raised":
            return Piece(self.inside(first, Level.ATOM) + _power(operands[1]), Level.MARKED)
        if name == "reciprocal":
            return Piece(f"1 / {self.inside(first, Level.MARKED)}", Level.PRODUCT)
        if name == "sqrt":
            return Piece(f"√({self.signed(first)})", Level.MARKED)
        if name == "abs" and "|" not in first.text:
            return Piece(f"|{self.signed(first)}|", Level.ATOM)
        if name in ("equal", "greater"):
            sign = "=" if name == "equal" else ">"
            return Piece(
                self.bracket(self.signed(first), self.signed(operands[1]), sign), Level.ATOM
            )
        return None

    def _exponent(self, value: float) -> str:
        if value.is_integer():
            return repr(int(value)).translate(HIGH)
        return f"^({self.plain(value)})"

    def call(self, function: ScalarFunction, operands: Sequence[str]) -> Piece:
        """f(u), f(u; c) for a function with constants."""
        text = ", ".join(operands)
        if function.parameters:
            text += f"; {', '.join(map(self.plain, function.parameters.values()))}"
        return Piece(f"{function.symbol or function.name}({text})", Level.ATOM)

    def reduced(
        self, kind: str, over: tuple[str, ...], operand: Piece, condition: str = ""
    ) -> Piece:
        """Either maxᵢ u or ln Σᵢ exp(u)."""
        if kind == "logsumexp":
            total = f"Σ{subscript(over)} " if over else ""
            total += f"{condition} " if condition else ""
            return Piece(f"ln {total}exp({self.signed(operand)})", Level.PREFIX)
        if kind != "max":
            raise self.unknown(f"the reduction {kind}")
        if not over:
            return Piece(f"max({self.signed(operand)})", Level.ATOM)
        return Piece(f"max{subscript(over)} {self.inside(operand, Level.PREFIX)}", Level.PREFIX)

    def softmax(self, operand: str, within: tuple[str, ...], of: tuple[str, ...] = ()) -> Piece:
        """With an index at the name that of a formula, at the end an entry of that of a vector."""
        text = f"softmax{subscript(within)}({operand}){subscript(of)}"
        return Piece(text, Level.MARKED if of else Level.ATOM)

    def share(self) -> str:
        """1/n, in a sentence."""
        return f"1/{self.notation.size}"

    def bracket(self, left: str, right: str, sign: str = "=") -> str:
        """[h = i + p]."""
        return f"[{left} {sign} {right}]"

    def transposed(self, piece: Piece) -> Piece:
        """(W²)ᵀ, xᵀ."""
        text = self.inside(piece, Level.MARKED)
        if text[-1] in RAISED:
            text = self.group(text)
        return Piece(f"{text}ᵀ", Level.MARKED)

    def hadamard(self, pieces: Sequence[Piece]) -> Piece:
        """U ⊙ V."""
        return Piece(" ⊙ ".join(self.inside(p, Level.MATRICES) for p in pieces), Level.PRODUCT)

    def juxtaposed(self, pieces: Sequence[Piece]) -> Piece:
        """UV, with a space where letters or parentheses would be read as one name or call."""
        text = ""
        for piece in pieces:
            written = self.inside(piece, Level.FRACTION)
            text += f" {written}" if text and _runs_on(text, written) else written
        return Piece(text, Level.MATRICES)

    def ones(self) -> Piece:
        """The sign 𝟏."""
        return Piece("𝟏", Level.ATOM)

    def norm_squared(self, piece: Piece) -> Piece:
        """‖u‖²."""
        return Piece(f"‖{self.signed(piece)}‖²", Level.MARKED)

    def fraction(self, above: Piece, below: Sequence[Piece]) -> Piece:
        """(1/n), (1/(2n))."""
        divisors = [self.inside(piece, Level.MARKED) for piece in below]
        if above.text == "1" and divisors == ["2"]:
            return Piece("½", Level.ATOM)
        under = divisors[0] if len(divisors) == 1 else self.group("".join(divisors))
        return Piece(f"({self.inside(above, Level.MARKED)}/{under})", Level.ATOM)


def _power(piece: Piece) -> str:
    """An exponent that is not a number: ᵗ, ^(t + 1)."""
    if piece.text == "t" and not piece.negative:
        return "ᵗ"
    return f"^({'−' if piece.negative else ''}{piece.text})"


def _runs_on(left: str, right: str) -> bool:
    """Whether two factors side by side could be read as one name, one number or a call."""
    last, first = left[-1], right[0]
    return (
        first in "(|‖∂√" or last == ")" or last.isdecimal() or _long(last + first) or _long(right)
    )


def _long(text: str) -> bool:
    """Whether a text begins with a letter and another letter."""
    return len(text) > 1 and all(category(sign) in ("Ll", "Lu") for sign in text[:2])
