"""The few rewritings that a derivation makes, each named, explained and kept with its step.

They are what makes softmax with cross-entropy, and sigmoid with binary cross-entropy, both stable
and short: in either case ∂C/∂z = a − y falls out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import inf

from glassprop.chainrule.rewritings.quotients import log_of_quotient
from glassprop.formula.algebra import multiply_out, negative, plus, rewrite, times
from glassprop.formula.conditions import is_locally_constant
from glassprop.formula.functions.record import Logarithm, ScalarFunction
from glassprop.formula.functions.table import RECORDS
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Rewriting,
    Step,
    Symbol,
    is_call,
    symbols,
    walk,
)
from glassprop.formula.stability.logarithms import (
    Steps,
    log_odds,
    log_of_one_minus_softmax,
    logarithm,
)


def sum_of_probabilities(node: Node, steps: Steps) -> Node | None:
    """Σₖ yₖ = 1 for a target that is a probability vector."""
    if not isinstance(node, Contract):
        return None
    for place, factor in enumerate(node.factors):
        y = factor.node
        if not (isinstance(y, Symbol) and y.probability):
            continue
        others = [f for k, f in enumerate(node.factors) if k != place]
        label = factor.labels[-1]
        if label in node.axes or any(label in f.labels for f in others):
            continue
        if len(factor.labels) == 1:
            return times(node.graph, node.coefficient, others, node.axes)
    return None


def sigmoid_of_minus(node: Node, known: Mapping[Node, Symbol]) -> Node | None:
    """A sum in which σ(−z) = 1 − σ(z) makes terms cancel: (1 − y) σ(z) − y σ(−z) is σ(z) − y."""
    if not isinstance(node, Add):
        return None

    def change(part: Node) -> Node | None:
        if is_call(part, "sigmoid"):
            value = known.get(part.graph.apply("sigmoid", negative(part.operands[0])))
            return None if value is None else 1 - value
        return None

    after = rewrite(node, change)
    if after is node:
        return None
    after = multiply_out(rewrite(after, known.get))
    return after if sum(1 for _ in walk([after])) < sum(1 for _ in walk([node])) else None


def sigmoid_of_log_odds(node: Node, known: Mapping[Node, Symbol]) -> Node | None:
    """The sigmoid of the log odds of a softmax that has a name is that softmax."""
    if is_call(node, "sigmoid"):
        for formula, symbol in known.items():
            if log_odds(formula) is node.operands[0]:
                return symbol
    return None


def signs(node: Node) -> Node | None:
    """−(−u − v) as u + v."""
    if not (isinstance(node, Contract) and node.coefficient < 0):
        return None
    for place, factor in enumerate(node.factors):
        if isinstance(factor.node, Add) and all(_is_negative(u) for u in factor.node.terms):
            turned = plus(node.graph, [negative(term) for term in factor.node.terms])
            factors = list(node.factors)
            names = dict(zip(factor.node.axes, factor.labels, strict=True))
            factors[place] = Factor(turned, tuple(names[axis] for axis in turned.axes))
            return times(node.graph, -node.coefficient, factors, node.axes)
    return None


ODDS = "the sigmoid of the log odds of a softmax is that softmax"
KNOWN = "known by name"
OPPOSITE = "σ(−z) = 1 − σ(z), and equal terms cancel"
Change = Callable[[Node, Steps], Node | None]
AVOIDED = "which also avoids taking the logarithm of 0"


def _use(record: ScalarFunction, form: Logarithm) -> str:
    """What a logarithm by an identity is good for."""
    grows = form.offset and form.sign > 0 and record.range[1] == inf
    return "which also avoids overflow" if grows else AVOIDED


FORWARD: tuple[tuple[str, str, Change], ...] = (
    (
        "log of a quotient",
        "the logarithm of a quotient is the difference of the logarithms",
        log_of_quotient,
    ),
    *(
        (
            f"log of {form.of(record.name)}",
            f"{form.identity}, {_use(record, form)}",
            partial(logarithm, function=record, form=form),
        )
        for record in RECORDS
        for form in record.logarithms
    ),
    (
        "log of 1 − softmax",
        "1 − softmax is the sigmoid of the log odds with the other sign, and the logarithm of that "
        f"is −softplus of the log odds, {AVOIDED}",
        log_of_one_minus_softmax,
    ),
)
BACKWARD: tuple[tuple[str, str, Change], ...] = (
    (
        "probabilities sum to 1",
        "the target is a probability vector, so its entries sum to 1",
        sum_of_probabilities,
    ),
)


def _apply(
    step: Step, rules: tuple[tuple[str, str, Change], ...], steps: Steps
) -> tuple[Step, bool]:
    changed_any = False
    for name, reason, change in rules:
        after = rewrite(step.formula, lambda node, change=change: change(node, steps))
        if after is not step.formula:
            mark = Rewriting(name, reason, step.formula)
            step = replace(step, formula=after, rewrites=(*step.rewrites, mark))
            changed_any = True
    return step, changed_any


def rewrite_forward(step: Step, steps: Steps) -> Step:
    """The step with logarithms of exponentials and sigmoids resolved."""
    if not any(is_call(node, "log") for node in walk([step.formula])):
        return step
    step, changed = _apply(step, FORWARD, steps)
    if not changed:
        return step
    return replace(step, formula=rewrite(step.formula, signs))


def positive_first(node: Node) -> Node | None:
    """The order of a sum that a reader expects: a − y, not −y + a."""
    if not isinstance(node, Add) or not _is_negative(node.terms[0]):
        return None
    place = next((k for k, term in enumerate(node.terms) if not _is_negative(term)), None)
    if place is None:
        return None
    rest = [term for k, term in enumerate(node.terms) if k != place]
    return node.graph.add([node.terms[place], *rest])


def _is_negative(term: Node) -> bool:
    if isinstance(term, Const):
        return term.value < 0
    return isinstance(term, Contract) and term.coefficient < 0


def rewrite_backward(step: Step, steps: Steps, known: Mapping[Node, Symbol]) -> Step:
    """The step with Σ y = 1 used, and what has a name already called by it."""
    step, _ = _apply(step, BACKWARD, steps)
    if any(is_call(node, "sigmoid") for node in walk([step.formula])):
        named: tuple[tuple[str, str, Change], ...] = (
            ("sigmoid of log odds", ODDS, lambda node, _: sigmoid_of_log_odds(node, known)),
            ("sigmoid of −z", OPPOSITE, lambda node, _: sigmoid_of_minus(node, known)),
        )
        step, _ = _apply(step, named, steps)
    after = rewrite(step.formula, known.get)
    if after is step.formula:
        return replace(step, formula=_in_order(after))
    called = set(symbols(after)) - set(symbols(step.formula))
    names = [symbol.name for symbol in symbols(after) if symbol in called]
    verb = "stands" if len(names) == 1 else "stand"
    mark = Rewriting(KNOWN, f"{', '.join(names)} {verb} for it already", step.formula)
    return replace(step, formula=_in_order(after), rewrites=(*step.rewrites, mark))


def _in_order(root: Node) -> Node:
    """The formula with sums in the order that a reader expects, except within conditions.

    What is compared stands there as it was computed before: in another order it has other bits, and
    no entry would be equal to the largest.
    """
    conditions = [
        node
        for node in walk([root])
        if isinstance(node, Map) and is_locally_constant(node.function)
    ]
    kept = set(walk(conditions))
    return rewrite(root, lambda node: None if node in kept else positive_first(node))
