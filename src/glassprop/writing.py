"""Files that are replaced only once the new one is whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from glassprop.errors import GlasspropError


def replace_whole(path: Path, content: bytes, refusal: type[GlasspropError]) -> None:
    """Write a file so that an old one is replaced only once the new one is whole.

    Raises:
        GlasspropError: of the kind asked for, if the path is a folder, its folder does not exist,
            or it cannot be written.
    """
    part = beside(path)
    try:
        require_place(path, refusal)
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise refusal(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def require_place(path: Path, refusal: type[GlasspropError]) -> None:
    """Refuse a path that is a folder, or whose folder does not exist."""
    if path.is_dir():
        raise refusal(f"{path}: is a folder; give the name of a file")
    if not path.parent.is_dir():
        raise refusal(f"{path}: the folder {path.parent} does not exist; create it first")


def beside(path: Path) -> Path:
    """A hidden name in the same folder that no file has."""
    return path.parent / f".{path.name}.{secrets.token_hex(4)}"
