"""Documents and pictures as files: replaced only once the new one is whole."""

from __future__ import annotations

from pathlib import Path

from glassprop.errors import GlasspropError
from glassprop.system.file_writing import replace_whole


class DocumentError(GlasspropError):
    """A document that cannot be written: an unknown format, or no such folder."""


def write(path: Path, content: str | bytes) -> None:
    """Write a file so that an old one is replaced only once the new one is whole.

    Raises:
        DocumentError: if it cannot be written.
    """
    whole = content.encode() if isinstance(content, str) else content
    replace_whole(path, whole, DocumentError)
