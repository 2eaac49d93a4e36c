import os
import re
import signal
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run


@pytest.fixture
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 120)
    x = random.standard_normal((120, 4)) + 3 * np.eye(3, 4)[labels]
    np.savez(tmp_path / "blobs.npz", x=x, y=labels)
    np.savetxt(tmp_path / "blobs.csv", np.column_stack([x, labels]), "%.17g", ",")
    np.save(tmp_path / "inputs.npy", x)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def model(folder):
    x, y = gp.data.load("blobs.npz")
    net = gp.Network([4, 6, 3], cost="cross_entropy", seed=0)
    net.fit(x, y, epochs=5, progress=False)
    net.save("m.safetensors")
    return net


def call(capsys, *arguments):
    status = run(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize("source", ["blobs.npz", "blobs.csv"])
def test_train_evaluate_predict(folder, capsys, source):
    status, out, err = call(
        capsys, "train", source, "--layers", "4,8,3", "--cost", "cross_entropy", "--epochs", "20",
        "--seed", "1", "--out", "m.safetensors", "--validation", "blobs.npz",
    )  # fmt: skip
    assert status == 0 and "saved m.safetensors" in out and out.count("epoch") == 20
    assert re.search(r"training, 120 +validation, 120\n", out) and "epoch" not in err
    status, out, _ = call(capsys, "evaluate", "m.safetensors", source)
    assert status == 0 and re.search(r"accuracy 9\d\.\d\d % \(\d+ of 120\)", out)
    status, out, _ = call(capsys, "predict", "m.safetensors", "inputs.npy")
    net = gp.load("m.safetensors")
    x = np.load("inputs.npy")
    assert status == 0 and out.split() == [str(k) for k in net.classify(x)]


def test_a_watched_run_ends_with_a_table(folder, capsys):
    command = ["train", "blobs.npz", "--layers", "4,8,3", "--seed", "1", "--epochs", "3"]
    tables = []
    for more in ([], ["--watch"]):
        status, out, _ = call(capsys, *command, *more, "--out", f"m{len(more)}.safetensors")
        tables.append(out.partition("flow through the layers")[2].splitlines())
        assert status == 0 and "saved m" in out and out.count("epoch") == 3
    assert not tables[0] and tables[1][0] == ", on 120 training examples"
    assert tables[1][1].split()[:4] == ["layer", "units", "dC/dW", "error"]
    assert [line.split()[:2] for line in tables[1][2:4]] == [["1", "8"], ["2", "3"]]
    files = [(folder / f"m{k}.safetensors").read_bytes() for k in (0, 1)]
    assert files[0] == files[1]


def test_same_seed_same_file(folder, capsys):
    for name in ("a", "b"):
        assert (
            run(
                [
                    "train",
                    "blobs.npz",
                    "--epochs",
                    "2",
                    "--seed",
                    "4",
                    "--out",
                    f"{name}.safetensors",
                ]
            )
            == 0
        )
    assert (folder / "a.safetensors").read_bytes() == (folder / "b.safetensors").read_bytes()


def test_defaults_come_from_the_data(folder, capsys):
    status, _, err = call(capsys, "train", "blobs.npz", "--epochs", "1")
    assert status == 0 and "4 inputs, 30 sigmoid, 3 sigmoid" in err and "not be saved" in err


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ("", "SGD(learning_rate=3.0)"),
        ("--activation relu", "SGD(learning_rate=0.03)"),
        ("--activation tanh", "SGD(learning_rate=0.1)"),
        ("--cost cross_entropy", "SGD(learning_rate=0.5)"),
        ("--momentum 0", "SGD(learning_rate=3.0)"),
        ("--momentum 0.5", "Momentum(learning_rate=1.5, momentum=0.5)"),
        ("--scale 30", "SGD(learning_rate=0.29)"),
        ("--optimizer sgd --lr 0.2", "SGD(learning_rate=0.2)"),
        ("--optimizer momentum", "Momentum(learning_rate=0.3, momentum=0.9)"),
        ("--optimizer momentum --momentum 0 --lr 1", "Momentum(learning_rate=1.0, momentum=0.0)"),
        ("--optimizer nesterov --lr 0.1", "Nesterov(learning_rate=0.1, momentum=0.9)"),
        ("--optimizer adam", "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"),
        ("--optimizer adamw --lr 0.01", "AdamW(learning_rate=0.01, "),
    ],
)
def test_the_update_rule(options, rule, folder, capsys):
    status, _, err = call(capsys, "train", "blobs.npz", "--epochs", "1", *options.split())
    assert status == 0 and f"\n{rule}" in err
    assert ("default" in err) == ("--lr" not in options and "adam" not in options)


