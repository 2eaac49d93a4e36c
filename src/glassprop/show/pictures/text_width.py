"""How wide text is, without a font: as wide as in the widest of the usual sans-serif fonts.

The figures are those of DejaVu Sans, rounded up; Segoe UI, Roboto and Arial are narrower.
"""

from __future__ import annotations

import re
import unicodedata

_GROUPS = {
    0.35: " ijl.,:;'|·′",
    0.42: '()[]ftrI/-"',
    0.43: "⁰¹²³⁴⁵⁶⁷⁸⁹⁻₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓₐₑₕ",
    0.58: "ckszLFTJy∂",
    0.65: "abdeghnopquvxESPZ0123456789*√σδθαβγλμεφΣ",
    0.80: "ABCDGHKNOQRUVXYw",
    0.66: "{}",
    0.86: "+=<>−×→←≈≤≥Δ",
    1.02: "mMW…⋮%@½_",
}
_EMS = {character: ems for ems, group in _GROUPS.items() for character in group}
_BOLD = 1.15


def ems(character: str) -> float:
    """The width of a character in units of the font size."""
    known = _EMS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0.0
    return 2.0 if unicodedata.east_asian_width(character) in "WF" else 1.05


def text_width(text: str, size: float, bold: bool = False) -> float:
    """At least the width of a line of text in pixels."""
    return size * sum(map(ems, text)) * (_BOLD if bold else 1.0)


def fold(text: str, size: float, room: float, bold: bool = False) -> list[str]:
    """Lines of a text that fit into the room; broken before operators and at other spaces.

    Words that do not fit are broken as well.
    """
    lines = [""]
    for word in re.findall(r"(?:[-+−·→=≈×/] )?\S+", text):
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if text_width(longer, size, bold) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for character in word:
            if lines[-1] and text_width(lines[-1] + character, size, bold) > room:
                lines.append("")
            lines[-1] += character
    return lines
