"""What commands write: nothing that they read, nothing that is not theirs, and no torn pairs."""

import os
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run

COMMAND = [sys.executable, "-m", "glassprop"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 30)
    x = random.standard_normal((30, 4)) + 3 * np.eye(3, 4)[y]
    np.savetxt(tmp_path / "d.csv", np.column_stack([x, y]), "%.17g", ",")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    np.savez(tmp_path / "d.npz", x=x, y=y)
    gp.data.write_idx(tmp_path / "t-images-idx3-ubyte", x.astype("uint8").reshape(30, 2, 2))
    gp.data.write_idx(tmp_path / "t-labels-idx1-ubyte", y.astype("uint8"))
    for name, activation in (("m", "sigmoid"), ("n", "tanh")):
        net = gp.Network([4, 5, 3], activation=activation, seed=0)
        net.fit(x, y, epochs=1, progress=False)
        net.save(tmp_path / f"{name}.safetensors")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refused(capsys, *arguments):
    status = run(list(arguments))
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    return err.splitlines()[-1]


LINKS = {"same": None, "link": os.symlink, "second name": os.link, "way around": "."}


@pytest.mark.parametrize("way", LINKS)
@pytest.mark.parametrize(
    ("read", "written", "command"),
    [
        ("d.csv", "l.csv", "predict m.safetensors d.csv -o"),
        ("m.safetensors", "l.csv", "predict m.safetensors d.csv -o"),
        ("y.npy", "l.npy", "predict m.safetensors x.npy -o"),
        ("t-labels-idx1-ubyte", "l.txt", "predict m.safetensors t-images-idx3-ubyte -o"),
        ("d.npz", "l.safetensors", "train d.npz --epochs 1 --out"),
        ("d.csv", "l.safetensors", "train d.npz --epochs 1 --validation d.csv --out"),
        ("m.safetensors", "l.py", "source m.safetensors -o"),
        ("m.safetensors", "l.txt", "derive m.safetensors -o"),
        ("n.safetensors", "l.md", "diff m.safetensors n.safetensors -o"),
    ],
)
def test_what_is_read_is_not_written(read, written, command, way, folder, capsys):
    link = LINKS[way]
    if not callable(link):
        if os.path.splitext(read)[1] != os.path.splitext(written)[1]:
            pytest.skip("these have no suffix in common")
        written = read if link is None else f"./{link}/{read}"
    else:
        link(read, written)
    before = contents(folder)
    assert f"is the file {read}, which is read" in refused(capsys, *command.split(), written)
    assert contents(folder) == before


def test_weights_do_not_replace_the_model_through_a_link(folder, capsys):
    os.symlink("m.safetensors", "l.npz")
    before = contents(folder)
    assert "is the file m.safetensors" in refused(capsys, "source", "m.safetensors", "-o", "l.py")
    assert contents(folder) == before


@pytest.mark.parametrize("command", ["predict m.safetensors - ", "predict m.safetensors d.csv"])
def test_standard_streams_are_files_too(command, folder):
    found = subprocess.run(
        f"{' '.join(COMMAND)} {command} >>d.csv <d.csv", shell=True, capture_output=True, text=True
    )
    given = "standard input" if command.endswith("- ") else "d.csv"
    assert found.returncode == 2
    assert found.stderr.startswith(f"error: standard output: is the file {given}, which is read")
    assert len(np.loadtxt("d.csv", delimiter=",")) == 30
    found = subprocess.run(
        f"{' '.join(COMMAND)} predict m.safetensors - -o d.csv <d.csv",
        shell=True, capture_output=True, text=True,
    )  # fmt: skip
    assert found.stderr.startswith("error: d.csv: is the file standard input")


@pytest.mark.parametrize("there", ["data", "noise", "empty", "users"])
def test_weights_replace_no_file_of_others(there, folder, capsys):
    content = {"noise": b"PK\3\4 noise", "empty": b""}.get(there)
    if content is not None:
        (folder / "p.npz").write_bytes(content)
    elif there == "data":
        os.rename("d.npz", "p.npz")
    else:
        np.savez("p.npz", **gp.load("m.safetensors").parameters)
    before = contents(folder)
    said = refused(capsys, "source", "m.safetensors", "-o", "p.py")
    assert "p.npz: the weights go there, and the file that is there was not written with" in said
    assert contents(folder) == before


def test_its_own_weights_are_replaced(folder, capsys):
    for model in ("m", "n", "m"):
        assert run(["source", f"{model}.safetensors", "-o", "p.py"]) == 0
        assert (loaded("p") == gp.load(f"{model}.safetensors").predict(np.load("x.npy"))).all()


def loaded(name):
    """What an ejected program predicts, in a process of its own."""
    code = f"import numpy as np, {name}; np.save('out.npy', {name}.predict(np.load('x.npy')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr.splitlines()[-1]
    return np.load("out.npy")


def test_a_pair_that_is_torn_is_refused(folder, capsys):
    for model in ("m", "n"):
        assert run(["source", f"{model}.safetensors", "-o", f"{model}.py"]) == 0
    again = gp.load("m.safetensors")
    again.fit(np.load("x.npy"), np.load("y.npy"), epochs=1, progress=False)
    again.save("o.safetensors")
    assert run(["source", "o.safetensors", "-o", "o.py"]) == 0
    os.rename("m.npz", "kept.npz")
    for other in ("n", "o"):  # another program, and the same with other weights
        (folder / "m.npz").write_bytes((folder / f"{other}.npz").read_bytes())
        with pytest.raises(AssertionError, match=r"m\.npz: belongs to another program than this"):
            loaded("m")
    os.replace("kept.npz", "m.npz")
    first = loaded("m")
    np.savez("m.npz", **dict(np.load("n.npz")) | {"pair": np.load("m.npz")["pair"]})
    assert (loaded("m") != first).any()  # whoever puts the digest there means it
    np.savez("m.npz", **again.parameters)  # saved by the user, with what the program trained
    assert (loaded("m") == again.predict(np.load("x.npy"))).all()


def test_a_full_disk_leaves_the_pair_of_before(folder, capsys, monkeypatch):
    assert run(["source", "m.safetensors", "-o", "p.py"]) == 0
    before, asked, real = contents(folder), [], os.fsync

    def full_the_second_time(file):
        asked.append(file)
        if len(asked) == 2:
            raise OSError(28, "No space left on device")
        real(file)

    monkeypatch.setattr("os.fsync", full_the_second_time)
    capsys.readouterr()
    assert "No space left" in refused(capsys, "source", "n.safetensors", "-o", "p.py")
    assert contents(folder) == before
