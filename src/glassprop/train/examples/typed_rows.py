"""Rows of numbers as they were given, which become the network's number type part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from glassprop.train.examples.mapped_files import MappedFile, check_files

Numbers = npt.NDArray[Any]
Chosen = slice | npt.NDArray[np.intp]
"""Which rows: neighbours, or by their numbers."""

CHUNK, ENTRIES = 4096, 1 << 20
"""The most rows in a block, and about how many numbers are converted at once (8 MB in float64)."""


FEW = 256
"""Up to how many classes the row of each is kept: copying it is faster than writing it."""


class Source(Protocol):
    """Something that rows of a fixed width can be had from."""

    @property
    def width(self) -> int:
        """The number of entries of a row."""
        ...

    def __len__(self) -> int: ...

    def put(self, chosen: Chosen, out: Numbers) -> None:
        """Write some rows into an array of the network's number type."""
        ...


class Rows:
    """A matrix of any real number type, in whatever memory it is.

    Args:
        given: of shape (n, width).
        dtype: the network's number type.

    Attributes:
        ready: whether compiled loops can read it where it is.
        exact: whether it is of the network's type as well, so that parts of it need no memory.
    """

    def __init__(self, given: Numbers, dtype: str) -> None:
        self.given = given
        flags, kind = given.flags, given.dtype
        in_order = kind.isnative and flags.c_contiguous and flags.aligned
        self.ready = in_order and kind.itemsize <= 8 and kind != np.float16
        self.exact = self.ready and kind == np.dtype(dtype)
        self._raw = np.empty((0, given.shape[1]), kind)

    def __len__(self) -> int:
        return len(self.given)

    @property
    def width(self) -> int:
        """The number of entries of a row."""
        return self.given.shape[1]

    def put(self, chosen: Chosen, out: Numbers) -> None:
        """Write some rows into an array of the network's number type."""
        if isinstance(chosen, slice) or not self.ready:
            out[...] = self.given[chosen]
        elif self.exact:
            self.given.take(chosen, 0, out, "clip")
        else:
            if len(self._raw) < len(chosen):
                self._raw = np.empty((len(chosen), self.width), self.given.dtype)
            raw = self._raw[: len(chosen)]
            self.given.take(chosen, 0, raw, "clip")
            out[...] = raw


class LabelRows:
    """Target rows of labels, which are made when they are needed.

    Args:
        labels: from 0 to width − 1, of an unsigned type.
        width: the number of classes.
        low: what a row has beside the 1 at its label: 0, or −1 for the hinge cost.
        dtype: the network's number type.
    """

    def __init__(self, labels: Numbers, width: int, low: int, dtype: str) -> None:
        self.labels, self.width, self.low = labels, width, low
        self._each = np.full((width, width) if width <= FEW else (0, 0), low, dtype)
        np.fill_diagonal(self._each, 1)

    def __len__(self) -> int:
        return len(self.labels)

    def put(self, chosen: Chosen, out: Numbers) -> None:
        """Write some rows into an array of the network's number type."""
        labels = self.labels[chosen]
        if len(self._each):
            self._each.take(labels.astype(np.intp), 0, out, "clip")
            return
        out.fill(self.low)
        out[np.arange(len(out)), labels] = 1


def blocks(
    sources: Sequence[Source],
    dtype: str,
    files: Sequence[MappedFile] = (),
    chosen: npt.NDArray[np.intp] | None = None,
) -> Iterator[tuple[Chosen, list[Numbers]]]:
    """Go through rows of several sources side by side, all or those chosen, a block at a time.

    Gives which rows they are, and arrays of them; the next block may be in the same memory.

    Raises:
        DataError: for a mapped file that has become shorter.
    """
    count = len(sources[0]) if chosen is None else len(chosen)
    views = [chosen is None and is_exact(source) for source in sources]
    size = min(count, at_once(sources))
    rooms = [
        np.empty((0 if view else size, source.width), dtype)
        for source, view in zip(sources, views, strict=True)
    ]
    for start in range(0, count, size):
        stop = min(start + size, count)
        rows = slice(start, stop) if chosen is None else chosen[start:stop]
        check_files(files)
        arrays: list[Numbers] = []
        for source, view, room in zip(sources, views, rooms, strict=True):
            if view:
                arrays.append(source.given[rows])  # type: ignore[attr-defined]
            else:
                source.put(rows, room[: stop - start])
                arrays.append(room[: stop - start])
        yield rows, arrays


def is_exact(source: Source) -> bool:
    """Whether parts of it are arrays of the network's number type already."""
    return isinstance(source, Rows) and source.exact


def at_once(sources: Sequence[Source]) -> int:
    """How many rows make a block."""
    widest = max((s.width for s in sources if not is_exact(s)), default=1)
    return max(1, min(CHUNK, ENTRIES // widest))
