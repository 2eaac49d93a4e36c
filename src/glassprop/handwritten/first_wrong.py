"""Which quantity is the first that is wrong, by a repair or by what is there."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

import numpy as np

from glassprop.check.mutation.diagnosis import canonical, written
from glassprop.handwritten.execution.recorder import RETURN, STORE
from glassprop.handwritten.judging.alignment import Match
from glassprop.handwritten.judging.derivation_values import backward_order
from glassprop.handwritten.judging.judgement import Judgement
from glassprop.handwritten.judging.steps import trained
from glassprop.handwritten.reading.passes import Pass
from glassprop.handwritten.reading.trace import Trace
from glassprop.handwritten.repair.aim import Aim
from glassprop.handwritten.repair.edited_text import Edit
from glassprop.handwritten.repair.probes import parameter_changed
from glassprop.handwritten.repair.suspects import present

OF_ALL = {"replaced where it should be added", "added where it should be replaced", "alias"}
"""Kinds of mistakes in a sum over examples that come one by one."""


def parameters_of(made: Judgement) -> list[str]:
    """The names of the parameters of a network, the last layer's first."""
    count = len(made.reading.passes[0].layers)
    has = [layer.has_bias for layer in made.reading.passes[0].layers]
    return [
        name
        for k in range(count, 0, -1)
        for name in ([f"W{k}", f"b{k}"] if has[k - 1] else [f"W{k}"])
    ]


def first_by_repair(
    trace: Trace,
    made: Judgement,
    aim: Aim,
    last: Judgement,
    other: Aim,
    edit: Edit,
    there: Mapping[str, list[Match]],
    one_of_several: bool = False,
) -> tuple[str, list[str]]:
    """The first quantity that a repair changes, in the order of the backward pass.

    Args:
        trace: of the file.
        made: its judgement.
        aim: of that judgement.
        last: the judgement of the repaired file.
        other: the aim of that one.
        edit: the first change.
        there: which arrays of the file are which quantity.
        one_of_several: whether other changes have their part in what is right afterwards, so that
            only what this one's line gives is its own.
    """
    before, passes = aim.made, last.reading.passes
    same = [one for one in passes if _begins_alike(before, one)]
    after = min(same, key=lambda one: abs(one.start - before.start), default=before)
    for k, (one, two) in enumerate(zip(before.layers, after.layers, strict=False), 1):
        for name, u, v in ((f"z{k}", one.z, two.z), (f"a{k}", one.a, two.a)):
            if u.shape != v.shape or np.abs(u - v).max() > 1e-9 * max(np.abs(v).max(), 1e-300):
                delta = f"delta{k}"
                return name, [f"a{k}" if name[0] == "z" else f"z{k}", delta, "C"]
    fixed = present(last.reading.trace, other)
    now, then = _places(last.reading.trace, edit.line, other), _places(trace, edit.line, aim)
    names = _names(made)
    own = [name for name in names if name[1:] in made.found.wrong]
    if made.found.verdict == "update" and parameter_changed(trace, before, edit.statement):
        return "update", own
    for name in names:
        right = _factors([match for match in fixed.get(name, []) if match.place in now])
        was = _factors([match for match in there.get(name, []) if match.place in then])
        if right and not right & was:
            return name, _fair(name, edit)
    for name in () if one_of_several else names:
        if _factors(fixed.get(name, [])) - _factors(there.get(name, [])):
            return name, _fair(name, edit)
    of_all = edit.kind in OF_ALL and len(trained(aim.step)) > 1
    if own and (edit.kind == "regulariser" or made.l2 or of_all):
        return own[0], [*own[1:], "update"]
    return "update", own[:1]


def _begins_alike(one: Pass, other: Pass) -> bool:
    """Whether two forward passes have the same inputs, and the same parameters."""
    first = one.layers[0].inputs, other.layers[0].inputs
    pairs = [first, *((u.weights, v.weights) for u, v in zip(one.layers, other.layers))]  # noqa: B905
    return all(np.array_equal(u, v) for u, v in pairs)


