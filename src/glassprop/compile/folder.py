"""The folder of compiled code: where it is, whether it is the user's own, what is in it.

Compiled code is executable, so a folder that others can write to is refused.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = "GLASSPROP_CACHE"
"""The environment variable that names another folder for compiled code."""
OWN = re.compile(r"(?P<key>(epoch|predict)_[0-9a-f]{32})\.(py|json|lock|\d+\.new)")
NUMBA = re.compile(r"(?P<key>(epoch|predict)_[0-9a-f]{32})\.[^/]*\.nb[ci]")


def user_folder() -> Path:
    """The user's cache folder of glassprop.

    Raises:
        OSError: if the user has no home.
    """
    base = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "glassprop"
    except RuntimeError:
        raise FileNotFoundError(f"the user has no home folder; set {FOLDER} to a folder") from None


def default_folder() -> Path:
    """Where compiled code is kept: $GLASSPROP_CACHE, or the user's cache folder.

    Raises:
        OSError: if there is neither.
    """
    named = os.environ.get(FOLDER)
    return Path(named) if named else user_folder() / "compiled"


def private_folder(folder: Path) -> Path:
    """The folder, made if need be, if nobody else can write to it.

    Raises:
        OSError: saying who can, or that it cannot be made or written to.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    require_private(folder)
    return folder


def require_private(folder: Path) -> None:
    """Refuse a folder that is not the user's own.

    Raises:
        OSError: saying why.
    """
    if os.name != "nt":
        here = os.lstat(folder)
        if not stat.S_ISDIR(here.st_mode) or here.st_uid != os.getuid():
            raise PermissionError(f"{folder} is not a folder of the user's own")
        if here.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(f"others can write to {folder}")
        for parent in folder.resolve().parents:
            mode = os.stat(parent).st_mode
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                raise PermissionError(f"others can write to {parent}")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written to")


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock between processes, where the system has one."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Kept:
    """What a folder of compiled code holds.

    Attributes:
        files: those that glassprop has put there, by the key of their program.
        size: of these files together, in bytes.
    """

    files: dict[str, list[Path]]
    size: int

    @property
    def programs(self) -> int:
        """How many programs there is machine code of."""
        return sum(any(p.suffix == ".nbc" for p in paths) for paths in self.files.values())


def kept(folder: Path) -> Kept:
    """The files of glassprop's own naming in a folder; links and all other files are not its own.

    Raises:
        OSError: if the folder cannot be read.
    """
    files: dict[str, list[Path]] = {}
    size = 0
    for place, pattern in ((folder, OWN), (folder / "__pycache__", NUMBA)):
        if place.is_symlink() or not place.is_dir():
            continue
        for path in sorted(place.iterdir()):
            found = pattern.fullmatch(path.name)
            if found and stat.S_ISREG(path.lstat().st_mode):
                files.setdefault(found["key"], []).append(path)
                size += path.lstat().st_size
    return Kept(files, size)


def clear(folder: Path) -> Kept:
    """Remove the files of glassprop's own naming, program by program; says what it removed.

    A program that another process is compiling is waited for; the next run compiles it again.

    Raises:
        OSError: if a file cannot be removed.
    """
    before = kept(folder)
    for key, paths in before.files.items():
        lock = folder / f"{key}.lock"
        with locked(lock):
            for path in paths:
                path.unlink(missing_ok=True)
            lock.unlink(missing_ok=True)
    return before
