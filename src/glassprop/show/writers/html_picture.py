"""The picture that goes with a page: the quantities of a derivation and what comes from what."""

from __future__ import annotations

import re

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import FormulaError
from glassprop.show.notation.notation import Notation

NODE = re.compile(r'id="node-(\w+)"')


def picture(derivation: Derivation, notation: Notation) -> str:
    """An SVG element whose nodes carry `data-q`; empty if there is none for this derivation."""
    from glassprop.show.pictures.network_picture import layer_graph

    try:
        svg = layer_graph(derivation, notation)
    except FormulaError:  # more quantities than a picture can hold
        return ""
    return NODE.sub(r'id="node-\1" data-q="\1"', svg[svg.index("<svg") :])
