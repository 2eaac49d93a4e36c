"""Files that are replaced only once the new one is whole."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from glassprop.errors import GlasspropError

Refusal = type[GlasspropError]


def replace_whole(path: Path, content: bytes, refusal: Refusal) -> None:
    """Write a file so that an old one is replaced only once the new one is whole.

    A link stays, and what it points to is replaced.

    Raises:
        GlasspropError: of the kind asked for, if a file cannot be put there.
    """
    target = place(path, refusal)
    part = _beside(target)
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except OSError as error:
        raise refusal(f"{path}: cannot be written: {_reason(error)}") from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def check_writable(path: Path, refusal: Refusal) -> None:
    """Refuse a path that `replace_whole` would refuse; nothing is left behind by the check.

    Raises:
        GlasspropError: of the kind asked for.
    """
    probe = _beside(place(path, refusal))
    try:
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise refusal(f"{path}: cannot be written: {_reason(error)}") from None


def place(path: Path, refusal: Refusal) -> Path:
    """Where a file of this name is, or would be: the path, with links followed.

    Raises:
        GlasspropError: of the kind asked for, for a name that no file can have or that cannot be
            printed, a folder, a device or a pipe, or a folder that does not exist.
    """
    _require_name(str(path), refusal)
    target = Path(os.path.realpath(path))
    try:
        kind = os.lstat(target).st_mode
    except (FileNotFoundError, NotADirectoryError):
        kind = stat.S_IFREG
    except OSError as error:
        raise refusal(f"{path}: cannot be written: {_reason(error)}") from None
    if stat.S_ISDIR(kind):
        raise refusal(f"{path}: is a folder; give the name of a file")
    if not stat.S_ISREG(kind):
        raise refusal(f"{path}: is a device, a pipe or the like; give the name of a file")
    if not os.path.isdir(target.parent):
        raise refusal(f"{path}: the folder {path.parent} does not exist; create it first")
    devices, memory = Path("/dev"), Path("/dev/shm")
    if target.is_relative_to(devices) and not target.is_relative_to(memory):
        raise refusal(f"{path}: is in {devices}, where files are not kept; give another folder")
    return target


def _require_name(name: str, refusal: Refusal) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        raise refusal(f"{name!r}: the name is not text in UTF-8; give another name") from None
    if "\0" in name:
        raise refusal(f"{name!r}: a name cannot have the character 0 in it; give another name")


def _beside(target: Path) -> Path:
    """A short hidden name in the same folder that no file has."""
    return target.parent / f".{secrets.token_hex(8)}"


def _reason(error: OSError) -> str:
    return error.strerror or str(error)
