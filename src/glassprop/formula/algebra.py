"""Building and tidying formulas: sums, products, renaming, substitution.

`times` and `plus` make one product of nested products and one sum of nested sums; that is all the
tidying there is. They look into formulas, never through a named step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from glassprop.errors import FormulaError
from glassprop.formula.axes import Axes, Axis, spell, union
from glassprop.formula.canonical import real_product, real_sum
from glassprop.formula.conditions import complement, is_condition
from glassprop.formula.node import AnyGraph
from glassprop.formula.nodes import (
    Add,
    Apart,
    Const,
    Contract,
    Factor,
    Map,
    Node,
    Number,
    OneHot,
    Reduce,
    Select,
    walk,
)

# -- what a user writes


def dot(*factors: Node, over: Axis | Iterable[Axis] = ()) -> Node:
    """The product of the factors summed over some axes: `dot(W, x, over=i)` is Σᵢ Wⱼᵢ xᵢ.

    Raises FormulaError if an axis to sum over is in none of the factors.
    """
    summed = _axes(over)
    everything = union((factor.axes for factor in factors), "dot")
    for axis in summed:
        if axis not in everything:
            raise FormulaError(
                f"dot sums over {axis.name}, which no factor has; they have {spell(everything)}"
            )
    kept = tuple(axis for axis in everything if axis not in summed)
    return factors[0].graph.contract(1, [Factor(u, u.axes) for u in factors], kept)


def total(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """The sum of the entries, over some axes or over all."""
    return dot(u, over=u.axes if over is None else over)


def mean(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """The mean of the entries, over some axes or over all."""
    axes = u.axes if over is None else _axes(over)
    result = total(u, axes)
    for axis in axes:
        result = result / u.graph.size(axis)
    return result


def size(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """The number of entries, along some axes or of all: `size(a)` is what `mean(a)` divides by."""
    lengths = [u.graph.size(axis) for axis in (u.axes if over is None else _axes(over))]
    return u.graph.multiply(1, lengths)


def largest(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """The largest entry along some axes or all; ties share the gradient equally."""
    return u.graph.reduce("max", u, u.axes if over is None else _axes(over))


def logsumexp(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """The value of ln Σ exp along some axes or all, computed without overflow."""
    return u.graph.reduce("logsumexp", u, u.axes if over is None else _axes(over))


def logsumexp_but_one(u: Node, axis: Axis) -> Node:
    """For each k along an axis ln Σ exp of the entries other than k: ln Σⱼ [k ≠ j] exp uⱼ."""
    other = axis.primed({found.name for found in u.axes})
    others = rename(u, {axis: other})
    rest = tuple(found for found in u.axes if found != axis)
    mask = fit_axes(u.graph.apart(axis, other), (*rest, axis, other))
    made = logsumexp(u.graph.add([mask, others]), other)
    return fit_axes(made, u.axes)


def softmax(u: Node, over: Axis | Iterable[Axis] | None = None) -> Node:
    """exp(u − ln Σ exp u): positive and summing to 1 along the axes."""
    return u.graph.apply("exp", u - logsumexp(u, over))


def where(condition: Node, u: Node | Number, v: Node | Number) -> Node:
    """The formula u where a condition holds, else v: `where(z > 0, z, exp(z) - 1)`.

    The one that does not hold does not count, in the value or in derivatives: it may be infinite or
    undefined there.

    Raises FormulaError unless the condition is made of comparisons: z > 0, z <= w, equal(z, w), and
    products of them (both hold).
    """
    if not is_condition(condition):
        raise FormulaError(
            "the first operand of where is a condition, such as z > 0 or equal(z, w); got "
            f"{condition!r}"
        )
    graph = condition.graph
    opposite = complement(condition)
    if opposite is not None:
        return graph.apply("where", opposite, graph.node(v), graph.node(u))
    return graph.apply("where", condition, graph.node(u), graph.node(v))


def rename(u: Node, names: Mapping[Axis, Axis]) -> Node:
    """The same tensor with some axes under other names (a transpose is a renaming).

    Raises FormulaError if an axis is missing, sizes differ, or a name would stand twice.
    """
    for old, new in names.items():
        if old not in u.axes:
            raise FormulaError(f"rename: {spell(u.axes)} has no axis {old.name}")
        if old.size != new.size:
            raise FormulaError(
                f"rename: {old.name} has size {old.size}, {new.name} has size {new.size}"
            )
    axes = tuple(names.get(axis, axis) for axis in u.axes)
    if len({axis.name for axis in axes}) != len(axes):
        raise FormulaError(f"rename gives {spell(axes)}: an axis twice")
    return u.graph.contract(1, [Factor(u, axes)], axes)


def _axes(over: Axis | Iterable[Axis]) -> Axes:
    return (over,) if isinstance(over, Axis) else tuple(over)


# -- tidying


WIDEST = 16
"""Products are written out up to this many factors: u ← u · u, k times over, would have 2ᵏ."""


def times(graph: AnyGraph, coefficient: Number, factors: Iterable[Factor], axes: Axes) -> Node:
    """A product with nested products written out: c · Σ (d · Σ u v) w = c d · Σ Σ u v w.

    A label summed over that no factor has any more counts as its size.
    """
    factors = list(factors)
    wanted = {label for factor in factors for label in factor.labels} - set(axes)
    taken = {label.name for factor in factors for label in factor.labels}
    taken |= {axis.name for axis in axes}
    flat: list[Factor] = []
    for factor in factors:
        inner = factor.node
        wide = isinstance(inner, Contract) and len(inner.factors) > 1
        if not isinstance(inner, Contract) or (wide and len(flat) + len(inner.factors) > WIDEST):
            flat.append(factor)
            continue
        coefficient = real_product(coefficient, inner.coefficient)
        names = dict(zip(inner.axes, factor.labels, strict=True))
        for label in inner.summed:
            names[label] = label.primed(taken)
            taken.add(names[label].name)
        flat.extend(Factor(f.node, tuple(names[k] for k in f.labels)) for f in inner.factors)
    lost = wanted - {label for factor in flat for label in factor.labels}
    sizes = [Factor(graph.size(axis), ()) for axis in sorted(lost, key=lambda axis: axis.name)]
    return graph.contract(coefficient, flat + sizes, axes)


def plus(graph: AnyGraph, terms: Sequence[Node]) -> Node:
    """A sum with nested sums written out and equal terms collected: u + (v + u) = 2u + v."""
    flat: list[Node] = []
    for term in terms:
        flat.extend(term.terms if isinstance(term, Add) else (term,))
    weights: dict[Node, Number] = {}
    for term in flat:
        weight, base = _weight(graph, term)
        weights[base] = real_sum(weights.get(base, 0), weight)
    axes = union((term.axes for term in flat), "a sum")
    if len(weights) < len(flat):
        flat = [_scaled(graph, weight, base) for base, weight in weights.items() if weight != 0]
    flat = [u for u in flat if not (isinstance(u, Contract) and u.coefficient == 0)]
    if not flat:
        return graph.contract(0, (), axes)
    if not set(axes) <= {axis for term in flat for axis in term.axes}:
        flat[0] = fit_axes(flat[0], axes)  # the terms that had the other axes cancelled
    return graph.add(flat)


def _weight(graph: AnyGraph, term: Node) -> tuple[Number, Node]:
    if isinstance(term, Const):
        return term.value, graph.const(1)
    if isinstance(term, Contract) and term.coefficient != 1 and term.factors:
        return term.coefficient, graph.contract(1, term.factors, term.axes)
    return 1, term


def _scaled(graph: AnyGraph, weight: Number, base: Node) -> Node:
    if weight == 1:
        return base
    return times(graph, weight, [Factor(base, base.axes)], base.axes)


def negative(u: Node) -> Node:
    """−u, with the sign taken into a product or a sum of one."""
    return times(u.graph, -1, [Factor(u, u.axes)], u.axes)


def fit_axes(u: Node, axes: Axes) -> Node:
    """A formula summed over the axes that are not wanted and repeated along those it lacks.

    This is the one place where a derivation undoes a broadcast.
    """
    if u.axes == axes:
        return u
    return times(u.graph, 1, [Factor(u, u.axes)], axes)


def rebuild(node: Node, parts: Sequence[Node]) -> Node:
    """The same operation on other parts (with the same axes), tidied."""
    graph = parts[0].graph if parts else node.graph
    if isinstance(node, Contract):
        return times(graph, node.coefficient, with_parts(node, parts), node.axes)
    if isinstance(node, Add):
        return plus(graph, list(parts))
    return same_operation(node, parts, graph) if parts else node


def same_operation(node: Node, parts: Sequence[Node], graph: AnyGraph) -> Node:
    """The same operation on other parts in a graph, nothing tidied; symbols have none."""
    if isinstance(node, Const):
        return graph.const(node.value)
    if isinstance(node, Contract):
        return graph.contract(node.coefficient, with_parts(node, parts), node.axes)
    if isinstance(node, Add):
        return graph.add(parts)
    if isinstance(node, Map):
        return graph.map(node.function, *parts)
    if isinstance(node, Reduce):
        return graph.reduce(node.kind, parts[0], node.over)
    if isinstance(node, OneHot):
        return graph.one_hot(parts[0], node.axes[-1])
    if isinstance(node, Apart):
        return graph.apart(*node.axes)
    if isinstance(node, Select):
        h, i, p = node.axes
        return graph.select(h, i, p, node.stride, node.dilation, node.pad)
    raise AssertionError(f"{type(node).__name__} is not an operation of the language")


def with_parts(node: Contract, parts: Sequence[Node]) -> list[Factor]:
    """The factors of a product with other nodes in them."""
    return [_with_node(factor, part) for factor, part in zip(node.factors, parts, strict=True)]


def _with_node(factor: Factor, node: Node) -> Factor:
    """The factor with a term that has some of its node's axes, in any order, in place of it."""
    names = dict(zip(factor.node.axes, factor.labels, strict=True))
    return Factor(node, tuple(names[axis] for axis in node.axes))


