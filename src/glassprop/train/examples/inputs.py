"""Inputs as a network takes them: any array of real numbers or sparse matrix, checked, not copied.

What is mapped to a file stays there, and every type stays what it is until the numbers are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from glassprop.arrays import as_array
from glassprop.errors import DataError
from glassprop.train.examples import compressed_rows
from glassprop.train.examples.compressed_rows import CompressedRows
from glassprop.train.examples.known_arrays import Facts, facts_of
from glassprop.train.examples.mapped_files import MappedFile, check_files, mapped_files
from glassprop.train.examples.scipy_sparse import is_sparse, read_csr, row_of
from glassprop.train.examples.typed_rows import CHUNK, ENTRIES, Numbers, Rows

ROOM, SHARE = 1 << 27, 0.15
"""How many bytes a compressed copy of dense inputs may take, or which share of theirs. Where they
are mapped to a file only the share counts: they may be larger than the memory."""


@dataclass(frozen=True)
class Inputs:
    """Inputs of some examples.

    Attributes:
        rows: as they were given.
        files: that they are mapped to.
        facts: what is known of the array that they were given as.
    """

    rows: Rows | CompressedRows
    files: tuple[MappedFile, ...] = ()
    facts: Facts = field(default_factory=Facts)

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def density(self) -> float:
        """The share of inputs that are not zero, or 1 where it is of no use to know."""
        if isinstance(self.rows, CompressedRows):
            return self.rows.density
        given = self.rows.given
        if not self.rows.ready:
            return 1.0
        check_files(self.files)
        share = self.facts.found("density", lambda: compressed_rows.density(given))
        room = max(0 if self.files else ROOM, SHARE * given.nbytes)
        return share if share * given.size * compressed_rows.entry_bytes(given) <= room else 1.0

    def compressed(self) -> CompressedRows:
        """Compressed rows of them; a copy where they are dense."""
        check_files(self.files)
        rows = self.rows
        if isinstance(rows, CompressedRows):
            return rows
        return self.facts.found("compressed", lambda: compressed_rows.compress(rows.given))


def check_inputs(x: object, features: int, dtype: str) -> Inputs:
    """Inputs of shape (n, features), as they are.

    Raises:
        DataError: for another shape, no examples, or entries that are not finite numbers of the
            network's type.
    """
    if is_sparse(x):
        rows = read_csr(x, "x")
        _check_shape((len(rows), rows.width), features)
        files = mapped_files(rows.starts, rows.columns, rows.values)
        _check_values(rows, dtype)
        return Inputs(rows, files)
    array = array_of_numbers(x, "x")
    _check_shape(array.shape, features)
    files = mapped_files(array)
    facts = facts_of(array, files)
    facts.found(("finite", dtype), lambda: check_finite(array, "x", "feature", dtype, files))
    if array.dtype == bool:
        array = array.view(np.uint8)
    return Inputs(Rows(array, dtype), files, facts)


def one_or_many(x: object, features: int, dtype: str) -> tuple[Numbers, bool]:
    """Inputs of shape (features,) or (n, features) as rows, and whether it is one example.

    Entries that are not finite are let through.

    Raises:
        DataError: for another shape, no examples, or entries that are not numbers.
    """
    if is_sparse(x):
        rows = read_csr(x, "x")
        _check_shape((len(rows), rows.width), features)
        whole = np.empty((len(rows), features), dtype)
        rows.put(slice(0, len(rows)), whole)
        return whole, False
    array = array_of_numbers(x, "x")
    one = array.shape == (features,)
    if not one:
        _check_shape(array.shape, features, f"({features},) or (n, {features})")
    found = _cast(np.ascontiguousarray(array[None] if one else array), dtype)
    return np.require(found, requirements=["A"]), one


def _check_shape(shape: tuple[int, ...], features: int, expected: str = "") -> None:
    if len(shape) != 2 or shape[1] != features:
        hint = ""
        if shape == (features,):
            hint = "; for a single example give x[None, :]"
        elif len(shape) > 2 and int(np.prod(shape[1:])) == features:
            hint = "; flatten each example with x.reshape(len(x), -1)"
        raise DataError(
            f"x: expected an array of shape {expected or f'(n, {features})'} for a network with "
            f"{features} inputs, "
            f"got {shape}{hint}"
        )
    if not shape[0]:
        raise DataError("x: expected at least one example, got none")


def array_of_numbers(given: object, what: str) -> Numbers:
    """Anything array-like as an array of real numbers; an array as it is.

    Raises:
        DataError: for anything else.
    """
    if is_sparse(given):
        raise DataError(f"{what}: a sparse matrix is not taken here; give {what}.toarray()")
    array = as_array(given, what)
    if array.dtype.kind not in "biuf":
        raise DataError(
            f"{what}: expected an array of real numbers, got entries of type {array.dtype!s:.80}"
        )
    return array


def check_finite(
    array: Numbers,
    what: str,
    column: str,
    dtype: str,
    files: tuple[MappedFile, ...] = (),
) -> None:
    """Refuse NaN, infinities, and what is too large for the network's number type.

    Raises:
        DataError: naming the example and the column.
    """
    check_files(files)
    if array.dtype.kind != "f":
        return
    size = max(1, min(CHUNK, ENTRIES // max(array.shape[1], 1)))
    for start in range(0, len(array), size):
        check_files(files)
        part = _cast(array[start : start + size], dtype)
        finite = np.isfinite(part)
        if not finite.all():
            row, place = np.argwhere(~finite)[0]
            raise _not_finite(what, column, start + row, place, part[row, place])


def _check_values(rows: CompressedRows, dtype: str) -> None:
    for at in range(0, len(rows.values) if rows.values.dtype.kind == "f" else 0, ENTRIES):
        part = _cast(rows.values[at : at + ENTRIES], dtype)
        odd = np.flatnonzero(~np.isfinite(part))
        if len(odd):
            place = at + int(odd[0])
            row, column = row_of(rows.starts, place), rows.columns[place]
            raise _not_finite("x", "feature", row, column, part[odd[0]])


def _cast(array: Numbers, dtype: str) -> Numbers:
    """The array in the network's number type; what is too large for it becomes infinite."""
    with np.errstate(over="ignore"):
        return array.astype(dtype, copy=False)


def _not_finite(what: str, column: str, row: int, place: int, value: object) -> DataError:
    return DataError(
        f"{what}: {column} {place} of example {row} is {value}; "
        "expected finite numbers, remove or replace it"
    )
