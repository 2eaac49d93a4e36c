"""What came out of checking a gradient: to be read, printed, saved, and asked."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from glassprop.check.gradients.page import page
from glassprop.check.gradients.report import plain
from glassprop.check.gradients.verdicts import Findings
from glassprop.errors import shown
from glassprop.show.document.files import DocumentError, write


@dataclass(frozen=True, repr=False)
class GradientCheck(Findings):
    """What came out of comparing a gradient with measured derivatives.

    It is true unless a derivative is wrong. `check["W1"]` is what was found of one array.

    Attributes:
        arrays: what was found for each array, in order.
        value: of the function.
        noise: the standard deviation of its rounding errors.
        evaluations: how often it was called.
        title: what was checked.
        notes: what else was compared, and what was not.
    """

    def noting(self, *notes: str) -> GradientCheck:
        """The same with further notes."""
        return replace(self, notes=(*self.notes, *notes))

    def record(self) -> dict[str, Any]:
        """The report as what JSON can hold; numbers that are none are None."""

        def plain(value: float) -> float | None:
            return value if math.isfinite(value) else None

        return {
            "title": self.title,
            "verdict": self.verdict,
            "value": plain(self.value),
            "noise": self.noise,
            "evaluations": self.evaluations,
            "notes": list(self.notes),
            "arrays": [
                {
                    "name": one.name,
                    "shape": list(one.shape),
                    "verdict": one.verdict,
                    "entries": one.entries,
                    "directions": one.directions,
                    "guess": one.guess,
                    "compared": [
                        {
                            "place": None if each.place is None else list(each.place),
                            "given": plain(each.given),
                            "found": plain(each.found),
                            "error": plain(each.error),
                            "verdict": each.verdict,
                            "how": each.how,
                            "sides": None if each.sides is None else list(each.sides),
                            "about": each.about,
                        }
                        for each in one.compared
                    ],
                }
                for one in self.arrays
            ],
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report as a page of HTML (.html), or as text (.txt).

        Raises:
            DocumentError: for another suffix, or if the file cannot be written.
        """
        where = Path(path)
        suffix = where.suffix.lower()
        if suffix not in (".html", ".txt"):
            raise DocumentError(f"{shown(where)}: expected a name that ends with .html or .txt")
        write(where, page(self) if suffix == ".html" else f"{self}\n")

    def __str__(self) -> str:
        return plain(self)

    def __repr__(self) -> str:
        return f"GradientCheck({self.verdict}: {self.evaluations} evaluations)"
