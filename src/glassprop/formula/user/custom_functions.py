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
from glassprop.formula.algebra import multiply_out
from glassprop.formula.axes import Axis
from glassprop.formula.canonical import canonical_number
from glassprop.formula.derivatives import derivative, transplant
from glassprop.formula.evaluate import evaluate
from glassprop.formula.functions.record import ScalarFunction
from glassprop.formula.functions.table import FUNCTIONS
from glassprop.formula.graph import Graph
from glassprop.formula.naming import require_name
from glassprop.formula.nodes import Add, Contract, Map, Node, Symbol, symbols, walk
from glassprop.formula.parse import REDUCTIONS
from glassprop.formula.refusals import ADVICE
from glassprop.formula.stability.exponential_identities import stabilised
from glassprop.formula.stability.limits_at_zero import with_limits_at_zero
from glassprop.formula.stability.scaled_exponentials import without_overflow
from glassprop.formula.text.write import to_text
from glassprop.formula.user.statement import Formula, Statement, spelled_out

EXAMPLE = "such as lambda z: z / (1 + gp.exp(-z))"
TRIALS = (0.0, 1.0, -1.0, 0.3, -0.3, 2.7, -2.7)


def scalar_function_from(
    name: str,
    formula: Formula,
    *,
    operand: str = "z",
    parameters: Mapping[str, float] | None = None,
    domain: tuple[float, float] = (-4.0, 4.0),
    range: tuple[float, float] = (-inf, inf),
    symbol: str = "",
    latex: str = "",
    about: str = "",
    whose: str = "",
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
        whose: what messages call it; by its name if it is empty.

    Raises FormulaError for a name that cannot be used, and for a formula that is not one: that
    gives an array, uses `if`, calls functions of NumPy or math, or is too long.
    """
    constants = {key: float(canonical_number(v)) for key, v in (parameters or {}).items()}
    _require_free(name, operand, constants)
    graph = Graph()
    z = graph.symbol("z", (), "variable")
    names = {key: graph.symbol(key, (), "hyper") for key in constants}
    example = f"a function of {', '.join(['z', *names])}, {EXAMPLE}"
    made = Statement(whose or name, example, graph, {operand: z}, names).made(formula)
    if not isinstance(formula, str):
        _try_out(whose or name, formula, made, constants)
    root = stabilised(made)
    apart = stabilised(without_overflow(root))
    if _largest_in(apart) == _largest_in(root):  # with the largest exponent taken out it is no help
        root = apart
    slope = with_limits_at_zero(without_overflow(stabilised(spelled_out(derivative(root, z)))))
    root = with_limits_at_zero(apart)
    kinks = _kinks(root, slope, z, constants)
    return ScalarFunction(
        name,
        formula=_written(whose or name, "it", root),
        derivative=(_written(whose or name, "its derivative", slope),),
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


def _largest_in(root: Node) -> int:
    """How many maxima there are in a formula."""
    return sum(isinstance(u, Map) and u.function.name == "maximum" for u in walk([root]))


def _require_free(name: str, operand: str, constants: Mapping[str, float]) -> None:
    for what in (name, operand, *constants):
        require_name(what)
    if name in FUNCTIONS or name in REDUCTIONS:
        raise FormulaError(f"there is a function {name!r} already; choose another name")
    if operand in constants or "z" in constants:
        raise FormulaError(f"{name}: the operand and a parameter have the same name; rename one")


def _written(whose: str, what: str, root: Node) -> str:
    try:
        return to_text(root)
    except FormulaError as error:
        raise FormulaError(f"{whose}: {what} cannot be written out: {error}") from error


def _try_out(
    whose: str, formula: Callable[..., object], made: Node, constants: Mapping[str, float]
) -> None:
    """Compare with the Python function on numbers: `z is 0` is silently false for a formula."""
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
                f"{whose}: at z = {value:g} the Python function gives {direct:g}, but the formula "
                f"that it states {found:g}; a formula cannot contain if, ==, is or random numbers; "
                f"{ADVICE}"
            )


def _kinks(
    root: Node, slope: Node, z: Symbol, constants: Mapping[str, float]
) -> dict[float, float]:
    """Where the derivative jumps at a number that is seen at once, and what is taken there.

    Seen at once are |a z + b|, max(a z + b, c) and the like, not kinks of functions of functions.
    """
    opened = multiply_out(root)
    lines = _lines(opened, z, constants)
    places: dict[float, None] = {}
    for node in walk([opened]):
        if not isinstance(node, Map) or not (len(node.operands) == 2 or node.function.kinks):
            continue
        found = [lines.get(u) for u in node.operands]
        if None in found:
            continue
        (steepness, offset), *other = cast("list[tuple[float, float]]", found)
        for other_steepness, other_offset in other:
            steepness, offset = steepness - other_steepness, offset - other_offset
        if steepness and math.isfinite(steepness) and math.isfinite(offset):
            places[0.0 - offset / steepness] = None
    near = np.array([[kink - 1e-6, kink, kink + 1e-6] for kink in places]).reshape(-1, 3)
    values = _along(slope, z, constants, near.ravel()).reshape(-1, 3)
    jumps = np.abs(values[:, 2] - values[:, 0]) > 1e-3
    kinks = {kink: float(v[1]) for kink, v, jump in zip(places, values, jumps, strict=True) if jump}
    return dict(sorted(kinks.items()))


def _lines(
    root: Node, z: Symbol, constants: Mapping[str, float]
) -> dict[Node, tuple[float, float]]:
    """The slope and the offset of every part of a formula that is of the form a z + b."""
    with np.errstate(all="ignore"):
        offsets = evaluate([root], {z.name: 0.0, **constants})
    slopes: dict[Node, float | None] = {}
    for node in walk([root]):
        slopes[node] = _slope(node, z, slopes, offsets)
    return {
        node: (slope, float(offsets[node])) for node, slope in slopes.items() if slope is not None
    }


def _slope(
    node: Node, z: Symbol, slopes: Mapping[Node, float | None], offsets: Mapping[Node, np.ndarray]
) -> float | None:
    """The slope of a formula that is of the form a z + b, by those of its parts."""
    if isinstance(node, Symbol):
        return 1.0 if node is z else None
    inner = [slopes[part] for part in node.parts]
    known = [slope for slope in inner if slope is not None]
    if len(known) < len(inner):
        return None
    if isinstance(node, Add):
        return math.fsum(known)
    rising = [place for place, slope in enumerate(known) if slope]
    if not rising:
        return 0.0
    if not isinstance(node, Contract) or len(rising) > 1:
        return None
    (place,) = rising
    rest = [float(offsets[part]) for k, part in enumerate(node.parts) if k != place]
    return math.prod([float(node.coefficient), known[place], *rest])


def _along(root: Node, z: Symbol, constants: Mapping[str, float], points: np.ndarray) -> np.ndarray:
    """The values of a formula of one number at many numbers."""
    if not points.size:
        return points
    graph = Graph()
    many = graph.symbol("z", (Axis("k", len(points)),))
    values: dict[Node, Node] = {z: many}
    values |= {s: graph.symbol(s.name) for s in symbols(root) if s is not z}
    made = transplant(root, graph, values)
    with np.errstate(all="ignore"):
        found = evaluate([made], {"z": points, **constants})[made]
    return np.broadcast_to(found, points.shape)
