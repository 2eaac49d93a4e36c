"""Commands whose standard output or error is closed, full, left by its reader, or in ASCII."""

import io
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from rich.console import Console

import glassprop as gp
from glassprop.train.progress.progress import Bar

GLASSPROP = f"{sys.executable} -m glassprop"
TRAIN = f"{GLASSPROP} train d.npz --epochs 3 --seed 0 --out m.safetensors"
FULL = "standard output cannot be written: No space left on device"
CLOSED = "standard output cannot be written: it is closed"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    np.savez(tmp_path / "d.npz", x=np.eye(4), y=[0, 1, 0, 1])
    gp.Network([4, 2], seed=0).save(tmp_path / "m.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell(command):
    found = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=120)
    assert "Traceback" not in found.stderr and "Exception ignored" not in found.stderr
    return found.returncode, found.stdout, found.stderr


@pytest.mark.parametrize(
    "command",
    ["derive 2,3,1", "--help", "--version", "train --help", "graph a*b --at a=1,b=2",
     "diff 2,1 2,2", "evaluate m.safetensors d.npz", "predict m.safetensors d.npz",
     "source m.safetensors"],
)  # fmt: skip
def test_an_output_that_cannot_be_written_is_said(command):
    assert shell(f"{GLASSPROP} {command} >/dev/full") == (2, "", f"error: {FULL}\n")
    assert shell(f"{GLASSPROP} {command} >&-") == (2, "", f"error: {CLOSED}\n")


@pytest.mark.parametrize("command", ["--version", "predict m.safetensors d.npz"])
def test_where_nothing_can_be_written_the_status_says_it(command):
    assert shell(f"{GLASSPROP} {command} >/dev/full 2>&1") == (2, "", "")
    assert shell(f"{GLASSPROP} {command} >&- 2>&- <&-") == (2, "", "")


@pytest.mark.parametrize("elsewhere", [">/dev/full", ">&-", ">/dev/full 2>&1", ">&- 2>&- <&-"])
def test_what_is_to_be_saved_is_trained_to_its_end(elsewhere, folder):
    assert shell(f"{TRAIN} {elsewhere}")[0] == 2
    kept = (folder / "m.safetensors").read_bytes()
    assert shell(TRAIN)[0] == 0 and (folder / "m.safetensors").read_bytes() == kept


@pytest.mark.parametrize("elsewhere", ["2>/dev/full", "2>&-"])
def test_where_nobody_can_be_told_the_work_goes_on(elsewhere, folder):
    status, out, err = shell(f"{TRAIN} {elsewhere}")
    assert (status, err) == (0, "") and "saved m.safetensors" in out and out.count("epoch") == 3
    assert shell(f"{GLASSPROP} train none.npz {elsewhere}") == (2, "", "")


def test_a_reader_that_has_enough_ends_it_quietly(folder):
    status, out, err = shell(f"{GLASSPROP} derive 784,30,10 | head -1")
    assert (status, out.count("\n"), err) == (0, 1, "")
    train = TRAIN.replace("--epochs 3", "--epochs 3000")
    assert shell(f"{train} 2>/dev/null | head -3")[1].count("\n") == 3
    assert (folder / "m.safetensors").is_file()
    endless = f"{GLASSPROP} train d.npz --epochs 1000000000 --engine numpy"
    status, out, err = shell(f"{endless} 2>/dev/null | head -3")
    assert (status, out.count("\n"), err) == (0, 3, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    ("command", "letters"),
    [("derive 2,1", rb"\u03b4"), ("diff 2,1 2,2", rb"\u03b4"), ("train --help", rb"\u03bb"),
     ("graph a*b --at a=1,b=2", rb"\u2202"), ("doctor", b"machine")],
)  # fmt: skip
def test_letters_that_an_encoding_lacks_are_escaped(encoding, command, letters):
    found = subprocess.run(
        f"PYTHONIOENCODING={encoding} {GLASSPROP} {command}", shell=True, capture_output=True
    )
    assert (found.returncode, found.stderr) == (0, b"") and letters in found.stdout


BRACKETS = "pip install 'glassprop[fast]' [/x] :warning: [bold]b[/bold]"


def test_what_is_printed_by_rich_is_text(capsys):
    from glassprop.system.terminal import console
    from glassprop.train.progress.progress import Bar

    Bar(1, 1).note(BRACKETS)
    console().print(BRACKETS)
    out, err = capsys.readouterr()
    assert err == out == BRACKETS + "\n"


def test_the_bar_says_which_time_is_which_within_80_columns():
    bar = Bar(30, 50_000)
    screen = Console(file=io.StringIO(), width=80)
    screen.print(bar.bar.make_tasks_table(bar.bar.tasks))
    assert re.search(r"epoch 1 of 30 .* elapsed, .* left\s*\n$", screen.file.getvalue())


def test_lines_go_where_they_are_asked_to(capsys):
    x, y = np.eye(3), [0, 1, 2]
    net = gp.Network([3, 3], seed=0)
    net.fit(x, y, epochs=2, validation=(x, y), measure=2, progress=sys.stdout)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["sample", "of", "2", "validation,", "3"]
    assert lines[1].split() == ["cost", "accuracy", "cost", "accuracy", "time"]
    assert lines[3].startswith("epoch 2  ")
    assert len({len(line) for line in lines[1:]}) == 1 and "epoch" not in err
    assert max(map(len, lines)) <= 80 - len("30,000")  # of larger numbers
    net.fit(x, y, epochs=1)
    out, err = capsys.readouterr()
    assert out == "" and "training, 3" in err and "epoch 1" in err


def test_a_remark_on_a_terminal_breaks_between_words(monkeypatch, capsys):
    """An option, a path or a command that is copied must be whole."""
    from glassprop.cli.streams import tell

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "fileno", lambda: 2)
    monkeypatch.setattr(os, "get_terminal_size", lambda _: os.terminal_size((20, 24)))
    words = ["leave", "--no-such-option", "out", "of", "/a/path/longer-than-the-line/data.csv"]
    tell(" ".join(words))
    found = capsys.readouterr().err
    assert found.split() == words and max(map(len, found.splitlines())) == len(words[-1])
