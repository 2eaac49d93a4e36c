"""What the README shows is what comes out."""

import contextlib
import io
import re
from pathlib import Path

import pytest

import glassprop as gp

TEXT = (Path(__file__).parent.parent / "README.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL)
SHOWN = [
    (BLOCKS[place][1], BLOCKS[place + 1][1])
    for place in range(len(BLOCKS) - 1)
    if (BLOCKS[place][0], BLOCKS[place + 1][0]) == ("python", "text")
]


@pytest.mark.parametrize("code, output", SHOWN)
def test_output_is_real(code, output, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")  # a table is as wide as the terminal
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {"gp": gp})
    assert printed.getvalue() == output


def test_all_outputs_are_there():
    assert len(SHOWN) == 4


def test_the_source_is_real():
    shown = next(text for _, text in BLOCKS if text.startswith("def gradients"))
    assert shown in gp.Network([784, 30, 10]).source()


def test_the_code_runs(tmp_path, tmp_path_factory, monkeypatch, capsys):
    """The other blocks, on a small part of the digits."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
    whole = {raw: gp.data.mnist(raw) for raw in (False, True)}
    small = {
        raw: type(parts)(*(type(part)(part.x[:200], part.y[:200]) for part in parts))
        for raw, parts in whole.items()
    }
    monkeypatch.setattr("glassprop.data.mnist", lambda raw=False: small[raw])
    space = {}
    for kind, text in BLOCKS:
        if kind == "python" and not text.startswith("def gradients") and "nielsen" not in text:
            exec(text, space)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "backprop.tex",
        "checkpoints",
        "digits.safetensors",
        "log.csv",
        "pixels.npy",
    ]


def test_names_of_the_tables_are_all_named():
    from glassprop.models.activations import ACTIVATIONS
    from glassprop.models.costs import COSTS
    from glassprop.models.initial_weights import SCHEMES

    for name in (*ACTIVATIONS, *COSTS, *SCHEMES):
        assert f"`{name}`" in TEXT, name
