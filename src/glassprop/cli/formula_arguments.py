"""Formulas and points as they are typed: "(a+b)*(b+1)" and "a=2,b=1"."""

from __future__ import annotations

import math
import sys
import unicodedata
from pathlib import Path

import typer

from glassprop.chainrule.little_graph.paths import Evaluation, evaluate
from glassprop.chainrule.little_graph.scalars import derive_apart
from glassprop.cli.streams import tell
from glassprop.errors import FormulaError, nearest, shown
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Reduce, walk
from glassprop.formula.parse import names_in, parse
from glassprop.show.document.text_wrapping import wrap
from glassprop.show.pictures.picture import require_suffix
from glassprop.show.pictures.scalar_picture import draw
from glassprop.system.terminal import columns
from glassprop.train.model_file import check_writable


def graph(formula: str, wrt: str | None, at: str, output: Path | None) -> None:
    """Print the evaluation of a formula, or write its picture."""
    if output is not None:
        check_writable(require_suffix(output))
    evaluation = evaluated(formula, wrt, at)
    if output is None:
        width = columns(sys.maxsize)
        for line in str(evaluation).splitlines():
            typer.echo("\n".join(wrap(line, width, "", "      ")))
    else:
        draw(evaluation).save(output)
        tell(f"wrote {shown(output)}")


def evaluated(formula: str, wrt: str | None, at: str) -> Evaluation:
    """A formula at a point, differentiated with respect to some of its names, or to all.

    Raises:
        FormulaError: for what cannot be read, a name that the formula does not have, a missing
            value, or a point where it is not defined.
    """
    names = names_in(formula)
    inner = Graph()
    symbols = {name: inner.symbol(name, (), "variable") for name in names}
    root = parse(formula, inner, symbols)
    if not names:
        raise FormulaError(
            f"the formula {formula!r} has no names to differentiate with respect to; "
            "try '(a+b)*(b+1)'"
        )
    for node in walk([root]):
        if isinstance(node, Reduce):
            raise FormulaError(
                f"the formula {formula!r} uses softmax, logsumexp or max, which are for "
                "tensors; here names stand for numbers: write exp, log and maximum(a, b)"
            )
    chosen = [_read(name) for name in wrt.split(",")] if wrt is not None else list(names)
    values = read_point(at)
    for option, given in (("--wrt", chosen), ("--at", list(values))):
        for name in given:
            if name not in symbols:
                raise FormulaError(f"{option}: the formula has no {name!r}; {nearest(name, names)}")
    derivation = derive_apart(root, [symbols[name] for name in dict.fromkeys(chosen)])
    used = {symbol.name for symbol in (*derivation.givens, *derivation.gradients)}
    gone = set(names) - used  # as b is from a + 0·b
    needed = {name: value for name, value in values.items() if name not in gone}
    return evaluate(derivation, tuple(derivation.gradients), needed)


def _read(name: str) -> str:
    """A name as Python reads it in the formula: the sign µ of some keyboards is the letter μ."""
    return unicodedata.normalize("NFKC", name.strip())


def read_point(text: str) -> dict[str, float]:
    """The numbers in a text such as "a=2,b=1".

    Raises:
        FormulaError: for anything else.
    """
    values: dict[str, float] = {}
    for part in text.split(",") if text.strip() else []:
        name, equals, number = (piece.strip() for piece in part.partition("="))
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not (name and equals) or not math.isfinite(value):
            raise FormulaError(
                f"--at {part.strip()!r}: expected a name and a number with = between, as in a=2,b=1"
            )
        name = _read(name)
        if name in values:
            raise FormulaError(f"--at: {name} is given twice")
        values[name] = value
    return values
