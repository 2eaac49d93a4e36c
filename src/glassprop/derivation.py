"""Derivations as users have them: sequences of steps that print themselves and save themselves."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

from glassprop.chainrule import derivation as inner_derivation
from glassprop.chainrule.little_graph.paths import Evaluation, evaluate
from glassprop.chainrule.little_graph.scalars import derive_apart
from glassprop.chainrule.mini_batch import lift
from glassprop.errors import FormulaError
from glassprop.formula.nodes import Node, Step, Symbol
from glassprop.models.update_rules import SGD, UpdateRule, check_rule
from glassprop.show.document.files import DocumentError, write
from glassprop.show.document.text_wrapping import WIDTH
from glassprop.show.notation.notation import Notation, find_notation
from glassprop.show.outline.code_lines import Lines, lines
from glassprop.show.save import format_of
from glassprop.show.writers.terminal_table import NARROWEST, WIDEST, table
from glassprop.show.writers.terminal_table import WIDTH as SCREEN
from glassprop.system.paths import path_of
from glassprop.system.terminal import columns

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.text import Text

    from glassprop.show.comparison.comparison import Diff
    from glassprop.show.pictures.picture import Picture


class Derivation(Sequence[Step]):
    """The steps from formulas to gradients, in the order in which they can be computed.

    Prints as a table of formulas, shapes and NumPy lines with short reasons; `explain` and `save`
    give every step with all of its reasons.

    Attributes:
        inner: the derivation as the calculus has it.
        dtype: the number type of the NumPy lines.
        rule: by which the parameters follow their gradients, as documents state it.
    """

    def __init__(
        self,
        inner: inner_derivation.Derivation,
        dtype: str = "float64",
        example: inner_derivation.Derivation | None = None,
        rule: type[UpdateRule] = SGD,
    ) -> None:
        self.inner, self.dtype, self.rule = inner, dtype, rule
        self._example = inner if example is None else example

    # -- a sequence of steps

    def __len__(self) -> int:
        return len(self.inner)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.inner)

    @overload
    def __getitem__(self, index: int | str) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...
    def __getitem__(self, index: int | str | slice) -> Step | tuple[Step, ...]:
        """A step by its place or by its name, as in `derivation["delta2"]`.

        Raises:
            FormulaError: for a name that no step has, with the nearest one.
            IndexError: for a place that is not there.
        """
        return self.inner.steps[index] if isinstance(index, slice) else self.inner[index]

    def __contains__(self, value: object) -> bool:
        """Whether a step, or a step of this name, is in the derivation."""
        return value in (self.inner.steps if isinstance(value, Step) else self.inner)

    # -- printing

    def __str__(self) -> str:
        return self.table()

    def table(self, width: int | None = None, notation: str | Notation = "nielsen") -> str:
        """Formulas, shapes, NumPy lines and short reasons on one screen.

        Args:
            width: the longest line, at least 60; else that of the terminal up to 120, or 100.
            notation: "nielsen", "ng", "cs231n", "goodfellow", or a `Notation`.

        Raises:
            FormulaError: for an unknown notation.
        """
        width = max(width or min(columns(SCREEN), WIDEST), NARROWEST)
        return table(self.inner, self._lines, width, find_notation(notation))

    def __repr__(self) -> str:
        wrt = ", ".join(symbol.name for symbol in self.inner.gradients)
        steps = f"{len(self)} steps"
        return f"<derivation of {self.inner.cost.name} with respect to {wrt}: {steps}>"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """The table in colours and as wide as the terminal, where `rich.print` writes to one."""
        from glassprop.show.writers.terminal_colours import coloured

        width = min(options.max_width, WIDEST) if console.is_terminal else SCREEN
        yield coloured(self.table(width))

    def _repr_html_(self) -> str:
        """The table in a notebook."""
        from glassprop.show.jupyter import derivation_html

        return derivation_html(self.inner, self._lines)

    def _repr_latex_(self) -> str:
        """The equations in a notebook that shows no HTML."""
        from glassprop.show.jupyter import derivation_latex

        return derivation_latex(self.inner, self._lines)

    def explain(
        self,
        width: int | None = None,
        notation: str | Notation = "nielsen",
        trace: Mapping[str, Any] | None = None,
    ) -> str:
        """Every step with its meaning, forms, reasons, rewritings and NumPy line, as text.

        Args:
            width: the longest line; else that of the terminal up to 92, or 92.
            notation: "nielsen", "ng", "cs231n", "goodfellow", or a `Notation`.
            trace: what `net.trace(x, y)` gives, to put its numbers into the formulas.

        Raises:
            FormulaError: for an unknown notation, or a trace that lacks a quantity.
        """
        from glassprop.show.writers.plain_text import PlainDocument

        width, found = width or min(columns(WIDTH), WIDTH), find_notation(notation)
        return PlainDocument(self.inner, self._lines, found, trace, width).text()

    def update(self, width: int | None = None, notation: str | Notation = "nielsen") -> str:
        """How parameters follow their gradients, by the update rule, as text.

        Raises:
            FormulaError: for an unknown notation.
        """
        from glassprop.show.document.parameter_update import update
        from glassprop.show.writers.plain_text import PlainDocument

        width, found = width or min(columns(WIDTH), WIDTH), find_notation(notation)
        return "\n".join(update(PlainDocument(self.inner, self._lines, found, None, width)))

    def save(
        self,
        path: str | os.PathLike[str],
        notation: str | Notation = "nielsen",
        trace: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the derivation in full; the suffix names the format.

        Args:
            path: a name that ends in .txt, .md, .tex, .typ, .pdf or .html.
            notation: "nielsen", "ng", "cs231n", "goodfellow", or a `Notation`.
            trace: what `net.trace(x, y)` gives, to put its numbers into the formulas.

        Raises:
            DocumentError: for another suffix, or a path that cannot be written.
            FormulaError: for an unknown notation, or a trace that lacks a quantity.
        """
        target = path_of(path, DocumentError, "backprop.html")
        make, found = format_of(target), find_notation(notation)
        write(target, make(self.inner, self._lines, found, trace))

    @property
    def passing(self) -> frozenset[str]:
        """Names of the steps that the printed table writes out where they are used."""
        gradients = self._lines.gradients
        backward = (step.name for step in self if step.kind == "backward")
        return frozenset(name for name in backward if gradients and name not in gradients)

    @cached_property
    def _lines(self) -> Lines:
        return replace(lines(self._example, self.dtype), rule=self.rule)

    # -- what else can be done with it

    def lift(self) -> Derivation:
        """The same for a mini-batch of n examples, whose cost is their mean.

        Raises:
            FormulaError: if it is stated for n examples already.
        """
        return Derivation(lift(self.inner), self.dtype, self._example, self.rule)

    def with_rule(self, optimizer: UpdateRule) -> Derivation:
        """The same for documents that state another update rule, such as `gp.Adam()`.

        Raises:
            NetworkError: for what is not an update rule.
        """
        return Derivation(self.inner, self.dtype, self._example, check_rule(optimizer).kind)

    def evaluate(self, **values: Any) -> Evaluation:
        """Put numbers into a derivation of numbers: values, paths, forward and reverse mode.

        Raises:
            FormulaError: for a missing or unknown name, a value that is not a finite number, a
                derivation of tensors, or a point where a step is not defined.
        """
        return evaluate(self.inner, tuple(self.inner.gradients), values)

    def picture(self, /, **values: Any) -> Picture:
        """Draw a derivation of numbers at a point, with its paths; a network without values.

        Example: `gp.derive((a + b) * (b + 1), b).picture(a=2, b=1).save("e.svg")`.

        Raises:
            FormulaError: as `evaluate` does, or for more quantities than a picture can hold.
        """
        from glassprop.show.pictures import network_picture, scalar_picture

        if not values and any(symbol.axes for symbol in self.inner.givens):
            return network_picture.draw(self.inner)
        return scalar_picture.draw(evaluate(self.inner, tuple(self.inner.gradients), values))


