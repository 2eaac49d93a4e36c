"""Derivations as files, in the format that the suffix names."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy.typing as npt

from glassprop.chainrule.derivation import Derivation
from glassprop.errors import nearest, shown
from glassprop.show.document.files import DocumentError
from glassprop.show.notation.notation import NIELSEN, Notation
from glassprop.show.outline.code_lines import Lines

if TYPE_CHECKING:
    from glassprop.show.document.document import Document

Trace = Mapping[str, npt.NDArray[Any]]


class Format(Protocol):
    """Writes a derivation in full in one format."""

    def __call__(
        self,
        derivation: Derivation,
        lines: Lines,
        notation: Notation = NIELSEN,
        trace: Trace | None = None,
    ) -> str | bytes:
        """The document."""
        ...


def _of(module: str, name: str) -> Format:
    """The format of a kind of document, which is loaded when it is first used."""

    def text(
        derivation: Derivation,
        lines: Lines,
        notation: Notation = NIELSEN,
        trace: Trace | None = None,
    ) -> str:
        kind: type[Document] = getattr(import_module(f"glassprop.show.writers.{module}"), name)
        return kind(derivation, lines, notation, trace).text()

    return text


def _pdf(
    derivation: Derivation,
    lines: Lines,
    notation: Notation = NIELSEN,
    trace: Trace | None = None,
) -> bytes:
    from glassprop.show.writers.pdf import to_pdf

    source = FORMATS[".typ"](derivation, lines, notation, trace)
    assert isinstance(source, str)
    return to_pdf(source)


FORMATS: dict[str, Format] = {
    ".txt": _of("plain_text", "PlainDocument"),
    ".md": _of("markdown", "MarkdownDocument"),
    ".tex": _of("latex_document", "TexDocument"),
    ".typ": _of("typst_document", "TypstDocument"),
    ".pdf": _pdf,
    ".html": _of("html", "HtmlDocument"),
}


def format_of(path: Path) -> Format:
    """What writes the format that a path's suffix names.

    Raises:
        DocumentError: for an unknown suffix, with the nearest known one.
    """
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        what = f"the suffix {path.suffix!r} names no" if suffix else "a suffix has to name the"
        hint = nearest(suffix, FORMATS)
        raise DocumentError(f"{shown(path)}: {what} format of derivations; {hint}")
    return FORMATS[suffix]
