"""Which scalar functions a printer may name, and what their names stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from glassprop.errors import FormulaError
from glassprop.formula.algebra import tidy
from glassprop.formula.derivatives import by_output, expand
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.nodes import Map, Node, Symbol, walk

PLAIN = {"exp", "log", "square", "reciprocal", "sqrt", "power", "root", "raised", "abs", "maximum"}
PLAIN |= {"minimum", "floor", "sin", "cos", "tanh", "equal", "greater", "where"}
"""Functions whose notation everybody knows."""


def primitive(function: ScalarFunction) -> ScalarFunction:
    """The f of an f′; any other function itself."""
    while function.primitive is not None:
        function = function.primitive
    return function


def primes(function: ScalarFunction) -> int:
    """How often an f′ or f″ was differentiated; 0 for any other function."""
    count = 0
    while function.primitive is not None:
        function, count = function.primitive, count + 1
    return count


def require_known(function: ScalarFunction) -> None:
    """Raises FormulaError for a function that is neither in the table nor defined by one that is.

    A name alone says nothing to a reader.
    """
    base = primitive(function)
    known = FUNCTIONS.get(base.name)
    if (known is None or known.formula != base.formula) and definition(base) is None:
        raise FormulaError(
            f"no notation for the function {base.name!r}: it is not in the table of functions, "
            f"and its formula {base.formula!r} is not made of functions that are"
        )


@lru_cache(maxsize=256)
def definition(function: ScalarFunction) -> tuple[Symbol, ...] | None:
    """The operands with the formula as a step `f`, or None if its formula says nothing more."""
    graph = Graph()
    operands = tuple(graph.symbol(name, (), "variable") for name in function.operands)
    try:
        root = expand(function, operands)
    except FormulaError:
        return None
    inside = [node.function for node in walk([root]) if isinstance(node, Map)]
    if any(inner.key == function.key for inner in inside):
        return None
    return (*operands, graph.let("f", root))


def slope(function: ScalarFunction) -> Node | None:
    """The formula of f′ by the output a, or by the operand; None for two operands."""
    operand, *others = function.operands
    if others or not function.named_prime:
        return None
    graph = Graph()
    if function.output_form:
        return by_output(function, graph.symbol("a", (), "variable"))
    z = graph.symbol(operand, (), "variable")
    from_derivative = replace(function, name="derivative", formula=function.derivative[0])
    return tidy(expand(from_derivative, (z,)))


def sign_condition(node: Map, operand: Node) -> Node | None:
    """The u of a condition u > 0, which is H(u) elsewhere and [u > 0] as the condition of cases."""
    if node.function.name == "where" and operand is node.operands[0] and isinstance(operand, Map):
        return operand.operands[0] if operand.function.name == "step" else None
    return None


def functions_of(roots: Iterable[Node]) -> list[ScalarFunction]:
    """The functions in some formulas in order of appearance, f for f′; not H in conditions."""
    found: dict[tuple[object, ...], ScalarFunction] = {}
    roots = list(roots)
    elsewhere = set(roots)
    for node in walk(roots):
        cases = isinstance(node, Map) and node.function.name == "where"
        elsewhere |= set(node.parts[1:] if cases else node.parts)
    for node in walk(roots):
        if isinstance(node, Map) and (node.function.name != "step" or node in elsewhere):
            base = primitive(node.function)
            found.setdefault(base.key, base)
    return list(found.values())


def primes_of(roots: Iterable[Node]) -> frozenset[tuple[object, ...]]:
    """The keys of the functions f whose f′ is in some formulas by name."""
    maps = (node.function for node in walk(roots) if isinstance(node, Map))
    return frozenset(primitive(f).key for f in maps if f.primitive is not None)
