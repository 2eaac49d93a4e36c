"""The compiled programs that are kept: found, kept, and dropped when they are too many.

A program is one file, which is read once and replaced as a whole. It begins with a digest of its
name and of all that follows, so that one that is damaged, or that has another program's name, is
found out before any of it is used. When all of them take more than there is room for, those go
first whose last use is longest ago.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import time
import warnings
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from io import BufferedReader
from pathlib import Path

from glassprop.compile.native.cache_folder import PART, Folder, default_folder, reason

LIMIT = "GLASSPROP_CACHE_MB"
"""The environment variable that says how many megabytes the programs may take; 0 keeps none."""
ROOM = 100
"""Megabytes that they may take if the user does not say: about 600 programs."""
LARGEST = 64_000_000
"""Bytes of a program that is kept at most; usual ones have a few hundred thousand."""
WAIT = 5.0
"""Seconds that a process waits for another that compiles the same program."""
LEFT = 3600.0
"""Seconds after which a file that is not yet whole, or a lock, was left by a process that ended."""
_LOOK = 0.05
_BEGINNING = b"glassprop program 1 "
_CODE, _LOCK = ".code", ".lock"
_NAME = r"(epoch|predict|digest)_[0-9a-f]{32}\."
_PROGRAM = re.compile(rf"{_NAME}code")
_UNFINISHED = re.compile(rf"{_NAME}(lock|code\.[0-9a-f]{{16}}{re.escape(PART)})")
_EARLIER = re.compile(rf"{_NAME}(py|json|\d+\.new|[^/]*\.nb[ci])")
"""Of versions that left it to Numba to keep code, here and in a folder within."""
_WITHIN = "__pycache__"
MACHINE = "machine_"
"""What the names of files begin with that say what was measured of a machine."""
_MEASURED = re.compile(rf"{MACHINE}[0-9a-f]{{32}}\.json(\.[0-9a-f]{{16}}{re.escape(PART)})?")


def limit() -> int:
    """How many bytes the programs may take together.

    Raises:
        OSError: if the environment variable says something else than a number.
    """
    text = os.environ.get(LIMIT, "").strip() or str(ROOM)
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        raise OSError(f"{LIMIT}: expected a number of megabytes, such as {ROOM}, got {text!r:.40}")
    return int(text) * 1_000_000


@dataclass(frozen=True)
class Kept:
    """Files of compiled code.

    Attributes:
        programs: how many programs there are.
        files: how many files, with those that processes have left that were ended.
        size: of all of them, in bytes.
    """

    programs: int = 0
    files: int = 0
    size: int = 0


def kept(folder: Folder) -> Kept:
    """What a folder has of compiled code; links and all other files are not glassprop's.

    Raises:
        OSError: if the folder cannot be read.
    """
    return _counted((name, found) for _, name, found in _own(folder))


def clear(folder: Folder) -> Kept:
    """Remove all compiled code, and what it was compiled by, and say what it was.

    What is being compiled may come after it.

    Raises:
        OSError: if a file cannot be removed.
    """
    removed: list[tuple[str, os.stat_result]] = []
    for name, _ in folder.files():
        if _MEASURED.fullmatch(name):
            folder.remove(name)
    for place, name, found in _own(folder):
        place.remove(name)
        removed.append((name, found))
    return _counted(removed)


def _counted(files: Iterable[tuple[str, os.stat_result]]) -> Kept:
    found = [(bool(_PROGRAM.fullmatch(name)), status.st_size) for name, status in files]
    programs, sizes = sum(program for program, _ in found), sum(size for _, size in found)
    return Kept(programs, len(found), sizes)


def _own(folder: Folder) -> Iterator[tuple[Folder, str, os.stat_result]]:
    """The files of glassprop's naming, each with the folder that it is in."""
    patterns = (_PROGRAM, _UNFINISHED, _EARLIER)
    for name, found in folder.files():
        if any(pattern.fullmatch(name) for pattern in patterns):
            yield folder, name, found
    with contextlib.suppress(OSError), Folder(folder.path / _WITHIN, make=False) as within:
        for name, found in within.files():
            if _EARLIER.fullmatch(name):
                yield within, name, found


