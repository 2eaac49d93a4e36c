"""What is known of somebody's file: the verdict, the first wrong quantity, the proved repair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HINTS = 4


@dataclass(frozen=True)
class FileDiagnosis:
    """A diagnosis of a file.

    Attributes:
        file: its path.
        verdict: "right", "wrong" or "unsure".
        first_wrong: the first quantity of the backward pass that is wrong: delta2, dA1, dW2, db1, …
            with layers counted from 1 at the inputs; z1 or a1 for a mistake in the forward pass, C
            for the cost, "update" for a wrong step with right gradients.
        also: names that are as fair.
        variable: what it is called in the file.
        kind: of the mistake.
        line: of the file, or of the cell.
        cell: of a notebook, from 0; None for other files.
        words: what is wrong, or why nothing can be said.
        formula: of the first wrong quantity, as it should be.
        written: the line as it is.
        repair: the lines as they should be.
        patch: the change as `patch` reads it.
        repaired: the whole text with the change.
        proved: whether the repaired program was found to be right.
        tried: how many changes were run.
        gradients: of each parameter, whether it is right.
        theirs: the first numbers of the quantity, as they are.
        right: and as they should be.
        network: that was read.
        notes: what was done so that the file could run.
        refused: what it tried and may not.
        confined: what the system enforced.
    """

    file: str
    verdict: str
    first_wrong: str = ""
    also: tuple[str, ...] = ()
    variable: str = ""
    kind: str = ""
    line: int = 0
    cell: int | None = None
    words: tuple[str, ...] = ()
    formula: str = ""
    written: str = ""
    repair: tuple[str, ...] = ()
    patch: str = ""
    repaired: str = ""
    proved: bool = False
    tried: int = 0
    gradients: Mapping[str, bool] = field(default_factory=dict)
    theirs: Sequence[float] = ()
    right: Sequence[float] = ()
    network: str = ""
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    confined: tuple[str, ...] = ()

    def record(self, hint: int = HINTS) -> dict[str, Any]:
        """The diagnosis as JSON has it.

        Args:
            hint: how much is told: 1 the first wrong quantity, 2 the kind of mistake, 3 the line, 4
                the repair.
        """
        found: dict[str, Any] = {"file": self.file, "verdict": self.verdict}
        found |= {"first_wrong": self.first_wrong, "also": list(self.also)}
        if hint >= 2:
            found |= {"kind": self.kind, "words": list(self.words)}
        if hint >= 3:
            found |= {"variable": self.variable, "line": self.line or None, "cell": self.cell}
        if hint >= HINTS:
            found |= {"repair": list(self.repair), "patch": self.patch, "formula": self.formula}
        return found | {
            "proved": self.proved,
            "tried": self.tried,
            "gradients": dict(self.gradients),
            "network": self.network,
            "notes": list(self.notes),
            "refused": list(self.refused),
            "confined": list(self.confined),
        }

    def __str__(self) -> str:
        return plain(self)

    def credit(self, weights: Mapping[str, float]) -> float:
        """The part of the gradients that is right, from 0 to 1.

        Args:
            weights: how much each counts, dW1, db1, …; 1 where nothing is said.
        """
        if self.verdict == "right":
            return 1.0
        counted = {name: weights.get(name, 1.0) for name in self.gradients}
        whole = sum(counted.values())
        if not whole:
            return 0.0
        return sum(value for name, value in counted.items() if self.gradients[name]) / whole


def plain(one: FileDiagnosis, hint: int = HINTS) -> str:
    """The diagnosis as text.

    Args:
        one: the diagnosis.
        hint: as for `FileDiagnosis.record`.
    """
    lines = [f"{one.file}: {one.verdict}"]
    if one.network:
        lines.append(f"  read as: {one.network}")
    if one.verdict == "wrong":
        lines += _wrong(one, hint)
    else:
        lines += [f"  {word}" for word in one.words]
    lines += [f"  note: {note}" for note in one.notes]
    lines += [f"  refused: it {what}" for what in one.refused]
    return "\n".join(lines)


def _wrong(one: FileDiagnosis, hint: int) -> list[str]:
    right = [name for name, is_right in one.gradients.items() if is_right]
    lines = [f"  the first wrong quantity is {one.first_wrong}"]
    if one.formula:
        lines.append(f"      it should be  {one.formula}")
    if hint >= 2 and one.words:
        where = one.line and hint >= 3
        at = (
            (f"cell {one.cell}, " if one.cell is not None else "") + f"line {one.line}: "
            if where
            else ""
        )
        lines.append(f"  {at}{one.words[0]}")
        lines += [f"  and: {word}" for word in one.words[1:]]
    if hint >= 3 and one.written:
        lines += ["", f"      {one.line:>4} | {one.written.strip()}"]
    if hint >= HINTS and one.repair:
        lines += [f"       fix | {line}" for line in one.repair]
    if hint >= 3 and one.theirs and one.right:
        lines += ["", f"      yours  {_numbers(one.theirs)}", f"      right  {_numbers(one.right)}"]
    if hint >= 3 and (one.written or one.repair):
        lines.append("")
    if right:
        lines.append(f"  right are {', '.join(right)}")
    if hint >= HINTS:
        if one.proved:
            lines.append("  proved: with this change every gradient and update is right")
        else:
            lines.append(
                f"  not proved: none of {one.tried:,} changes makes it right; look from that line "
                "on"
            )
    return lines


def _numbers(values: Sequence[float]) -> str:
    return "  ".join(f"{value + 0.0:.6g}" for value in values) + "  …"
