"""Little graphs of numbers: symbols to build them from, and a derivation with clean names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast

from glassprop.chainrule.derivation import Derivation
from glassprop.chainrule.little_graph.graph_copies import copy
from glassprop.chainrule.reverse_sweep import derive
from glassprop.chainrule.verify import verify
from glassprop.errors import FormulaError
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Node, Number, Symbol


def scalars(names: str) -> tuple[Symbol, ...]:
    """Make symbols of one new graph, as in `a, b = gp.scalars("a b")`.

    Names are separated by spaces or commas. There is always a tuple: `(a,) = scalars("a")`.

    Raises:
        FormulaError: if there is no name, a name twice, or one that cannot be a name.
    """
    if not isinstance(cast(object, names), str):
        raise FormulaError(f'scalars: expected names in one text, as in "a b", got {names!r}')
    listed = names.replace(",", " ").split()
    if not listed:
        raise FormulaError('scalars: expected at least one name, as in "a b"')
    twice = [name for name, count in Counter(listed).items() if count > 1]
    if twice:
        raise FormulaError(f"scalars: the name {twice[0]!r} is given twice")
    graph = Graph()
    return tuple(graph.symbol(name, (), "variable") for name in listed)


def derive_apart(cost: Node | Number, wrt: Symbol | Iterable[Symbol]) -> Derivation:
    """Differentiate a formula in a graph of its own, so that names are the same every time.

    The formula and its graph are left as they are. The symbols of the result have the names of
    the originals.

    Args:
        cost: a formula without axes, or a number.
        wrt: the symbol or symbols to differentiate with respect to.

    Raises:
        FormulaError: if the cost has a free index or is itself in `wrt`, or there is nothing to
            differentiate with respect to.
    """
    symbols = _symbols(wrt)
    root = symbols[0].graph.node(cost)
    for symbol in symbols:
        root.graph.node(symbol)
    made = copy([*symbols, root], Graph())
    return verify(derive(made[-1], [cast(Symbol, symbol) for symbol in made[:-1]]), "derive")


def _symbols(wrt: Symbol | Iterable[Symbol]) -> Sequence[Symbol]:
    listed: list[object] = [wrt] if isinstance(wrt, (Node, str)) else list(wrt)
    if not listed:
        raise FormulaError(
            "there is nothing to differentiate with respect to; give a symbol, as in wrt=b"
        )
    for symbol in listed:
        if isinstance(symbol, str):
            raise FormulaError(f"wrt={symbol!r} is a text; give the symbol itself, as in wrt=b")
        if not isinstance(symbol, Symbol):
            raise FormulaError(
                f"cannot differentiate with respect to {symbol!r}: expected a symbol, as made by "
                "scalars"
            )
    return cast(list[Symbol], listed)