def rewrite(root: Node, change: Callable[[Node], Node | None]) -> Node:
    """The formula with each node, parts first, replaced by what `change` gives (None: keep)."""
    done: dict[Node, Node] = {}
    for node in walk([root]):
        parts = [done[part] for part in node.parts]
        made = node
        if any(part is not old for part, old in zip(parts, node.parts, strict=True)):
            made = rebuild(node, parts)
        changed = change(made)
        done[node] = made if changed is None else changed
    return done[root]


def substitute(root: Node, values: Mapping[Node, Node]) -> Node:
    """The formula with some of its nodes replaced by others of the same axes."""
    return rewrite(root, values.get)


def tidy(root: Node) -> Node:
    """The formula with nested products and nested sums written out."""
    done: dict[Node, Node] = {}
    for node in walk([root]):
        done[node] = rebuild(node, [done[part] for part in node.parts]) if node.parts else node
    return done[root]


def depends(root: Node, on: set[Node]) -> bool:
    """Whether any of some nodes is part of the formula."""
    return any(node in on for node in walk([root]))


MOST_TERMS = 64
"""Products that would have more terms than this when multiplied out stay as they are."""


def multiply_out(u: Node) -> Node:
    """Products distributed over their sums and equal terms collected: y (z − s) + y s = y z."""

    def change(node: Node) -> Node | None:
        terms = _distributed(node)
        return None if terms is None else fit_axes(plus(node.graph, terms), node.axes)

    return rewrite(u, change)


def _distributed(node: Node) -> list[Node] | None:
    """The terms of a product of sums; None if it is none, or has too many of them."""
    rest, terms = [node], list[Node]()
    while rest:
        product = rest.pop()
        factors = product.factors if isinstance(product, Contract) else ()
        for place, factor in enumerate(factors):
            if isinstance(factor.node, Add):
                assert isinstance(product, Contract)
                opened = [_with_factor(product, place, factor, t) for t in factor.node.terms]
                rest.extend(reversed(opened))
                break
        else:
            terms.append(product)
        if len(rest) + len(terms) > MOST_TERMS:
            return None
    return terms if terms != [node] else None


def _with_factor(product: Contract, place: int, old: Factor, term: Node) -> Node:
    factors = [*product.factors[:place], _with_node(old, term), *product.factors[place + 1 :]]
    kept = {label for f in factors for label in f.labels}
    sizes = [Factor(product.graph.size(axis), ()) for axis in product.summed if axis not in kept]
    axes = tuple(axis for axis in product.axes if axis in kept)
    return times(product.graph, product.coefficient, factors + sizes, axes)
