"""The few rewritings that a derivation makes, each named, explained and kept with its step.

They are what makes softmax with cross-entropy, and sigmoid with binary cross-entropy, both stable
and short: in either case ∂C/∂z = a − y falls out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from glassprop.formula.algebra import multiply_out, negative, plus, rewrite, times
from glassprop.formula.nodes import (
    Add,
    Const,
    Contract,
    Map,
    Node,
    Rewriting,
    Step,
    Symbol,
    symbols,
    walk,
)

Steps = Mapping[Symbol, Step]


def definition(node: Node, steps: Steps) -> Node:
    """What a name stands for, or the node itself."""
    while isinstance(node, Symbol) and node in steps:
        node = steps[node].formula
    return node


def _calls(node: Node, name: str) -> bool:
    return isinstance(node, Map) and node.function.name == name


def log_of_exp(node: Node, steps: Steps) -> Node | None:
    """The logarithm undoes the exponential: ln exp v = v."""
    if isinstance(node, Map) and _calls(node, "log"):
        inner = definition(node.operands[0], steps)
        if isinstance(inner, Map) and _calls(inner, "exp"):
            return inner.operands[0]
    return None


def log_of_sigmoid(node: Node, steps: Steps) -> Node | None:
    """Stable form of ln σ(z) = z − softplus(z)."""
    if isinstance(node, Map) and _calls(node, "log"):
        inner = definition(node.operands[0], steps)
        if isinstance(inner, Map) and _calls(inner, "sigmoid"):
            z = inner.operands[0]
            return plus(z.graph, [z, negative(z.graph.apply("softplus", z))])
    return None


def log_of_one_minus_sigmoid(node: Node, steps: Steps) -> Node | None:
    """Stable form of ln(1 − σ(z)) = −softplus(z)."""
    if not (isinstance(node, Map) and _calls(node, "log")):
        return None
    inner = node.operands[0]
    if not (isinstance(inner, Add) and len(inner.terms) == 2):
        return None
    one, minus = inner.terms if isinstance(inner.terms[0], Const) else inner.terms[::-1]
    if not (isinstance(one, Const) and one.value == 1 and isinstance(minus, Contract)):
        return None
    if minus.coefficient != -1 or len(minus.factors) != 1 or minus.summed:
        return None
    a = definition(minus.factors[0].node, steps)
    if isinstance(a, Map) and _calls(a, "sigmoid"):
        return negative(a.graph.apply("softplus", a.operands[0]))
    return None


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


def cancel(node: Node, steps: Steps) -> Node | None:
    """Products multiplied out where terms cancel."""
    if not (isinstance(node, Contract) and node.summed):
        return None
    opened = rewrite(node, lambda part: None if part is node else _opened(part))
    return opened if sum(1 for _ in walk([opened])) < sum(1 for _ in walk([node])) else None


def _opened(node: Node) -> Node | None:
    if isinstance(node, Contract) and not node.summed:
        return multiply_out(node)
    return None


Change = Callable[[Node, Steps], Node | None]
FORWARD: tuple[tuple[str, str, Change], ...] = (
    ("log of exp", "ln exp v = v, which also avoids taking the logarithm of 0", log_of_exp),
    (
        "log of sigmoid",
        "ln σ(z) = z − softplus(z), which also avoids taking the logarithm of 0",
        log_of_sigmoid,
    ),
    (
        "log of 1 − sigmoid",
        "ln(1 − σ(z)) = −softplus(z), which also avoids taking the logarithm of 0",
        log_of_one_minus_sigmoid,
    ),
)
AFTER_LOGARITHMS = ("cancel", "products are multiplied out and equal terms cancel", cancel)
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
    step, changed = _apply(step, FORWARD, steps)
    return _apply(step, (AFTER_LOGARITHMS,), steps)[0] if changed else step


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
    after = rewrite(step.formula, known.get)
    if after is step.formula:
        return replace(step, formula=rewrite(after, positive_first))
    called = set(symbols(after)) - set(symbols(step.formula))
    names = [symbol.name for symbol in symbols(after) if symbol in called]
    verb = "stands" if len(names) == 1 else "stand"
    mark = Rewriting("known by name", f"{', '.join(names)} {verb} for it already", step.formula)
    after = rewrite(after, positive_first)
    return replace(step, formula=after, rewrites=(*step.rewrites, mark))
