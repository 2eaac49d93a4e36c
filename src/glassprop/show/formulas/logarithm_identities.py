"""The identities of logarithms that rewritings give as reasons, as each printer writes them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from glassprop.formula.functions.table import RECORDS
from glassprop.formula.graph import Graph
from glassprop.formula.parse import parse
from glassprop.show.formulas.printer import Printer


@lru_cache(maxsize=16)
def _identities(kind: type[Printer]) -> dict[str, str]:
    """By the text of an identity, "ln(1 − σ(z)) = −softplus(z)", what stands for it."""
    graph, printer = Graph(), kind()
    names = {"z": graph.symbol("z", (), "variable")}
    found: dict[str, str] = {}
    for record in RECORDS:
        for form in record.logarithms:
            left = printer.formula(parse(form.definition(record.name), graph, names))
            right = printer.formula(parse(form.formula, graph, names))
            found[form.identity] = f"{left} {printer.equals} {right}"
    left = printer.formula(parse("sigmoid(-z)", graph, names))
    right = printer.formula(parse("1 - sigmoid(z)", graph, names))
    found["σ(−z) = 1 − σ(z)"] = f"{left} {printer.equals} {right}"
    return found


def phrases_of(printer: Printer) -> Mapping[str, str]:
    """The formulas that stand in sentences of rules, in the notation of a printer.

    Plain text has none: sentences are written in its notation.
    """
    return {**_identities(type(printer)), **printer.phrases} if printer.phrases else {}
