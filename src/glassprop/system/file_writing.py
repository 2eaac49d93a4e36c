"""Files that are replaced only once the new ones are whole."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import BinaryIO

from glassprop.errors import GlasspropError, shown
from glassprop.system.interrupt import finished
from glassprop.system.temporary_files import temporary

Refusal = type[GlasspropError]

_NO_FILES = Path("/dev"), Path("/proc"), Path("/sys")
_MEMORY = Path("/dev/shm")
_LINKS = 40
"""Links that are followed on one way, as many as Linux follows."""


def replace_whole(path: Path, content: bytes, refusal: Refusal) -> None:
    """Write a file so that an old one is replaced only once the new one is whole.

    As `replace_together` does.
    """
    replace_together({path: content}, refusal)


def replace_together(contents: Mapping[Path, bytes], refusal: Refusal) -> None:
    """Write files that belong together: none of them takes its place before all are whole.

    A link stays, and what it points to is replaced; owner and mode of an old file stay. Signals
    that ask for an end are waited with until all is in its place.

    Raises:
        GlasspropError: of the kind asked for, if a file cannot be put there.
    """
    with finished(), contextlib.ExitStack() as stack:
        parts = [stack.enter_context(_part(path, refusal)) for path in contents]
        for part, (path, content) in zip(parts, contents.items(), strict=True):
            with _refused(path, refusal):
                part.file.write(content)
                part.complete()
        for part, path in zip(parts, contents, strict=True):
            with _refused(path, refusal):
                part.take_its_place()
        for folder in {part.target.parent for part in parts}:
            sync_folder(folder)


@contextlib.contextmanager
def replacing(path: Path, refusal: Refusal) -> Generator[BinaryIO]:
    """A binary file that takes the place of a path when the block ends, and only if it ends well.

    Raises:
        GlasspropError: of the kind asked for, if a file cannot be put there.
    """
    with _part(path, refusal) as part, _refused(path, refusal):
        yield part.file
        part.complete()
        part.take_its_place()
        sync_folder(part.target.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder be on the disk: a new name is lost with the power otherwise.

    Where the system has nothing of the kind, nothing is done.
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def check_writable(path: Path, refusal: Refusal) -> None:
    """Refuse a path that `replace_whole` would refuse; nothing is left behind by the check.

    Raises:
        GlasspropError: of the kind asked for.
    """
    with finished(), _part(path, refusal):
        pass


class _Part:
    """What becomes a file.

    Attributes:
        file: open to be written.
    """

    def __init__(self, path: Path, file: BinaryIO, target: Path, old: os.stat_result | None):
        self.path, self.file, self.target, self.old = path, file, target, old

    def complete(self) -> None:
        """Have all that was written be on the disk, for those who might see the old file."""
        self.file.flush()
        if self.old is not None:
            _dress(self.path, self.target, self.old)
        os.fsync(self.file.fileno())

    def take_its_place(self) -> None:
        """Put the new file in the place of the old one."""
        if os.name == "nt":
            self.file.close()
        os.replace(self.path, self.target)


@contextlib.contextmanager
def _part(path: Path, refusal: Refusal) -> Generator[_Part]:
    target = place(path, refusal)
    with _refused(path, refusal):
        try:
            old = os.stat(target)
        except FileNotFoundError:
            old = None
    if old is not None and not (old.st_mode & 0o222 and os.access(target, os.W_OK)):
        raise refusal(
            f"{shown(path)}: is read-only; make it writable (chmod u+w) or give another name"
        )
    with contextlib.ExitStack() as stack:
        with _refused(path, refusal):
            # Until it has the mode of the old file nobody else may read it.
            mode = 0o666 if old is None else 0o600
            part, file = stack.enter_context(temporary(target.parent, mode=mode))
        yield _Part(part, file, target, old)


def _dress(part: Path, target: Path, old: os.stat_result) -> None:
    """Give a new file the owner, mode and access list of the old one.

    A group that cannot be given is given no more than all others have.
    """
    new = os.stat(part)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        for owner in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
            try:
                os.chown(part, *owner)
                break
            except OSError:
                continue
        else:
            mode = stat.S_IMODE(old.st_mode)
            os.chmod(part, mode & 0o700 | (mode & (mode & 0o7) << 3) | mode & 0o7)
            return
    shutil.copystat(target, part)
    os.utime(part)


def place(path: Path, refusal: Refusal) -> Path:
    """Where a file of this name is, or would be: the path, with links followed.

    Raises:
        GlasspropError: of the kind asked for, for a name that no file can have or that cannot be
            printed, a folder, a device or a pipe, a link that leads nowhere or that another user
            has put into a folder of all, or a folder that does not exist or may not be entered.
    """
    name = shown(path)
    _require_name(str(path), refusal)
    with _refused(path, refusal):
        _require_own_link(path, refusal)
        target = _end_of(path, refusal)
        try:
            kind = os.lstat(target).st_mode
        except (FileNotFoundError, NotADirectoryError):
            kind = stat.S_IFREG
        if stat.S_ISDIR(kind):
            raise refusal(f"{name}: is a folder; give the name of a file")
        if stat.S_ISLNK(kind):
            raise refusal(f"{name}: is a link that leads in a circle; remove it")
        if not stat.S_ISREG(kind):
            raise refusal(f"{name}: is a device, a pipe or the like; give the name of a file")
        if not target.parent.is_dir():
            folder = shown(path.parent)
            raise refusal(f"{name}: the folder {folder} does not exist; create it first")
    return target


def _end_of(path: Path, refusal: Refusal) -> Path:
    """Where a path leads, links followed, and never by a name of the system's own.

    /dev/stdout is a link to whatever file standard output is: one that has other lines already.
    """
    way = path.absolute()
    for _ in range(_LINKS):
        way = Path(os.path.realpath(way.parent)) / way.name
        for folder in _NO_FILES:
            if way.is_relative_to(folder) and not way.is_relative_to(_MEMORY):
                raise refusal(
                    f"{shown(path)}: leads into {folder}, where files are not kept; give the name "
                    "of a file"
                )
        if not way.is_symlink():
            break
        way = way.parent / os.readlink(way)
    return Path(os.path.realpath(way))


def _require_own_link(path: Path, refusal: Refusal) -> None:
    """Refuse what another may have laid out: the system does so only where a link is opened."""
    try:
        link, folder = os.lstat(path), os.stat(path.parent)
    except (FileNotFoundError, NotADirectoryError):
        return
    for_all = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    if not (stat.S_ISLNK(link.st_mode) and for_all):
        return
    if link.st_uid not in (os.geteuid(), folder.st_uid):
        raise refusal(
            f"{shown(path)}: is a link that another user has put there; give another name"
        )


def _require_name(name: str, refusal: Refusal) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise refusal(f"{name!r}: the name is not text in UTF-8; give another name") from None
    if "\0" in name:
        raise refusal(f"{name!r}: a name cannot have the character 0 in it; give another name")


@contextlib.contextmanager
def _refused(path: Path, refusal: Refusal) -> Generator[None]:
    """Within it, errors of the system are refusals of a path."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise refusal(f"{shown(path)}: cannot be written: {reason}") from None