@pytest.mark.parametrize("name", ["p.csv", "p.txt", "p.npy"])
def test_predictions_in_files(model, folder, capsys, name):
    status, out, _ = call(capsys, "predict", "m.safetensors", "inputs.npy", "-o", name, "--outputs")
    assert status == 0 and out == ""
    found = np.load(name) if name.endswith("npy") else np.loadtxt(name, delimiter=",")
    assert (found == model.predict(np.load("inputs.npy"))).all()


@pytest.mark.parametrize("suffix", ["txt", "md", "tex", "typ", "pdf", "html"])
def test_derive_to_a_file(folder, capsys, suffix):
    status, _, _ = call(capsys, "derive", "784,30,10", "-o", f"d.{suffix}")
    assert status == 0 and len((folder / f"d.{suffix}").read_bytes()) > 1000


def test_derive_prints(model, capsys):
    for arguments in (["2,3,1"], ["m.safetensors"], ["2,3,1", "--activation", "relu"]):
        status, out, _ = call(capsys, "derive", *arguments)
        assert status == 0 and "delta1" in out


def test_source_of_another_target_is_printed(model, capsys):
    status, out, _ = call(capsys, "source", "m.safetensors", "--target", "compiled")
    assert status == 0 and out == model.source("compiled") and "@njit" in out
    for arguments, said in (
        (["--target", "compild"], "unknown target 'compild'; did you mean 'compiled'"),
        (["--target", "compiled", "-o", "digits.py"], "--target compiled: it is only printed"),
        (["-o", "class.py"], "class.py: class is a word of Python, which cannot be imported"),
        (["-o", "2.py"], "2.py: cannot be imported under this name"),
    ):
        status, _, err = call(capsys, "source", "m.safetensors", *arguments)
        assert status == 2 and said in err


def test_source_prints_and_ejects(model, folder, capsys):
    status, out, _ = call(capsys, "source", "m.safetensors")
    assert status == 0 and out == model.source()
    assert call(capsys, "source", "m.safetensors", "-o", "digits.py")[0] == 0
    x, y = gp.data.load("blobs.npz")
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import numpy as np, digits\n"
        "d = np.load('blobs.npz'); x, y = d['x'], d['y']\n"
        "g = digits.gradients(x, y)\n"
        "p = digits.predict(x)\n"
        "digits.train_step(x[:10], y[:10], 0.5); digits.train_step(x[:7], y[:7], 0.5)\n"
        "assert not [m for m in sys.modules if m.startswith('glassprop')]\n"
        "np.savez('out.npz', p=p, **g, **{'after_' + k: v for k, v in digits.parameters.items()})\n"
    )
    subprocess.run([sys.executable, "-I", "-c", script], check=True)
    found = np.load("out.npz")
    assert (found["p"] == model.predict(x)).all()
    assert all((found[name] == value).all() for name, value in model.gradients(x, y).items())
    rule = gp.SGD(0.5)
    for n in (10, 7):
        for name, gradient in model.gradients(x[:n], y[:n]).items():
            model.parameters[name] -= rule.learning_rate * gradient
    for name, value in model.parameters.items():
        np.testing.assert_allclose(found[f"after_{name}"], value, rtol=1e-12, atol=1e-14)


