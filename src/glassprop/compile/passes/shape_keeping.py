"""Rewriting that keeps the shape of formulas: a nested product stays in one piece.

The algebra of the language writes nested products out, (Σ δ W) a as Σ δ W a; a compiler wants to
see which part is a matrix product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.algebra import plus, same_operation, with_parts
from glassprop.formula.nodes import SELECTORS, Add, Contract, Factor, Node, Step, walk

Build = Callable[[Node, Sequence[Node]], Node]


def raw(node: Node, parts: Sequence[Node]) -> Node:
    """The same operation on other parts with the same axes, nothing tidied."""
    return same_operation(node, parts, node.graph) if parts else node


def flattened(node: Node, parts: Sequence[Node]) -> Node:
    """The same, with elementwise products and sums of terms written out: (u / n) v is u v / n."""
    if isinstance(node, Add):
        return plus(node.graph, parts)
    if not isinstance(node, Contract) or node.summed:
        return raw(node, parts)
    if not any(isinstance(part, Contract) for part in parts):
        return raw(node, parts)
    coefficient, factors = node.coefficient, list[Factor]()
    for factor in with_parts(node, parts):
        inner = factor.node
        if isinstance(inner, Contract) and not inner.summed and _covers(inner):
            names = dict(zip(inner.axes, factor.labels, strict=True))
            coefficient = coefficient * inner.coefficient
            factors += [Factor(f.node, tuple(names[k] for k in f.labels)) for f in inner.factors]
        else:
            factors.append(factor)
    return node.graph.contract(coefficient, factors, node.axes)


def _covers(product: Contract) -> bool:
    """Whether a product broadcasts nothing: each of its axes is an axis of a factor."""
    present = {label for factor in product.factors for label in factor.labels}
    return present >= set(product.axes) and not any(
        isinstance(factor.node, SELECTORS) for factor in product.factors
    )


def rewritten(root: Node, change: Callable[[Node], Node | None], build: Build = raw) -> Node:
    """The formula with each node, wholes first, replaced by what `change` gives (None: keep).

    What `change` gives is taken as it is.
    """
    done: dict[Node, Node] = {}
    stack: list[tuple[Node, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in done:
            continue
        if ready:
            parts = [done[part] for part in node.parts]
            same = all(part is old for part, old in zip(parts, node.parts, strict=True))
            done[node] = node if same else build(node, parts)
            continue
        changed = change(node)
        if changed is not None:
            done[node] = changed
        elif not node.parts:
            done[node] = node
        else:
            stack.append((node, True))
            stack.extend((part, False) for part in node.parts)
    return done[root]


def images(roots: Iterable[Node], change: Callable[[Node], Node | None]) -> dict[Node, Node]:
    """What each node becomes, parts first, where `change` gives another one (None: keep)."""
    done: dict[Node, Node] = {}
    for node in walk(roots):
        parts = [done[part] for part in node.parts]
        same = all(part is old for part, old in zip(parts, node.parts, strict=True))
        made = node if same else raw(node, parts)
        changed = change(made)
        done[node] = made if changed is None else changed
    return done


def parts_first(derivation: Derivation, change: Callable[[Node], Node | None]) -> Derivation:
    """A derivation with each node, parts first, replaced by what `change` gives (None: keep)."""
    done = images((step.formula for step in derivation.steps), change)
    return derivation.with_steps(
        [replace(step, formula=done[step.formula]) for step in derivation.steps]
    )


def uses(steps: Iterable[Step]) -> Counter[Node]:
    """How often each node is an operand, or a whole formula, in some steps."""
    count: Counter[Node] = Counter()
    roots = [step.formula for step in steps]
    for node in walk(roots):
        count.update(node.parts)
    count.update(roots)
    return count
