"""A graph cut into rows: a slot for each node, for each label, and where a long edge passes a row.

After Sugiyama, Tagawa & Toda, Methods for visual understanding of hierarchical system structures
(1981); that labels get slots of their own, so that nothing can lie on them, is of dot (Gansner et
al., A technique for drawing directed graphs, 1993).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

LANE = 7.0
"""Pixels between lines that run beside each other."""
HEAD = 8.0
"""How long an arrowhead is."""


@dataclass(frozen=True)
class Link:
    """An edge that is to be drawn.

    Attributes:
        source: where it starts.
        target: where it ends, further down.
        label: width and height of what stands on it; None for nothing.
        lanes: how many lines run along it beside each other.
        spacing: pixels from one of them to the next.
        pull: how hard it is to be kept straight.
    """

    source: str
    target: str
    label: tuple[float, float] | None = None
    lanes: int = 1
    spacing: float = LANE
    pull: float = 1.0

    @property
    def key(self) -> tuple[str, str]:
        """Its two ends."""
        return self.source, self.target

    @property
    def breadth(self) -> float:
        """The room that its lines need beside each other."""
        return self.spacing * (self.lanes - 1) + 10


@dataclass
class Slot:
    """A place in a row: a node's, a label's, or that of an edge which passes.

    Attributes:
        row: the row, from 0 at the top.
        size: width and height.
        node: the node's name; empty for part of an edge.
        above: slots of the row before that it is joined to, each with its pull.
        below: slots of the row after.
        x: the middle of it, once it is placed.
    """

    row: int
    size: tuple[float, float]
    node: str = ""
    above: list[tuple[Slot, float]] = field(default_factory=list["tuple[Slot, float]"])
    below: list[tuple[Slot, float]] = field(default_factory=list["tuple[Slot, float]"])
    x: float = 0.0


@dataclass(frozen=True)
class Rows:
    """All slots by rows, those of the nodes by name, and the slots that each edge goes through."""

    rows: list[list[Slot]]
    nodes: Mapping[str, Slot]
    chains: Mapping[tuple[str, str], list[Slot]]


STRAIGHT = 8.0
"""How much harder than others those parts of a long edge pull that pass other rows."""


def cut(sizes: Mapping[str, tuple[float, float]], links: Sequence[Link]) -> Rows:
    """Give every node and edge its slots.

    Args:
        sizes: width and height of each node, sources before targets.
        links: the edges.
    """
    level = levels(list(sizes), [link.key for link in links])
    step = 2 if any(link.label for link in links) else 1
    nodes = {name: Slot(level[name] * step, size, name) for name, size in sizes.items()}
    rows: list[list[Slot]] = [[] for _ in range(step * max(level.values(), default=0) + 1)]
    rank = {name: float(k) for k, name in enumerate(depth_first(list(sizes), links))}
    key: dict[int, float] = {}
    for name, slot in nodes.items():
        rows[slot.row].append(slot)
        key[id(slot)] = rank[name]
    chains: dict[tuple[str, str], list[Slot]] = {}
    for link in links:
        first, last = nodes[link.source], nodes[link.target]
        between = [Slot(row, (link.breadth, 0.0)) for row in range(first.row + 1, last.row)]
        if link.label is not None:
            wanted = (first.row + last.row) // 2
            place = between[(wanted if wanted % 2 else wanted - 1) - first.row - 1]
            place.size = max(link.label[0], link.breadth), link.label[1]
        for slot in between:
            rows[slot.row].append(slot)
            key[id(slot)] = rank[link.source] + 0.5
        chain = [first, *between, last]
        chains[link.key] = chain
        for upper, lower in pairwise(chain):
            pull = link.pull * (1.0 if upper.node or lower.node else STRAIGHT)
            upper.below.append((lower, pull))
            lower.above.append((upper, pull))
    for row in rows:
        row.sort(key=lambda slot: key[id(slot)])
    return Rows(rows, nodes, chains)


def depth_first(names: Sequence[str], links: Sequence[Link]) -> list[str]:
    """The nodes as they are met from the last ones upwards, sources in the order of their edges."""
    before: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        before[link.target].append(link.source)
    sources = {link.source for link in links}
    found: dict[str, None] = {}
    stack = [(name, False) for name in reversed(names) if name not in sources]
    while stack:
        name, done = stack.pop()
        if done:
            found[name] = None
        elif name not in found:
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(before[name]))
    return list(found)


def levels(names: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """A row for each node, below all that lead to it and no further from them than it need be."""
    before: dict[str, list[str]] = {name: [] for name in names}
    after: dict[str, list[str]] = {name: [] for name in names}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    found: dict[str, int] = {}
    for name in names:
        found[name] = max((found[source] + 1 for source in before[name]), default=0)
    for name in reversed(names):
        if after[name] and len(after[name]) > len(before[name]):
            found[name] = min(found[target] for target in after[name]) - 1
    return found