def test_a_network_with_a_scale_takes_what_is_stored(folder, capsys):
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 120).astype("uint8")
    pixels = np.clip(100 * np.eye(3, 4)[labels] + 20 * random.random((120, 4)), 0, 255)
    gp.data.write_idx("t-images-idx2-ubyte", pixels.astype("uint8"))
    gp.data.write_idx("t-labels-idx1-ubyte", labels)
    np.save("x.npy", pixels)
    np.save("y.npy", labels)
    for source, scale in (("t-images-idx2-ubyte", "1/255"), ("x.npy", "0.03")):
        status, _, err = call(
            capsys, "train", source, "--scale", scale, "--layers", "4,3", "--epochs", "60",
            "--out", "s.safetensors", "--validation", source, "--seed", "0",
        )  # fmt: skip
        assert status == 0 and f"4 inputs scaled by {scale}" in err
        status, out, _ = call(capsys, "evaluate", "s.safetensors", source)
        assert status == 0 and "accuracy 100.00 %" in out
        status, out, _ = call(capsys, "predict", "s.safetensors", source)
        assert status == 0 and out.split() == [str(k) for k in labels]
    status, out, _ = call(capsys, "derive", "4,3", "--scale", "1/255")
    assert status == 0 and "xᵢ / 255" in out
    status, out, _ = call(capsys, "diff", "4,3", "4,3:scale=1/255")
    assert status == 0 and "a⁰: is only in B" in out


