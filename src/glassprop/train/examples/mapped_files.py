"""Files behind memory-mapped arrays: reading past the end of one kills the process.

So their lengths are looked at before each part of the data is read. What is left is a file that
shrinks between the look and the read.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassprop.errors import DataError


@dataclass(frozen=True)
class MappedFile:
    """A file that an array's memory is mapped to.

    Attributes:
        name: what to call it.
        memory: the map.
        end: how many bytes the file must have.
    """

    name: str
    memory: mmap.mmap
    end: int


def mapped_files(*arrays: Any) -> tuple[MappedFile, ...]:
    """The files that some arrays, or the arrays that these are views of, are mapped to."""
    found: dict[int, MappedFile] = {}
    for array in arrays:
        name, start = "a mapped file", 0
        owner = array
        while owner is not None and not isinstance(owner, mmap.mmap):
            if isinstance(owner, np.memmap) and owner.filename is not None:
                name = str(owner.filename)
                start = owner.offset - owner.offset % mmap.ALLOCATIONGRANULARITY
            owner = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
        if owner is not None:
            found[id(owner)] = MappedFile(name, owner, start + len(owner))
    return tuple(found.values())


def check_files(files: Sequence[MappedFile]) -> None:
    """Refuse files that are shorter than what is mapped.

    Raises:
        DataError: naming the file.
    """
    for file in files:
        size = file.memory.size()
        if size < file.end:
            raise DataError(
                f"{file.name}: expected at least {file.end} bytes, to which an array is mapped, "
                f"found {size}: the file was truncated; restore it and map it again"
            )
