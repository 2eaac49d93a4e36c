"""What the program calls the quantities of the formulas, where that is something else.

a1 in the NumPy is h⁽¹⁾ where the formulas have Goodfellow's letters, whose a⁽¹⁾ is z1 there.
"""

from __future__ import annotations

from collections.abc import Iterable

from glassprop.formula.nodes import Symbol
from glassprop.show.formulas.printer import Printer
from glassprop.show.notation.quantity_kinds import is_cost, of_data
from glassprop.show.notation.quantity_names import GREEK, Name, Quotient
from glassprop.show.sentences.sentences import Sentences

SPELLED = {sign: name for name, sign in GREEK.items()}


def program_names(words: Sentences, symbols: Iterable[Symbol]) -> list[str]:
    """Sentences on the names in the program, and on how its arrays lie."""
    printer, notation = words.printer, words.printer.notation
    shown: dict[tuple[str, str], str] = {}
    numbers: dict[tuple[str, str], int] = {}
    layered = False
    listed = [symbol for symbol in symbols if not is_cost(symbol)]
    for symbol in listed:
        if _same(printer, symbol):
            continue
        name = printer.called(symbol)
        stem = name.prefix + name.stem if isinstance(name, Name) else "∂"
        family = (symbol.name.rstrip("0123456789"), stem)
        text = f"{words.prose(symbol.name)} {words.prose('is')} {words.name(symbol)}"
        layered = layered or family in shown
        known = shown.get(family)
        if known is None or _number(symbol.name) < numbers[family]:
            shown[family], numbers[family] = text, _number(symbol.name)
    texts: list[str] = []
    if shown:
        more = words.prose(", and so on in every layer" if layered else "")
        texts.append(f"{', '.join(shown.values())}{more}")
    if notation.size != "n":
        texts.append(f"n {words.prose('is')} {words.math(printer.index(notation.size))}")
    made = [f"{words.prose('In the NumPy, ')}{'; '.join(texts)}."] if texts else []
    return made + _lying(words, listed)


def _lying(words: Sentences, listed: list[Symbol]) -> list[str]:
    """Which arrays of the program are the transposes of what the formulas have."""
    notation = words.printer.notation
    made: list[str] = []
    if notation.examples == "columns" and any(map(of_data, listed)):
        made.append(words.prose("Its arrays have an example in each row, not in each column."))
    turned = [s for s in listed if s.role == "parameter" and notation.axes(s) != s.axes]
    if turned:
        weights = (
            f"{words.prose(f'{turned[0].name}.T')} {words.prose('is')} {words.name(turned[0])}"
        )
        text = "Its weights and their gradients are the transposes of those in the formulas: "
        made.append(f"{words.prose(text)}{weights}.")
    return made


def _same(printer: Printer, symbol: Symbol) -> bool:
    """Whether a name in the program is read off the name in the formulas: z1 for z¹."""
    return symbol.name == _spelled(printer, symbol)


def _spelled(printer: Printer, symbol: Symbol) -> str:
    name = printer.called(symbol)
    if isinstance(name, Quotient):
        of = "C" if is_cost(name.of) else _spelled(printer, name.of)
        return f"d{of}_d{_spelled(printer, name.by)}"
    return name.prefix + SPELLED.get(name.stem, name.stem) + name.layer + name.count


def _digits(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]


def _number(name: str) -> int:
    return int(_digits(name) or 0)
