"""Typst documents as PDF, through the Python package `typst`."""

from __future__ import annotations

from types import ModuleType

from glassprop.errors import GlasspropError


class PdfError(GlasspropError):
    """A PDF that cannot be made."""


def to_pdf(source: str) -> bytes:
    """A Typst document as PDF: tagged, with the fonts inside Typst, always the same bytes.

    Raises:
        PdfError: without the package `typst`, or for a document that does not compile.
    """
    typst = _typst()
    try:
        return typst.compile(source.encode(), ignore_system_fonts=True)
    except typst.TypstError as error:
        raise PdfError(f"the PDF cannot be set: {' '.join(str(error).split())}") from None


def _typst() -> ModuleType:
    try:
        import typst
    except ImportError:
        raise PdfError(
            "a PDF needs the package typst, which is not installed; "
            "run: pip install 'glassprop[pdf]'"
        ) from None
    return typst
