"""What is told of a derivation, in which order: sections of steps with all that belongs to them.

The documents (text, Markdown, LaTeX) set the same story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.algebra import substitute
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.nodes import Node, Reduce, Step, Symbol, symbols, walk
from glassprop.models.update_rules import SGD, UpdateRule
from glassprop.show.notation.function_names import functions_of, primes_of
from glassprop.show.outline.code_lines import Line, Lines
from glassprop.show.outline.repeated_layers import Repeat, left_out, repeats


@dataclass(frozen=True)
class Together:
    """A step with the steps written out that the program does without.

    Attributes:
        formula: the formula that results.
        where: the steps that are written out in it, nearest first.
        line: the NumPy that computes it.
    """

    formula: Node
    where: tuple[Step, ...]
    line: Line | None


@dataclass(frozen=True)
class Entry:
    """One step as it is told.

    Attributes:
        number: its number among all steps of this telling, from 1.
        step: the step.
        formula: the formula that is shown; steps that are not told are written out in it.
        where: the steps that are written out in the formula.
        line: the NumPy that computes it.
        together: the same with the steps before it written out, where the program does that.
        skipped: entries just before it that are left out, because they only repeat others.
        folded: whether it is not told, but written out where it is used.
    """

    number: int
    step: Step
    formula: Node
    where: tuple[Step, ...] = ()
    line: Line | None = None
    together: Together | None = None
    skipped: tuple[Entry, ...] = ()
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """Entries under a title."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Story:
    """A derivation, ready to be set.

    Attributes:
        derivation: what is told.
        sections: forward, cost, backward, gradients, update; those that there are.
        scalar: whether all quantities are plain numbers.
        functions: the functions that need a word of explanation.
        conventions: what is taken at kinks and ties.
        primes: keys of the functions whose derivative is called by name.
        repeats: the formulas that several layers share.
        source: the function of the program that computes the gradients.
        rule: by which the parameters follow their gradients.
        every: all entries, with those that are left out of the sections.
        numbers: the number of each step, also of those that are not told.
    """

    derivation: Derivation
    sections: tuple[Section, ...]
    scalar: bool
    functions: tuple[ScalarFunction, ...]
    conventions: tuple[str, ...]
    primes: frozenset[tuple[object, ...]] = frozenset()
    repeats: tuple[Repeat, ...] = ()
    source: str = ""
    every: tuple[Entry, ...] = ()
    rule: type[UpdateRule] = SGD
    numbers: Mapping[Symbol, int] = field(default_factory=dict[Symbol, int])

    @property
    def entries(self) -> list[Entry]:
        """All entries in order."""
        return [entry for section in self.sections for entry in section.entries]

    @property
    def parameters(self) -> list[Symbol]:
        """The parameters that the derivation has the gradients of."""
        return [symbol for symbol in self.derivation.gradients if symbol.role == "parameter"]

    @property
    def means(self) -> list[Step]:
        """The steps back that have the factor 1/n of the mean in their line."""
        return [e.step for e in self.entries if e.line and e.line.mean and e.step.wrt is not None]


TITLES = ("forward", "cost", "backward", "gradients", "update")


def story(derivation: Derivation, lines: Lines, fold: bool) -> Story:
    """Order the steps of a derivation.

    A step has the same number whether others are folded or not.

    Args:
        derivation: the steps.
        lines: their NumPy, if there is any.
        fold: whether to write out the steps that the emitted gradients do without.
    """
    used = [s for step in derivation.steps for s in (step.symbol, *symbols(step.formula))]
    scalar = not any(symbol.axes for symbol in used)
    inlines = bool(lines.gradients) and not scalar
    groups: dict[str, list[Entry]] = {}
    values: dict[Node, Node] = {}
    inlined: dict[Symbol, Step] = {}
    for step in derivation.steps:
        whole = substitute(step.formula, values) if values else step.formula
        gone = inlines and step.kind == "backward" and step.name not in lines.gradients
        if gone:
            values[step.symbol], inlined[step.symbol] = whole, step
        where = _where(step, inlined)
        if fold and inlines:
            entry = Entry(0, step, whole, where, lines.gradients.get(step.name), folded=gone)
        else:
            known = lines.gradients if step.symbol is derivation.cost else lines.trace
            entry = Entry(0, step, step.formula, (), known.get(step.name))
            if where and not gone:
                together = Together(whole, where, lines.gradients.get(step.name))
                entry = replace(entry, together=together)
        groups.setdefault(_title(step, derivation, scalar), []).append(entry)
    sections, numbers = _numbered(groups, scalar)
    roots = [step.formula for step in derivation.steps]
    functions = functions_of(roots)
    told = [entry for listed in groups.values() for entry in listed if not entry.folded]
    general = repeats(_whole(entry) for entry in told) if not scalar else []
    return Story(
        derivation,
        _in_order(sections),
        scalar,
        tuple(functions),
        _conventions(functions, roots),
        primes_of(roots),
        tuple(general),
        lines.source,
        tuple(told),
        lines.rule,
        numbers,
    )


