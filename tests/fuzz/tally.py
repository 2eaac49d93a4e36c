"""Checking a case and keeping account: what is wrong, in its smallest form, and what is refused."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .cases import Case, data_of
from .checks import Failure, RefusedError, failures
from .compiled import narrowed
from .shrink import smallest

REFUSALS = 0.05
"""The share of networks that may be refused."""


@dataclass
class Tally:
    """What came of the cases.

    Attributes:
        formulas: how many were checked.
        cases: in how many networks.
        skipped: draws at which no smooth point was found.
        wrong: networks with a failure.
        refused: networks that glassprop refused, by what it said.
        kinds: failures by the check and by the functions in the smallest form found.
    """

    formulas: int = 0
    cases: int = 0
    skipped: int = 0
    wrong: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def passed(self) -> bool:
        return not self.wrong and self.refusals <= REFUSALS

    @property
    def refusals(self) -> float:
        return sum(self.refused.values()) / max(self.cases, 1)

    def __str__(self) -> str:
        lines = [
            f"{self.formulas} formulas in {self.cases} networks: {self.wrong} networks wrong, "
            f"{sum(self.refused.values())} refused ({self.refusals:.1%}; "
            f"at most {REFUSALS:.0%} may be), {self.skipped} draws without a smooth point"
        ]
        lines += [f"  wrong {count:5}: {kind}" for kind, count in self.kinds.most_common()]
        lines += [f"  refused {count:5}: {why}" for why, count in self.refused.most_common(12)]
        return "\n".join(lines)


def examine(
    case: Case, tally: Tally, again: str, engine: str = "numpy", shrink: float = 4.0
) -> str | None:
    """Check one case, note what comes of it, and report a failure of a new kind.

    Args:
        case: what to check.
        tally: where it is noted.
        again: the command that repeats it.
        engine: the checks to make, "numpy" or "compiled".
        shrink: for how many seconds a smaller form is looked for.
    """
    data = data_of(case)
    if data is None:
        tally.skipped += 1
        return None
    tally.cases += 1
    tally.formulas += case.formulas
    try:
        found = list(failures(case, data, engine))
    except RefusedError as error:
        tally.refused[" ".join(str(error).split())[:110]] += 1
        return None
    if not found:
        return None
    tally.wrong += 1
    first = found[0]

    def fails(one: Case) -> bool:
        return _fails(one, first, engine)

    small = narrowed(case, fails) if case.costs > 1 and shrink else case
    small = smallest(small, fails, shrink)
    kind = f"{first.by}: {first.error or ', '.join(small.functions) or 'arithmetic'}"
    tally.kinds[kind] += 1
    return _report(small, first, again, engine) if tally.kinds[kind] == 1 else None


def _fails(case: Case, like: Failure, engine: str) -> bool:
    data = data_of(case)
    if data is None:
        return False
    try:
        return any(one.like(like) for one in failures(case, data, engine, like.by))
    except RefusedError:
        return False


def _report(case: Case, like: Failure, again: str, engine: str) -> str:
    data = data_of(case)
    found = [] if data is None else list(failures(case, data, engine))
    first = next((one for one in found if one.like(like)), like)
    lines = [str(first)]
    others = [one.check for one in found if one is not first]
    if others:
        lines.append(f"  also wrong: {'; '.join(others)}")
    lines += [f"    {line}" for line in case.written().splitlines()]
    if data is not None and data.x.size + data.y.size <= 16:
        lines.append(f"    x, y = {data.x.tolist()}, {data.y.tolist()}")
        values = {name: value.tolist() for name, value in data.parameters.items()}
        lines.append(f"    net.parameters = {values}")
    lines.append(f"  n = {case.examples}; engine {engine}; again: {again}")
    return "\n".join(lines)
