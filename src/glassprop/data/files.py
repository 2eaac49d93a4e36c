"""Opening, naming and replacing files, with refusals in the user's terms."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from glassprop.errors import DataError


def shown(path: str | Path) -> str:
    """A path as it stands in a message; quoted and escaped where it would break the line."""
    text = str(path)
    return text if text.isprintable() and text.strip() else repr(text)


def unreadable(path: Path, error: Exception) -> DataError:
    """The refusal for a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return DataError(f"{shown(path)}: no such file; check the path")
    if isinstance(error, IsADirectoryError):
        return DataError(f"{shown(path)}: expected a file, found a folder; give a file in it")
    return DataError(
        f"{shown(path)}: cannot be read ({_reason(error)}); check path and permissions"
    )


def opened(path: Path) -> BufferedReader:
    """The file, open to read bytes; raises DataError when it is missing, a folder or locked."""
    try:
        return path.open("rb")
    # ValueError: a path that holds a null byte.
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file that takes the place of `path` when the block ends, and only if it ends well.

    Raises DataError when the folder is missing, not writable or full; `path` is then untouched.
    """
    partial = path.parent / f".{secrets.token_hex(8)}.partial"
    try:
        with partial.open("xb") as file:
            yield file
        partial.replace(path)
    except (OSError, ValueError) as error:
        raise DataError(
            f"{shown(path)}: cannot be written ({_reason(error)}); check the folder and permissions"
        ) from error
    finally:
        with contextlib.suppress(OSError, ValueError):
            partial.unlink()


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