def _drop(folder: Folder, room: int, new: str) -> None:
    """Remove what nobody has use for, and programs until the rest takes no more than its room."""
    programs: list[tuple[int, int, str]] = []
    size, now = 0, time.time()
    for place, name, found in _own(folder):
        if _PROGRAM.fullmatch(name):
            size += found.st_size
            programs += [(found.st_mtime_ns, found.st_size, name)] * (name != new)
        elif _EARLIER.fullmatch(name) or now - found.st_mtime > LEFT:
            place.remove(name)
    for _, bytes_, name in sorted(programs):
        if size <= room:
            break
        folder.remove(name)
        size -= bytes_


class Programs:
    """The programs in a folder; without a folder, there are none and none are kept."""

    def __init__(self, folder: Folder | None, room: int = 0) -> None:
        self._folder, self._room = folder, room

    def find(self, name: str, told: bool = True) -> bytes | None:
        """The code of a program, if there is a file of it that is as it was written.

        Args:
            name: of the program.
            told: whether to warn if there is another file.
        """
        if self._folder is None:
            return None
        try:
            content = self._folder.read(name + _CODE, LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            why = reason(error)
        else:
            head, _, code = content.partition(b"\n")
            if head == _head(name, code):
                self._folder.touch(name + _CODE)
                return code
            why = f"{self._folder.path / name}{_CODE} is not as it was written"
        if told:
            warn_of_damage(why)
        return None

    def keep(self, name: str, code: bytes) -> None:
        """Keep the code of a program, and drop others if there is no room for all."""
        if self._folder is None or len(code) > min(LARGEST, self._room):
            return
        try:
            self._folder.write(name + _CODE, _head(name, code) + b"\n" + code)
            _drop(self._folder, self._room, name + _CODE)
        except OSError as error:
            _warn(f"compiled code is not kept: {reason(error)}")

    @contextlib.contextmanager
    def alone(self, name: str) -> Generator[None]:
        """Wait for another process that compiles the same program, for a while.

        It only saves work: a program is read and replaced as a whole.
        """
        lock = None if self._folder is None else _lock(self._folder, name + _LOCK)
        if self._folder is None or lock is None:
            yield
            return
        with lock:
            held = _held(lock, self._folder.path / (name + _LOCK))
            try:
                yield
            finally:
                if held:
                    with contextlib.suppress(OSError):
                        self._folder.remove(name + _LOCK)


@contextlib.contextmanager
def programs() -> Generator[Programs]:
    """The programs in the user's folder; where it cannot be used, a warning says why."""
    folder, room = None, 0
    try:
        room = limit()
        folder = Folder(default_folder()) if room else None
    except OSError as error:
        _warn(f"compiled code is not kept: {reason(error)} (glassprop doctor says what to do)")
    with folder or contextlib.nullcontext():
        yield Programs(folder, room)


def warn_of_damage(why: str) -> None:
    """Say that a program is compiled again, and why."""
    _warn(f"the cache of compiled code is damaged, compiling again: {why}")


def _head(name: str, code: bytes) -> bytes:
    digest = hashlib.sha256(name.encode() + b"\0" + code).hexdigest()
    return _BEGINNING + digest.encode()


def _lock(folder: Folder, name: str) -> BufferedReader | None:
    """The file of a lock, where there can be one."""
    if find_spec("fcntl") is None:  # Windows
        return None
    try:
        return folder.opened(name, os.O_RDWR | os.O_CREAT)
    except OSError:
        return None


def _held(lock: BufferedReader, path: Path) -> bool:
    """Take a lock as soon as nobody has it; whether that came about in time."""
    import fcntl

    end = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                _warn(
                    f"waited {WAIT:.0f} s for another process that compiles the same program and "
                    f"holds {path}; compiling it here, too"
                )
                return False
        except OSError:  # a file system without locks
            return True
        time.sleep(_LOOK)


def _warn(text: str) -> None:
    warnings.warn(text, RuntimeWarning, stacklevel=3)
