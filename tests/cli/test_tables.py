"""What the command line says of tables, and asks before it makes what is out of proportion."""

import io
import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 60)
    x = random.standard_normal((60, 2)) + 4 * labels[:, None] - 2
    rows = [f"{i},{a:.3f},{k},{b:.3f}" for i, (k, (a, b)) in enumerate(zip(labels, x, strict=True))]
    (tmp_path / "t.csv").write_text("\n".join([",a,label,b", *rows, ""]))
    (tmp_path / "bare.csv").write_text("\n".join([*rows, ""]))
    np.savez(tmp_path / "t.npz", x=x, y=labels)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsys, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        status = run(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


TRAIN = ("--epochs", "20", "--seed", "1", "--out", "m.safetensors")


def test_what_was_taken_for_what_is_said_in_one_line(folder, capsys):
    said = (
        "t.csv: 60 examples of 2 features; header: line 1; "
        "target: column 3, 'label' (by its name); ignored: column 1, without a name; "
        "say --target b for the last column; "
        "say --ignore '' to ignore none"
    )
    status, out, err = call(capsys, "train", "t.csv", *TRAIN)
    assert status == 0 and err.splitlines()[0] == said and "2 inputs, 30 sigmoid, 1 sigmoid" in err
    status, out, err = call(capsys, "evaluate", "m.safetensors", "t.csv")
    assert status == 0 and err.splitlines() == [said] and "accuracy 100.00 %" in out
    status, out, err = call(capsys, "predict", "m.safetensors", "t.csv")
    assert status == 0 and err.splitlines() == [said]
    assert out.split() == [str(k) for k in np.load("t.npz")["y"]]


def test_options_settle_it_for_every_command(folder, capsys):
    options = ("--no-header", "--ignore", "1", "--target", "3")
    status, _, err = call(
        capsys, "train", "bare.csv", *TRAIN, *options, "--validation", "t.npz", "--layers", "2,9,1"
    )
    assert status == 0 and "target: column 3 (as said); ignored: column 1" in err.splitlines()[0]
    status, out, _ = call(capsys, "evaluate", "m.safetensors", "bare.csv", *options)
    assert status == 0 and "accuracy 100.00 %" in out
    status, out, _ = call(capsys, "predict", "m.safetensors", "bare.csv", *options)
    assert status == 0 and len(out.split()) == 60
    (folder / "x.csv").write_text("label,class\n1,2\n0,1\n3,3\n")
    status, out, err = call(
        capsys, "predict", "m.safetensors", "x.csv", "--target", "", "--ignore", ""
    )
    assert status == 0 and len(out.split()) == 3 and "no target" in err


def test_the_target_of_a_table_to_measure_on_alone(folder, capsys):
    status, _, err = call(
        capsys, "train", "t.npz", *TRAIN, "--validation", "t.csv", "--target", "label"
    )
    assert status == 0 and "(as said)" in err


BAD = {
    "counting column": ("train bare.csv", "--ignore 1"),
    "no such column": ("train t.csv --target lable", "did you mean 'label'"),
    "no table": ("train t.npz --target 1", "are for tables"),
    "no table at all": ("train mnist --header", "are for tables"),
    "no table to evaluate on": ("evaluate m.safetensors mnist --ignore 1", "are for tables"),
    "no table to predict from": ("predict m.safetensors mnist --target 1", "are for tables"),
    "neither is a table": ("train t.npz --validation t.npz --ignore 1", "are for tables"),
    "one pipe for two": ("train - --validation -", "once only"),
    "label out of proportion": ("train high.csv", "number the classes .* --large"),
    "layers out of proportion": ("train t.csv --layers 2,9000000,1", "parameters; .* --large"),
    "labels out of proportion": ("train t.csv --layers 2,30,10000001", "310,000,121 parameters"),
    "features out of proportion": ("train wide.csv", "would have 21,.* parameters; .* --large"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_refused(name, folder, capsys):
    gp.Network([2, 3, 1], seed=0).save("m.safetensors")
    (folder / "high.csv").write_text("a,label\n1,10000000\n2,0\n3,1\n")
    if "features" in name:
        (folder / "wide.csv").write_text(",".join(["1"] * 700_000) + ",2\n")
    arguments, expected = BAD[name]
    status, out, err = call(capsys, *arguments.split())
    assert status == 2 and out == ""
    last = err.splitlines()[-1]
    assert last.startswith("error: ") and re.search(expected, last), err


def test_out_of_proportion_on_purpose(folder, capsys, monkeypatch):
    monkeypatch.setattr("glassprop.cli.data_options.MOST_PARAMETERS", 50)
    assert call(capsys, "train", "t.csv", "--epochs", "1")[0] == 2
    assert call(capsys, "train", "t.csv", "--epochs", "1", "--layers", "2,3,1")[0] == 0
    assert call(capsys, "train", "t.csv", "--epochs", "1", "--large")[0] == 0
    (folder / "gaps.csv").write_text("a,label\n1,300\n2,0\n3,1\n")
    monkeypatch.setattr("glassprop.cli.data_options.MOST_PARAMETERS", 10**7)
    assert call(capsys, "train", "gaps.csv", "--epochs", "1")[0] == 2
    assert call(capsys, "train", "gaps.csv", "--epochs", "1", "--large")[0] == 0
    assert call(capsys, "train", "gaps.csv", "--epochs", "1", "--layers", "1,301")[0] == 0


def test_targets_out_of_reach_and_of_one_value_are_warned_of(folder, capsys):
    (folder / "far.csv").write_text("a,y\n1,3.5\n2,5\n4,6.5\n")
    _, _, err = call(capsys, "train", "far.csv", "--epochs", "1")
    warned = [line for line in err.splitlines() if line.startswith("warning: ")]
    assert len(warned) == 1 and "from 3.5 to 6.5, but sigmoid outputs only from 0 to 1" in warned[0]
    assert "--output-activation" in warned[0]
    _, _, err = call(capsys, "train", "far.csv", "--epochs", "1", "--output-activation", "identity")
    assert "warning" not in err
    (folder / "one.csv").write_text("a,y\n1,1\n2,1\n4,1\n")
    _, _, err = call(capsys, "train", "one.csv", "--epochs", "1")
    assert "the target is 1 in all examples: if another column is meant, say --target" in err


def test_standard_input(folder):
    command = [sys.executable, "-m", "glassprop", "train", "-", *TRAIN]
    found = subprocess.run(
        command, input=(folder / "t.csv").read_bytes(), capture_output=True, check=True
    )
    assert found.stderr.startswith(b"standard input: 60 examples of 2 features; header")
    command = [sys.executable, "-m", "glassprop", "evaluate", "m.safetensors", "-"]
    found = subprocess.run(
        command, input=(folder / "t.npz").read_bytes(), capture_output=True, check=True
    )
    assert b"accuracy 100.00 %" in found.stdout and not found.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_waited_for(folder, capsys):
    os.mkfifo("p.csv")
    os.mkfifo("p.safetensors")
    for arguments in (
        ("train", "p.csv"),
        ("train", "t.csv", "--validation", "p.csv"),
        ("evaluate", "p.safetensors", "t.csv"),
        ("derive", "p.safetensors"),
        ("source", "p.safetensors"),
    ):
        status, _, err = call(capsys, *arguments)
        assert status == 2 and "pipe" in err.splitlines()[-1]


def test_one_output_classifies_where_it_was_trained_on_two_classes(folder, capsys):
    x, y = np.load("t.npz")["x"], np.load("t.npz")["y"]
    for code in (y, 2 * y - 1, y.astype(float)):
        net = gp.Network(2, gp.Dense(1, "tanh"), seed=0)
        net.fit(x, code, epochs=1, progress=False)
        net.save("m.safetensors")
        found = call(capsys, "predict", "m.safetensors", "t.npz")[1].split()
        assert found == [str(k) for k in net.classify(x)]
        assert "accuracy" in call(capsys, "evaluate", "m.safetensors", "t.npz")[1]
    net = gp.Network(2, gp.Dense(1, "identity"), seed=0)
    net.fit(x, x.sum(1), epochs=1, progress=False)
    net.save("m.safetensors")
    numbers = np.loadtxt(io.StringIO(call(capsys, "predict", "m.safetensors", "t.npz")[1]))
    assert (numbers == net.predict(x)[:, 0]).all()
