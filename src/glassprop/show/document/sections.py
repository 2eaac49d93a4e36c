"""The sections of a document beside its steps: the network, general layers, summary, program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from glassprop.formula.nodes import Add, Contract, Node, Step, Symbol, symbols
from glassprop.show.document.typesetting import Row, Typesetting
from glassprop.show.outline.code_lines import shape_of
from glassprop.show.outline.outline import givens
from glassprop.show.outline.repeated_layers import MOST, NUMBERED, Repeat, layer_of, ranges
from glassprop.show.sentences.sentences import Sentences

MOST_ROWS = 16
"""Equations and symbols up to which a list is printed whole."""
MOST_LINES = 120
"""Lines up to which a program is printed whole."""


@dataclass(frozen=True)
class Rule:
    """Equations for all layers of a range."""

    rows: tuple[Row, ...]
    range: str


# -- the network


def network(document: Typesetting) -> list[str]:
    """What is computed forwards, in as few formulas as say it, and what each symbol is."""
    told = document.told
    forward = [step for step in told.derivation.forward if step.symbol is not told.derivation.cost]
    parts = list(_stated(document, forward))
    head = ["symbol", "shape", "what it is"]
    return [*parts, document.table(head, list(_rows(document)))]


def _stated(document: Typesetting, steps: Sequence[Step]) -> Iterator[str]:
    """Repeated formulas once for a general layer, the others as they are."""
    repeated = [repeat for repeat in document.told.repeats if repeat.general in steps]
    members = {step for repeat in repeated for step in repeat.steps}
    for rule in general(document, repeated):
        yield document.equations(rule.rows)
        yield document.paragraph(f"{rule.range}.")
    single = [step for step in steps if step not in members]
    if single:
        yield document.equations([document.row(step) for step in single[:MOST_ROWS]])
    if len(single) > MOST_ROWS:
        yield document.paragraph(f"and {len(single) - MOST_ROWS} more formulas, see the steps.")


def general(document: Typesetting, repeated: Iterable[Repeat]) -> list[Rule]:
    """Formulas for a general layer l; those for the same layers together."""
    groups: dict[tuple[int, ...], list[Repeat]] = {}
    for repeat in repeated:
        groups.setdefault(repeat.layers, []).append(repeat)
    made: list[Rule] = []
    for group in groups.values():
        rows: list[Row] = []
        for repeat in group:
            printer = document.printer.relabelled(repeat.labels)
            rows.append(printer.equation(repeat.general, repeat.formula))
        started = [repeat for repeat in group if repeat.start]
        made.append(Rule(tuple(rows), layers_of(document, (started or group)[0])))
    return made


def layers_of(document: Typesetting, repeat: Repeat) -> str:
    """For which layers a formula holds: "for l from 1 to 100, with a⁰ = x"."""
    printer = document.printer
    letter = document.math(printer.index("l"))
    shown = [int(printer.notation.layer(str(layer))) for layer in repeat.layers]
    runs = [f"{a} to {b}" if b > a else str(a) for a, b in ranges(shown)]
    if len(runs) > MOST:
        runs = [*runs[:2], "…", runs[-1]]
    joined = runs[0] if len(runs) == 1 else f"{', '.join(runs[:-1])} and {runs[-1]}"
    sign = "from" if len(runs) == 1 and len(shown) > 1 else "="
    text = f"for {letter} {document.prose(f'{sign} {joined}')}"
    if repeat.start:
        given, stem = repeat.start
        number = repeat.number - 1
        before = given.graph.find(f"{stem}{number}")
        if before is not None:
            zero = printer.notation.layer("0")
            name = printer.relabelled({str(number): zero}).name(before)
            text += f", with {document.math(f'{name} {printer.equals} {printer.name(given)}')}"
    return text


# -- the symbols


def _rows(document: Typesetting) -> Iterator[list[str]]:
    derivation = document.told.derivation
    errors = [step.symbol for step in derivation.backward if step.name.startswith("delta")]
    forward = [step.symbol for step in derivation.forward]
    listed = [*givens(derivation), *forward, *errors]
    meanings = {step.symbol: step.meaning for step in derivation.steps}
    for symbol in listed:
        if symbol not in meanings or not meanings[symbol]:
            meanings[symbol] = _role(symbol, derivation.forward)
    for group in _groups(listed, meanings):
        yield _row(document, group, meanings)
    if document.printer.penalty:
        strength = document.math(document.printer.strength().text)
        about = document.prose("strength of the L2 penalty, l2 = ")
        value = document.math(document.printer.plain(document.printer.penalty))
        yield [strength, "", f"{about}{value}"]
    if any(entry.line for entry in document.told.entries):
        size = document.printer.index(document.printer.notation.size)
        yield [document.math(size), "", "number of examples at once"]


def _groups(listed: Sequence[Symbol], meanings: Mapping[Symbol, str]) -> list[list[Symbol]]:
    """Symbols one by one, or together where more than MOST differ by their layers only."""
    groups: dict[tuple[str, str], list[Symbol]] = {}
    for symbol in listed:
        groups.setdefault(_family(symbol, meanings), []).append(symbol)
    made: list[list[Symbol]] = []
    for symbol in listed:
        group = groups[_family(symbol, meanings)]
        if len(group) <= MOST:
            made.append([symbol])
        elif symbol is group[0]:
            made.append(sorted(group, key=lambda s: layer_of(s) or 0))
    return made


def _family(symbol: Symbol, meanings: Mapping[Symbol, str]) -> tuple[str, str]:
    """What symbols that differ by their layers only have in common: a0, an input, is no a1."""
    match = NUMBERED.fullmatch(symbol.name)
    if match is None or not symbol.axes:
        return symbol.name, ""
    return match[1], meanings[symbol].removesuffix(match[2])


def _row(document: Typesetting, group: Sequence[Symbol], meanings: dict[Symbol, str]) -> list[str]:
    words = document.words
    first, last = group[0], group[-1]
    if len(group) == 1:
        meaning = words.sentence(meanings[first])
        return [
            words.name(first),
            document.prose(shape_of(document.printer.notation.shape(first))),
            meaning,
        ]
    number, end = str(layer_of(first)), str(layer_of(last))
    name = document.printer.relabelled({number: "l"}).name(first)
    shapes = list(
        dict.fromkeys(shape_of(document.printer.notation.shape(symbol)) for symbol in group)
    )
    letter = document.math(document.printer.index("l"))
    meaning = document.prose(meanings[first].removesuffix(number)) + letter
    if not meanings[first].endswith(number):
        meaning = words.sentence(meanings[first])
    low, high = (document.printer.notation.layer(text) for text in (number, end))
    shape = shapes[0] if len(shapes) == 1 else f"{shapes[0]} to {shapes[-1]}"
    layers = document.prose(f" = {low} to {high}")
    return [document.math(name), document.prose(shape), f"{meaning}, {letter}{layers}"]


def _role(symbol: Symbol, forward: Sequence[Step]) -> str:
    """What a given quantity is, by the place where it stands."""
    if symbol.role in ("input", "target"):
        return f"{symbol.role} of one example"
    if symbol.role != "parameter":
        return "given"
    layer = layer_of(symbol)
    where = "" if layer is None else f" of layer {layer}"
    for step in forward:
        if symbol not in symbols(step.formula):
            continue
        if isinstance(step.formula, Add):
            if any(term is symbol for term in step.formula.terms):
                return f"biases{where}"
            if any(_factor(term, symbol) for term in step.formula.terms):
                return f"weights{where}"
        return f"weights{where}" if _factor(step.formula, symbol) else f"parameter{where}"
    return "parameter"


def _factor(term: Node, symbol: Symbol) -> bool:
    if not isinstance(term, Contract) or not term.summed:
        return False
    return any(factor.node is symbol for factor in term.factors)


# -- what holds for every layer, backwards


def recursion(document: Typesetting, kind: str) -> list[str]:
    """The formulas that several layers share, with their reason, before the steps themselves."""
    repeated = [repeat for repeat in document.told.repeats if repeat.general.kind == kind]
    if not repeated:
        return []
    parts: list[str] = []
    for rule in general(document, repeated):
        parts += [document.equations(rule.rows), document.paragraph(f"{rule.range}.")]
    reasons: list[str] = []
    for repeat in repeated:
        printer = document.printer.relabelled(repeat.labels)
        words = Sentences(document.told.derivation, printer, document.math, document.prose)
        clauses = words.reasons(repeat.general)
        if clauses and repeat.general.name.startswith("delta"):
            reasons.append(clauses[0])
    lead = "In every layer the same happens:"
    parts.insert(0, document.paragraph(lead))
    if reasons:
        parts.append(document.paragraph(f"{reasons[0]}."))
    return [*parts, document.paragraph("Layer by layer:")]


# -- the program


def program(document: Typesetting) -> str:
    """The source that computes the gradients; of a long one the beginning and the end."""
    lines = document.told.source.splitlines()
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        gone = f"    # … {len(lines) - 2 * half} lines are left out here; all are in net.source()"
        lines = [*lines[:half], gone, *lines[-half:]]
    return document.code("\n".join(lines))
