"""MathML in one line of characters, for those who cannot see it or whose browser cannot set it."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from glassprop.show.formulas.text import HIGH, LOW, SUBSCRIPTS

SUPERSCRIPT = {**{chr(k): chr(v) for k, v in HIGH.items()}, "−": "⁻", "′": "′", "T": "ᵀ"}
SUBSCRIPT = {**{chr(k): chr(v) for k, v in LOW.items()}, **SUBSCRIPTS, ",": ","}
SPACED = frozenset("+−=←·⊙")
SILENT = str.maketrans({"\u2061": "", "\u2062": " ", "\u00a0": " "})


def plain(mathml: str) -> str:
    """A formula as one would type it: δ¹ⱼ = (Σₖ W²ₖⱼ δ²ₖ) σ′(z¹ⱼ)."""
    root = ElementTree.fromstring(f"<math>{mathml}</math>")
    return " ".join(_text(root).split())


def _text(element: Element) -> str:
    """Innermost first, without recursion: formulas may be deep."""
    made: dict[Element, str] = {}
    waiting = [(element, False)]
    while waiting:
        part, ready = waiting.pop()
        if ready:
            made[part] = _joined(part, [made.pop(child) for child in part])
        else:
            waiting.append((part, True))
            waiting += [(child, False) for child in part]
    return made[element]


def _joined(element: Element, parts: list[str]) -> str:
    own = (element.text or "").translate(SILENT)
    match element.tag:
        case "mo":
            spaced = own in SPACED and element.get("form") != "prefix"
            return f" {own} " if spaced else f"{own} " if own in (",", ";") else own
        case "mspace":
            return " "
        case "mfrac":
            above, below = map(_held, parts)
            return f"{above}/{below}"
        case "msqrt":
            return f"√({''.join(parts)})"
        case "msub" | "munder":
            return parts[0] + _lowered(parts[1]) + " " * (element.tag == "munder")
        case "msup":
            return parts[0] + _raised(parts[1])
        case "msubsup":
            return parts[0] + _raised(parts[2]) + _lowered(parts[1])
        case "mtr":
            return ", ".join(parts) + "; "
        case _:
            return own + "".join(parts)


def _held(text: str) -> str:
    """A part of a quotient, in parentheses where it would not hold together."""
    inner = text.strip()
    return f"({inner})" if " " in inner else inner


def _raised(text: str) -> str:
    signs = text.strip()
    if all(sign in SUPERSCRIPT for sign in signs):
        return "".join(SUPERSCRIPT[sign] for sign in signs)
    return f"^({signs})"


def _lowered(text: str) -> str:
    signs = text.replace(" ", "")
    if all(sign in SUBSCRIPT for sign in signs):
        return "".join(SUBSCRIPT[sign] for sign in signs)
    return f"_{{{signs}}}"
