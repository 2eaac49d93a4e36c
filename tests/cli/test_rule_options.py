"""Update rules, schedules, limits and L1 as options of the commands."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

import glassprop as gp
from glassprop.cli.entry_point import run


@pytest.fixture
def blobs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    x = random.standard_normal((60, 4))
    np.savez("blobs.npz", x=x, y=random.integers(0, 3, 60))
    return "train blobs.npz --layers 4,5,3 --epochs 2 --seed 1 --engine numpy "


GOOD = {
    "--optimizer rmsprop": gp.RMSProp(),
    "--optimizer rmsprop --momentum 0.5": gp.RMSProp(momentum=0.5),
    "--optimizer adagrad --lr 0.1": gp.AdaGrad(0.1),
    "--optimizer nadam --schedule cosine": gp.NAdam(schedule=gp.cosine(total=12)),
    "--optimizer rprop --clip-value 2": gp.RProp(clip_value=2),
    "--optimizer sgdw --lr 1 --max-norm 2": gp.SGDW(1.0, max_norm=2),
    "--lr 1 --clip-norm 3 --schedule one-cycle:peak=0.5": gp.SGD(
        1.0, clip_norm=3, schedule=gp.one_cycle(0.5, total=12)
    ),
    "--lr 1 --schedule step_decay:every=4,factor=0.5": gp.SGD(1.0, schedule=gp.step_decay(4, 0.5)),
    "--lr 1 --schedule learning_rate/sqrt(t)": gp.SGD(
        1.0, schedule=gp.schedule("learning_rate/sqrt(t)")
    ),
}


@pytest.mark.parametrize("options", GOOD)
def test_options_are_the_rule_that_trains(options, blobs):
    assert run([*blobs.split(), *options.split(), "--out", "m.safetensors"]) == 0
    assert gp.load("m.safetensors").optimizer == GOOD[options]


BAD = {
    "--schedule cosin": "--schedule: unknown schedule 'cosin'; did you mean 'cosine'",
    "--schedule cosine:warm=3": "did you mean 'warmup'",
    "--schedule cosine:warmup=x": "expected a number as warmup, got 'x'",
    "--schedule step_decay": "--schedule step_decay: give every",
    "--schedule learning_rate/q": "unknown name 'q'",
    "--schedule cosine:warmup=100": "more than 100 updates in all",
    "--optimizer rprop --schedule cosine": "RProp finds the lengths of its steps itself",
    "--clip-norm 0": "--clip-norm: expected a positive number",
    "--max-norm -1": "--max-norm: expected a positive number",
    "--l1 -1": "l1: expected 0 or a positive number",
}


@pytest.mark.parametrize("options", BAD)
def test_what_cannot_be_is_refused_in_a_line(options, blobs, capsys):
    assert run([*blobs.split(), *options.split()]) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert said.startswith("error: ") and BAD[options] in said


def test_documents_and_sources_have_what_trained(blobs, capsys):
    options = "--optimizer adam --schedule cosine:warmup=3 --clip-norm 1 --max-norm 2 --l1 0.01"
    assert run([*blobs.split(), *options.split(), "--out", "m.safetensors"]) == 0
    capsys.readouterr()
    assert run(["derive", "m.safetensors"]) == 0
    told = capsys.readouterr().out
    assert "0.01 Σ" in told and "rate = " in told and "clip_norm / max(gradient_norm" in told
    assert "biases have none" in told and "Σₖ (Wⱼₖ)²" in told
    assert run(["source", "m.safetensors", "-o", "own.py"]) == 0
    assert "warmup=3.0, T=12.0, clip_norm=1.0, max_norm=2.0" in " ".join(
        Path("own.py").read_text().split()
    )
    assert run(["derive", "4,5,3", "--l1", "0.25"]) == 0
    assert "¼ Σⱼᵢ |W¹ⱼᵢ|" in capsys.readouterr().out


def test_l1_is_in_the_cost_and_its_file_needs_a_new_reader(tmp_path):
    net = gp.Network([4, 5, 3], activation="tanh", l1=0.01, l2=0.1, seed=3)
    plain = gp.Network([4, 5, 3], activation="tanh", seed=3)
    random = np.random.default_rng(0)
    x, y = random.standard_normal((9, 4)), random.integers(0, 3, 9)
    assert net.check(x, y).verdict == "right"
    for name, gradient in net.gradients(x, y).items():
        weights = net.parameters[name]
        more = 0.01 * np.sign(weights) + 0.1 * weights if name.startswith("W") else 0.0
        np.testing.assert_allclose(gradient, plain.gradients(x, y)[name] + more, atol=1e-14)
    net.save(tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "numpy") as file:
        assert json.loads(file.metadata()["glassprop"])["version"] == 4
    other = gp.load(tmp_path / "m.safetensors")
    assert other.architecture.l1 == 0.01 and str(other.derivation) == str(net.derivation)
