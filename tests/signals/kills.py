"""Kill a training run again and again, go on from its checkpoints, and compare the bits at its end.

A process that has compiled all forks those that train, so that a kill costs no start of Python; one
more process goes on from what the last kill left, from its own start.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import glassprop as gp
from glassprop.train.checkpoints.folder import ASIDE, BEST, listed, read

BEGINNING = 0.08
"""About how many seconds pass in such a process until it trains."""
ENGINES = ("numpy", "compiled")
FOLDER, OUT, HISTORY = "c", "out.safetensors", "history.json"
RULES = {
    "numpy": (gp.Adam(0.01), gp.SGD(0.3)),
    "compiled": (gp.SGD(0.3), gp.Adam(0.01)),
}


def examples(sparse: bool) -> tuple[np.ndarray, np.ndarray]:
    """Inputs of which few or most are zero, and labels."""
    source = np.random.default_rng(0)
    x = source.standard_normal((600, 12)) * (source.random((600, 12)) > (0.85 if sparse else 0))
    return x, source.integers(0, 3, 600)


def train(folder: Path, engine: str, case: int, keep: bool = True) -> None:
    """A run that goes on from the checkpoints in a folder, and says at its end what came out."""
    os.chdir(folder)
    x, y = examples(case % 2 == 0)
    net = gp.Network([12, 20, 3], activation="tanh", seed=3, engine=engine, l2=1e-3, threads=1)
    callbacks = [gp.EarlyStopping(30), gp.CSVLog("log.csv")]
    if keep:
        every = ("7", "0.002s", "31")[case % 3]
        callbacks.insert(0, gp.Checkpoint(FOLDER, every=every, keep=2))
    history = net.fit(
        x, y, epochs=40, batch_size=8, optimizer=RULES[engine][case % 2], validation=0.1,
        progress=False, callbacks=callbacks, resume=FOLDER if keep else None,
    )  # fmt: skip
    Path(HISTORY).write_text(json.dumps([epoch[:3] for epoch in history]))
    net.save(OUT)


def forked(folder: Path, engine: str, case: int, keep: bool = True) -> int:
    """A process that trains."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        warnings.simplefilter("error")  # no checkpoint may be damaged
        train(folder, engine, case, keep)
        status = 0
    except BaseException:
        traceback.print_exc()
    os._exit(status)


def _ended(child: int) -> bool:
    """Wait for a process; whether it came to its end.

    Raises:
        RuntimeError: if it failed.
    """
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the run ended with status {status}")
    return status == 0


def fault(folder: Path, before: int) -> str:
    """What is wrong with the checkpoints that a killed process left; "" if nothing is."""
    found = listed(folder / FOLDER)
    for path in [path for _, path in found] + list((folder / FOLDER).glob(BEST)):
        try:
            read(path)
        except gp.GlasspropError as error:
            return str(error)
    if found[0][0] if found else 0:
        return "" if found[0][0] >= before else f"from {before} updates back to {found[0][0]}"
    return f"nothing is left of {before} updates" if before else ""


def _output(folder: Path) -> tuple[bytes, str, list[str]]:
    rows = [row.rsplit(",", 1)[0] for row in (folder / "log.csv").read_text().splitlines()]
    return (folder / OUT).read_bytes(), (folder / HISTORY).read_text(), rows


def run(engine: str, case: int, kills: int, seed: int) -> tuple[int, int, list[str]]:
    """Kill a run so often; gives how often, how often after a checkpoint, and what was wrong."""
    source = random.Random(f"{seed} {engine} {case}")
    with tempfile.TemporaryDirectory() as name:
        straight, folder = Path(name) / "straight", Path(name) / "killed"
        straight.mkdir(), folder.mkdir()
        train(straight, engine, case, keep=False)  # all is compiled from here on
        start = time.monotonic()
        trial = Path(name) / "trial"
        trial.mkdir()
        assert _ended(forked(trial, engine, case))
        length, done, kept, updates, faults = time.monotonic() - start, 0, 0, 0, list[str]()
        while done < kills:
            child = forked(folder, engine, case)
            time.sleep(source.uniform(0, BEGINNING + 2.2 * length / kills))
            os.kill(child, signal.SIGKILL)
            if _ended(child):
                break
            done += 1
            wrong = fault(folder, updates)
            faults += [wrong] if wrong else []
            updates = max([updates, *(number for number, _ in listed(folder / FOLDER))])
            kept += updates > 0
        command = [sys.executable, "-m", "tests.signals.kills", str(folder), engine, str(case)]
        subprocess.run(command, check=True)  # from its own start
        if _output(folder) != _output(straight):
            faults.append(f"other bits after {done} kills")
        left = {p.name for p in folder.iterdir()} - {FOLDER, OUT, HISTORY, "log.csv"}
        left |= {p.name for p in (folder / FOLDER).iterdir() if p.name.endswith(ASIDE)}
        left |= {p.name for p in (folder / FOLDER).iterdir() if p.name.startswith(".")}
        shutil.rmtree(folder)
        return done, kept, faults + ([f"left behind: {sorted(left)}"] if left else [])


def tried(kills: int, seed: int, each: int = 10) -> Iterator[tuple[str, int, int, int, list[str]]]:
    """So many kills, some of each run: engine, case, and what `run` gives."""
    case, left = 0, kills
    while left > 0:
        for engine in ENGINES:
            done, kept, faults = run(engine, case, min(each, max(1, left)), seed)
            left -= done
            yield engine, case, done, kept, faults
        case += 1


def main() -> int:
    """Kill, and say how it went; status 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.signals --kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    count, after, wrong = 0, 0, 0
    for engine, case, done, kept, faults in tried(given.kills, given.seed):
        count, after, wrong = count + done, after + kept, wrong + len(faults)
        for one in faults:
            print(f"{engine}, case {case}, seed {given.seed}: {one}", flush=True)
    print(f"{count} kills, {after} of them after a checkpoint, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    warnings.simplefilter("error")
    train(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
