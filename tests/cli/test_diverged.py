"""A run that diverges ends with a reason and status 2, and leaves what was there."""

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run

RANDOM = np.random.default_rng(0)


@pytest.fixture(params=["numpy", "compiled"])
def engine(request, tmp_path_factory, monkeypatch):
    if request.param == "compiled":
        pytest.importorskip("numba")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.getbasetemp() / "diverged"))
    return request.param


@pytest.fixture
def data(tmp_path):
    np.savez(
        tmp_path / "t.npz", x=RANDOM.standard_normal((60, 3)), y=RANDOM.standard_normal((60, 1))
    )
    wild = RANDOM.standard_normal((9, 3))
    wild[4] *= 1e170
    np.savez(tmp_path / "wild.npz", x=wild, y=np.zeros((9, 1)))
    return tmp_path


CASES = {
    "parameters": (["--lr", "1e308"], "in mini-batch", "a parameter is not finite"),
    "cost": (
        ["--lr", "1e155", "--batch-size", "60"],
        "the cost is inf after it, as C (cost) is",
        "",
    ),
    "float32": (
        ["--lr", "1e20", "--batch-size", "60", "--dtype", "float32"],
        "the cost is inf after it",
        "",
    ),
    "validation": (
        ["--lr", "0.01", "--validation", "wild.npz"],
        "the cost on the validation data is inf after it, as C (cost) is inf for example 4",
        "",
    ),
}


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize("case", CASES)
def test_nothing_is_saved(case, engine, data, monkeypatch, capsys):
    monkeypatch.chdir(data)
    options, reason, remark = CASES[case]
    common = ["train", "t.npz", "--layers", "3,1", "--activation", "identity", "--seed", "0"]
    common += ["--engine", engine, "--out", "m.safetensors"]
    assert run([*common, "--epochs", "1", "--lr", "0.01"]) == 0
    good = (data / "m.safetensors").read_bytes()
    capsys.readouterr()
    for earlier in (good, None):
        assert run([*common, "--epochs", "30", *options]) == 2
        out, err = capsys.readouterr()
        said = " ".join(err.split())
        assert "saved" not in out + err and "inf" not in out and "nan" not in out
        assert "error: training diverged in epoch 1: " in said and reason in said
        assert remark in said and "m.safetensors is not written" in said
        if earlier is None:
            assert sorted(path.name for path in data.iterdir()) == ["t.npz", "wild.npz"]
        else:
            assert (data / "m.safetensors").read_bytes() == good
            assert np.isfinite(gp.load("m.safetensors").parameters["W1"]).all()
            (data / "m.safetensors").unlink()
