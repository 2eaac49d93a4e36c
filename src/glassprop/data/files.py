"""Opening files, with refusals in the user's terms."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from glassprop.errors import DataError, shown

LARGEST_UNPACKED = 8 << 30  # bytes; a small packed file can claim, and even hold, far more
_GIB = 1 << 30
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)
_OTHERS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_PIPED = "give a file, or - and pipe the data in, as in: … | glassprop train -"


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
    """The file, open to read bytes.

    Raises DataError when it is missing, locked, a folder, or no regular file: a pipe may never end.
    """
    try:
        mode = os.stat(path).st_mode
        other = next((word for is_one, word in _OTHERS if is_one(mode)), None)
        if other is None:
            # What was a file a moment ago may be a pipe by now.
            return open(path, "rb", opener=lambda name, flags: os.open(name, flags | _NO_WAIT))
    # ValueError: a path that holds a null byte.
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    raise DataError(f"{shown(path)}: expected a regular file, found {other}; {_PIPED}")


def require_unpackable(size: int, name: str) -> None:
    """Raise DataError, naming `name`, if packed numbers would fill more than 8 GiB of memory."""
    if size > LARGEST_UNPACKED:
        raise DataError(
            f"{name}: expected at most {LARGEST_UNPACKED // _GIB} GiB of packed numbers, "
            f"found {size // _GIB} GiB declared; get the file again, or store it unpacked"
        )


def too_large(path: str | Path) -> DataError:
    """The refusal for numbers that are all there and do not fit in memory."""
    return DataError(
        f"{shown(path)}: expected data that fit in memory, found more; give fewer examples at once"
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
