"""Which formulas are surely positive, or at least not negative, whatever their symbols are."""

from __future__ import annotations

from glassprop.formula.nodes import Add, Const, Contract, Factor, Map, Node, Reduce, Symbol, walk

POSITIVE, NOT_NEGATIVE = 2, 1
"""Certain signs; 0 is for any other formula."""


def is_positive(root: Node) -> bool:
    """Whether a formula is surely greater than 0, also in floating-point numbers: u² + 10⁻⁵.

    Looks through the names of steps.
    """
    return _least(root) == POSITIVE


def is_not_negative(root: Node) -> bool:
    """Whether a formula is surely at least 0, as far as its signs say."""
    return _least(root) >= NOT_NEGATIVE


def _least(root: Node) -> int:
    done: dict[Node, int] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        below = _parts(node)
        if ready or not below:
            done[node] = _sign(node, [done.get(part, 0) for part in below])
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in below)
    return done[root]


def _parts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Symbol):
        step = node.graph.steps.get(node)
        return (step.formula,) if step is not None else ()
    return node.parts


def _sign(node: Node, parts: list[int]) -> int:
    if isinstance(node, Symbol):
        return POSITIVE if node.role == "size" else parts[0] if parts else 0
    if isinstance(node, Const):
        return POSITIVE if node.value > 0 else NOT_NEGATIVE if node.value == 0 else 0
    if isinstance(node, Add):
        return max(parts) if min(parts) else 0
    if isinstance(node, Contract):
        return NOT_NEGATIVE if node.coefficient >= 0 and _is_not_negative(node, parts) else 0
    if isinstance(node, Map):
        return _sign_of_call(node, parts)
    if isinstance(node, Reduce) and node.kind == "max":
        return parts[0]
    return 0


def _sign_of_call(node: Map, parts: list[int]) -> int:
    name = node.function.name
    if name == "where":
        return min(parts[1:])
    if name in ("maximum", "minimum"):
        return max(parts) if name == "maximum" else min(parts)
    if name == "reciprocal":
        return min(parts[0], NOT_NEGATIVE)
    if name == "sqrt" and parts[0] == POSITIVE:
        return POSITIVE
    if name == "power":
        even = node.function.parameters["p"] % 2 == 0
        return NOT_NEGATIVE if even or parts[0] else 0
    return NOT_NEGATIVE if node.function.range[0] >= 0 else 0


def _is_not_negative(node: Contract, parts: list[int]) -> bool:
    """Whether each factor is not negative, or stands twice."""
    odd: set[tuple[Node, tuple[object, ...]]] = set()
    for factor, sign in zip(node.factors, parts, strict=True):
        if not sign:
            odd ^= {_key(factor)}
    return not odd


def _key(factor: Factor) -> tuple[Node, tuple[object, ...]]:
    return factor.node, factor.labels


def steps_resolved(root: Node) -> dict[Node, Node]:
    """For each H(u) in a formula whose u is surely positive, the number 1."""
    return {
        node: node.graph.contract(1, (), node.axes)
        for node in walk([root])
        if isinstance(node, Map) and node.function.name == "step" and is_positive(node.operands[0])
    }
