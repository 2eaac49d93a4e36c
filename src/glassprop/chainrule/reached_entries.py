"""Which entries of a step an entry of a quantity reaches: why a chain rule has a sum, or none.

z2 = Σⱼ W2ₖⱼ a1ⱼ + b2ₖ: an entry of a1 reaches every entry of z2, so its derivative is a sum over k;
an entry of W2 or b2 reaches the entry with its own k only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from glassprop.formula.axes import Axes, Axis
from glassprop.formula.nodes import SELECTORS, Contract, Node, Symbol, walk


@dataclass(frozen=True)
class Reach:
    """How the indices of a step and of a quantity in its formula belong together.

    Attributes:
        same: the axes of the step whose index is one of the quantity's, with that one.
        every: the axes of the step along which the quantity reaches more than one entry.
        windows: whether it reaches those along `every` that a window or a choice picks, not all.
    """

    same: Mapping[Axis, Axis]
    every: Axes
    windows: bool


def reach(formula: Node, axes: Axes, quantity: Symbol) -> Reach:
    """The reach of a quantity in a formula whose result has some axes."""
    links: dict[Node, dict[Axis, Axis]] = {quantity: {axis: axis for axis in quantity.axes}}
    windows = False
    for node in walk([formula]):
        if node is quantity or isinstance(node, SELECTORS):
            continue
        found = [
            _carried(node, place, links[p]) for place, p in enumerate(node.parts) if p in links
        ]
        if found:
            links[node] = {k: v for k, v in found[0].items() if all(f.get(k) == v for f in found)}
            windows = windows or any(isinstance(part, SELECTORS) for part in node.parts)
    same = links.get(formula, {})
    return Reach(same, tuple(axis for axis in axes if axis not in same), windows)


def _carried(node: Node, place: int, inner: Mapping[Axis, Axis]) -> dict[Axis, Axis]:
    """The links of one operand, under the names that its axes have in the result."""
    if isinstance(node, Contract):
        factor = node.factors[place]
        pairs = zip(factor.node.axes, factor.labels, strict=True)
        return {label: inner[a] for a, label in pairs if a in inner and label in node.axes}
    return {axis: own for axis, own in inner.items() if axis in node.axes}
