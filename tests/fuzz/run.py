"""Check random formulas: mini-batch against single examples, against references, on both engines.

Ends with status 1 if anything is wrong, or if more is refused than may be.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .cases import Case, Layer, drawn
from .compiled import drawn_wide
from .tally import Tally, examine
from .tree import Z
from .written import read

APART = 150
"""Networks for the NumPy engine between two that are compiled, with many formulas each."""
SILENCE = 30.0
"""Seconds between lines that say how far, where there is no terminal."""
COMMAND = "python -m tests.fuzz"


@dataclass(frozen=True)
class Task:
    """A case, the engine, and the command that repeats it."""

    case: Case
    engine: str
    again: str


def drawn_tasks(seed: int, engine: str, first: int = 0) -> Iterator[Task]:
    """The cases of a seed, without end."""
    number, wide = first, first
    while True:
        if engine != "compiled":
            yield Task(drawn(seed, number), "numpy", _again(seed, number, "numpy"))
            number += 1
        if engine == "compiled" or (engine == "both" and number % APART == 10):
            case = drawn_wide(seed, wide)
            for one in ("numpy", "compiled"):
                yield Task(case, one, _again(seed, wide, "compiled"))
            wide += 1


def _again(seed: int, number: int, engine: str) -> str:
    return f"{COMMAND} --seed {seed} --engine {engine} --case {number}"


def stated_tasks(cost: str | None, activation: str | None, engine: str) -> Iterator[Task]:
    """Random networks with formulas that are given."""
    said = [
        f'--cost "{cost}"' if cost else "",
        f'--activation "{activation}"' if activation else "",
    ]
    again = " ".join([COMMAND, *said, "--engine", engine])
    for number in range(40):
        source = random.Random(number)
        case = drawn(0, number)
        last = case.layers[-1] if cost is None else Layer(source.choice([1, 2, 3, 5, 10]), Z)
        if activation is not None:
            last = Layer(last.units, read(activation), source.choice(["python", "text"]))
        layers = (*case.layers[:-1], last) if number % 2 else (last,)
        root = read(cost) if cost is not None else case.cost
        case = replace(case, layers=layers, cost=root)
        if engine != "compiled":
            yield Task(case, "numpy", again)
        if engine != "numpy" and number % 10 == 0:
            yield Task(case, "compiled", again)


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--formulas", type=int, default=2000, help="how many formulas to check")
    parser.add_argument("--engine", choices=["numpy", "compiled", "both"], default="both")
    parser.add_argument("--seed", type=int, default=0, help="what is drawn")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="the longest time")
    parser.add_argument("--failures", type=int, default=10, help="stop after so many kinds")
    parser.add_argument("--case", type=int, help="check this one case of the seed again")
    parser.add_argument("--cost", help='check a cost in random networks: "sqrt(sum((a - y)**2))"')
    parser.add_argument("--activation", help='check an activation: "z / (1 + exp(-z))"')
    parser.add_argument("--shrink", type=float, default=4.0, help="seconds for a smaller form")
    given = parser.parse_args(arguments)
    if given.cost or given.activation:
        tasks = stated_tasks(given.cost, given.activation, given.engine)
    else:
        tasks = drawn_tasks(given.seed, given.engine, given.case or 0)
    if given.case is not None:
        tasks = iter([next(tasks) for _ in range(2 if given.engine == "compiled" else 1)])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GLASSPROP_CACHE"] = folder  # what is compiled here is never asked for again
        tally, seconds = _run(tasks, given)
    print(f"{tally}\nin {seconds:.0f} s, seed {given.seed}")
    sys.exit(0 if tally.passed else 1)


def _run(tasks: Iterator[Task], given: argparse.Namespace) -> tuple[Tally, float]:
    tally, start, passed, said = Tally(), time.monotonic(), 0.0, 0.0
    for task in tasks:
        slow = 15 if task.engine == "compiled" else 1
        report = examine(task.case, tally, task.again, task.engine, slow * given.shrink)
        if report:
            _line("")
            print(f"{len(tally.kinds)}. {report}\n", flush=True)
        passed = time.monotonic() - start
        done = f"{tally.formulas}/{given.formulas} formulas, {tally.wrong} networks wrong"
        _line(f"{done}, {passed:.0f} s")
        if not sys.stderr.isatty() and passed > said + SILENCE:
            print(f"{done}, {passed:.0f} s", file=sys.stderr, flush=True)
            said = passed
        enough = tally.formulas >= given.formulas or passed > given.seconds
        if enough or len(tally.kinds) >= given.failures:
            break
    _line("")
    return tally, passed


def _line(text: str) -> None:
    """What stands in the last line of a terminal."""
    if sys.stderr.isatty():
        print(f"\r{text:<78}\r{text}", end="", file=sys.stderr, flush=True)
