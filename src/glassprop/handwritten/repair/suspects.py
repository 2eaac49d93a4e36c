"""Where a mistake may be: which quantities are there, and what runs after the last right one."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from glassprop.handwritten.execution.recorder import VALUE
from glassprop.handwritten.judging.alignment import Match, aligned
from glassprop.handwritten.judging.judgement import Judgement
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.aim import Aim

COSTLY = re.compile(r"cost|loss|total|accura|logprob|history|metric|entropy", re.IGNORECASE)
GRADIENT = re.compile(r"grad|delta|prime|deriv|back|nabla|^d", re.IGNORECASE)
TWICE = ("wrong quantity", "index")
"""Kinds of mistakes by which two layers have equal biases; a wrong update may be another cause."""
STATEMENTS = 14
"""That are tried."""


def present(trace: Trace, aim: Aim) -> dict[str, list[Match]]:
    """Which arrays of a run are which quantity, in the wrong step."""
    one = aim.made
    seen = [
        (t, trace.events[t].array) for t in range(one.start, min(aim.step.until, len(trace.events)))
    ]
    places = {place: trace.arrays[place] for _, place in seen}
    wanted = {name: v for name, v in aim.quantities.items() if name[0] == "d"}
    return aligned(places, seen, wanted, aim.plain)


def last_right(trace: Trace, aim: Aim, wrong: Sequence[str]) -> int:
    """The time of the last quantity that is right before the first that is wrong."""
    there = present(trace, aim)
    one = aim.made
    since = one.end
    if _are_there(trace, aim, there):
        return max(there[f"d{name}"][0].time for name in aim.right)  # the update is wrong
    for k in range(len(one.layers), 0, -1):
        delta = there.get(f"delta{k}")
        if not delta:
            before = there.get(f"dA{k}")
            return before[0].time if before else since
        since = delta[0].time
        if any(name in wrong and not there.get(f"d{name}") for name in (f"b{k}", f"W{k}")):
            return since
    firsts = [there[f"delta{name[1:]}"][0].time for name in wrong if there.get(f"delta{name[1:]}")]
    return min(firsts, default=one.end)


def _are_there(trace: Trace, aim: Aim, there: Mapping[str, Sequence[Match]]) -> bool:
    """Whether all gradients have names, as multiples by one number."""
    events = trace.events[aim.made.start : aim.step.until]
    named = {event.array for event in events if event.kind != VALUE}
    factors = [
        [match.factor for match in there.get(f"d{name}", []) if match.place in named]
        for name in aim.right
    ]
    return any(
        all(any(abs(c - d) <= 1e-5 * abs(c) for d in ones) for ones in factors) for c in factors[0]
    )


def suspects(trace: Trace, judgement: Judgement, aim: Aim) -> Sequence[ast.stmt]:
    """Statements that may hold the mistake, the likeliest first."""
    one = aim.made
    since = last_right(trace, aim, judgement.found.wrong)
    until = min(aim.step.until + 5, len(trace.events))
    first: dict[ast.stmt, int] = {}
    for t in range(one.end + 1, until):
        statement = trace.statement(trace.events[t])
        if statement is not None and t >= since:
            first.setdefault(statement, t)
    earlier: dict[ast.stmt, int] = {}
    for t in range(one.end + 1, since):
        statement = trace.statement(trace.events[t])
        if statement is not None and statement not in first:
            earlier.setdefault(statement, t)
    kinds = (
        ast.Assign,
        ast.AugAssign,
        ast.AnnAssign,
        ast.Return,
        ast.Expr,
        ast.If,
        ast.For,
        ast.While,
    )
    ordered = sorted(first, key=lambda s: (_is_of_the_cost(trace, s), first[s]))
    ordered += sorted(earlier, key=lambda s: (_is_of_the_cost(trace, s), -earlier[s]))
    return [s for s in ordered if isinstance(s, kinds)][:STATEMENTS]


def _is_of_the_cost(trace: Trace, statement: ast.stmt) -> bool:
    """Whether a statement computes the cost, by its names: it is tried last."""
    function = trace.functions.get(statement)
    names = [getattr(function, "name", "")]
    targets = (
        statement.targets
        if isinstance(statement, ast.Assign)
        else [getattr(statement, "target", None)]
    )
    names += [ast.unparse(one) for one in targets if one is not None]
    own = [name for name in names if COSTLY.search(name)]
    return bool(own) and not any(GRADIENT.search(name) for name in names)


def oddity(judgement: Judgement) -> tuple[str, ...]:
    """The kinds of mistakes that explain a forward pass that nobody means; () for a usual one.

    A softmax over the examples, a hidden layer without an activation, a bias that is in two layers.
    """
    layers = judgement.reading.passes[0].layers
    if any(" over " in layer.activation for layer in layers):
        return ("wrong axis",)
    if "identity" in [layer.activation for layer in layers[:-1]]:
        return ("function missing", "wrong quantity")
    biases = [layer.bias for layer in judgement.reading.passes[-1].layers if layer.has_bias]
    twice = any(a.shape == b.shape and (a == b).all() for a, b in pairwise(biases))
    if twice or (0 < len(biases) < len(layers) and not any(layer.in_weights for layer in layers)):
        return TWICE
    return ()


def forward_statements(trace: Trace, aim: Aim) -> Sequence[ast.stmt]:
    """Statements of the forward pass, in their order."""
    one = aim.made
    found: dict[ast.stmt, None] = {}
    for t in range(max(one.start - 4, 0), one.end + 1):
        statement = trace.statement(trace.events[t])
        if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
            found[statement] = None
    return list(found)[-STATEMENTS:]