def derive(e: Node, wrt: Symbol | Iterable[Symbol]) -> Derivation:
    """Differentiate a formula with respect to one symbol or several, in named steps.

    Args:
        e: a formula without a free index, such as (a + b) * (b + 1).
        wrt: the symbol or symbols to differentiate with respect to.

    Raises:
        FormulaError: for what is not a formula or not a symbol, a formula with a free index, or a
            symbol of another graph.
    """
    if not isinstance(e, Node):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise FormulaError(
            f"derive: expected a formula made of symbols, got {_short(e)}; "
            'make symbols with gp.scalars("a b")'
        )
    try:
        symbols = (wrt,) if isinstance(wrt, (Node, str)) else tuple(wrt)
    except TypeError:
        raise FormulaError(
            f"derive: expected a symbol or several as wrt, got {_short(wrt)}; write wrt=b"
        ) from None
    for symbol in symbols:
        if isinstance(symbol, Symbol) and symbol.graph is not e.graph:
            raise FormulaError(
                f"derive: {symbol.name} is not a symbol of this formula; "
                "make all symbols of a formula together"
            )
    return Derivation(derive_apart(e, symbols))


def diff(a: Derivation, b: Derivation, labels: tuple[str, str] = ("A", "B")) -> Diff:
    """What changes from one derivation to another: which steps stay, change, come, go, and why.

    Prints side by side; `save` writes it as .html, .md or .txt.

    Args:
        a: a derivation, such as `net.derivation`, or something that has one.
        b: the derivation to compare it with.
        labels: what to call the two.

    Raises:
        FormulaError: for what is not a derivation and has none.
    """
    from glassprop.show.comparison.comparison import Diff

    found: list[Derivation] = []
    for name, value in (("a", a), ("b", b)):
        derivation = getattr(value, "derivation", value)
        if not isinstance(derivation, Derivation):
            raise FormulaError(
                f"diff: expected a derivation as {name}, such as net.derivation, got "
                f"{_short(value)}"
            )
        found.append(derivation)
    left, right = found
    return Diff(left.inner, right.inner, labels, (left.passing, right.passing))


def _short(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


if "IPython" in sys.modules:
    from glassprop.show.jupyter import register

    register()
