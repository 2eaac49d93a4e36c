"""The check that every derivation and every pass's product has to pass."""

from __future__ import annotations

from collections.abc import Collection

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.axes import spell
from glassprop.formula.nodes import (
    SELECTORS,
    Add,
    Contract,
    Map,
    Node,
    Reduce,
    Step,
    Symbol,
    mentioned,
    walk,
)


class InvalidProgram(Exception):  # noqa: N818 - it states a fact about the program
    """A derivation or program that breaks a rule of the language: a defect of glassprop itself."""


def verify(
    derivation: Derivation, stage: str, results: Collection[Symbol] | None = None
) -> Derivation:
    """The same derivation, if every name is bound once and before use, axes agree, all is used.

    Args:
        derivation: what to check.
        stage: the name of the pass that made it, for the message.
        results: what its steps are for; without it the cost, the outputs and the gradients.

    Raises:
        InvalidProgram: naming the stage, the step and the rule that is broken.
    """
    bound: set[Symbol] = set()
    names: set[str] = set()
    for step in derivation.steps:
        _step(step, bound, names, derivation, stage)
    if results is None:
        results = {derivation.cost, *derivation.outputs, *derivation.gradients.values()}
    wanted = set(results)
    for result in wanted:
        if result not in bound:
            raise InvalidProgram(f"{stage}: the result {result.name} is never computed")
    used = {symbol for step in derivation.steps for symbol in mentioned(step)} | wanted
    for step in derivation.steps:
        if step.kind != "update" and step.symbol not in used:
            raise InvalidProgram(f"{stage}: step {step.name} is used by nothing")
    return derivation


def _step(
    step: Step, bound: set[Symbol], names: set[str], derivation: Derivation, stage: str
) -> None:
    where = f"{stage}: step {step.name}"
    for node in walk([step.formula]):
        if node.graph is not derivation.graph:
            raise InvalidProgram(f"{where}: {node!r} is of another graph")
        if isinstance(node, Symbol):
            if node.role == "step" and node not in bound:
                raise InvalidProgram(f"{where} uses {node.name} before it is bound")
        else:
            _node(node, where)
    if set(step.symbol.axes) != set(step.formula.axes):
        raise InvalidProgram(
            f"{where} has {spell(step.symbol.axes)}, its formula {spell(step.formula.axes)}"
        )
    if step.kind == "update":
        if step.symbol.role not in ("parameter", "state"):
            raise InvalidProgram(f"{where}: only parameters and states are updated")
        return
    if step.symbol in bound or step.name in names:
        raise InvalidProgram(f"{where}: the name is bound twice")
    bound.add(step.symbol)
    names.add(step.name)


def _node(node: Node, where: str) -> None:
    if isinstance(node, Contract):
        for factor in node.factors:
            if [a.size for a in factor.labels] != [a.size for a in factor.node.axes]:
                raise InvalidProgram(f"{where}: labels of {factor.node!r} do not fit its axes")
            if len(set(factor.labels)) != len(factor.labels):
                raise InvalidProgram(f"{where}: {factor.node!r} has one label twice")
    elif any(isinstance(part, SELECTORS) for part in node.parts):
        raise InvalidProgram(f"{where}: a selector outside of a product")
    if isinstance(node, (Add, Map)):
        everything = {axis for part in node.parts for axis in part.axes}
        if set(node.axes) != everything:
            raise InvalidProgram(f"{where}: axes of {node!r} are not those of its parts")
    if isinstance(node, Reduce) and not set(node.over) <= set(node.operand.axes):
        raise InvalidProgram(f"{where}: {node!r} reduces over an axis that is not there")
