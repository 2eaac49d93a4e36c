"""The folder of compiled code: where it is, and how files in it are read and replaced.

Compiled code is executable, so the folder must be the user's own, and so must each file. It is held
open: where the system can, files are found in the folder that was looked at, wherever its path may
lead by then. Nothing but a regular file is read, and no link is followed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from types import TracebackType

from glassprop.compile.native.folder_ownership import own_way, require_own

FOLDER = "GLASSPROP_CACHE"
"""The environment variable that names another folder for compiled code."""
PART = ".new"
"""What the names of files that are not yet whole end in."""
_IN_PLACE = os.open in os.supports_dir_fd and os.listdir in os.supports_fd
_AS_IT_IS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def user_folder() -> Path:
    """The user's cache folder of glassprop.

    Raises:
        OSError: if the user has no home.
    """
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "glassprop"
    except RuntimeError:
        raise OSError(f"the user has no home folder; set {FOLDER} to a folder") from None


def default_folder() -> Path:
    """Where compiled code is kept: $GLASSPROP_CACHE, or the user's cache folder.

    Raises:
        OSError: if there is neither.
    """
    named = os.environ.get(FOLDER)
    return Path(named) if named else user_folder() / "compiled"


def reason(error: OSError) -> str:
    """What went wrong with which file."""
    named = error.filename is not None and error.strerror
    return f"{error.filename}: {error.strerror}" if named else str(error)


class Folder:
    """A folder that nobody else can write to, or put another in the place of; to be closed.

    Args:
        path: of the folder.
        make: whether to make it, and those above, if they do not exist.

    Attributes:
        path: without links.

    Raises:
        OSError: saying who else can, or that it does not exist or cannot be made.
    """

    def __init__(self, path: Path, make: bool = True) -> None:
        self.path, self._number = own_way(path, make), None
        if not _IN_PLACE:
            require_own(self.path, os.stat(self.path))
        else:
            flags = os.O_RDONLY | os.O_DIRECTORY | _AS_IT_IS
            self._number = os.open(self.path, flags)
            try:
                require_own(self.path, os.fstat(self._number))
            except OSError:
                self.close()
                raise

    def __enter__(self) -> Folder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        if self._number is not None:
            os.close(self._number)
            self._number = None

    def read(self, name: str, most: int) -> bytes:
        """What a file holds.

        Args:
            name: of the file.
            most: bytes that it may have.

        Raises:
            OSError: if it cannot be read, is a link, a pipe or the like, is too large, or if others
                own it or can write to it.
        """
        with self.opened(name, os.O_RDONLY) as file:
            size = os.fstat(file.fileno()).st_size
            if size > most:
                why = f"it has more than {most:,} bytes"
                raise OSError(errno.EFBIG, why, str(self.path / name))
            return file.read(size)  # as much memory is taken as is asked for

    def opened(self, name: str, flags: int) -> BufferedReader:
        """A regular file of the user's own, made if the flags say so.

        Raises:
            OSError: if it is not that.
        """
        path = self.path / name
        try:
            number = self._open(self._at(name), flags | getattr(os, "O_BINARY", 0))
        except OSError as error:
            why = "it is a link" if error.errno == errno.ELOOP else error.strerror
            raise OSError(error.errno, why, str(path)) from None
        try:
            found = os.fstat(number)
            if not stat.S_ISREG(found.st_mode):
                raise PermissionError(f"{path} is not a regular file")
            require_own(path, found)
            return os.fdopen(number, "rb")
        except OSError:
            os.close(number)
            raise

    def write(self, name: str, content: bytes) -> None:
        """Put a file there, so that nobody sees half of it.

        Raises:
            OSError: if that cannot be done.
        """
        part = f"{name}.{secrets.token_hex(8)}{PART}"
        try:
            with open(self._at(part), "xb", opener=self._open) as file:
                file.write(content)
            numbers = {"src_dir_fd": self._number, "dst_dir_fd": self._number}
            os.replace(self._at(part), self._at(name), **numbers)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path / name)) from None
        finally:
            with contextlib.suppress(OSError):
                self.remove(part)

    def remove(self, name: str) -> None:
        """Take a file away, if it is there.

        Raises:
            OSError: if that cannot be done.
        """
        try:
            os.unlink(self._at(name), dir_fd=self._number)
        except FileNotFoundError:
            return
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(self.path / name)) from None

    def touch(self, name: str) -> None:
        """Have a file's time say that it was used now, where that can be done."""
        with contextlib.suppress(OSError):
            os.utime(self._at(name), dir_fd=self._number)

    def files(self) -> Iterator[tuple[str, os.stat_result]]:
        """The regular files in it, by name.

        Raises:
            OSError: if the folder cannot be read.
        """
        for name in sorted(os.listdir(self.path if self._number is None else self._number)):
            with contextlib.suppress(FileNotFoundError):  # removed by another process
                found = os.stat(self._at(name), dir_fd=self._number, follow_symlinks=False)
                if stat.S_ISREG(found.st_mode):
                    yield name, found

    def _at(self, name: str) -> str:
        return str(self.path / name) if self._number is None else name

    def _open(self, at: str, flags: int) -> int:
        return os.open(at, flags | _AS_IT_IS, 0o600, dir_fd=self._number)
