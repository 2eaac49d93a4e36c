"""Whether a folder is the user's own, all the way down from the root of the file system.

Who can write to a folder can put another in the place of one that is in it, whoever owns that, and
whatever its mode: so each folder above is looked at, too. They may belong to the user or to the
administrator, and nobody else may be able to write to them, except where the sticky bit keeps what
is in them, as in /tmp. The folder itself is no link; above it, a link is followed if only those two
could have made it, and its way is looked at like the rest. This goes from the top down, so that
others cannot change what has been looked at while the rest is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from pathlib import Path

ADMINISTRATOR = 0
LINKS = 40
"""Links that are followed on one way, as many as Linux follows."""
ACCESS_LIST = "system.posix_acl_access"


def own_way(path: Path, make: bool) -> Path:
    """The path without links, if only the user and the administrator can change where it leads.

    On Windows, where users' folders are closed to others, the path is taken as it is.

    Args:
        path: of a folder.
        make: whether to make folders that do not exist, for the user alone.

    Raises:
        OSError: saying which folder is not so, or cannot be entered or made.
    """
    path = path.absolute()
    if not hasattr(os, "geteuid"):
        if make:
            path.mkdir(parents=True, exist_ok=True)
        return path
    if os.path.islink(path):
        raise PermissionError(f"{path} is a link; give the folder that it leads to")
    way, links = Path(path.anchor), 0
    _require_closed(way, os.lstat(way))
    parts = [*reversed(path.parts[1:])]
    while parts:
        part = parts.pop()
        if part == "..":
            way = way.parent
            continue
        here = way / part
        found = _made(here) if make else os.lstat(here)
        if stat.S_ISLNK(found.st_mode):
            links += 1
            if links > LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(here))
            _require_trusted(here, found)
            target = Path(os.readlink(here))
            parts += reversed(target.parts[1:] if target.is_absolute() else target.parts)
            way = Path(target.anchor) if target.is_absolute() else way
        else:
            _require_closed(here, found)
            way = here
    return way


def require_own(path: Path, found: os.stat_result) -> None:
    """Refuse a folder or a file that others own or can write to.

    Raises:
        OSError: saying which of the two.
    """
    if not hasattr(os, "geteuid"):
        return
    if found.st_uid != os.geteuid():
        raise PermissionError(f"{path} belongs to another user")
    if _others_can_write(path, found):
        raise PermissionError(f"others can write to {path}")


def _made(folder: Path) -> os.stat_result:
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, 0o700)
    return os.lstat(folder)


def _require_closed(folder: Path, found: os.stat_result) -> None:
    """Refuse a folder in which others could put something in the place of what is there."""
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(f"{folder} is not a folder")
    _require_trusted(folder, found)
    if not found.st_mode & stat.S_ISVTX and _others_can_write(folder, found):
        raise PermissionError(f"others can write to {folder}")


def _require_trusted(path: Path, found: os.stat_result) -> None:
    if found.st_uid not in (ADMINISTRATOR, os.geteuid()):
        raise PermissionError(f"{path} belongs to another user")


def _others_can_write(path: Path, found: os.stat_result) -> bool:
    if found.st_mode & stat.S_IWOTH:
        return True
    return bool(found.st_mode & stat.S_IWGRP) and not _alone(path, found.st_gid)


def _alone(path: Path, group: int) -> bool:
    """Whether a group is the user's own, as where each user has one of the same name.

    Not if more users are let in by an access control list, whose mask is where the group's mode is.
    """
    import grp
    import pwd

    try:
        user, members = pwd.getpwuid(os.geteuid()), grp.getgrgid(group)
    except KeyError:
        return False
    named = (members.gr_name, group) == (user.pw_name, user.pw_gid)
    if not named or user.pw_uid == ADMINISTRATOR or {*members.gr_mem} - {user.pw_name}:
        return False
    if sys.platform != "linux":
        return True
    try:
        return ACCESS_LIST not in os.listxattr(path)
    except OSError:  # a file system without such lists
        return True
