"""Formulas as Typst mathematics, such as δ_j^1 = ∑_k W_(k j)^2 thin δ_k^2 thin σ' (z_j^1).

Glyphs stand as themselves, as Typst takes them in Unicode. Parentheses around scripts and the parts
of fractions are not printed; those that are printed come from `group` and follow a space.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from glassprop.errors import FormulaError
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Node, Number
from glassprop.show.formulas.fractions import FractionPrinter
from glassprop.show.formulas.printer import LONGEST, TooLong
from glassprop.show.formulas.typst_breaks import depth
from glassprop.show.notation.indices import Scope
from glassprop.show.notation.precedence import Level, Piece
from glassprop.show.notation.quantity_names import Name

PHRASES = {
    "softmax(v)": 'op("softmax") (v)',
    "ln exp v = v": "ln e^(v) = v",
    "ln Σ exp v": "ln ∑ e^(v)",
    "f′(v)": "f' (v)",
    "f(v)": "f (v)",
}
"""Formulas in the sentences of rules."""

DEEPEST = 60
OPERATORS = frozenset({"exp", "ln", "sin", "cos", "tanh", "max"})
"""Functions that Typst sets by their own names."""

RAISED = re.compile(r'([^"^]+|italic\("[^"]*"\))\^\(([\[(][^^]*[\])])\)')
"""A quantity with the number of its layer in brackets, after which nobody reads ⊤ as a power."""

WORD = re.compile(r"[^\W\d_]{2,}")
PUNCTUATION = frozenset("–—‘’“”…−·×′″∂Σ∑√∞≤≥≠≈→←↑↓∈∇⊙⊤½⅓⅔¼‖∘" + "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻" + "₀₁₂₃₄₅₆₇₈₉")
"""Glyphs of sentences that the fonts inside Typst have, beside letters."""


ALPHABETS = (("\u00a1", "\u017f"), ("\u0391", "\u03c9"), ("\u0400", "\u045f"))
"""Latin, Greek and Cyrillic."""


class TypstPrinter(FractionPrinter):
    """Typst mathematics, for the fonts that Typst brings along."""

    longest = 2 * LONGEST
    minus, equals, becomes, times = "-", "=", "←", " ⋅ "
    gap, bar = " thin ", "/"
    phrases = PHRASES
    ellipsis = "dots.c"
    dots = '… " (too long to be written out)"'

    def formula(self, root: Node, scope: Scope | None = None) -> str:
        """The formula in components.

        Raises FormulaError also for one that is nested more deeply than Typst reads.
        """
        text = super().formula(root, scope)
        if depth(text) > DEEPEST:
            raise TooLong(f"a formula {DEEPEST} parentheses deep; name some of its parts")
        return text

    def aside(self, text: str) -> str:
        """For a = f(z)."""
        return f' quad "for " {text}'

    def number(self, value: Number) -> str:
        """Exact; powers of ten for 1e-05; π by its name."""
        text = "π" if value == math.pi else repr(value)
        if "e" not in text:
            return text
        mantissa, exponent = text.split("e")
        power = f"10^({int(exponent)})"
        return power if mantissa in ("1", "1.0") else f"{mantissa} ⋅ {power}"

    def group(self, text: str) -> str:
        """Parentheses; Typst makes them as tall as what is in them."""
        return f"({text})"

    def index(self, letter: str) -> str:
        """The letter."""
        return letter_of(letter)

    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """z_j^1, t_(1, j)."""
        letters = " ".join(letter_of(index) for index in indices)
        below = ", ".join(part for part in (place(name.below), letters) if part)
        single = len(name.stem) == 1 and name.prefix
        text = f"{name.prefix} {stem(name.stem)}" if single else stem(name.prefix + name.stem)
        text += script("_", below) + script("^", place(name.above))
        return Piece(text, Level.MARKED if indices or name.layer else Level.ATOM)

    def quotient(self, of: Piece, by: Piece) -> Piece:
        """(∂C)/(∂z_j^1)."""
        above, below = self.inside(of, Level.MARKED), self.inside(by, Level.MARKED)
        return Piece(f"(∂{above})/(∂{below})", Level.FRACTION)

    def over(self, above: str, below: Sequence[str]) -> str:
        """1/2, (above)/(below)."""
        return fraction(above, below)

    def summed_up(self, letters: Sequence[str], summand: str) -> str:
        """∑_k u."""
        return f"{summation(letters)} {summand}"

    def special(self, function: ScalarFunction, operands: Sequence[Piece]) -> Piece | None:
        """Powers, roots, bars, brackets, e^u."""
        name, first = function.name, operands[0]
        if name in ("square", "power", "root"):
            exponent = "2" if name == "square" else self.plain(function.parameters["p"])
            return Piece(self.inside(first, Level.ATOM) + script("^", exponent), Level.MARKED)
        if name == "raised":
            exponent = script("^", self.signed(operands[1]))
            return Piece(self.inside(first, Level.ATOM) + exponent, Level.MARKED)
        if name == "reciprocal":
            return Piece(fraction("1", [self.signed(first)]), Level.FRACTION)
        if name == "sqrt":
            return Piece(f"sqrt({self.signed(first)})", Level.MARKED)
        if name == "abs":
            return Piece(f"abs({self.signed(first)})", Level.ATOM)
        if name in ("equal", "greater"):
            sign = "=" if name == "equal" else ">"
            return Piece(
                self.bracket(self.signed(first), self.signed(operands[1]), sign), Level.ATOM
            )
        if name == "exp" and first.level >= Level.MARKED and "^" not in first.text[-8:]:
            return Piece("e" + script("^", self.signed(first)), Level.MARKED)
        return None

    def call(self, function: ScalarFunction, operands: Sequence[str]) -> Piece:
        """f(u), f(u; c) for a function with constants."""
        text = ", ".join(operands)
        if function.parameters:
            text += f"; {', '.join(map(self.plain, function.parameters.values()))}"
        return Piece(f"{called(function)} {self.group(text)}", Level.ATOM)

    def reduced(
        self, kind: str, over: tuple[str, ...], operand: Piece, condition: str = ""
    ) -> Piece:
        """Either max_i u or ln ∑_i e^u."""
        if kind == "logsumexp":
            total = f"{summation(over)} " if over else ""
            total += f"{condition} " if condition else ""
            power = script("^", self.signed(operand))
            return Piece(f"ln {total}e{power}", Level.PREFIX)
        if kind != "max":
            raise self.unknown(f"the reduction {kind}")
        if not over:
            return Piece(f"max {self.group(self.signed(operand))}", Level.ATOM)
        head = "max" + script("_", listed(over))
        return Piece(f"{head} {self.inside(operand, Level.PREFIX)}", Level.PREFIX)

    def softmax(self, operand: str, within: tuple[str, ...], of: tuple[str, ...] = ()) -> Piece:
        """Either op("softmax")_k (u_k) or op("softmax") (z)_k."""
        over, below = (script("_", listed(letters)) for letters in (within, of))
        text = f'op("softmax"){over} {self.group(operand)}{below}'
        return Piece(text, Level.MARKED if of else Level.ATOM)

    def share(self) -> str:
        """1/n, in a sentence."""
        return f"1\\/{letter_of(self.notation.size)}"

    def bracket(self, left: str, right: str, sign: str = "=") -> str:
        """[h = i + p]."""
        return f"[{left} {sign} {right}]"

    def transposed(self, piece: Piece) -> Piece:
        """(W^2)^⊤, W^([2] ⊤), x^⊤."""
        marked = RAISED.fullmatch(piece.text)
        if marked and not piece.negative:
            return Piece(f"{marked[1]}^({marked[2]} ⊤)", Level.MARKED)
        least = Level.ATOM if "^" in piece.text else Level.MARKED
        return Piece(f"{self.inside(piece, least)}^⊤", Level.MARKED)

    def hadamard(self, pieces: Sequence[Piece]) -> Piece:
        """U ⊙ V."""
        factors = [self.inside(piece, Level.MATRICES) for piece in pieces]
        return Piece(" ⊙ ".join(factors), Level.PRODUCT)

    def juxtaposed(self, pieces: Sequence[Piece]) -> Piece:
        """U thin V."""
        factors = [self.inside(piece, Level.FRACTION) for piece in pieces]
        return Piece(" thin ".join(factors), Level.MATRICES)

    def ones(self) -> Piece:
        """A bold 1."""
        return Piece("bold(1)", Level.ATOM)

    def norm_squared(self, piece: Piece) -> Piece:
        """norm(u)^2."""
        return Piece(f"norm({self.signed(piece)})^2", Level.MARKED)


def fraction(above: str, below: Sequence[str]) -> str:
    """1/2, (above)/(below)."""
    parts = (above, " thin ".join(below))
    return "/".join(part if part.isdecimal() or len(part) == 1 else f"({part})" for part in parts)


def script(sign: str, text: str) -> str:
    """What stands above or below, in parentheses unless it is a single sign."""
    if not text:
        return ""
    return f"{sign}{text}" if len(text) == 1 else f"{sign}({text})"


def place(layer: str) -> str:
    """The number of a layer, which may be l − 1 or stand in brackets; or a count."""
    return WORD.sub(lambda match: quoted(match[0]), layer.replace("−", "-"))


def listed(letters: Sequence[str]) -> str:
    """Indices below a sign."""
    return ", ".join(map(letter_of, letters))


def summation(letters: Sequence[str]) -> str:
    """∑ with its indices."""
    return "∑" + script("_", listed(letters))


def called(function: ScalarFunction) -> str:
    """The name of a function: σ', ln, op("softplus")."""
    written = function.symbol or function.name
    base = written.rstrip("′")
    primes = "'" * (len(written) - len(base))
    if base in OPERATORS:
        return base + primes
    if len(base) == 1 and not base.isascii() and settable(base):
        return base + primes
    return f"op({quoted(base)}){primes}"


def letter_of(letter: str) -> str:
    """An index letter."""
    base = letter.rstrip("′")
    return stem(base) + "'" * (len(letter) - len(base))


def stem(text: str) -> str:
    """A letter, or a name of several in italics."""
    return text if len(text) == 1 and settable(text) else f"italic({quoted(text)})"


def quoted(text: str) -> str:
    """A name as it is set, between quotation marks.

    Raises FormulaError for letters that the fonts inside Typst do not have.
    """
    for sign in text:
        if not settable(sign):
            raise FormulaError(
                f"{text!r} has the letter {sign!r}, which the fonts inside Typst do not have"
            )
    return string(text)


def string(text: str) -> str:
    """A text as Typst's strings have it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def settable(sign: str) -> bool:
    """Whether the fonts that Typst brings along have a sign: European letters and mathematics."""
    if sign.isascii():
        return sign.isprintable()
    return sign in PUNCTUATION or any(first <= sign <= last for first, last in ALPHABETS)
