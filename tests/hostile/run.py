"""Give hostile files to commands that have little memory and time; status 1 if one fares ill."""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.files import MODELS, PLACES, TABLES, Make, prepare

MEMORY = 2_000_000 * 1024
"""Bytes that a process may address, as with `ulimit -v 2000000`."""
LIMITED = ["sh", "-c", f'ulimit -c 0 && ulimit -v {MEMORY // 1024} && exec "$@"', "sh"]
LONGEST = 20.0
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
OF_MODELS = (
    "evaluate {} good.npz", "predict {} good.npz", "derive {}", "source {}", "diff {} 3,4,2",
    "derive {} -o out.pdf", "source {} -o out.py",
)  # fmt: skip
OF_DATA = (
    "train {} --epochs 1 --out out.safetensors", "evaluate good.safetensors {}",
    "predict good.safetensors {}", "train good.npz --epochs 1 --validation {}",
)  # fmt: skip
OUTPUTS = (
    ("train good.npz --epochs 1 --out {}", ".safetensors"),
    ("predict good.safetensors good.npz -o {}", ".csv"),
    ("source good.safetensors -o {}", ".py"),
    ("derive 2,1 -o {}", ".md"),
    ("diff 2,1 2,2 -o {}", ".html"),
    ("graph a*b --at a=1,b=2 -o {}", ".svg"),
)


@dataclass(frozen=True)
class Trial:
    """A command and the hostile file in it, with how that is made."""

    command: str
    name: str
    make: Make

    @property
    def words(self) -> list[str]:
        """The command's arguments."""
        return [word.format(self.name) for word in self.command.split(" ")]


def trials() -> Iterator[Trial]:
    """Each hostile file in each command that it can be given to."""
    for name, make in MODELS.items():
        yield from (Trial(command, f"{name}.safetensors", make) for command in OF_MODELS)
    for name, make in TABLES.items():
        yield from (Trial(command, name, make) for command in OF_DATA)
    for name, make in PLACES.items():
        for command in OF_MODELS[:5]:
            yield Trial(command, f"{name}.safetensors", make)
        for suffix in (".csv", ".npy", ".npz", "-idx3-ubyte"):
            yield Trial(OF_DATA[0], f"{name}{suffix}", make)
            yield Trial(OF_DATA[2], f"{name}{suffix}", make)
        yield from (Trial(command, f"{name}{suffix}", make) for command, suffix in OUTPUTS)


def _computed() -> float:
    """Seconds that processes which have ended have computed."""
    import resource

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def fault(trial: Trial) -> str:
    """What is wrong with how a command ends; "" if nothing is."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepare(folder)
        trial.make(folder / trial.name)
        paths = os.pathsep.join(map(os.path.abspath, sys.path))
        start, computed = time.monotonic(), _computed()
        try:
            found = subprocess.run(
                [*LIMITED, sys.executable, "-m", "glassprop", *trial.words],
                cwd=folder, env={**os.environ, "PYTHONPATH": paths}, stdin=subprocess.DEVNULL,
                capture_output=True, timeout=LONGEST,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"it goes on after {LONGEST:g} s, {_computed() - computed:.1f} s of computing"
        said = found.stderr.decode(errors="replace")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".glassprop-")]
        hacked = (folder / "hacked").exists()
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    if found.returncode not in (0, 2) or "Traceback" in said or hacked:
        return f"status {found.returncode}: {said[-600:]}"
    if len(errors) != (found.returncode == 2):
        return f"status {found.returncode} with {len(errors)} errors: {said[-600:]}"
    if CONTROL.search(said + found.stdout.decode(errors="replace")):
        return f"control characters reach the terminal: {said[-600:]!r}"
    if left:
        return f"left behind: {left}"
    return f"it took {time.monotonic() - start:.1f} s" * (time.monotonic() - start > LONGEST)


def main() -> int:
    """Run all of them, or some, and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--some", type=int, help="only so many, drawn at random")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--match", default="", help="only those that have this in them")
    given = parser.parse_args()
    chosen = [one for one in trials() if given.match in " ".join(one.words)]
    if given.some is not None:
        chosen = random.Random(given.seed).sample(chosen, min(given.some, len(chosen)))
    faults = 0
    for trial in chosen:
        wrong = fault(trial)
        if wrong:
            faults += 1
            print(f"{' '.join(trial.words)[:200]!r}: {wrong}", flush=True)
    print(f"{len(chosen)} commands, {faults} faults")
    return 1 if faults else 0