BAD = {
    "no command": ("trian", "No such command"),
    "no such file": ("train none.csv --layers 4,3", "none.csv"),
    "unknown suffix": ("train blobs.xls --layers 4,3", "blobs.xls"),
    "wrong number of features": ("train blobs.npz --layers 5,3", "blobs.npz"),
    "labels out of range": ("train blobs.npz --layers 4,2", "label"),
    "layers": ("train blobs.npz --layers 4,x", "expected whole numbers"),
    "one layer": ("train blobs.npz --layers 4", "at least inputs and outputs"),
    "zero layer": ("train blobs.npz --layers 4,0,3", "size of layer 1"),
    "epochs": ("train blobs.npz --epochs 0", "--epochs"),
    "epochs that are not a number": ("train blobs.npz --epochs many", "'--epochs'"),
    "batch size": ("train blobs.npz --batch-size -1", "--batch-size"),
    "learning rate": ("train blobs.npz --lr 0", "--lr"),
    "learning rate that is not finite": ("train blobs.npz --lr nan", "--lr"),
    "momentum": ("train blobs.npz --momentum 1", "momentum"),
    "optimizer": ("train blobs.npz --optimizer adm", "mean 'adam'"),
    "momentum of Adam": ("train blobs.npz --optimizer adam --momentum 0.5", "adam has none"),
    "momentum of Nesterov": ("train blobs.npz --optimizer nesterov --momentum -1", "--momentum"),
    "activation": ("train blobs.npz --activation sigmod", "mean 'sigmoid'"),
    "cost": ("train blobs.npz --cost quadratik", "mean 'quadratic'"),
    "engine": ("train blobs.npz --engine numpi", "mean 'numpy'"),
    "threads": ("train blobs.npz --threads 0", "--threads"),
    "scale": ("train blobs.npz --scale 1/x", "scale '1/x': expected a number"),
    "scale of zero": ("derive 4,3 --scale 0", "scale: expected a positive number"),
    "scale by zero": ("derive 4,3 --scale 1/0", "a quotient such as 1/255"),
    "dtype": ("train blobs.npz --dtype int", "float32"),
    "option": ("train blobs.npz --epoch 3", "--epoch"),
    "folder of the output": ("train mnist --out none/m.safetensors", "does not exist"),
    "suffix of the output": ("train mnist --out m.h5", "m.h5"),
    "output is a folder": ("train mnist --out sub.safetensors", "is a folder"),
    "model": ("evaluate none.safetensors mnist", "no such file"),
    "not a model": ("evaluate blobs.npz mnist", "not a safetensors file"),
    "model and data": ("evaluate m.safetensors mnist", r"\(n, 4\)"),
    "targets": ("evaluate m.safetensors inputs.npy", "has no targets"),
    "prediction suffix": ("predict m.safetensors inputs.npy -o p.xls", "p.xls"),
    "derivation suffix": ("derive 2,3,1 -o d.docx", "d.docx"),
    "derivation folder": ("derive 2,3,1 -o none/d.md", "none"),
    "derivation": ("derive 2", "at least inputs and outputs"),
    "source suffix": ("source m.safetensors -o d.txt", "d.txt"),
    "source name": ("source m.safetensors -o 1-d.py", "1-d.py"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_one_line_and_status_2(name, model, folder, capsys):
    (folder / "sub.safetensors").mkdir()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    arguments, message = BAD[name]
    status, out, err = call(capsys, *arguments.split())
    assert status == 2 and out == ""
    last = err.splitlines()[-1]
    assert last.startswith("error: ") and re.search(message, last), err
    assert len([line for line in err.splitlines() if line.startswith("error")]) == 1
    assert "Traceback" not in err
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_an_output_that_cannot_be_written_is_found_out_before_training(folder, capsys):
    status, _, err = call(capsys, "train", "blobs.npz", "--out", "none/m.safetensors")
    assert status == 2 and "epoch" not in err


@pytest.mark.parametrize(
    "command", ["", "train", "evaluate", "predict", "derive", "source", "doctor"]
)
def test_help_has_an_example(command, capsys):
    status, out, _ = call(capsys, *command.split(), "--help")
    assert status == 0 and (not command or f"Example: glassprop {command}" in out)


def test_version(capsys):
    assert call(capsys, "--version")[1] == f"glassprop {gp.__version__}\n"


def test_ctrl_c_saves_what_there_is(folder):
    options = ["train", "blobs.npz", "--epochs", "1000000", "--out", "m.safetensors"]
    command = [sys.executable, "-m", "glassprop", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch       3"):
                break
        os.kill(process.pid, signal.SIGINT)
        process.stdout.read()
        assert process.wait(60) == 130
    assert np.isfinite(gp.load("m.safetensors").evaluate(*gp.data.load("blobs.npz")).cost)


LESS_THAN_ONE = 0.5
FIT = gp.Network.fit


def stopped_after(monkeypatch, epochs):
    """Have Ctrl-C come after some epochs."""

    def interrupted(self, *data, **settings):
        if epochs:
            FIT(self, *data, **{**settings, "epochs": max(1, int(epochs))})
        if epochs == LESS_THAN_ONE:
            self.history.epochs.clear()
        raise KeyboardInterrupt

    monkeypatch.setattr(gp.Network, "fit", interrupted)


def test_what_exists_is_replaced_only_by_what_trained_for_an_epoch(folder, capsys, monkeypatch):
    command = ("train", "blobs.npz", "--epochs", "5", "--seed", "0", "--out", "m.safetensors")
    call(capsys, *command)
    good = (folder / "m.safetensors").read_bytes()
    stopped_after(monkeypatch, 0)
    status, out, err = call(capsys, *command)
    assert (status, out) == (130, "")
    assert "interrupted before anything was trained\nm.safetensors is not written\n" in err
    stopped_after(monkeypatch, LESS_THAN_ONE)
    for name in ("m-interrupted.safetensors", "m-interrupted-2.safetensors"):
        status, out, err = call(capsys, *command)
        assert status == 130 and out.endswith(f"saved {name}\n") and "less than one epoch" in err
        assert gp.load(name) and (folder / "m.safetensors").read_bytes() == good


def test_what_was_trained_for_an_epoch_is_saved(folder, capsys, monkeypatch):
    stopped_after(monkeypatch, 1)
    status, out, _ = call(capsys, "train", "blobs.npz", "--epochs", "5", "--out", "m.safetensors")
    assert status == 130 and "saved m.safetensors" in out
    assert sorted(path.name for path in folder.glob("*.safetensors")) == ["m.safetensors"]


def test_a_closed_pipe_is_no_error(model):
    command = f"{sys.executable} -m glassprop source m.safetensors | head -1"
    found = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert found.stderr == ""
