"""What signals are sent to, and what must be so after each of them."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import glassprop as gp

COMMAND = [sys.executable, "-m", "glassprop"]
SAVING = """
import signal, sys
sys.stdout.write("x")  # as lines of epochs do
import glassprop as gp
net = gp.load("old.safetensors")
for _ in range(60):
    net.save("m.safetensors")
signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: Python's own end may take its time
"""


@dataclass(frozen=True)
class Job:
    """A process that signals are sent to.

    Attributes:
        command: what is run.
        output: the files that it writes, the first of which is there before.
        check: what is wrong with them afterwards, given what was printed, or None where it was
            killed; "" if all is well.
        ours: whether it is a command of glassprop, and no program of a user's.
        more: what else it may leave, as patterns.
    """

    command: list[str]
    output: tuple[str, ...]
    check: Callable[[Path, str | None], str]
    ours: bool = True
    more: tuple[str, ...] = ()


def prepare(folder: Path) -> None:
    """Put data, and two models that differ, into a folder."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 3000)
    x = random.standard_normal((3000, 4)) + 3 * np.eye(3, 4)[y]
    np.savez(folder / "d.npz", x=x, y=y)
    np.save(folder / "x.npy", x)
    for name, activation in (("old", "sigmoid"), ("new", "tanh")):
        net = gp.Network([4, 300, 3], activation=activation, seed=0)
        net.fit(x, y, epochs=1, progress=False, optimizer=gp.SGD(0.01))
        net.save(folder / f"{name}.safetensors")


def put_old(job: Job, folder: Path) -> None:
    """Have what a job writes be there from an earlier run."""
    for name in job.output:
        path = folder / name
        if path.suffix in (".py", ".npz"):
            shutil.copy(folder / "pair" / name, path)
        elif path.suffix == ".csv":
            path.write_text("old")
        else:
            shutil.copy(folder / "old.safetensors", path)


def _trained(folder: Path, printed: str | None) -> str:
    found = (folder / "m.safetensors").read_bytes()
    network = gp.load(folder / "m.safetensors")
    if not all(np.isfinite(array).all() for array in network.parameters.values()):
        return "what was saved is not finite"
    if printed is None:  # by a signal that nothing can be done about
        return ""
    kept = found == (folder / "old.safetensors").read_bytes()
    if kept == ("saved m.safetensors\n" in printed):
        return "what was said is not what was saved"
    if kept == ("\nepoch " in printed):
        return "it was replaced though no epoch was trained, or kept though one was"
    return ""


def _saved(folder: Path, printed: str | None) -> str:
    old = (folder / "old.safetensors").read_bytes()
    same = (folder / "m.safetensors").read_bytes() == old
    return "" if same else "what was loaded and saved is not the same"


def _either(folder: Path, printed: str | None) -> str:
    text = (folder / "p.csv").read_text()
    whole = text.count("\n") == 3000 and text.endswith("\n")
    return "" if text == "old" or whole else "the predictions are neither old nor new"


def _pair(folder: Path, printed: str | None) -> str:
    spec = importlib.util.spec_from_file_location("p", folder / "p.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ValueError as error:
        torn = "belongs to another program" in str(error)
        return "" if torn else str(error)
    x = np.load(folder / "x.npy")[:5]
    found = module.predict(x)
    models = (gp.load(folder / f"{name}.safetensors") for name in ("old", "new"))
    if any(np.array_equal(found, net.predict(x)) for net in models):
        return ""
    return "program and weights do not belong together"


TRAIN = [*COMMAND, "train", "d.npz", "--layers", "4,300,3", "--lr", "0.5", "--seed", "1"]
JOBS = {
    "train": Job(
        [*TRAIN, "--epochs", "6", "--out", "m.safetensors"],
        ("m.safetensors",),
        _trained,
        more=("m-interrupted*.safetensors",),
    ),
    "compile": Job(
        [*TRAIN, "--epochs", "6", "--engine", "compiled", "--out", "m.safetensors"],
        ("m.safetensors",),
        _trained,
        more=("m-interrupted*.safetensors", "cache"),
    ),
    "save": Job([sys.executable, "-c", SAVING], ("m.safetensors",), _saved, ours=False),
    "source": Job([*COMMAND, "source", "new.safetensors", "-o", "p.py"], ("p.py", "p.npz"), _pair),
    "predict": Job(
        [*COMMAND, "predict", "new.safetensors", "x.npy", "-o", "p.csv"], ("p.csv",), _either
    ),
}
