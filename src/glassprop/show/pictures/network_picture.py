"""The picture of a network: quantities beside their derivatives, the way forward and back."""

from __future__ import annotations

from collections.abc import Sequence

from glassprop.chainrule.derivation import Derivation
from glassprop.formula.nodes import Step, Symbol
from glassprop.show.formulas.printer import TooLong
from glassprop.show.formulas.text import TextPrinter
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.outline.code_lines import shape_of
from glassprop.show.pictures.drawing import Drawing
from glassprop.show.pictures.graph.edges import arrowhead, head, short, strand
from glassprop.show.pictures.graph.layered import HEAD, Link
from glassprop.show.pictures.graph.layout import Box, lay_out
from glassprop.show.pictures.network_quantities import Chart, Folded, Quantity, chart
from glassprop.show.pictures.picture import Picture
from glassprop.show.pictures.text_blocks import (
    BETWEEN,
    MARGIN,
    Block,
    Written,
    centred,
    room_for,
    stacked,
    written,
)

NAME, SHAPE = 15.0, 12.0
SLIT = 3.0
APART = 14.0
"""Pixels between the way forward and the way back."""
MAIN = 40.0
"""How much harder the chain of layers pulls than parameters do, so that it stands upright."""


def layer_graph(derivation: Derivation, notation: Notation = NIELSEN) -> str:
    """The picture of a network's derivation as SVG.

    Each quantity is in a group with the id `node-` and its name in the source: node-z1,
    node-delta1, node-dC_dW1. In a deep network the layers in the middle are folded, and so have no
    groups.

    Args:
        derivation: the steps, for one example or for a mini-batch.
        notation: how names are written.

    Raises:
        FormulaError: for more quantities than a picture can hold.
    """
    return draw(derivation, notation).svg


def draw(derivation: Derivation, notation: Notation = NIELSEN) -> Picture:
    """The same as a picture."""
    painter = _Painter(derivation, chart(derivation), TextPrinter(notation))
    body = stacked([painter.heading(), painter.graph(), *painter.notes()], BETWEEN * 0.7)
    drawing = Drawing()
    body.paint(drawing, MARGIN, MARGIN)
    width, height = body.width + 2 * MARGIN, body.height + 2 * MARGIN
    svg = drawing.svg(width, height, painter.title(), painter.about())
    return Picture(svg, width, height, drawing)


