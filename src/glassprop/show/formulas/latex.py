r"""Formulas as LaTeX, for amsmath: \delta^{1}_{j} = \sum_{k} W^{2}_{kj} \delta^{2}_{k} \ldots."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from glassprop.errors import FormulaError
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Number
from glassprop.show.formulas.fractions import FractionPrinter
from glassprop.show.notation.function_names import primes, primitive
from glassprop.show.notation.precedence import Level, Piece
from glassprop.show.notation.quantity_names import GREEK, Name

SPELLED = {sign: name for name, sign in GREEK.items()}
LETTERS = {sign: f"{{\\{name}}}" for sign, name in SPELLED.items()}
LETTERS |= {"ς": r"{\varsigma}", "ο": r"\mathrm{o}", "Ο": r"\mathrm{O}"}
LETTERS |= {g: rf"\mathrm{{{k}}}" for g, k in zip("ΑΒΕΖΗΙΚΜΝΡΤΧ", "ABEZHIKMNPTX", strict=True)}
"""Greek letters, of which LaTeX has no commands for those that look like Latin ones."""
RUNS = re.compile("[\\x00-\\x7f]+|[\u00c0-\u017f]+|[^\\x00-\\x7f\u00c0-\u017f]+")
PHRASES = {
    "softmax(v)": r"\operatorname{softmax}(v)",
    "ln exp v = v": r"\ln e^{v} = v",
    "ln Σ exp v": r"\ln \sum e^{v}",
    "f′(v)": "f'(v)",
    "f(v)": "f(v)",
}
"""Formulas in the sentences of rules."""

RAISED = re.compile(r"(\\?\w+(?:\{\w+\})?)\^\{([\[(][^{}]*[\])])\}")
"""A letter with the number of its layer in brackets, after which nobody reads ⊤ as a power."""
TALL = (r"\frac", r"\sum", r"\left", r"\sqrt")


class LatexPrinter(FractionPrinter):
    """LaTeX for the mathematics of amsmath and amssymb."""

    minus, equals, becomes, times = "-", "=", r"\leftarrow", r" \cdot "
    gap, bar = r" \, ", r"\frac"
    phrases = PHRASES
    ellipsis = r"\ldots"
    differs = r"\ne"
    dots = r"\ldots \text{ (too long to be written out)}"

    def aside(self, text: str) -> str:
        """For a = f(z)."""
        return rf" \quad \text{{for }} {text}"

    def number(self, value: Number) -> str:
        """Exact; powers of ten for 1e-05; π by its name."""
        text = r"\pi" if value == math.pi else repr(value)
        if "e" not in text:
            return text
        mantissa, exponent = text.split("e")
        power = f"10^{{{int(exponent)}}}"
        return power if mantissa in ("1", "1.0") else rf"{{{mantissa} \cdot {power}}}"

    def group(self, text: str) -> str:
        """Parentheses, as tall as what is in them."""
        tall = any(mark in text for mark in TALL)
        return rf"\left({text}\right)" if tall else f"({text})"

    def index(self, letter: str) -> str:
        """The letter."""
        return letter_of(letter)

    def marked(self, name: Name, indices: tuple[str, ...]) -> Piece:
        """z^{1}_{j}, t_{1,j}."""
        letters = [letter_of(index) for index in indices]
        joined = "".join(letters) if all(len(k) == 1 for k in letters) else " ".join(letters)
        layer = name.below.replace("−", "-")
        below = ",".join(part for part in (layer, joined) if part)
        spelled = not name.stem.isascii()
        text = name.prefix + stem(name.stem) if spelled else stem(name.prefix + name.stem)
        text += f"^{{{name.above}}}".replace("−", "-") if name.above else ""
        text += f"_{{{below}}}" if below else ""
        return Piece(text, Level.MARKED if indices or name.layer else Level.ATOM)

    def quotient(self, of: Piece, by: Piece) -> Piece:
        r"""\frac{\partial C}{\partial z^{1}_{j}}."""
        above, below = self.inside(of, Level.MARKED), self.inside(by, Level.MARKED)
        return Piece(rf"\frac{{\partial {above}}}{{\partial {below}}}", Level.FRACTION)

    def over(self, above: str, below: Sequence[str]) -> str:
        r"""\frac{above}{below}."""
        return fraction(above, below)

    def summed_up(self, letters: Sequence[str], summand: str) -> str:
        r"""\sum_{k} u."""
        return rf"\sum_{{{','.join(map(letter_of, letters))}}} {summand}"

    def special(self, function: ScalarFunction, operands: Sequence[Piece]) -> Piece | None:
        """Powers, roots, bars, brackets, e^{u}."""
        name, first = function.name, operands[0]
        if name in ("square", "power", "root"):
            exponent = "2" if name == "square" else self.plain(function.parameters["p"])
            return Piece(f"{self.inside(first, Level.ATOM)}^{{{exponent}}}", Level.MARKED)
        if name == "raised":
            exponent = self.signed(operands[1])
            return Piece(f"{self.inside(first, Level.ATOM)}^{{{exponent}}}", Level.MARKED)
        if name == "reciprocal":
            return Piece(fraction("1", [self.signed(first)]), Level.FRACTION)
        if name == "sqrt":
            return Piece(rf"\sqrt{{{self.signed(first)}}}", Level.MARKED)
        if name == "abs":
            return Piece(rf"\left|{self.signed(first)}\right|", Level.ATOM)
        if name in ("equal", "greater"):
            sign = "=" if name == "equal" else ">"
            return Piece(
                self.bracket(self.signed(first), self.signed(operands[1]), sign), Level.ATOM
            )
        if name == "exp" and first.level >= Level.MARKED and "^{" not in first.text[-6:]:
            return Piece(f"e^{{{self.signed(first)}}}", Level.MARKED)
        return None

    def call(self, function: ScalarFunction, operands: Sequence[str]) -> Piece:
        """f(u), f(u; c) for a function with constants."""
        text = ", ".join(operands)
        if function.parameters:
            text += f"; {', '.join(map(self.plain, function.parameters.values()))}"
        return Piece(self.function(function) + self.group(text), Level.ATOM)

    def function(self, function: ScalarFunction) -> str:
        """The name of a function; of f′, that of f with a prime."""
        base = primitive(function)
        written = base.latex or rf"\operatorname{{{word(base.symbol or base.name)}}}"
        return written + "'" * primes(function)

    def reduced(
        self, kind: str, over: tuple[str, ...], operand: Piece, condition: str = ""
    ) -> Piece:
        r"""Either \max_{i} u or \ln \sum_{i} e^{u}."""
        letters = ",".join(map(letter_of, over))
        if kind == "logsumexp":
            total = rf"\sum_{{{letters}}} " if over else ""
            total += f"{condition} " if condition else ""
            return Piece(rf"\ln {total}e^{{{self.signed(operand)}}}", Level.PREFIX)
        if kind != "max":
            raise self.unknown(f"the reduction {kind}")
        if not over:
            return Piece(rf"\max({self.signed(operand)})", Level.ATOM)
        return Piece(rf"\max_{{{letters}}} {self.inside(operand, Level.PREFIX)}", Level.PREFIX)

    def softmax(self, operand: str, within: tuple[str, ...], of: tuple[str, ...] = ()) -> Piece:
        r"""Either \operatorname{softmax}_{k}(u_{k}) or \operatorname{softmax}(z)_{k}."""
        text = rf"\operatorname{{softmax}}{_below(within)}{self.group(operand)}{_below(of)}"
        return Piece(text, Level.MARKED if of else Level.ATOM)

    def share(self) -> str:
        """1/n, in a sentence."""
        return f"1/{letter_of(self.notation.size)}"

    def bracket(self, left: str, right: str, sign: str = "=") -> str:
        """[h = i + p]."""
        return f"[{left} {sign} {right}]"

    def transposed(self, piece: Piece) -> Piece:
        r"""(W^{2})^{\top}, W^{[2]\top}, x^{\top}."""
        text = self.inside(piece, Level.MARKED)
        marked = RAISED.fullmatch(text)
        if marked:
            return Piece(rf"{marked[1]}^{{{marked[2]}\top}}", Level.MARKED)
        text = self.group(text) if "^" in text and not text.endswith(")") else text
        return Piece(rf"{text}^{{\top}}", Level.MARKED)

    def hadamard(self, pieces: Sequence[Piece]) -> Piece:
        r"""U \odot V."""
        factors = [self.inside(piece, Level.MATRICES) for piece in pieces]
        return Piece(r" \odot ".join(factors), Level.PRODUCT)

    def juxtaposed(self, pieces: Sequence[Piece]) -> Piece:
        r"""U \, V."""
        factors = [self.inside(piece, Level.FRACTION) for piece in pieces]
        return Piece(r" \, ".join(factors), Level.MATRICES)

    def ones(self) -> Piece:
        r"""A bold 1."""
        return Piece(r"\mathbf{1}", Level.ATOM)

    def norm_squared(self, piece: Piece) -> Piece:
        r"""\lVert u \rVert^{2}."""
        return Piece(rf"\left\| {self.signed(piece)} \right\|^{{2}}", Level.MARKED)


def fraction(above: str, below: Sequence[str]) -> str:
    r"""\frac{above}{below}."""
    divisor = r" \, ".join(below)
    return rf"\frac{{{above}}}{{{divisor}}}"


def _below(letters: Sequence[str]) -> str:
    return f"_{{{','.join(map(letter_of, letters))}}}" if letters else ""


def letter_of(letter: str) -> str:
    """An index letter; Greek ones by their commands."""
    base = letter.rstrip("′")
    return stem(base) + "'" * (len(letter) - len(base))


def stem(text: str) -> str:
    """A name as LaTeX.

    Raises FormulaError for letters that a plain LaTeX document cannot set.
    """
    if text in SPELLED:
        return "\\" + SPELLED[text]
    if (len(text) == 1 or text.replace(",", "").isdecimal()) and text.isascii():
        return text
    made = _runs(text, r"\mathit", r"\textit")
    return made[0] if len(made) == 1 else f"{{{''.join(made)}}}"


def word(text: str) -> str:
    r"""The name of a function, upright, for \operatorname.

    Raises FormulaError for letters that a plain LaTeX document cannot set.
    """
    return "".join(_runs(text, "", r"\text"))


def _runs(text: str, plain: str, accented: str) -> list[str]:
    """A name in pieces of one alphabet each."""
    if any(map(_is_accented, text)) and not any(sign in LETTERS for sign in text):
        return [_run(text, accented, accented)]
    return [_run(match[0], plain, accented) for match in RUNS.finditer(text)]


def _is_accented(sign: str) -> bool:
    return "\u00c0" <= sign <= "\u017f"


def _run(text: str, plain: str, accented: str) -> str:
    """Letters of one alphabet."""
    if text.isascii():
        escaped = text.replace("_", r"\_")
        return f"{plain}{{{escaped}}}" if plain else escaped
    if all(sign.isascii() or _is_accented(sign) for sign in text):
        escaped = text.replace("_", r"\_")
        return f"{accented}{{{escaped}}}"
    if all(sign in LETTERS for sign in text):
        return "".join(map(LETTERS.__getitem__, text))
    raise FormulaError(
        f"the name {text!r} has letters that LaTeX cannot set; use Latin and Greek ones"
    )
