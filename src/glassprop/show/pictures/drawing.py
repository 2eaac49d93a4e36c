"""A drawing as it grows: shapes as SVG, and where boxes and texts are, so that tests can check."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from glassprop.show.pictures.colours import LIGHT, STYLE
from glassprop.show.pictures.graph.edges import short
from glassprop.show.pictures.graph.layout import Box
from glassprop.show.pictures.text_width import text_width

FAMILY = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', "
    "sans-serif"
)


class Drawing:
    """Shapes in the order in which they are painted.

    Attributes:
        boxes: the rectangles of nodes and labels by what they are of; no two overlap.
        texts: every text with the room that it may take.
    """

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.texts: list[tuple[str, Box]] = []
        self._parts: list[str] = []

    @contextmanager
    def group(self, classes: str, title: str = "", **attributes: str) -> Iterator[None]:
        """What is drawn within it belongs together; the title appears under the pointer."""
        more = "".join(f" {k.replace('_', '-')}={_quoted(v)}" for k, v in attributes.items())
        self._parts.append(f"<g class={_quoted(classes)}{more}>")
        if title:
            self._parts.append(f"<title>{_clean(title)}</title>")
        yield
        self._parts.append("</g>")

    def rectangle(
        self, box: Box, fill: str, stroke: str = "", radius: float = 6, thick: float = 1
    ) -> None:
        """A rectangle with round corners."""
        outline = f"{_paint('stroke', stroke)} stroke-width={_quoted(short(thick))}"
        self._parts.append(
            f'<rect class="{_classes(fill, stroke)}" x="{short(box.x)}" y="{short(box.y)}" '
            f'width="{short(box.width)}" height="{short(box.height)}" rx="{short(radius)}" '
            f"{_paint('fill', fill)}{' ' + outline if stroke else ''}/>"
        )

    def line(self, data: str, stroke: str, thick: float = 1.5, dash: str = "") -> None:
        """A line along path data."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path class="{_classes("", stroke)}" d="{data}" fill="none" '
            f'{_paint("stroke", stroke)} stroke-width="{short(thick)}"{dashes}/>'
        )

    def area(self, data: str, fill: str) -> None:
        """A filled area within path data."""
        self._parts.append(
            f'<path class="{_classes(fill, "")}" d="{data}" {_paint("fill", fill)}/>'
        )

    def disc(self, x: float, y: float, radius: float, fill: str) -> None:
        """A filled circle."""
        self._parts.append(
            f'<circle class="{_classes(fill, "")}" cx="{short(x)}" cy="{short(y)}" '
            f'r="{short(radius)}" {_paint("fill", fill)}/>'
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 14,
        fill: str = "ink",
        anchor: str = "middle",
        bold: bool = False,
    ) -> None:
        """A line of text whose middle is at the height y."""
        width = text_width(text, size, bold)
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        self.texts.append((text, Box(left, y - 0.62 * size, width, 1.24 * size)))
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text class="{_classes(fill, "")}" x="{short(x)}" y="{short(y + 0.36 * size)}" '
            f'font-size="{short(size)}" text-anchor="{anchor}"{weight} '
            f"{_paint('fill', fill)}>{_clean(text)}</text>"
        )

    def svg(self, width: float, height: float, title: str, about: str) -> str:
        """The whole, as a document that needs nothing else.

        Args:
            width: of the picture, in pixels.
            height: of the picture, in pixels.
            title: what it is, for screen readers and pointers.
            about: what there is to see, in words.
        """
        body = "".join(self._parts)
        name = f"gp{zlib.crc32((title + about + body).encode()):08x}"
        w, h = short(width), short(height)
        paper = f'<rect class="f-paper" width="{w}" height="{h}" {_paint("fill", "paper")}/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="gp-picture" width="{w}" height="{h}" '
            f'viewBox="0 0 {w} {h}" style="max-width:100%;height:auto" role="img" '
            f'aria-labelledby="{name}-t" aria-describedby="{name}-d" '
            f'font-family="{FAMILY}">'
            f'<title id="{name}-t">{_clean(title)}</title>'
            f'<desc id="{name}-d">{_clean(about)}</desc>'
            f"<style>{STYLE}</style>{paper}{body}</svg>\n"
        )


def _classes(fill: str, stroke: str) -> str:
    return " ".join([*([f"f-{fill}"] if fill else []), *([f"s-{stroke}"] if stroke else [])])


def _paint(attribute: str, colour: str) -> str:
    return f'{attribute}="{LIGHT[colour] if colour else "none"}"'


def _quoted(text: str) -> str:
    """The value of an attribute, in quotes."""
    return f'"{escape(text)}"'


def _clean(text: str) -> str:
    """Text that may stand in XML: escaped, without control characters."""
    return escape(
        "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text), quote=False
    )
