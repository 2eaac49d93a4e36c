"""`glassprop train` with early stopping, a log, checkpoints, and signals in between."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run
from glassprop.train.checkpoints.folder import listed

BASE = ["train", "d.npz", "--layers", "4,9,3", "--lr", "0.5", "--seed", "1", "--engine", "numpy"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 1500)
    np.savez(tmp_path / "d.npz", x=random.standard_normal((1500, 4)) + np.eye(3, 4)[y], y=y)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(*options, status=0):
    assert run([*BASE, *map(str, options)]) == status


def test_it_goes_on_from_a_folder_with_the_same_bytes(folder, capsys):
    stopping = ["--validation", "0.2", "--patience", "30"]
    train(*stopping, "--epochs", 4, "--out", "straight.safetensors")
    keeping = ["--checkpoint", "c", "--checkpoint-every", 50, "--log", "l.csv"]
    train(*stopping, *keeping, "--epochs", 2)
    assert "checkpoints are in c" in capsys.readouterr().err
    train(*stopping, "--log", "l.csv", "--resume", "c", "--epochs", 4, "--out", "m.safetensors")
    assert (folder / "m.safetensors").read_bytes() == (folder / "straight.safetensors").read_bytes()
    assert "going on from c/update-000000240.safetensors, after 2 epochs" in capsys.readouterr().err
    assert (folder / "l.csv").read_text().count("\n") == 5 and listed(folder / "c")[0][0] == 480
    assert run(["evaluate", "c/best.safetensors", "d.npz"]) == 0
    for path in (listed(folder / "c")[1][1], "c"):
        train(*stopping, "--resume", path, "--epochs", 4, "--out", "m.safetensors")
    assert (folder / "m.safetensors").read_bytes() == (folder / "straight.safetensors").read_bytes()


def test_patience_ends_it_early(capsys):
    train("--validation", "0.2", "--patience", 2, "--epochs", 500, "--lr", "3")
    out, err = capsys.readouterr()
    assert "training, 1,200" in out and "validation, 300" in out and out.count("epoch ") < 400
    assert "stopped after 2 epochs that were not better: the best validation cost" in err


REFUSED = {
    "patience without data": (["--patience", 2], "--patience: there are no validation data"),
    "patience 0": (["--patience", 0], "--patience: expected a whole number of at least 1"),
    "interval": (["--checkpoint", "c", "--checkpoint-every", "5x"], "--checkpoint-every: "),
    "share": (["--validation", "1.5"], "validation: expected a share"),
    "log": (["--log", "l.png"], "l.png"),
    "log of the data": (["--log", "d.csv"], "d.csv: is the file d.csv, which is read"),
    "folder": (["--checkpoint", "none/c"], "none/c: the folder none does not exist"),
    "file": (["--checkpoint", "d.npz"], "d.npz: is a file"),
    "nothing there": (["--checkpoint", "a", "--resume", "b"], "b: there are no checkpoints"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_a_line(case, folder, capsys):
    options, message = REFUSED[case]
    if "d.csv" in options:
        (folder / "d.csv").write_text("1,0\n2,1\n")
        options = ["--validation", "d.csv", *options]
    train(*options, status=2)
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("error: ") and message in said


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_signals_keep_the_place_and_it_goes_on_from_there(folder):
    """SIGTERM, Ctrl-C and SIGHUP one after the other; the bytes at the end are the same."""
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 12_000)
    np.savez("d.npz", x=random.standard_normal((12_000, 4)) + np.eye(3, 4)[y], y=y)
    command = [sys.executable, "-m", "glassprop", *BASE, "--epochs", "7"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    options = {"env": env, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    updates = 0
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        number = getattr(signal, name)
        keeping = ["--checkpoint", "c", "--resume", "c", "--checkpoint-every", "1h"]
        process = subprocess.Popen([*command, *keeping], **options)
        for line in process.stdout:
            if line.startswith("epoch "):
                break
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
        assert process.returncode == 128 + number, said
        assert "go on with --resume c" in said and "interrupted" in said
        assert listed(folder / "c")[0][0] > updates
        updates = listed(folder / "c")[0][0]
    found = {}
    for more in (["--resume", "c", "--out", "m.safetensors"], ["--out", "straight.safetensors"]):
        subprocess.run([*command, *more], **options, check=True)
        found[more[-1]] = (folder / more[-1]).read_bytes()
    assert len(set(found.values())) == 1
    assert len(gp.load("m.safetensors").parameters) == 4
