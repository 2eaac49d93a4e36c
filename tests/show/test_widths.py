"""What is printed fits the terminal: no line is longer, and formulas can be read."""

import ast
import os
import re
import shutil
import textwrap
import unicodedata

import pytest

import glassprop as gp
from glassprop.cli.entry_point import run
from glassprop.show.notation.notation import NOTATIONS

CELU = gp.activation("celu", lambda z: gp.where(z > 0, z, 2 * (gp.exp(z / 2) - 1)))
NORM = gp.activation(
    "layer_norm",
    lambda z: (z - gp.mean(z)) / gp.sqrt(gp.mean((z - gp.mean(z)) ** 2) + 1e-5),
)
MANY = gp.cost("many", lambda a, y: sum(gp.sum((a - k * y) ** 2) / k for k in range(1, 15)))
A, B, C = gp.scalars("a b c")
PRODUCT = gp.exp(A * B) / (1 + gp.exp(A * B)) * gp.log(C + gp.sigmoid(A * B * C + B**2))
DERIVATIONS = {
    "plain": gp.Network([784, 30, 10], l2=0.1).derivation,
    "softmax": gp.Network([2, 3, 3], cost="binary_cross_entropy", output="softmax").derivation,
    "deep": gp.Network([4, *[5] * 40, 3], activation="silu", cost="huber").derivation,
    "custom": gp.Network(4, gp.Dense(5, NORM), gp.Dense(3, CELU), cost=MANY).derivation,
    "scalar": gp.derive(PRODUCT, wrt=[A, B, C]),
    "many terms": gp.derive(sum((A * k + B) ** k / (C + k) for k in range(1, 20)), wrt=[A, B, C]),
}
HANGING = re.compile(r"(?<!\S)[=+·−/*]$|Σ\S*$")
"""An operation at the end of a line, without what it is done with."""
PROGRAM = "def gradients("


def columns(line):
    return sum(not unicodedata.combining(sign) for sign in line)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("name", DERIVATIONS)
def test_lines_fit_and_are_broken_before_operations(name, notation, width):
    derivation = DERIVATIONS[name]
    texts = [derivation.table(width, notation)]
    if width > 60 and name != "deep":
        texts += [derivation.explain(width, notation), derivation.update(width, notation)]
    for text in texts:
        lines = text.partition(PROGRAM)[0].splitlines()
        assert not [line for line in lines if columns(line) > width + 2 * (width == 60)]
        assert not [line for line in lines if HANGING.search(line)]


@pytest.mark.parametrize("name", ["plain", "softmax", "custom"])
def test_code_of_a_narrow_table_is_python(name):
    """Longer assignments are broken within brackets, so that they can be taken away."""
    lines = DERIVATIONS[name].table(60).splitlines()
    starts = [k for k, line in enumerate(lines) if re.match(r" {9}\w+ = ", line)]
    assert starts
    for start in starts:
        code = [lines[start]]
        code += [line for line in lines[start + 1 : start + 40] if line.startswith(" " * 9)]
        for end in range(1, len(code) + 1):
            try:
                ast.parse(textwrap.dedent("\n".join(code[:end])))
                break
            except SyntaxError:
                continue
        else:
            raise AssertionError("\n".join(code))


@pytest.mark.parametrize(("given", "used"), [(60, 60), (80, 80), (100, 100), (160, 120), (30, 60)])
def test_a_derivation_is_as_wide_as_the_terminal(given, used, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(given))
    derivation = DERIVATIONS["plain"]
    assert str(derivation) == derivation.table(used)
    assert derivation.explain() == derivation.explain(min(given, 92))
    assert derivation.update() == derivation.update(min(given, 92))


def test_where_there_is_no_terminal_the_width_is_fixed(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda number: os.terminal_size((0, 0)))
    assert shutil.get_terminal_size((7, 1)).columns == 7
    derivation = DERIVATIONS["plain"]
    assert str(derivation) == derivation.table(100)
    assert derivation.explain() == derivation.explain(92)


COMMANDS = (
    ["--help"],
    *([name, "--help"] for name in ("train", "predict", "derive", "graph", "diff", "doctor")),
    ["derive", "20,30,30,10", "--cost", "cross_entropy", "--optimizer", "adam"],
    ["derive", "2,3,1", "--activation", "gelu", "--notation", "goodfellow"],
    ["diff", "2,3,1", "2,3,3:activation=relu,output=softmax,cost=binary_cross_entropy"],
    ["graph", "(a+b)*(b+1)*exp(3*b-a*b)/(1+exp(a))", "--at", "a=2,b=1"],
)


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: "_".join(command)[:30])
def test_commands_fit_the_terminal(command, width, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    assert run(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and max(map(columns, lines)) <= width
    assert not any(re.search(r"\w\.\.\.$", line) for line in lines)
