"""Hidden files that do not outlive their process: what a killed one left, the next one removes.

A process holds a lock on its file, which ends with the process. A file of this kind of name that
nobody holds is of one that is gone.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Generator
from pathlib import Path
from typing import BinaryIO

NAME = re.compile(r"\.glassprop-[0-9a-f]{16}\S*")
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextlib.contextmanager
def temporary(
    folder: Path, suffix: str = "", mode: int = 0o666
) -> Generator[tuple[Path, BinaryIO]]:
    """A new hidden file in a folder, open to be written; it is removed when the block ends.

    Args:
        folder: where it is; what killed processes have left there is removed.
        suffix: what its name ends in.
        mode: who may read and write it, of which the umask takes away.

    Raises:
        OSError: if there cannot be one.
    """
    _sweep(folder)
    path, file = _created(folder, suffix, mode)
    try:
        yield path, file
    finally:
        with contextlib.suppress(OSError):  # a full disk, of which it has been said
            file.close()
        with contextlib.suppress(OSError):
            path.unlink()


def _created(folder: Path, suffix: str, mode: int) -> tuple[Path, BinaryIO]:
    while True:
        path = folder / f".glassprop-{secrets.token_hex(8)}{suffix}"
        file = os.fdopen(os.open(path, _FLAGS, mode), "w+b")
        try:
            _lock(file.fileno())
        except BlockingIOError:  # somebody looks at it, and may remove it
            file.close()
            path.unlink(missing_ok=True)
            continue
        except OSError:
            return path, file  # a file system without locks, where nobody takes it away
        if path.exists():  # or somebody was faster, and has removed it
            return path, file
        file.close()


def _lock(descriptor: int) -> None:
    """Lock an open file.

    Raises:
        BlockingIOError: if another process has.
        OSError: if the file system has no locks.
    """
    try:
        import fcntl
    except ImportError:
        return  # Windows, where nobody can remove a file that is open
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _sweep(folder: Path) -> None:
    """Remove what killed processes of this user have left in a folder."""
    owner = getattr(os, "geteuid", lambda: 0)()
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if not NAME.fullmatch(entry.name):
                continue
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == owner:
                    _remove_if_left(entry.path)


def _remove_if_left(path: str) -> None:
    descriptor = os.open(path, _LOOK)
    try:
        _lock(descriptor)
        if os.name != "nt":
            os.unlink(path)
    finally:
        os.close(descriptor)
    if os.name == "nt":
        os.unlink(path)
