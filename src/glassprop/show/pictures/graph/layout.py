"""Where everything in the picture of a graph is: boxes, labels, and the ways of the edges.

Edges go aslant only in the free bands between rows, so that they never run through a box.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from glassprop.show.pictures.graph.layered import HEAD, Link, Rows, Slot, cut
from glassprop.show.pictures.graph.ordering import order
from glassprop.show.pictures.graph.placing import free, place, snap

LEAST_BAND, MOST_BAND = 16.0, 110.0
STEEPNESS = 0.2


@dataclass(frozen=True)
class Box:
    """A rectangle: its upper left corner, width and height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: Box) -> bool:
        """Whether the two have an area in common."""
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


@dataclass(frozen=True)
class Run:
    """A straight part of an edge, downwards at x."""

    x: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Layout:
    """A graph with places.

    Attributes:
        boxes: the nodes by name.
        labels: the labels by the edge that they are on.
        routes: each edge as straight runs, joined by curves from one to the next.
        width: of the whole.
        height: of the whole.
    """

    boxes: Mapping[str, Box]
    labels: Mapping[tuple[str, str], Box]
    routes: Mapping[tuple[str, str], tuple[Run, ...]]
    width: float
    height: float

    def moved(self, x: float, y: float) -> Layout:
        """The same with its upper left corner elsewhere."""

        def shifted(box: Box) -> Box:
            return replace(box, x=box.x + x, y=box.y + y)

        return replace(
            self,
            boxes={name: shifted(box) for name, box in self.boxes.items()},
            labels={key: shifted(box) for key, box in self.labels.items()},
            routes={
                key: tuple(Run(run.x + x, run.top + y, run.bottom + y) for run in runs)
                for key, runs in self.routes.items()
            },
        )


def lay_out(sizes: Mapping[str, tuple[float, float]], links: Sequence[Link]) -> Layout:
    """Place the nodes of a graph without cycles in rows, sources above targets.

    Args:
        sizes: width and height of each node, sources before targets.
        links: the edges, each pair of nodes at most once.
    """
    sizes = {name: (max(w, *_ports(name, links)), h) for name, (w, h) in sizes.items()}
    rows = cut(sizes, links)
    order(rows.rows)
    place(rows.rows)
    return _Levels(rows, links).layout()


def _ports(name: str, links: Sequence[Link]) -> tuple[float, float]:
    """The widths that a node needs for edges to arrive and to leave side by side."""
    arriving = sum(link.breadth for link in links if link.target == name)
    return arriving + 10, sum(link.breadth for link in links if link.source == name) + 10


class _Levels:
    """Heights of rows and bands, and what follows from them."""

    def __init__(self, rows: Rows, links: Sequence[Link]) -> None:
        self.rows, self.links = rows, links
        self.leaving = self._ends(links, at_source=True)
        self.arriving = self._ends(links, at_source=False)
        between = free(rows.rows)
        for link in links:
            parts = rows.chains[link.key][1:-1]
            if parts:
                snap(between, parts, (self.leaving[link.key], self.arriving[link.key]))
        bands = [LEAST_BAND] * len(rows.rows)
        for link in links:
            places = self._xs(link)
            start, last = rows.nodes[link.source].row, rows.nodes[link.target].row - 1
            spread = 2.0 * link.spacing * (link.lanes - 1)
            for k, (x, further) in enumerate(pairwise(places), start):
                need = min(max(LEAST_BAND, STEEPNESS * abs(further - x), spread), MOST_BAND)
                need += HEAD * ((k == start) + (k == last))
                bands[k] = max(bands[k], need)
        self.tops: list[float] = []
        self.bottoms: list[float] = []
        y = 0.0
        for row, band in zip(rows.rows, bands, strict=True):
            self.tops.append(y)
            y += max((slot.size[1] for slot in row), default=0.0)
            self.bottoms.append(y)
            y += band

    def layout(self) -> Layout:
        """All of it."""
        slots = [slot for row in self.rows.rows for slot in row]
        left = min((slot.x - slot.size[0] / 2 for slot in slots), default=0.0)
        right = max((slot.x + slot.size[0] / 2 for slot in slots), default=0.0)
        boxes = {name: self._box(slot) for name, slot in self.rows.nodes.items()}
        labels: dict[tuple[str, str], Box] = {}
        routes: dict[tuple[str, str], tuple[Run, ...]] = {}
        for link in self.links:
            chain = self.rows.chains[link.key]
            xs = self._xs(link)
            runs = [Run(xs[0], boxes[link.source].bottom, self.bottoms[chain[0].row] + HEAD)]
            for slot in chain[1:-1]:
                runs.append(Run(slot.x, self.tops[slot.row], self.bottoms[slot.row]))
                if slot.size[1]:
                    labels[link.key] = self._box(slot)
            runs.append(Run(xs[-1], self.tops[chain[-1].row] - HEAD, boxes[link.target].y))
            routes[link.key] = tuple(runs)
        height = self.bottoms[-1] if boxes else 0.0
        return Layout(boxes, labels, routes, right - left, height).moved(-left, 0.0)

    def _box(self, slot: Slot) -> Box:
        width, height = slot.size
        middle = (self.tops[slot.row] + self.bottoms[slot.row]) / 2
        return Box(slot.x - width / 2, middle - height / 2, width, height)

    def _xs(self, link: Link) -> list[float]:
        between = [slot.x for slot in self.rows.chains[link.key][1:-1]]
        return [self.leaving[link.key], *between, self.arriving[link.key]]

    def _ends(self, links: Sequence[Link], at_source: bool) -> dict[tuple[str, str], float]:
        """Where edges leave their nodes, or arrive: side by side, in the order in which they go."""
        found: dict[tuple[str, str], float] = {}
        for name, slot in self.rows.nodes.items():
            here = [link for link in links if (link.source if at_source else link.target) == name]
            here.sort(key=lambda link: self.rows.chains[link.key][1 if at_source else -2].x)
            free = slot.size[0] - 10 - sum(link.breadth for link in here)
            gap = min(14.0, free / max(1, len(here)))
            x = slot.x - (sum(link.breadth for link in here) + gap * (len(here) - 1)) / 2
            for link in here:
                found[link.key] = x + link.breadth / 2
                x += link.breadth + gap
        return found
