"""Many cases, one after the other: a line that says how far, what fails, and what is refused."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace

from .cases import Case, Layer, data_of, drawn
from .checks import Failure, RefusedError, failures
from .shrink import smallest
from .tree import Z
from .written import read, text_of

REFUSALS = 0.05
"""The share of formulas that may be refused."""


@dataclass
class Tally:
    """What came of the cases."""

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


def examine(case: Case, tally: Tally, again: str, shrink: float = 4.0) -> str | None:
    """Check one case, note what comes of it, and report a failure of a new kind.

    Args:
        case: what to check.
        tally: where it is noted.
        again: the command that repeats it.
        shrink: for how many seconds a smaller form is looked for.
    """
    data = data_of(case)
    if data is None:
        tally.skipped += 1
        return None
    tally.cases += 1
    tally.formulas += case.formulas
    try:
        found = list(failures(case, data))
    except RefusedError as error:
        tally.refused[_reason(str(error))] += 1
        return None
    if not found:
        return None
    tally.wrong += 1
    first = found[0]
    small = smallest(case, lambda one: _fails(one, first), shrink)
    kind = f"{first.by}: {', '.join(small.functions) or 'arithmetic'}"
    tally.kinds[kind] += 1
    return _report(small, first, again) if tally.kinds[kind] == 1 else None


def _fails(case: Case, like: Failure) -> bool:
    data = data_of(case)
    if data is None:
        return False
    try:
        return any(one.like(like) for one in failures(case, data, only=like.by))
    except RefusedError:
        return False


def _reason(text: str) -> str:
    """A refusal without the formula that it quotes."""
    return " ".join(text.split())[:110]


def _report(case: Case, like: Failure, again: str) -> str:
    data = data_of(case)
    found = [] if data is None else list(failures(case, data))
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
    lines.append(f"  n = {case.examples}; again: {again}")
    return "\n".join(lines)


def stated(cost: str | None, activation: str | None, number: int) -> Case:
    """A random network with a formula that is given."""
    case = drawn(0, number)
    source = random.Random(number)
    units = source.choice([1, 2, 3, 5, 10])
    last = case.layers[-1] if cost is None else Layer(units, Z)
    if activation is not None:
        last = Layer(units, read(activation), source.choice(["python", "text"]))
    layers = (*case.layers[:-1], last) if number % 2 else (last,)
    root = read(cost) if cost is not None else case.cost
    return replace(case, layers=layers, cost=root)


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--formulas", type=int, default=2000, help="how many formulas to check")
    parser.add_argument("--seed", type=int, default=0, help="what is drawn")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="the longest time")
    parser.add_argument("--failures", type=int, default=10, help="stop after so many kinds")
    parser.add_argument("--case", type=int, help="check this one case of the seed again")
    parser.add_argument("--cost", help='check a cost in random networks: "sqrt(sum((a - y)**2))"')
    parser.add_argument("--activation", help='check an activation: "z / (1 + exp(-z))"')
    parser.add_argument("--shrink", type=float, default=4.0, help="seconds for a smaller form")
    parser.add_argument("--as-drawn", action="store_true", help="do not look for smaller forms")
    given = parser.parse_args(arguments)
    tally, start, number = Tally(), time.monotonic(), given.case or 0
    formula = given.cost or given.activation
    while True:
        if formula:
            case = stated(given.cost, given.activation, number)
            texts = [f'--cost "{text_of(case.cost)}"'] if given.cost else []
            texts += [f'--activation "{given.activation}"'] if given.activation else []
            again = f"python -m tests.fuzz {' '.join(texts)}"
        else:
            case = drawn(given.seed, number)
            again = f"python -m tests.fuzz --seed {given.seed} --case {number}"
        report = examine(case, tally, again, 0 if given.as_drawn else given.shrink)
        if report:
            _clear()
            print(f"{len(tally.kinds)}. {report}\n", flush=True)
        number += 1
        passed = time.monotonic() - start
        _progress(
            f"{tally.formulas}/{given.formulas} formulas, {tally.wrong} wrong, {passed:.0f} s"
        )
        enough = tally.formulas >= given.formulas or passed > given.seconds
        if enough or len(tally.kinds) >= given.failures or given.case is not None:
            break
        if formula and number >= 40:
            break
    _clear()
    print(tally)
    print(f"in {time.monotonic() - start:.0f} s, seed {given.seed}")
    sys.exit(0 if tally.passed else 1)


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{text:<78}", end="", file=sys.stderr, flush=True)


def _clear() -> None:
    if sys.stderr.isatty():
        print("\r" + " " * 78 + "\r", end="", file=sys.stderr, flush=True)
