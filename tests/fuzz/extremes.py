"""Activations far from zero and near it: value and slope beside those of the formula itself.

`--extremes` draws activations and puts z = ±{0, 1e-8, …, 1e6} into a network of one neuron whose
output is the activation of its input. Right is what mpmath gives for the formula as it was drawn.
Where the right value and slope are finite in the number type, faults are: NaN or infinity; a wrong
value, by more than a hundredth; and lost digits, by more than `ULPS` roundings times the condition
number of the formula there, which includes tiny values that are rounded to 0 beside 1.
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

import mpmath
import numpy as np
from mpmath import mpf

import glassprop as gp
from glassprop.errors import FormulaError, NetworkError
from glassprop.formula import language

from .draw import extreme
from .exact import UndefinedError, exact
from .libraries import NumPy, value
from .shrink import shorter
from .tree import Tree, Z
from .written import read, text_of

PLACES = (0, 1e-8, 1e-3, 0.5, 1, 5, 20, 30, 40, 60, 100, 400, 800, 1e4, 1e6)
POINTS = sorted({sign * place for place in PLACES for sign in (1.0, -1.0)})
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

    @property
    def worse(self) -> bool:
        """Whether the formula as it stands has a better value."""
        plain = abs(self.plain - self.right)
        return np.isfinite(plain) and (self.kind < 2 or plain < 1e-2 * abs(self.got - self.right))

    def __str__(self) -> str:
        if self.kind == 0:
            return f"{self.dtype:8} {self.got}"
        return (
            f"{self.dtype:8} z = {self.place:<8g} {self.what:6} right {self.right:<14.8g} "
            f"got {self.got:<14.8g} (as it stands: {self.plain:.8g})  {KINDS[self.kind]}"
            + (", worse than as it stands" if self.worse else "")
        )


class Neuron:
    """One neuron with an activation, W = 1 and b = 0."""

    def __init__(self, root: Tree, dtype: str, python: bool) -> None:
        text = text_of(root, python, "z")
        spaces = {"gp": gp, "language": language}
        formula = eval(f"lambda z: {text}", spaces) if python else text
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            activation = gp.activation("extreme", formula)
            cost = gp.cost("extreme", "sum(a * y)")  # its slope is y = 1
            self.net = gp.Network(1, gp.Dense(1, activation), cost=cost, dtype=dtype)
            self.net._program()
        self.net.threads = 1
        self.net.parameters = {"W1": np.ones((1, 1), dtype), "b1": np.zeros(1, dtype)}

    def at(self, x: float) -> tuple[float, float]:
        """Value and slope."""
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            slope = self.net.gradients([[x]], [[1.0]])["b1"]
            return float(self.net.predict([[x]])[0, 0]), float(slope[0])


def faults(
    root: Tree, dtypes: tuple[str, ...] = ("float64", "float32"), points: Any = POINTS
) -> list[Fault]:
    """What is wrong with a formula; FormulaError or NetworkError where it is refused."""
    found: list[Fault] = []
    for dtype in dtypes:
        try:
            neuron = Neuron(root, dtype, python=len(text_of(root)) % 2 == 0)
        except (FormulaError, NetworkError):
            raise
        except Exception as error:
            return [Fault(0, root, dtype, 0.0, "", 0.0, f"{type(error).__name__}: {error}", 0.0)]
        for point in points:
            found += _at(root, neuron, dtype, float(np.dtype(dtype).type(point)))
    return found


def _at(root: Tree, neuron: Neuron, dtype: str, x: float) -> list[Fault]:
    try:
        right = exact(root, x)
    except UndefinedError:
        return []
    limits = np.finfo(dtype)
    if max(abs(right.value), abs(right.slope)) > float(limits.max) / 8:
        return []
    value_found, slope_found = neuron.at(x)
    pairs = [("value", right.value, value_found)]
    pairs += [("slope", right.slope, slope_found)] if not right.kink else []
    found = []
    for what, wanted, got in pairs:
        kind = _kind(root, x, what, wanted, got, limits)
        if kind is not None:
            place = (dtype, x, what, float(wanted), got, _plain(root, x, dtype, what))
            found.append(Fault(kind, root, *place))
    return found


def _kind(root: Tree, x: float, what: str, wanted: Any, got: float, limits: Any) -> int | None:
    """The kind of fault, or None."""
    if not np.isfinite(got):
        return 1
    error = abs(mpf(got) - wanted)
    smallest = 1e3 * float(limits.tiny)
    bound = ULPS * float(limits.eps)
    if error <= smallest or error <= bound * abs(wanted):
        return None
    if error <= bound * (abs(wanted) + _steepness(root, x, what)):
        return None
    return 2 if error > max(1e-2 * abs(wanted), bound) else 3


def _steepness(root: Tree, x: float, what: str) -> Any:
    """By how much a value or slope changes per relative change of z."""
    if x == 0:
        return mpf(0)
    try:
        found = exact(root, x)
        if what == "value":
            return abs(found.slope * x)
        with mpmath.mp.workdps(60):
            near = exact(root, x * (1 + 1e-9))
            return abs((near.slope - found.slope) / mpf(1e-9))
    except UndefinedError:
        return mpf("inf")


def _plain(root: Tree, x: float, dtype: str, what: str) -> float:
    """The value of the formula as it stands, or its slope by a complex step, in NumPy."""
    step = 1e-30 if dtype == "float64" else 1e-20
    kind = np.complex128 if dtype == "float64" else np.complex64
    z = np.array([[x + 1j * step]], kind)
    with np.errstate(all="ignore"):
        found = np.ravel(value(root, NumPy(), {"z": z}, 1) + 0 * z)[0]
        return float(found.real) if what == "value" else float(found.imag / step)


def _smaller(first: Fault, seconds: float) -> Fault:
    """The same kind of fault in a smaller formula."""
    end = time.monotonic() + seconds
    changed = True
    while changed and time.monotonic() < end:
        changed = False
        for root in sorted(set(shorter(first.formula)), key=lambda one: one.weight):
            if root.weight >= first.formula.weight or root == Z or time.monotonic() > end:
                break
            try:
                found = faults(root, (first.dtype,), (first.place,))
            except (FormulaError, NetworkError):
                continue
            alike = [one for one in found if one.kind == first.kind]
            if alike:
                first, changed = alike[0], True
                break
    return first


@dataclass
class Account:
    """What came of the formulas."""

    formulas: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    kinds: Counter[int] = field(default_factory=Counter)
    worse: int = 0
    faults: dict[Tree, list[Fault]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [f"{self.formulas} formulas, {sum(self.refused.values())} refused"]
        for kind, name in enumerate(KINDS):
            count = self.kinds[kind]
            lines.append(f"  {name:16} {count:5} formulas, {count / max(self.formulas, 1):.2%}")
        lines.append(f"  {self.worse} formulas are somewhere worse than as they stand")
        lines += [f"  refused {count:5}: {why}" for why, count in self.refused.most_common(5)]
        return "\n".join(lines)


def examine(
    root: Tree, account: Account, dtypes: tuple[str, ...], shrink: float, level: int = 3
) -> None:
    """Check one formula and note the smallest form of what is wrong.

    `level` is the mildest kind of fault that counts.
    """
    account.formulas += 1
    try:
        found = [one for one in faults(root, dtypes) if one.kind <= level]
    except (FormulaError, NetworkError) as error:
        account.refused[str(error)[:100]] += 1
        return
    if not found:
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
    parser.add_argument("--dtype", choices=["float64", "float32"], help="only this type")
    parser.add_argument("--shrink", type=float, default=1.0, help="seconds for a smaller form")
    parser.add_argument("--level", choices=LEVELS, default="digits", help="the mildest that counts")
    parser.add_argument("--show", type=int, default=60, help="how many to print")
    given = parser.parse_args(arguments)
    dtypes = (given.dtype,) if given.dtype else ("float64", "float32")
    level = LEVELS.index(given.level) + 1
    account, start = Account(), time.monotonic()
    if given.activation:
        examine(read(given.activation), account, dtypes, 0, level)
    else:
        for number in range(given.formulas):
            root = extreme(random.Random(f"{given.seed}/{number}"))
            examine(root, account, dtypes, given.shrink, level)
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
        for fault in found if given.activation else sorted(found, key=lambda one: one.kind)[:4]:
            print(f"    {fault}")
        if len(found) > 4 and not given.activation:
            print(f"    and at {len(found) - 4} more places")
    print(f"{account}\nin {time.monotonic() - start:.0f} s, seed {given.seed}")
    sys.exit(bool(account.faults))
