"""The picture that goes with a page: the quantities of a derivation and what comes from what."""

from __future__ import annotations

from glassprop.chainrule.derivation import Derivation


def picture(derivation: Derivation) -> str:
    """An SVG element whose parts carry `data-q`; empty if there is none for this derivation."""
    return ""
