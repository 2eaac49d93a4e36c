"""Arguments as they are typed: numbers, formulas that begin with a minus, names of other books."""

import os
import re
import subprocess
import sys

import pytest

import glassprop as gp
from glassprop.cli.entry_point import run


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(capsys, *arguments):
    status = run(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("-a**2", "-4"),
        ("-a", "-2"),
        ("-2*a", "-4"),
        ("-.5*a", "-1"),
        ("-(a)", "-2"),
        ("--(a)", "2"),
        ("--a", "2"),
        ("---a", "-2"),
        ("- a", "-2"),
        ("- -a", "2"),
        ("--wrt*a", "8"),
        ("-+a", "-2"),
        ("+a", "2"),
        ("-log(a/2)-a", "-2"),
        ("-o*a", "-6"),
        ("-wrt*a", "-8"),
    ],
)
def test_a_formula_that_begins_with_a_minus(formula, value, capsys):
    names = re.findall("[a-z]+", formula.replace("log", ""))
    point = [f"{name}={at}" for name, at in {"a": 2, "o": 3, "wrt": 4}.items() if name in names]
    for arguments in (
        [formula, "--at", ",".join(point)],
        ["--at", ",".join(point), formula],
        ["--at", ",".join(point), "--wrt", "a", "--", formula],
    ):
        status, out, _ = call(capsys, "graph", *arguments)
        assert status == 0 and re.search(rf"= {value}\n *local", out), out


def test_options_beside_such_a_formula(folder, capsys):
    for name in ("-oa.svg", "-o=b.svg", "--output=c.svg"):
        assert call(capsys, "graph", name, "-a*b", "--at", "a=-1,b=-2")[0] == 0
    assert sorted(path.name for path in folder.iterdir()) == ["=b.svg", "a.svg", "c.svg"]
    for name in ("-h", "--help"):
        assert "Usage: glassprop graph" in call(capsys, "graph", name)[1]
    for arguments in (["a", "--wtr", "a"], ["--wtr", "a", "a*b"], ["--wtr=a", "a"], ["--a", "--b"]):
        assert "No such option: --" in call(capsys, "graph", *arguments)[2]
    assert call(capsys, "graph", "--a", "--at=a=-1", "-oe.svg")[0] == 0
    for formula in ("--a", "--atanh"):
        assert "No such option" not in call(capsys, "graph", formula)[2]


def test_text_that_the_locale_cannot_hold_is_no_file_to_rename():
    plain = {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    found = subprocess.run(
        [sys.executable, "-m", "glassprop", "graph", "3*\u03b3", "--at", "\u03b3=2"],
        env={**os.environ, **plain}, capture_output=True, text=True,
    )  # fmt: skip
    assert found.returncode == 2 and found.stderr.count("\n") == 1
    assert "3*\\u03b3" in found.stderr and "ascii; set PYTHONUTF8=1" in found.stderr
    assert "rename" not in found.stderr


BAD = {
    ("derive", "-2,3"): "size of layer 0: .* got -2",
    ("diff", "2,3", "-2,3"): "size of layer 0: .* got -2",
    ("derive", "2,3", "-x"): "No such option: -x",
    ("train", "mnist", "--epochs", "x"): "'--epochs': expected a whole number such as 30, got 'x'",
    ("train", "mnist", "--epochs", "1.5"): "'--epochs': expected a whole number",
    ("train", "mnist", "--batch-size", ""): "'--batch-size': expected a whole number",
    ("train", "mnist", "--seed", "one"): "'--seed': expected a whole number",
    ("train", "mnist", "--threads", "two"): "'--threads': expected a whole number",
    ("train", "mnist", "--lr", "1,5"): "'--lr': expected a number such as 0.1, got '1,5'",
    ("train", "mnist", "--lr", "-1"): "--lr: expected a positive number, got -1",
    ("train", "mnist", "--l2", "x"): "'--l2': expected a number",
    ("train", "mnist", "--momentum", "x"): "'--momentum': expected a number",
    ("train", "mnist", "--cost", "mse"): "did you mean 'quadratic'",
    ("train", "mnist", "--cost", "MAE"): "did you mean 'absolute'",
    ("train", "mnist", "--cost", "Categorical-Crossentropy"): "did you mean 'cross_entropy'",
    ("train", "mnist", "--activation", "ReLU"): "did you mean 'relu'",
    ("train", "mnist", "--activation", "swish"): "did you mean 'silu'",
    ("train", "mnist", "--optimizer", "NAG"): "did you mean 'nesterov'",
    ("train", "mnist", "--out", "\udcff.safetensors"): r"'\\udcff.safetensors': expected text",
    ("graph", "a*\udcff"): r"'a\*\\udcff': expected text in UTF-8; write it so",
    ("graph", "\ud800*a"): r"'\\ud800\*a': expected text in UTF-8; write it so",
    ("train", "\udcff.csv"): r"'\\udcff.csv': expected text",
    ("train", "mnist", "--out", "m" * 300 + ".safetensors"): "File name too long",
    ("train", "mnist", "--out", "d/" * 3000 + "m.safetensors"): "File name too long",
    ("train", "mnist", "--out", "pipe.safetensors"): "is a device, a pipe",
    ("train", "mnist", "--out", "full.safetensors"): "where files are not kept",
    ("train", "mnist", "--out", "/dev/full.safetensors"): "where files are not kept",
    ("derive", "2,1", "-o", "m" * 300 + ".md"): "File name too long",
    ("graph", "a*b", "--at", "a=1,b=2", "-o", "m" * 300 + ".svg"): "File name too long",
    ("evaluate", "m" * 300 + ".safetensors", "mnist"): "File name too long",
    ("evaluate", "pipe.safetensors", "mnist"): "is a device, a pipe",
    ("train", "mnist", "--" + "x" * 10_000): "No such option",
    ("derive", "9" * 10_000): "layers '9+…9+': expected whole numbers",
}


@pytest.mark.parametrize("arguments", BAD, ids=lambda given: ascii(" ".join(given))[:40])
def test_what_cannot_be_is_said_in_a_line_before_any_work(arguments, folder, capsys):
    os.mkfifo("pipe.safetensors")
    (folder / "full.safetensors").symlink_to("/dev/full")
    status, out, err = call(capsys, *arguments)
    assert status == 2 and out == "" and err.startswith("error: ") and err.count("\n") == 1
    assert re.search(BAD[arguments], err) and len(err) < 500
    assert len(list(folder.iterdir())) == 2


def test_a_link_stays_and_its_file_is_replaced(folder):
    gp.Network([3, 2], seed=0).save("m.safetensors")
    (folder / "link.safetensors").symlink_to("m.safetensors")
    gp.Network([3, 2], seed=1).save("link.safetensors")
    assert (folder / "link.safetensors").is_symlink()
    found, expected = gp.load("m.safetensors"), gp.Network([3, 2], seed=1)
    assert (found.parameters["W1"] == expected.parameters["W1"]).all()


def test_help_says_what_each_command_does_in_a_whole_line(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = call(capsys, "--help")[1]
    listed = out.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert len(listed) == 10 and all(re.search(r"[^.]\.$", line) for line in listed)
    monkeypatch.setenv("COLUMNS", "50")  # over two lines, rather than cut
    assert "..." not in call(capsys, "--help")[1].partition("Commands:\n")[2]
