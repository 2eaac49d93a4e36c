"""Data from standard input, where they are asked for as `-`: put into a file, which has an end."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from glassprop.data.memory import CONFIRM
from glassprop.errors import DataError
from glassprop.system.temporary_files import temporary

PIPE = "-"
LONGEST = 1 << 30  # bytes that are taken from a pipe without a question
_CHUNK = 1 << 20
_KINDS = {b"\x93NUMPY": ".npy", b"PK": ".npz", b"\x1f\x8b": "-idx.gz", b"\0\0": "-idx"}
_NAME = "standard input"


@contextlib.contextmanager
def piped(large: bool) -> Iterator[Path]:
    """A file with all that comes from standard input, named by its kind.

    large: whether it is confirmed that there is much.

    Raises DataError for nothing, for more than 1 GiB unless that is confirmed, and where there is
    no room for a file; refusals in the block call the file "standard input".
    """
    source: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if source is None:
        raise DataError(f"{_NAME}: is closed; pipe data in, as in: … | glassprop train -")
    start = _read(source)
    if not start:
        raise DataError(f"{_NAME}: expected data, found none; pipe them in, and only once")
    with contextlib.ExitStack() as stack:
        folder = "the folder for temporary files"
        try:
            folder = tempfile.gettempdir()
            path, file = stack.enter_context(temporary(Path(folder), _kind(start), mode=0o600))
            chunk, size = start, 0
            while chunk:
                size += file.write(chunk)
                if size > LONGEST and not large:
                    raise DataError(
                        f"{_NAME}: more than {LONGEST >> 30} GiB came; does it ever end? "
                        f"If so, {CONFIRM}"
                    )
                chunk = _read(source)
            file.flush()
        except OSError as error:
            reason = error.strerror or str(error)
            raise DataError(
                f"{_NAME}: cannot be kept in {folder}: {reason}; set TMPDIR to a folder with room"
            ) from None
        try:
            yield path
        except DataError as error:
            raise DataError(str(error).replace(str(path), _NAME)) from error


def _read(source: BinaryIO) -> bytes:
    """The next piece.

    Raises DataError where standard input is a folder, or is closed in the midst.
    """
    try:
        return source.read(_CHUNK)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{_NAME}: cannot be read: {reason}; pipe data in") from None


def _kind(start: bytes) -> str:
    """What a file's name ends in that begins like this."""
    for magic, suffix in _KINDS.items():
        if start.startswith(magic):
            return suffix
    line = start.partition(b"\n")[0]
    return ".tsv" if b"\t" in line and b"," not in line else ".csv"