def _in_order(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with lines that one can run from first to last.

    They are from several functions, each with temporary results of its own.
    """
    computed: dict[str, str] = {}
    made: list[Section] = []
    for section in sections:
        entries: list[Entry] = []
        for entry in section.entries:
            if entry.together and entry.together.line:
                line = entry.together.line.after(computed)
                entry = replace(entry, together=replace(entry.together, line=line))
            elif entry.line:
                entry = replace(entry, line=entry.line.after(computed))
            entries.append(entry)
        made.append(replace(section, entries=tuple(entries)))
    return tuple(made)


def _whole(entry: Entry) -> tuple[Step, Node]:
    return entry.step, entry.together.formula if entry.together else entry.formula


TIES = (
    "entries that tie for a maximum share its derivative equally, as in JAX (jnp.max) and "
    "PyTorch (amax)"
)


def _title(step: Step, derivation: Derivation, scalar: bool) -> str:
    if scalar:
        return "forward" if step.kind == "forward" else "backward"
    if step.kind == "gradient":
        return "gradients"
    if step.symbol is derivation.cost:
        return "cost"
    return step.kind


def _numbered(
    groups: Mapping[str, Sequence[Entry]], scalar: bool
) -> tuple[tuple[Section, ...], Mapping[Symbol, int]]:
    """The sections, with their entries counted, and without those that only repeat others."""
    numbers: dict[Symbol, int] = {}
    sections: list[Section] = []
    for title in TITLES:
        listed = groups.get(title, ())
        told = [(entry.step, entry.formula) for entry in listed if not entry.folded]
        gone = set() if scalar else left_out(told)
        entries: list[Entry] = []
        skipped: list[Entry] = []
        for entry in listed:
            numbers[entry.step.symbol] = len(numbers) + 1
            entry = replace(entry, number=len(numbers))
            if entry.step in gone:
                skipped.append(entry)
            elif not entry.folded:
                entries.append(replace(entry, skipped=tuple(skipped)))
                skipped = []
        if entries:
            sections.append(Section(title, tuple(entries)))
    return tuple(sections), numbers


def _where(step: Step, inlined: Mapping[Symbol, Step]) -> tuple[Step, ...]:
    """The steps that a formula is written out with, nearest first."""
    found: list[Step] = []
    waiting = [step]
    while waiting:
        for symbol in symbols(waiting.pop(0).formula):
            inner = inlined.get(symbol)
            if inner is not None and inner not in found:
                found.append(inner)
                waiting.append(inner)
    return tuple(found)


BRACKETS = ("equal", "greater")
"""Conditions in brackets: that their derivative is 0 needs no word."""


def _conventions(functions: Sequence[ScalarFunction], roots: Sequence[Node]) -> tuple[str, ...]:
    found = [f.convention for f in functions if f.convention and f.name not in BRACKETS]
    if any(isinstance(node, Reduce) and node.kind == "max" for node in walk(roots)):
        found.append(TIES)
    return tuple(dict.fromkeys(found))


def givens(derivation: Derivation) -> list[Symbol]:
    """What has to be given: inputs, targets, then parameters; not the number of examples."""
    listed = [symbol for symbol in derivation.givens if symbol.role != "size"]
    first = ("input", "target")
    return sorted(listed, key=lambda s: first.index(s.role) if s.role in first else len(first))


def sizes(symbol: Symbol, batch: str | None = None) -> tuple[int | str, ...]:
    """The shape of a quantity, for one example or for a mini-batch."""
    own = tuple(axis.size for axis in symbol.axes)
    of_data = symbol.role in ("input", "target") and batch not in own
    return (batch, *own) if batch and of_data else own
