"""What the name of a quantity says: W2 is W of layer 2, dC_dW2 is ∂C/∂W², t1 is a number one."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass, replace
from typing import Literal

from glassprop.formula.nodes import Symbol

SPELLED = """
alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon
phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
"""
GREEK = dict(zip(SPELLED.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΥΦΨΩ", strict=True))

LayerStyle = Literal["superscript", "brackets", "parentheses", "subscript"]
"""Where the number of a layer stands: z², z^[2], z⁽²⁾ or z₂."""


@dataclass(frozen=True)
class Name:
    """A plain name: stem, layer number and count (subscript).

    Attributes:
        stem: the letters.
        layer: the number of the layer, or a text such as "l", "l−1" or "L".
        count: a number below.
        style: where the number of the layer stands.
        prefix: "d" for the derivative of the cost with respect to the quantity, as in dZ.
    """

    stem: str
    layer: str = ""
    count: str = ""
    style: LayerStyle = "superscript"
    prefix: str = ""

    @property
    def above(self) -> str:
        """What stands above the line: "", "2", "[2]" or "(2)"."""
        if not self.layer or self.style == "subscript":
            return ""
        left, right = {"brackets": "[]", "parentheses": "()"}.get(self.style, ("", ""))
        return f"{left}{self.layer}{right}"

    @property
    def below(self) -> str:
        """What stands below the line, before any index: "" or "2"."""
        return self.layer if self.style == "subscript" and self.layer else self.count


def capital(name: Name) -> Name:
    """The name of a mini-batch of a quantity: Z for z, Δ for δ, Net for net."""
    return replace(name, stem=name.stem[:1].upper() + name.stem[1:])


@dataclass(frozen=True)
class Quotient:
    """A derivative ∂of/∂by."""

    of: Symbol
    by: Symbol


def read_name(symbol: Symbol) -> Name | Quotient:
    """The parts of a symbol's name.

    A number at its end is a layer's for a tensor; for a number, and for temporary results, a count.
    """
    quotient = _quotient(symbol)
    if quotient is not None:
        return quotient
    match = re.fullmatch(r"(\w*[^\W\d_])(\d*)", symbol.name)
    if match is None:
        return Name(symbol.name)
    stem, digits = match.groups()
    if "_" in stem and digits:
        return Name(symbol.name)
    if stem in GREEK and not symbol.graph.taken(GREEK[stem] + digits):
        stem = GREEK[stem]
    if not set(digits) <= set(string.digits):
        return Name(symbol.name)
    temporary = stem == "t" and symbol.role == "step"
    if symbol.axes and not temporary:
        return Name(stem, layer=digits)
    return Name(stem, count=digits)


def _quotient(symbol: Symbol) -> Quotient | None:
    """The derivative that a step's name states, if both of its quantities are in the graph."""
    if symbol.role != "step" or not symbol.name.startswith("d"):
        return None
    for match in re.finditer("_d", symbol.name):
        of = symbol.graph.find(symbol.name[1 : match.start()])
        by = symbol.graph.find(symbol.name[match.end() :])
        if of is not None and by is not None and by.axes == symbol.axes:
            return Quotient(of, by)
    return None
