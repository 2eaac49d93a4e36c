"""The picture of a formula of numbers: values, local derivatives, paths with their sum, both modes.

After Olah, Calculus on computational graphs: backpropagation (2015).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from glassprop.chainrule.little_graph.forward_and_reverse import Path
from glassprop.chainrule.little_graph.paths import NOT_COUNTED, Evaluation
from glassprop.errors import FormulaError
from glassprop.show.pictures.colours import DASHES, MOST_DRAWN
from glassprop.show.pictures.drawing import Drawing
from glassprop.show.pictures.graph.edges import head, strand
from glassprop.show.pictures.graph.layered import Link
from glassprop.show.pictures.graph.layout import Box, Layout, lay_out
from glassprop.show.pictures.legend import BADGE, badge, legend
from glassprop.show.pictures.modes import forward_mode, reverse_mode
from glassprop.show.pictures.picture import Picture
from glassprop.show.pictures.text_blocks import (
    BETWEEN,
    MARGIN,
    WIDEST,
    Block,
    Written,
    centred,
    flowing,
    room_for,
    stacked,
    written,
)
from glassprop.show.pictures.text_width import fold
from glassprop.show.pictures.wording import ROUNDED, Wording

MOST_NODES = 40
MOST_MODES = 3
WIDEST_MODES = 1700.0
WIDEST_UPPER = 1400.0
LABEL = 12.5
WIDEST_FORMULA = 230.0


def draw(evaluation: Evaluation) -> Picture:
    """The picture of a derivation at one point.

    Raises:
        FormulaError: for more than 40 quantities.
    """
    quantities = list(next(iter(evaluation.forward.values())).derivatives)
    if len(quantities) > MOST_NODES:
        raise FormulaError(
            f"the formula has {len(quantities)} quantities; a picture holds at most {MOST_NODES}; "
            "print the evaluation as text, or draw a part of the formula"
        )
    wording = Wording(evaluation)
    paths = drawn_paths(evaluation)
    graph = _graph(wording, quantities, paths)
    key = legend(wording, paths)
    starts = list(evaluation.forward)
    modes = [forward_mode(wording, quantities, start) for start in starts[:MOST_MODES]]
    modes.append(reverse_mode(wording, quantities))
    beside = graph.width + BETWEEN + key.width <= WIDEST_UPPER
    upper = flowing([graph, key], WIDEST_UPPER) if beside else stacked([graph, key], BETWEEN)
    body = stacked(
        [_heading(wording), upper, flowing(modes, WIDEST_MODES), *_notes(wording, starts)], BETWEEN
    )
    drawing = Drawing()
    body.paint(drawing, MARGIN, MARGIN)
    width, height = body.width + 2 * MARGIN, body.height + 2 * MARGIN
    title = _title(wording)
    listed = [path for of_start in paths.values() for path in of_start]
    about = wording.about(listed)
    return Picture(drawing.svg(width, height, title, about), width, height, drawing)


def drawn_paths(evaluation: Evaluation) -> dict[str, tuple[Path, ...]]:
    """The first few paths from each quantity."""
    share = max(1, MOST_DRAWN // max(1, len(evaluation.paths)))
    left = MOST_DRAWN
    found: dict[str, tuple[Path, ...]] = {}
    for start, paths in evaluation.paths.items():
        found[start] = paths[: min(share, left)]
        left -= len(found[start])
    return found


def _heading(wording: Wording) -> Block:
    lines = fold(_title(wording), 18, WIDEST, bold=True)
    return stacked([written(Written(line, 18, bold=True)) for line in lines])


def _title(wording: Wording) -> str:
    derivatives = ", ".join(map(wording.derivative, wording.evaluation.forward))
    point = wording.point()
    return f"{derivatives} at {point}" if point else derivatives


def _notes(wording: Wording, starts: list[str]) -> list[Block]:
    notes: list[str] = []
    if "≈" in wording.about([]):
        notes.append(ROUNDED)
    if not all(map(math.isfinite, wording.evaluation.values.values())):
        notes.append(f"{NOT_COUNTED[0].upper()}{NOT_COUNTED[1:]}.")
    if len(starts) > MOST_MODES:
        notes.append(
            f"Forward mode is drawn from {MOST_MODES} of {len(starts)} quantities; each needs a "
            "pass of its own, where one pass of reverse mode gives all derivatives."
        )
    lines = [line for note in notes for line in fold(note, 13, WIDEST)]
    return [stacked([written(Written(line, 13, fill="soft")) for line in lines])] if lines else []


def _graph(wording: Wording, quantities: list[str], paths: Mapping[str, tuple[Path, ...]]) -> Block:
    """The formula as a graph, with the paths in their colours."""
    lines = {name: _node(wording, name) for name in quantities}
    numbered = [path for of_start in paths.values() for path in of_start]
    on: dict[tuple[str, str], list[int]] = {}
    for k, path in enumerate(numbered):
        for edge in path.edges:
            on.setdefault((edge.source, edge.target), []).append(k)
    labels: dict[tuple[str, str], Written] = {}
    links: list[Link] = []
    for edge in wording.evaluation.edges:
        key = edge.source, edge.target
        labels[key] = Written(wording.local(edge), LABEL)
        badges = len(on.get(key, ())) * (BADGE + 2)
        size = labels[key].width + 15 + badges, LABEL * 1.5 + 4
        links.append(Link(*key, size, max(1, len(on.get(key, ())))))
    layout = lay_out({name: room_for(of) for name, of in lines.items()}, links)

    def paint(drawing: Drawing, x: float, y: float) -> None:
        placed = layout.moved(x, y)
        for key, runs in placed.routes.items():
            through = on.get(key, ())
            with drawing.group("gp-edge", data_from=key[0], data_to=key[1]):
                for lane, k in enumerate(through):
                    drawing.line(strand(runs, lane, len(through)), f"path{k + 1}", 2.5, DASHES[k])
                    drawing.area(head(runs, lane, len(through)), f"path{k + 1}")
                if not through:
                    drawing.line(strand(runs), "line")
                    drawing.area(head(runs), "line")
        _paint_labels(drawing, wording, placed, labels, on)
        for name, box in placed.boxes.items():
            drawing.boxes[name] = box
            given = name not in wording.steps
            with drawing.group("gp-node", wording.formula(name), id=f"node-{name}", data_name=name):
                fill = "given" if given else "box"
                drawing.rectangle(box, fill, "line", box.height / 2 if given else 7)
                centred(drawing, box, lines[name])

    return Block(layout.width, layout.height, paint)


def _node(wording: Wording, name: str) -> list[Written]:
    value = wording.value(name)
    if name not in wording.steps:
        return [Written(f"{wording.name(name)} {value}".strip(), 15, bold=True)]
    whole = wording.formula(name)
    if whole.endswith(f" {value}"):  # a number: c = 5
        return [Written(whole, 15, bold=True)]
    formula = fold(whole, 14, WIDEST_FORMULA)
    return [*(Written(line, 14) for line in formula), Written(value, 15, bold=True)]


def _paint_labels(
    drawing: Drawing,
    wording: Wording,
    layout: Layout,
    labels: Mapping[tuple[str, str], Written],
    on: Mapping[tuple[str, str], list[int]],
) -> None:
    edges = {(edge.source, edge.target): edge for edge in wording.evaluation.edges}
    for key, box in layout.labels.items():
        drawing.boxes[" → ".join(key)] = box
        text = labels[key]
        badges = on.get(key, ())
        wide = text.width + len(badges) * (BADGE + 2) + (3 if badges else 0)
        left = box.middle[0] - wide / 2
        with drawing.group("gp-local", wording.local(edges[key], whole=True)):
            drawing.rectangle(
                Box(left - 5, box.y, wide + 10, box.height), "paper", "faint", box.height / 2
            )
            for place, k in enumerate(badges):
                badge(drawing, left + BADGE / 2 + place * (BADGE + 2), box.middle[1], k)
            start = left + len(badges) * (BADGE + 2) + (3 if badges else 0)
            drawing.text(start, box.middle[1], text.text, LABEL, anchor="start")
