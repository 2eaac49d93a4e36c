"""What the command line says of data: how tables are read, and what is large on purpose."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from glassprop import data as datasets
from glassprop.cli.streams import tell
from glassprop.data.loading import is_table
from glassprop.data.standard_input import PIPE
from glassprop.data.tables.whole_number_targets import question
from glassprop.errors import DataError, NetworkError, shown

MOST_PARAMETERS = 20_000_000


@dataclass(frozen=True)
class TableOptions:
    """`--target`, `--header`, `--ignore`, `--large` and `--classes`, as given."""

    target: str | None = None
    header: bool | None = None
    ignore: str | None = None
    large: bool = False
    classes: bool | None = None

    def load(
        self,
        source: str,
        features: int | None,
        scale: float,
        strict: bool = True,
        names: tuple[str, ...] | None = None,
    ) -> Any:
        """Inputs, and targets or None, from a file.

        Args:
            source: the file, or "-" for standard input.
            features: how many are expected, if that is known.
            scale: of the network.
            strict: whether it is an error that options for tables are given for something else.
            names: that classes may have, or None for any.
        """
        columns: dict[str, Any] = {}
        if strict or is_table(source):
            target, ignore = _columns(self.target), _columns(self.ignore)
            columns = {"target": target, "header": self.header, "ignore": ignore}
        return datasets.load(
            source, features=features, raw=is_raw(source, scale), large=self.large,
            classes=self.classes, names=names, note=tell, **columns,
        )  # fmt: skip

    def examples(
        self,
        source: str,
        features: int | None,
        scale: float,
        strict: bool = True,
        names: tuple[str, ...] | None = None,
    ) -> Any:
        """Examples with targets from a file.

        Raises:
            DataError: if there are no targets.
        """
        found = self.load(source, features, scale, strict, names)
        if found.y is None:
            raise DataError(
                f"{shown(source)}: has no targets; expected labels or target rows beside the inputs"
            )
        return found

    def require_none(self, source: str) -> None:
        """Refuse options for tables where the data are no table.

        Raises:
            DataError: naming the data.
        """
        if (self.target, self.header, self.ignore) != (None, None, None):
            raise DataError(f"{shown(source)}: --target, --header and --ignore are for tables")

    def require_proportion(self, sizes: list[int], y: Any, given: bool) -> None:
        """Ask before a network is made that is far larger than its data have a use for.

        Args:
            sizes: of its layers.
            y: the targets.
            given: whether the user has given the sizes, or texts as targets.

        Raises:
            NetworkError: unless that is confirmed with --large.
        """
        if self.large:
            return
        asked = "" if given or self.classes is not None or sizes[-1] == 1 else question(y)
        if asked:
            raise NetworkError(
                f"{asked}; say --no-classes for numbers to approach, such as prices, or --classes "
                "for classes (better number the classes from 0, without gaps), or --target if "
                "another column has the labels; --large confirms whatever is out of proportion"
            )
        count = sum((a + 1) * b for a, b in pairwise(sizes))
        if count > MOST_PARAMETERS:
            raise NetworkError(
                f"layers {','.join(map(str, sizes))}: would have {count:,} parameters; give "
                "smaller --layers, or confirm with --large"
            )


def is_raw(source: str, scale: float) -> bool:
    """Whether a network takes the numbers of a file as they are stored.

    One with a scale does; for the others, pixels of IDX files are scaled to [0, 1].
    """
    return scale != 1 or source.lower().endswith(".npy")


def _columns(text: str | None) -> list[str] | None:
    """The names or numbers in a text such as "a,3" or "'b, c',d"; none in ""."""
    if text is None:
        return None
    names = next(csv.reader([text], skipinitialspace=True), [])
    return [name for name in names if name.strip()]


def require_one_pipe(*sources: str | None) -> None:
    """Refuse standard input for two things.

    Raises:
        DataError: if it is named twice.
    """
    if sources.count(PIPE) > 1:
        raise DataError("standard input can be read once only; give a file for the other data")