class _Painter:
    def __init__(self, derivation: Derivation, shown: Chart, printer: TextPrinter) -> None:
        self.derivation, self.shown, self.printer = derivation, shown, printer

    # -- words

    def title(self) -> str:
        """What the picture is."""
        name = self.printer.name
        wrt = [name(symbol) for symbol in self.derivation.gradients]
        listed = ", ".join(wrt if len(wrt) <= 8 else [*wrt[:4], "…", *wrt[-2:]])
        return f"{name(self.derivation.cost)} and its gradient with respect to {listed}"

    def about(self) -> str:
        """The picture in words."""
        said: list[str] = []
        for quantity in self.shown.quantities.values():
            if isinstance(quantity, Folded):
                said.append(f"{' '.join(line.text for line in self.fold_lines(quantity))}.")
                continue
            for symbol, step in _both(quantity):
                shape = self.shape(quantity)
                said.append(f"{self.tooltip(symbol, step)}{f', shape {shape}' if shape else ''}.")
        return " ".join(said)

    def tooltip(self, symbol: Symbol, step: Step | None) -> str:
        """A quantity with its formula and what it means."""
        if step is None:
            return f"{self.printer.name(symbol)}: {symbol.role}"
        try:
            formula = " ".join(self.printer.equation(step))
        except TooLong:
            formula = self.printer.name(symbol)
        return f"{formula}: {step.meaning}" if step.meaning else formula

    # -- parts

    def heading(self) -> Block:
        """What the two kinds of arrows mean."""
        cost = self.printer.name(self.derivation.cost)
        rows = [
            self._sample("forward", "forward: each quantity from those above it"),
            self._sample(
                "backward",
                f"backward: the derivative of {cost} with respect to each, from those below it",
            ),
        ]
        return stacked(rows, 2)

    def _sample(self, colour: str, text: str) -> Block:
        line = Written(text, 13)
        height = line.height

        def paint(drawing: Drawing, x: float, y: float) -> None:
            up = colour == "backward"
            top, bottom = y + 1, y + height - 1
            start, point = (bottom, top) if up else (top, bottom)
            back = point + (HEAD if up else -HEAD)
            drawing.line(f"M{short(x + 6)} {short(start)}V{short(back)}", colour, 2)
            drawing.area(arrowhead(x + 6, point, up), colour)
            written(line).paint(drawing, x + 20, y)

        return Block(20 + line.width, height, paint)

    def graph(self) -> Block:
        """Boxes in pairs and the arrows between them."""
        halves = {name: self.halves(of) for name, of in self.shown.quantities.items()}
        sizes: dict[str, tuple[float, float]] = {}
        for name, listed in halves.items():
            rooms = [room_for(lines) for lines in listed]
            width = sum(w for w, _ in rooms) + SLIT * (len(rooms) - 1)
            sizes[name] = width, max(h for _, h in rooms)
        links = [
            Link(*pair, None, 1 + (pair in self.shown.returns), APART, self.pull(pair[0]))
            for pair in self.shown.uses
        ]
        layout = lay_out(sizes, links)

        def paint(drawing: Drawing, x: float, y: float) -> None:
            placed = layout.moved(x, y)
            for pair, runs in placed.routes.items():
                lanes = 2 if pair in self.shown.returns else 1
                with drawing.group("gp-edge", data_from=pair[0], data_to=pair[1]):
                    drawing.line(strand(runs, 0, lanes, False, APART), "forward")
                    drawing.area(head(runs, 0, lanes, False, APART), "forward")
                    if lanes == 2:
                        drawing.line(strand(runs, 1, 2, True, APART), "backward", dash="5 2.5")
                        drawing.area(head(runs, 1, 2, True, APART), "backward")
            for name, box in placed.boxes.items():
                drawing.boxes[name] = box
                self.paint(drawing, name, box, halves[name])

        return Block(layout.width, layout.height, paint)

    def pull(self, source: str) -> float:
        """How hard an edge is kept straight: parameters stand aside."""
        quantity = self.shown.quantities[source]
        given = isinstance(quantity, Quantity) and quantity.symbol.role in ("parameter", "target")
        return 1.0 if given else MAIN

    def halves(self, of: Quantity | Folded) -> list[list[Written]]:
        """What stands in the box of a quantity, and in that of its derivative."""
        if isinstance(of, Folded):
            return [self.fold_lines(of)]
        shape = self.shape(of)
        lines: list[list[Written]] = []
        for symbol, _ in _both(of):
            below = [Written(shape, SHAPE, fill="soft")] if shape else []
            lines.append([Written(self.printer.name(symbol), NAME, bold=True), *below])
        return lines

    def shape(self, of: Quantity) -> str:
        """The sizes of a quantity in the order of the notation."""
        many = len(of.shape) > len(of.symbol.axes)
        return shape_of(self.printer.notation.shape(of.symbol, many)) if of.shape else ""

    def fold_lines(self, of: Folded) -> list[Written]:
        """What stands for the layers that are folded."""
        made = "each made like layer 2" if of.alike else "not drawn"
        return [
            Written(f"⋮  layers {of.first} to {of.last}  ⋮", NAME, bold=True),
            Written(f"{of.count} layers, {made}", SHAPE, fill="soft"),
        ]

    def paint(
        self, drawing: Drawing, name: str, box: Box, halves: Sequence[Sequence[Written]]
    ) -> None:
        """The box of a quantity, and beside it that of its derivative."""
        of = self.shown.quantities[name]
        if isinstance(of, Folded):
            with drawing.group("gp-fold", f"layers {of.first} to {of.last} are folded"):
                drawing.rectangle(box, "paper", "line")
                centred(drawing, box, halves[0])
            return
        spare = box.width - SLIT * (len(halves) - 1) - sum(room_for(h)[0] for h in halves)
        x = box.x
        for (symbol, step), lines in zip(_both(of), halves, strict=True):
            width = room_for(lines)[0] + spare / len(halves)
            back = step is not None and step is of.back
            fill = "back" if back else "given" if of.step is None else "box"
            tooltip = self.tooltip(symbol, step)
            with drawing.group("gp-node", tooltip, id=f"node-{symbol.name}", data_name=symbol.name):
                half = Box(x, box.y, width, box.height)
                drawing.rectangle(half, fill, "backward" if back else "line")
                centred(drawing, half, lines)
            x += width + SLIT

    def notes(self) -> list[Block]:
        """What n is."""
        found = self.shown.quantities.values()
        if any(isinstance(of, Quantity) and "n" in of.shape for of in found):
            size = self.printer.notation.size
            text = f"shapes are those of a mini-batch of {size} examples"
            return [written(Written(text, 12, fill="soft"))]
        return []


def _both(of: Quantity) -> list[tuple[Symbol, Step | None]]:
    made: list[tuple[Symbol, Step | None]] = [(of.symbol, of.step)]
    return [*made, (of.back.symbol, of.back)] if of.back is not None else made
