"""The paths of a picture listed: colour, dashes and number, the product of each, and their sum."""

from __future__ import annotations

from collections.abc import Mapping

from glassprop.chainrule.little_graph.forward_and_reverse import Path
from glassprop.show.pictures.colours import DASHES
from glassprop.show.pictures.drawing import Drawing
from glassprop.show.pictures.graph.edges import short
from glassprop.show.pictures.text_blocks import Block, Written, stacked, written
from glassprop.show.pictures.text_width import fold
from glassprop.show.pictures.wording import Wording

BADGE = 15.0
ROOM = 520.0
SAMPLE = 44.0
INDENT = SAMPLE + BADGE + 18


def legend(wording: Wording, paths: Mapping[str, tuple[Path, ...]]) -> Block:
    """All paths that are drawn, by the quantity that they start from."""
    parts: list[Block] = []
    number = 0
    for start, drawn in paths.items():
        if parts:
            parts.append(Block(0, 14, _nothing))
        parts.append(written(Written(_title(wording, start), 15, bold=True)))
        for path in drawn:
            parts.append(_entry(wording, path, number))
            number += 1
        count = wording.evaluation.path_counts[start]
        if len(drawn) < count:
            more = f"{count - len(drawn):,} more {_paths(count - len(drawn))} not drawn"
            parts.append(written(Written(more, 13, fill="soft")))
        total = wording.total(start)
        if count > 1:
            total = f"their sum: {total}"
        parts += [
            written(Written(line, 15, bold=True)) for line in fold(total, 15, ROOM, bold=True)
        ]
    return stacked(parts, 3)


def badge(drawing: Drawing, x: float, y: float, path: int) -> None:
    """The number of a path on its colour."""
    drawing.disc(x, y, BADGE / 2, f"path{path + 1}")
    drawing.text(x, y, str(path + 1), 10.5, "paper", bold=True)


def _title(wording: Wording, start: str) -> str:
    ends = f"from {wording.name(start)} to {wording.name(wording.evaluation.result)}"
    count = wording.evaluation.path_counts[start]
    return f"{count:,} {_paths(count)} {ends}" if count else f"no path leads {ends}"


def _paths(count: int) -> str:
    return "path" if count == 1 else "paths"


def _entry(wording: Wording, path: Path, number: int) -> Block:
    """The line of one path: b → c → e, and 1 · 2 = 2, below each other if they are long."""
    trail, product = wording.trail(path), wording.product(path)
    together = [Written(f"{trail}:  {product}")]
    lines = together
    if together[0].width > ROOM:
        texts = [*fold(trail, 14, ROOM), *fold(product, 14, ROOM)]
        lines = [Written(text) for text in texts]
    block = stacked([written(line) for line in lines])
    middle = lines[0].height / 2

    def paint(drawing: Drawing, x: float, y: float) -> None:
        with drawing.group("gp-path", data_path=str(number + 1)):
            data = f"M{short(x)} {short(y + middle)}h{short(SAMPLE)}"
            drawing.line(data, f"path{number + 1}", 2.5, DASHES[number])
            badge(drawing, x + SAMPLE + 6 + BADGE / 2, y + middle, number)
            block.paint(drawing, x + INDENT, y)

    return Block(INDENT + block.width, block.height + 2, paint)


def _nothing(drawing: Drawing, x: float, y: float) -> None:
    """A gap has nothing to paint."""
