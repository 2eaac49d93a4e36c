"""Parts of a picture, each of which knows its size and paints itself, set in lines like words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glassprop.show.pictures.drawing import Drawing
from glassprop.show.pictures.graph.layout import Box
from glassprop.show.pictures.text_width import text_width

MARGIN = 24.0
BETWEEN = 36.0
WIDEST = 1000.0


@dataclass(frozen=True)
class Block:
    """A part of a picture: its size, and what paints it with its upper left corner at (x, y)."""

    width: float
    height: float
    paint: Callable[[Drawing, float, float], None]


@dataclass(frozen=True)
class Written:
    """A line of text with its size; empty text is a gap."""

    text: str
    size: float = 14.0
    bold: bool = False
    fill: str = "ink"

    @property
    def width(self) -> float:
        """At least the width that it takes."""
        return text_width(self.text, self.size, self.bold)

    @property
    def height(self) -> float:
        """With the space to the next line."""
        return 1.5 * self.size


def stacked(parts: Sequence[Block], gap: float = 0.0, centred: bool = False) -> Block:
    """Blocks below each other."""
    width = max((part.width for part in parts), default=0.0)
    height = sum(part.height for part in parts) + gap * max(0, len(parts) - 1)

    def paint(drawing: Drawing, x: float, y: float) -> None:
        for part in parts:
            part.paint(drawing, x + (width - part.width) / 2 if centred else x, y)
            y += part.height + gap

    return Block(width, height, paint)


def flowing(parts: Sequence[Block], width: float = WIDEST) -> Block:
    """Blocks beside each other, in as many lines of at most this width as they need."""
    lines: list[list[Block]] = [[]]
    widest = max([width, *(part.width for part in parts)])
    for part in parts:
        taken = sum(other.width + BETWEEN for other in lines[-1])
        if lines[-1] and taken + part.width > widest:
            lines.append([])
        lines[-1].append(part)
    return stacked([_beside(line) for line in lines], BETWEEN)


def _beside(parts: Sequence[Block]) -> Block:
    width = sum(part.width for part in parts) + BETWEEN * max(0, len(parts) - 1)
    height = max((part.height for part in parts), default=0.0)

    def paint(drawing: Drawing, x: float, y: float) -> None:
        for part in parts:
            part.paint(drawing, x, y)
            x += part.width + BETWEEN

    return Block(width, height, paint)


def written(line: Written) -> Block:
    """A line of text as a block."""

    def paint(drawing: Drawing, x: float, y: float) -> None:
        drawing.text(x, y + line.height / 2, line.text, line.size, line.fill, "start", line.bold)

    return Block(line.width, line.height, paint)


def centred(drawing: Drawing, box: Box, lines: Sequence[Written]) -> None:
    """Lines of text in the middle of a box."""
    x, y = box.middle
    y -= sum(line.height for line in lines) / 2
    for line in lines:
        drawing.text(x, y + line.height / 2, line.text, line.size, line.fill, bold=line.bold)
        y += line.height


def room_for(
    lines: Sequence[Written], aside: float = 12.0, above: float = 5.0
) -> tuple[float, float]:
    """Width and height of a box around some lines."""
    width = max(line.width for line in lines) + 2 * aside
    return width, sum(line.height for line in lines) + 2 * above
