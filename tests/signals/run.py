"""Send signals at random instants and look at what is left; status 1 if anything is wrong.

A process that has not come as far as glassprop's own code yet dies of a signal as Python does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.signals.jobs import JOBS, Job, prepare, put_old

KINDS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")
LONGEST = 60.0
"""Seconds after a signal until a process is taken for one that hangs."""


SHORT = 0.02
"""Seconds of computing after a signal until a process that goes on has not seen it."""


@dataclass(frozen=True)
class Trial:
    """A signal at an instant, in seconds after the start of a job."""

    job: str
    kind: str
    instant: float


def drawn(seed: int, count: int, names: list[str], lengths: dict[str, float]) -> Iterator[Trial]:
    """So many trials of each kind for each job."""
    for name in names:
        for kind in KINDS:
            source = random.Random(f"{seed} {name} {kind}")
            for _ in range(count):
                yield Trial(name, kind, source.uniform(0, 1.05 * lengths[name]))


class Place:
    """A folder in which jobs run one after the other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path)),
        }
        prepare(folder)
        pair = folder / "pair"
        pair.mkdir()
        self.run(["-m", "glassprop", "source", "old.safetensors", "-o", "pair/p.py"])
        self.usual = {path.name for path in folder.iterdir()}

    def run(self, arguments: list[str]) -> None:
        """Run Python to its end."""
        subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=self.environment, check=True,
            capture_output=True,
        )  # fmt: skip

    def start(self, job: Job) -> subprocess.Popen[str]:
        """Start a job where an earlier result lies."""
        for path in self.folder.iterdir():
            if path.name not in self.usual:
                path.unlink() if path.is_file() else shutil.rmtree(path)
        put_old(job, self.folder)
        return subprocess.Popen(
            job.command, cwd=self.folder, env=self.environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def length(self, job: Job) -> float:
        """How many seconds a job takes."""
        start = time.monotonic()
        self.start(job).communicate(timeout=LONGEST)
        return time.monotonic() - start

    def fault(self, trial: Trial) -> tuple[str, str]:
        """How a job ended after a signal, and what is wrong with that; "" if nothing is."""
        job, number = JOBS[trial.job], getattr(signal, trial.kind)
        with self.start(job) as process:
            time.sleep(trial.instant)
            ready = bool(_masks(process.pid)["SigCgt"] >> signal.SIGTERM - 1 & 1)
            process.send_signal(number)
            late = _is_late(process, number)
            try:
                printed, said = process.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                process.kill()
                return "hangs", f"it went on for {LONGEST} s"
        status = process.returncode
        how = signal.Signals(-status).name if status < 0 else str(status)
        return how, (
            self._of_status(job, status, number, ready, said, late)
            or self._of_words(job, status, said, ready)
            or job.check(self.folder, None if status < 0 else printed)
            or self._of_files(job, number, ready)
        )

    def _of_status(
        self, job: Job, status: int, number: int, ready: bool, said: str, late: bool
    ) -> str:
        if status == 0:
            # In a user's program Python passes over a Ctrl-C that comes in its own callbacks.
            ignored = not job.ours and said.endswith("KeyboardInterrupt: \n")
            return "" if late or ignored else f"it went on, to its end: {said!r}"
        if number == signal.SIGKILL:
            return "" if status == -number else f"status {status}"
        allowed = (128 + number, *(() if job.ours and ready else (-number, 1)))
        return "" if status in allowed else f"status {status}, not {128 + number}: {said!r}"

    def _of_words(self, job: Job, status: int, said: str, ready: bool) -> str:
        if not job.ours or not ready or status in (0, -signal.SIGKILL):
            return ""
        if "Traceback" in said or "ignored in" in said:
            return f"it said {said!r}"
        return "" if "interrupted" in said else f"no word of it: {said!r}"

    def _of_files(self, job: Job, number: int, ready: bool) -> str:
        """What is left behind; of a killed process, once the next one has been there."""
        left = self._left(job)
        if left and (number == signal.SIGKILL or not job.ours):
            self.run(job.command[1:])
            left = self._left(job)
        return f"left behind: {left}" if left else ""

    def _left(self, job: Job) -> list[str]:
        there = {path.name for path in self.folder.iterdir()} - self.usual - {"__pycache__"}
        more = [path.name for pattern in job.more for path in self.folder.glob(pattern)]
        return sorted(there - {*job.output, *more})


def _masks(process: int) -> dict[str, int]:
    """Which signals a process catches and ignores; all zero once it has ended."""
    found = dict.fromkeys(("SigCgt", "SigIgn"), 0)
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value, 16)
    return found


def _is_late(process: subprocess.Popen[str], number: int) -> bool:
    """Whether a process ends, or lets go of signals, before it has computed any more."""
    start = _computed(process.pid)
    while process.poll() is None:
        if _masks(process.pid)["SigIgn"] >> number - 1 & 1:
            return True
        if _computed(process.pid) - start > SHORT:
            return False
        time.sleep(0.001)
    return True


def _computed(process: int) -> float:
    """Seconds that a process has had of a processor; 0 once it has ended."""
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        return 0.0


def tried(seed: int, count: int, names: list[str]) -> Iterator[tuple[Trial, str, str]]:
    """Each trial with how it ended and what is wrong with that."""
    for kind in KINDS[:3]:  # ignored where this runs in the background, and so by what it starts
        if signal.getsignal(getattr(signal, kind)) == signal.SIG_IGN:
            signal.signal(getattr(signal, kind), signal.SIG_DFL)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        lengths = {name: place.length(JOBS[name]) for name in names}
        for trial in drawn(seed, count, names, lengths):
            how, fault = place.fault(trial)
            yield trial, how, fault


def main() -> int:
    """Send the signals and say how it went."""
    parser = argparse.ArgumentParser(prog="python -m tests.signals", description=__doc__)
    parser.add_argument("--signals", type=int, default=20, help="of each kind for each job")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", default=",".join(JOBS), help="which, as in train,source")
    given = parser.parse_args()
    ends, faults = Counter[tuple[str, str, str]](), 0
    for trial, how, fault in tried(given.seed, given.signals, given.jobs.split(",")):
        ends[trial.job, trial.kind, how] += 1
        if fault:
            faults += 1
            print(f"{trial.job}, {trial.kind} after {trial.instant:.3f} s: {fault}", flush=True)
    for (job, kind, how), count in sorted(ends.items()):
        print(f"{job:8} {kind:8} {how:8} {count}")
    print(f"{ends.total()} signals, {faults} faults")
    return 1 if faults else 0
