"""Scalar functions that a user states: by a Python function of a formula, or by text.

The record that comes out is text, like those of the table: it can be saved, and rebuilt from its
name and its formula. Its derivative is worked out once, by the chain rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from math import inf
from typing import cast

import numpy as np

from glassprop.errors import FormulaError
from glassprop.formula.algebra import multiply_out, plus, rewrite
from glassprop.formula.calculus import derivative, expand, is_zero
from glassprop.formula.canonical import canonical_number
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.naming import require_name
from glassprop.formula.nodes import Const, Map, Node, Symbol, symbols, walk
from glassprop.formula.parse import REDUCTIONS, parse
from glassprop.formula.scalar import ScalarFunction
from glassprop.formula.scaled import without_overflow
from glassprop.formula.stable import stabilised
from glassprop.formula.text import to_text
from glassprop.formula.vanishing import with_limits_at_zero

ADVICE = "write it with + - * / ** and gp.exp, gp.log, gp.tanh, gp.maximum, gp.abs, gp.step, …"
TRIALS = (0.0, 1.0, -1.0, 0.3, -0.3, 2.7, -2.7)


def scalar_function_from(
    name: str,
    formula: str | Callable[..., object],
    *,
    operand: str = "z",
    parameters: Mapping[str, float] | None = None,
    domain: tuple[float, float] = (-4.0, 4.0),
    range: tuple[float, float] = (-inf, inf),
    symbol: str = "",
    latex: str = "",
    about: str = "",
) -> ScalarFunction:
    """A new scalar function, ready to be an activation: `("swish", lambda z: z / (1 + exp(-z)))`.

    The formula is rewritten so that it stays finite far from zero where its value does, and
    differentiated. The record states both in the operand z.

    Args:
        name: an identifier that no function of the table has.
        formula: a Python function of z, and of the parameters by name, made of arithmetic and the
            functions of `language`; or the same as text, such as "x / (1 + exp(-x))".
        operand: what the text calls z.
        parameters: constants by name with their values, as in {"beta": 1.5}.
        domain: an interval in which the function is defined, from which tests sample.
        range: an interval that holds all outputs, for costs that ask for one.
        symbol: how it is written in text.
        latex: how it is written in LaTeX.
        about: what it is, in a few words.

    Raises FormulaError for a name that cannot be used, and for a formula that is not one: that
    gives an array, uses `if`, or calls functions of NumPy or math.
    """
    constants = {key: float(canonical_number(v)) for key, v in (parameters or {}).items()}
    _require_free(name, operand, constants)
    graph = Graph()
    z = graph.symbol("z", (), "variable")
    names: dict[str, Node] = {key: graph.symbol(key, (), "hyper") for key in constants}
    if isinstance(formula, str):
        made = parse(formula, graph, {operand: z, **names})
    else:
        made = _called(name, formula, z, names)
        _try_out(name, formula, made, constants)
    root = stabilised(_spelled_out(made))
    slope = without_overflow(stabilised(_spelled_out(derivative(root, z))))
    root = with_limits_at_zero(without_overflow(root))
    kinks = _kinks(root, slope, z, constants)
    return ScalarFunction(
        name,
        formula=to_text(root),
        derivative=(to_text(slope),),
        symbol=symbol,
        latex=latex,
        named_prime=True,
        parameters=constants,
        domain=domain,
        range=range,
        kinks=tuple(kinks),
        convention=", ".join(f"{name}′({at:g}) = {value:g}" for at, value in kinks.items()),
        activation=True,
        about=about or f"given as {to_text(root)}",
    )


def _require_free(name: str, operand: str, constants: Mapping[str, float]) -> None:
    for what in (name, operand, *constants):
        require_name(what)
    if name in FUNCTIONS or name in REDUCTIONS:
        raise FormulaError(f"there is a function {name!r} already; choose another name")
    if operand in constants or "z" in constants:
        raise FormulaError(f"{name}: the operand and a parameter have the same name; rename one")


def _called(
    name: str, formula: Callable[..., object], z: Symbol, names: Mapping[str, Node]
) -> Node:
    """What a Python function gives for the symbol z."""
    try:
        made = formula(z, **names)
    except FormulaError as error:
        raise FormulaError(f"{name}: {error}") from error
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise FormulaError(f"{name} cannot be called on a formula ({reason}); {ADVICE}") from error
    if isinstance(made, Node):
        if made.graph is not z.graph:
            raise FormulaError(f"{name} uses symbols of another graph; it may use only z")
        known: set[Node] = {z, *names.values()}
        for found in symbols(made):
            if found not in known:
                raise FormulaError(f"{name} uses {found.name}; it may use only z and parameters")
        return made
    try:
        return z.graph.const(cast(float, made))
    except FormulaError:
        kind = type(made).__name__
        raise FormulaError(f"{name} gave a value of type {kind}, not a formula; {ADVICE}") from None


def _try_out(
    name: str, formula: Callable[..., object], made: Node, constants: Mapping[str, float]
) -> None:
    """Compare with the Python function on numbers: `z == 0` is silently false for a formula."""
    for value in TRIALS:
        try:
            direct = float(cast(float, formula(value, **constants)))
        except Exception:
            continue  # it takes formulas only, or is not defined here
        with np.errstate(all="ignore"):
            found = float(evaluate([made], {"z": value, **constants})[made])
        agree = math.isclose(direct, found, rel_tol=1e-6, abs_tol=1e-9)
        if math.isfinite(direct) and math.isfinite(found) and not agree:
            raise FormulaError(
                f"{name}({value:g}) is {direct:g} as a Python function, but the formula that it "
                f"gives has {found:g}; a formula cannot contain if, == or random numbers; {ADVICE}"
            )


def _spelled_out(root: Node) -> Node:
    """The formula in functions of the table alone."""

    def change(node: Node) -> Node | None:
        if isinstance(node, Map) and FUNCTIONS.get(node.function.name) is not node.function:
            known = FUNCTIONS.get(node.function.name)
            if known is None or known.formula != node.function.formula:
                return _spelled_out(expand(node.function, node.operands))
        return None

    return rewrite(root, change)


def _kinks(
    root: Node, slope: Node, z: Symbol, constants: Mapping[str, float]
) -> dict[float, float]:
    """Where the derivative jumps at a number that is seen at once, and what is taken there.

    Seen at once are |a z + b|, max(a z + b, c) and the like, not kinks of functions of functions.
    """
    found: dict[float, float] = {}
    for node in walk([root]):
        if not isinstance(node, Map):
            continue
        inner = node.operands[0]
        if len(node.operands) == 2:
            inner = plus(z.graph, [inner, -node.operands[1]])
        elif not node.function.kinks:
            continue
        steepness, offset = _line(multiply_out(inner), z)
        if not steepness:
            continue
        kink = 0.0 - offset / steepness
        with np.errstate(all="ignore"):
            before, at, after = (
                float(evaluate([slope], {"z": value, **constants})[slope])
                for value in (kink - 1e-6, kink, kink + 1e-6)
            )
        if abs(after - before) > 1e-3:
            found[kink] = at
    return dict(sorted(found.items()))


def _line(u: Node, z: Symbol) -> tuple[float, float]:
    """The slope and offset of a z + b, or (0, 0)."""
    slope = derivative(u, z)
    if not isinstance(slope, Const) or is_zero(slope):
        return 0.0, 0.0
    if set(symbols(u)) != {z}:
        return 0.0, 0.0
    return float(slope.value), float(evaluate([u], {"z": 0.0})[u])
