"""Activations far from zero and near it: value and slope beside those of the formula itself.

`--extremes` draws activations and puts z = ±{0, 1e-8, …, 1e6} into a network of one neuron whose
output is the activation of its input; `--extremes --costs` draws costs of three outputs. Right is
what mpmath gives for the formula as it was drawn. Where the right value and slopes are finite in
the number type, faults are: NaN or infinity; a wrong value, by more than a hundredth; and lost
digits, by more than `ULPS` roundings times the condition number of the formula there, which
includes tiny values that are rounded to 0 beside 1, and what NumPy rounds in the same way.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from mpmath import mpf

from glassprop.errors import FormulaError, NetworkError

from .draw import extreme, extreme_cost
from .exact import UndefinedError
from .probes import POINTS, Probe, probe, steepness, told
from .shrink import kind_of, shorter
from .stated_class import belongs
from .tree import Tree, Z
from .written import read, text_of

ULPS = 1e4
"""How many roundings of the number type a result may be wrong by, times its condition number."""
KINDS = ("an exception", "NaN or infinity", "wrong", "digits lost")
LEVELS = ("nan", "wrong", "digits")


@dataclass(frozen=True)
class Fault:
    """What is wrong at a place."""

    kind: int
    formula: Tree
    dtype: str
    place: float
    what: str
    right: float
    got: Any
    plain: float
    stated: bool = True
    """Whether the formula belongs there to the class in which nothing is to be wrong."""

    @property
    def worse(self) -> bool:
        """Whether the formula as it stands has a better value."""
        plain = abs(self.plain - self.right)
        return self.kind > 0 and bool(plain <= max(1e-2 * abs(self.right), 1e-30))

    def __str__(self) -> str:
        if self.kind == 0:
            return f"{self.dtype:8} {self.got}"
        return (
            f"{self.dtype:8} z = {self.place:<8g} {self.what:7} right {self.right:<14.8g} "
            f"got {self.got:<14.8g} (as it stands: {self.plain:.8g})  {KINDS[self.kind]}"
            + (", worse than as it stands" if self.worse else "")
        )


def faults(
    root: Tree, dtypes: tuple[str, ...] = ("float64", "float32"), points: Any = POINTS
) -> list[Fault]:
    """What is wrong with a formula; FormulaError or NetworkError where it is refused."""
    found: list[Fault] = []
    for dtype in dtypes:
        try:
            made = probe(root, dtype)
        except (FormulaError, NetworkError):
            raise
        except Exception as error:
            return [Fault(0, root, dtype, 0.0, "", 0.0, f"{type(error).__name__}: {error}", 0.0)]
        for point in points:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                found += _at(made, float(np.dtype(dtype).type(point)))
    return found


def _at(made: Probe, x: float) -> list[Fault]:
    try:
        exactly = made.exact(x)
    except UndefinedError:
        return []
    right = told(made, exactly)
    limits = np.finfo(made.dtype)
    if max(map(abs, right.values())) > float(limits.max) / 8:
        return []
    got, steep = made.got(x), {}
    least = 1e3 * float(limits.tiny)
    bound = ULPS * float(limits.eps)
    found = []
    for what, wanted in right.items():
        error = abs(mpf(got[what]) - wanted) if np.isfinite(got[what]) else mpf("inf")
        if error <= least or error <= bound * abs(wanted):
            continue
        if np.isfinite(got[what]):
            steep = steep or steepness(made, x)
            if error <= bound * (abs(wanted) + steep.get(what, mpf("inf"))):
                continue
        kind, plain = 1 if not np.isfinite(got[what]) else 3, made.plain(x)[what]
        scale = max([1, *(abs(other) for name, other in right.items() if name != "value")])
        own = abs(plain - got[what]) <= 1e-3 * abs(got[what])  # so the formula itself is rounded
        if kind == 3 and error > max(1e-2 * abs(wanted), bound * scale) and not own:
            kind = 2
        place = (made.root, made.dtype, x, what, float(wanted), got[what], plain)
        digits = kind > 1 and what != "value"
        stated = belongs(made.root, exactly, made.names(x), made.dtype, digits)
        found.append(Fault(kind, *place, stated))
    return found


def _smaller(first: Fault, seconds: float) -> Fault:
    """The same kind of fault in a smaller formula."""
    end = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for root in sorted(set(shorter(first.formula)), key=lambda one: one.weight):
            if root.weight >= first.formula.weight or time.monotonic() > end:
                break
            if root == Z or (first.formula.uses("a") and not _is_cost(root)):
                continue
            try:
                found = faults(root, (first.dtype,), (first.place,))
            except (FormulaError, NetworkError):
                continue
            alike = [one for one in found if (one.kind, one.stated) == (first.kind, first.stated)]
            if alike:
                first, changed = alike[0], True
                break
    return first


def _is_cost(root: Tree) -> bool:
    return kind_of(root) == "one" and root.uses("a") and root.uses("y")


@dataclass
class Account:
    """What came of the formulas."""

    formulas: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kinds: Counter[int] = field(default_factory=Counter)
    worse: int = 0
    outside: int = 0
    faults: dict[Tree, list[Fault]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.formulas} formulas, {sum(self.refused.values())} refused"]
        for kind, name in enumerate(KINDS):
            count = self.kinds[kind]
            lines.append(f"  {name:16} {count:5} formulas, {count / max(self.formulas, 1):.2%}")
        lines.append(f"  {self.worse} formulas are somewhere worse than as they stand")
        if self.outside:
            lines.append(
                f"  {self.outside} formulas only where they are outside of the stated class"
            )
        lines += [f"  refused {count:5}: {why}" for why, count in self.refused.most_common(5)]
        return "\n".join(lines)


def examine(
    root: Tree,
    account: Account,
    dtypes: tuple[str, ...],
    shrink: float,
    level: int = 3,
    stated: bool = True,
) -> None:
    """Check one formula and note the smallest form of what is wrong.

    `level` is the mildest kind of fault that counts; with `stated`, those outside of the stated
    class are only counted.
    """
    account.formulas += 1
    try:
        found = [one for one in faults(root, dtypes) if one.kind <= level]
    except (FormulaError, NetworkError) as error:
        account.refused[str(error)[:100]] += 1
        return
    inside = [one for one in found if one.stated or not stated]
    account.outside += bool(found) and not inside
    if not (found := inside):
        return
    worst = min(one.kind for one in found)
    account.kinds[worst] += 1
    account.worse += any(one.worse for one in found)
    first = min((one for one in found if one.kind == worst), key=lambda one: abs(one.place))
    small = _smaller(first, shrink).formula if shrink and worst else root
    if small not in account.faults:
        account.faults[small] = faults(small, dtypes) if small is not root else found


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz --extremes", description=__doc__)
    parser.add_argument("--formulas", type=int, default=2000, help="how many to draw")
    parser.add_argument("--seed", type=int, default=0, help="what is drawn")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="the longest time")
    parser.add_argument("--activation", help='check this one: "z / (1 + exp(z)**2)"')
    parser.add_argument("--cost", help='check this one: "log(sum(exp(a))) - sum(y * a)"')
    parser.add_argument("--costs", action="store_true", help="draw costs, not activations")
    parser.add_argument("--dtype", choices=["float64", "float32"], help="only this type")
    parser.add_argument("--shrink", type=float, default=1.0, help="seconds for a smaller form")
    parser.add_argument("--level", choices=LEVELS, default="digits", help="the mildest that counts")
    parser.add_argument("--everywhere", action="store_true", help="outside of the class, too")
    parser.add_argument("--show", type=int, default=60, help="how many to print")
    given = parser.parse_args(arguments)
    dtypes = (given.dtype,) if given.dtype else ("float64", "float32")
    level = LEVELS.index(given.level) + 1
    account, start = Account(), time.monotonic()
    one = given.activation or given.cost
    if one:
        examine(read(one), account, dtypes, 0, level, stated=False)
    else:
        for number in range(given.formulas):
            source = random.Random(f"{given.seed}/{number}")
            root = extreme_cost(source) if given.costs else extreme(source)
            examine(root, account, dtypes, given.shrink, level, not given.everywhere)
            passed = time.monotonic() - start
            if sys.stderr.isatty():
                wrong = sum(account.kinds.values())
                text = f"{number + 1}/{given.formulas} formulas, {wrong} wrong, {passed:.0f} s"
                print(f"\r{text:<70}", end="", file=sys.stderr, flush=True)
            if passed > given.seconds:
                break
        print("\r", end="", file=sys.stderr)
    for root in sorted(account.faults, key=lambda one: (one.weight, text_of(one)))[: given.show]:
        print(text_of(root))
        found = account.faults[root]
        for fault in (
            found if one else sorted(found, key=lambda one: (not one.stated, one.kind))[:4]
        ):
            print(f"    {fault}")
        if len(found) > 4 and not one:
            print(f"    and at {len(found) - 4} more places")
    print(f"{account}\nin {time.monotonic() - start:.0f} s, seed {given.seed}")
    sys.exit(bool(account.faults))
