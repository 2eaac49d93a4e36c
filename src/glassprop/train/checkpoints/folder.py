"""The checkpoints of a run in a folder: the last few, and the best."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import suppress
from pathlib import Path

from glassprop.errors import ModelFileError, shown
from glassprop.system import file_writing
from glassprop.system.paths import path_of
from glassprop.train import model_file
from glassprop.train.checkpoints.record import Record, read_record
from glassprop.train.model_file import SUFFIX, Saved

BEST = f"best{SUFFIX}"
_NAME = re.compile(rf"update-(\d{{9,}}){re.escape(SUFFIX)}")
ASIDE = ".set-aside"


def name_of(updates: int) -> str:
    """The name of the checkpoint after so many updates."""
    return f"update-{updates:09d}{SUFFIX}"


def listed(folder: Path) -> list[tuple[int, Path]]:
    """The checkpoints in a folder, with the numbers of their updates, the last one first."""
    found: list[tuple[int, Path]] = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            match = _NAME.fullmatch(path.name)
            if match is not None:
                found.append((int(match[1]), path))
    return sorted(found, reverse=True)


def prepare(folder: Path) -> None:
    """Make a folder, if it is not there, in which files can be put.

    Raises:
        ModelFileError: if that cannot be.
    """
    try:
        folder.mkdir(exist_ok=True)
    except FileNotFoundError:
        raise ModelFileError(
            f"{shown(folder)}: the folder {shown(folder.parent)} does not exist; create it first"
        ) from None
    except FileExistsError:
        raise ModelFileError(
            f"{shown(folder)}: is a file; checkpoints go into a folder of their own"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ModelFileError(f"{shown(folder)}: cannot be made: {reason}") from None
    file_writing.check_writable(folder / name_of(0), ModelFileError)


def write(folder: Path, name: str, content: bytes) -> None:
    """Put a checkpoint into its folder; an old one of the name goes only once it is whole.

    Raises:
        ModelFileError: if it cannot be written.
    """
    model_file.write_whole(folder / name, content)


def drop(folder: Path, keep: int) -> None:
    """Remove all but the last few checkpoints; what cannot be removed stays."""
    for _, path in listed(folder)[keep:]:
        with suppress(OSError):
            path.unlink()


def set_aside(folder: Path, after: int) -> None:
    """Rename checkpoints that are further on than one from which another run goes on."""
    for updates, path in listed(folder):
        if updates > after:
            with suppress(OSError):
                os.replace(path, path.with_name(path.name + ASIDE))


def read(path: Path) -> tuple[Saved, Record]:
    """A checkpoint.

    Raises:
        ModelFileError: for one that is torn, damaged, or none.
    """
    saved = model_file.load(path)
    if not saved.checkpoint:
        raise ModelFileError(
            f"{shown(path)}: is a network, and no checkpoint of a run; gp.load reads it, and fit "
            "goes on with it"
        )
    try:
        record = read_record(saved.checkpoint)
    except ModelFileError as error:
        raise ModelFileError(f"{shown(path)}: {error}") from None
    if saved.random is None or saved.states.rule is None:
        raise ModelFileError(f"{shown(path)}: says nothing of the training; it cannot be resumed")
    return saved, record


def newest(given: object) -> tuple[Path, Saved, Record] | None:
    """The last whole checkpoint of a folder, or the one that a file is; None for an empty folder.

    One that is damaged is warned of, and the one before is taken.

    Raises:
        ModelFileError: where there is none that is whole.
    """
    path = path_of(given, ModelFileError, "checkpoints")
    if not path.is_dir():
        if path.suffix != SUFFIX and not path.exists():
            return None
        return path, *read(path)
    there = [path for _, path in listed(path)]
    if (path / BEST).exists():
        there.append(path / BEST)
    for place, one in enumerate(there):
        try:
            return one, *read(one)
        except ModelFileError as error:
            if place + 1 == len(there):
                raise
            warnings.warn(
                f"{error}; {shown(there[place + 1])} is taken instead",
                RuntimeWarning,
                stacklevel=5,
            )
    return None
