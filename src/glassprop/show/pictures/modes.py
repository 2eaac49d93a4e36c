"""Forward and reverse mode as small graphs: what each works out, and how many operations it takes.

Source: Griewank & Walther, Evaluating Derivatives (2008), ch. 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from glassprop.chainrule.little_graph.forward_and_reverse import Edge, Mode
from glassprop.show.pictures.drawing import Drawing
from glassprop.show.pictures.graph.edges import head, strand
from glassprop.show.pictures.graph.layered import Link
from glassprop.show.pictures.graph.layout import lay_out
from glassprop.show.pictures.text_blocks import Block, Written, centred, room_for, stacked, written
from glassprop.show.pictures.wording import Wording, equal_to, rounded

FACTOR = 12.0


def forward_mode(wording: Wording, quantities: Sequence[str], start: str) -> Block:
    """The derivatives of every quantity with respect to one, from it downwards."""
    evaluation = wording.evaluation
    reached = {start}
    for edge in evaluation.edges:
        if edge.source in reached:
            reached.add(edge.target)
    name = wording.name(start)
    return _mode(
        wording, quantities, evaluation.forward[start], reached,
        f"Forward mode, downwards from {name}", f"derivatives with respect to {name}",
        lambda quantity: wording.quotient(quantity, start),
    )  # fmt: skip


def reverse_mode(wording: Wording, quantities: Sequence[str]) -> Block:
    """The derivatives of the result with respect to every quantity, from it upwards."""
    evaluation = wording.evaluation
    result = evaluation.result
    reached = {result}
    for edge in reversed(evaluation.edges):
        if edge.target in reached:
            reached.add(edge.source)
    name = wording.name(result)
    return _mode(
        wording, quantities, evaluation.reverse, reached,
        f"Reverse mode, upwards from {name}", f"derivatives of {name}",
        lambda quantity: wording.quotient(result, quantity), upwards=True,
    )  # fmt: skip


def _mode(
    wording: Wording,
    quantities: Sequence[str],
    mode: Mode,
    reached: set[str],
    title: str,
    gives: str,
    quotient: Callable[[str], str],
    upwards: bool = False,
) -> Block:
    lines = {
        name: [
            Written(
                _worth(quotient(name), mode.derivatives.get(name)),
                13,
                fill="ink" if name in reached else "soft",
            )
        ]
        for name in quantities
    }
    factors: dict[tuple[str, str], Written] = {}
    links: list[Link] = []
    for edge in wording.evaluation.edges:
        key = edge.source, edge.target
        factors[key] = Written(f"× {rounded(edge.value)}", FACTOR)
        links.append(Link(*key, (factors[key].width + 10, FACTOR * 1.5 + 2)))
    layout = lay_out({name: room_for(of, 10, 5) for name, of in lines.items()}, links)
    colour = "backward" if upwards else "forward"

    def passed(edge: Edge) -> bool:
        return edge.source in reached and edge.target in reached

    def paint(drawing: Drawing, x: float, y: float) -> None:
        placed = layout.moved(x, y)
        for edge in wording.evaluation.edges:
            key = edge.source, edge.target
            stroke = colour if passed(edge) else "faint"
            drawing.line(strand(placed.routes[key], upwards=upwards), stroke)
            drawing.area(head(placed.routes[key], upwards=upwards), stroke)
            if passed(edge):
                box = placed.labels[key]
                drawing.boxes[f"{title}: {' → '.join(key)}"] = box
                drawing.rectangle(box, "paper", "", box.height / 2)
                centred(drawing, box, [factors[key]])
        for name, box in placed.boxes.items():
            drawing.boxes[f"{title}: {name}"] = box
            step = wording.derivative_step(name) if upwards else None
            marks = {"id": f"node-{step}", "data_name": step} if step else {}
            with drawing.group("gp-node", **marks):
                fill = "back" if upwards else "box"
                outline = colour if name in reached else "faint"
                drawing.rectangle(box, fill if name in reached else "paper", outline)
                centred(drawing, box, lines[name])

    graph = Block(layout.width, layout.height, paint)
    heads = [Written(title, 15, bold=True), Written(gives, 13), Written(mode.cost, 13, bold=True)]
    return stacked([*map(written, heads), Block(0, 8, lambda *_: None), graph])


def _worth(quotient: str, value: float | None) -> str:
    """A derivative with its number, if it has one here."""
    return f"{quotient}: none here" if value is None else f"{quotient} {equal_to(value)}"