def place_of(name: str, made: Judgement) -> int:
    """Where a quantity stands: those of the forward pass first, the update last."""
    names = _names(made)
    return names.index(name) if name in names else len(names) if name == "update" else -1


def _names(made: Judgement) -> list[str]:
    """The quantities of the backward pass in their order, without those of biases that are none."""
    own = {f"d{name}" for name in parameters_of(made)}
    order = backward_order(len(made.reading.passes[0].layers))
    return [name for name in order if name[:2] != "db" or name in own]


def _factors(matches: Sequence[Match]) -> set[float]:
    """The factors of matches, such as can be compared."""
    return {float(f"{match.factor:.6g}") for match in matches}


def _places(trace: Trace, line: int, aim: Aim) -> set[int]:
    """The arrays that the statement of a line gave, in a step of training."""
    until = min(aim.step.until + 5, len(trace.events))
    return {
        event.array
        for event in trace.events[aim.made.start : until]
        if event.kind in (STORE, RETURN) and getattr(trace.nodes[event.node], "lineno", 0) == line
    }


def _fair(name: str, edit: Edit) -> list[str]:
    """Names that are as fair for a quantity."""
    k = name.lstrip("deltaAWb")
    if name.startswith("delta"):
        return [f"dA{k}"]
    if name.startswith("dA"):
        return [f"delta{k}"]
    return ["update"] if edit.kind in ("order", "sign") else []


def first_by_values(made: Judgement, there: Mapping[str, list[Match]]) -> tuple[str, list[str]]:
    """The first quantity of the backward pass that is nowhere among what was computed."""
    wrong = set(made.found.wrong)
    if made.found.verdict == "update":
        return "update", [f"d{name}" for name in made.found.wrong[:1]]
    count = len(made.reading.passes[0].layers)
    for k in range(count, 0, -1):
        below = {name for name in wrong if int(name[1:]) <= k}
        if not there.get(f"delta{k}") and below:
            if there.get(f"dA{k}") or k == count:
                return f"delta{k}", [f"dA{k}"]
            return f"dA{k}", [f"delta{k}"]
        for name in (f"db{k}", f"dW{k}"):
            if name[1:] in wrong and not there.get(name):
                return name, ["update"]
    first = next((f"d{name}" for name in parameters_of(made) if name in wrong), "update")
    return first, ["update"]


def without_bias(made: Judgement, name: str) -> str:
    """The weights' name where a layer's biases are among them."""
    if name.startswith("db") and made.reading.passes[0].layers[int(name[2:]) - 1].in_weights:
        return f"dW{name[2:]}"
    return name


def variable_of(statement: ast.stmt | None) -> str:
    """What a statement puts its value under."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0])
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return ast.unparse(statement.target)
    return ""


def formula_of(made: Judgement, name: str) -> str:
    """The formula of a quantity, as the derivation has it."""
    steps = (one for one in made.derived.one.steps if canonical(one.name) == name)
    return next((written(one, one.formula) for one in steps), "")


def numbers(
    trace: Trace, since: int, repaired: Trace, then: int, line: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The first numbers that a line gives: theirs, and what they should be; () if they are equal.

    Args:
        trace: of the file.
        since: the time from which it is looked at.
        repaired: the trace of the repaired file.
        then: the time from which that is looked at.
        line: of the statement.
    """
    theirs, right = _stored(trace, line, since), _stored(repaired, line, then)
    return (theirs, right) if theirs and right and theirs != right else ((), ())


def _stored(trace: Trace, line: int, since: int) -> tuple[float, ...]:
    for event in trace.events[since:]:
        if event.kind == STORE and getattr(trace.nodes[event.node], "lineno", 0) == line:
            return tuple(float(v) for v in trace.arrays[event.array].ravel()[:4])
    return ()
