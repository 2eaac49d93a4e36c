"""A picture as users have it: SVG that shows itself in notebooks and saves itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from glassprop.errors import nearest, shown
from glassprop.show.document.files import DocumentError, write
from glassprop.show.pictures.drawing import Drawing
from glassprop.system.paths import path_of

SUFFIXES = (".svg",)


@dataclass(frozen=True)
class Picture:
    """A drawing that needs nothing else: no font, no style sheet, no network.

    Attributes:
        svg: the picture as a document.
        width: in pixels, at its natural size.
        height: in pixels, at its natural size.
        drawing: where its boxes and texts are.
    """

    svg: str = field(repr=False)
    width: float
    height: float
    drawing: Drawing = field(repr=False, compare=False)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture as a .svg file.

        Raises:
            DocumentError: for another suffix, or a path that cannot be written.
        """
        write(require_suffix(path_of(path, DocumentError, "network.svg")), self.svg)

    def _repr_svg_(self) -> str:
        return self.svg


def require_suffix(path: Path) -> Path:
    """The path, if its suffix names a format of pictures.

    Raises:
        DocumentError: if it does not.
    """
    if path.suffix.lower() not in SUFFIXES:
        what = f"the suffix {path.suffix!r} names no" if path.suffix else "a suffix has to name the"
        raise DocumentError(
            f"{shown(path)}: {what} format of pictures; {nearest(path.suffix, SUFFIXES)}"
        )
    return path
