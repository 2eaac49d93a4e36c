import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import glassprop as gp


def test_round_trip(tmp_path):
    slope = gp.activation("leaky_relu", slope=0.3)
    own = gp.activation("test_saved", lambda z: gp.tanh(z) + 0.1 * z)
    cost = gp.cost("test_saved_cost", lambda a, y: gp.sum(gp.log(1 + (a - y) ** 2)))
    net = gp.Network(
        3,
        gp.Dense(4, slope),
        gp.Dense(5, own),
        gp.Dense(2),
        cost=cost,
        l2=0.01,
        dtype="float32",
        seed=0,
    )
    net.save(tmp_path / "m.safetensors")
    again = gp.load(tmp_path / "m.safetensors")
    x, y = np.ones((3, 3)), np.zeros((3, 2))
    assert (again.predict(x) == net.predict(x)).all() and again.dtype == "float32"
    assert again.evaluate(x, y) == net.evaluate(x, y)
    assert again.source() == net.source() and repr(again) == repr(net)


def test_a_save_replaces_only_when_whole(tmp_path, monkeypatch):
    path = tmp_path / "m.safetensors"
    net = gp.Network([3, 2], seed=0)
    net.save(path)
    old = path.read_bytes()
    monkeypatch.setattr(
        "os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(gp.ModelFileError, match="No space left"):
        gp.Network([3, 2], seed=1).save(path)
    assert path.read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ["m.safetensors"]


def saved(tmp_path, **changes):
    path = tmp_path / "m.safetensors"
    net = gp.Network([3, 2], seed=0)
    net.save(path)
    description = json.loads(net.architecture.to_json("float64")) | changes
    save_file(load_file(path), path, {"glassprop": json.dumps(description)})
    return path


EVIL = "__import__('os').system('touch hacked')"
DAMAGED = {
    "missing": (lambda t: t / "none.safetensors", "no such file"),
    "folder": (lambda t: t, "is a folder"),
    "empty": (lambda t: write(t, b""), "truncated or not"),
    "not one": (lambda t: write(t, b"hello, this is not a model at all"), "truncated or not"),
    "truncated": (lambda t: write(t, saved(t).read_bytes()[:-9]), "truncated"),
    "not of glassprop": (lambda t: foreign(t), "not saved by glassprop"),
    "other sizes": (lambda t: saved(t, inputs=4), "W1 has shape"),
    "other version": (lambda t: saved(t, version=99), "version 99"),
    "other format": (lambda t: saved(t, format="x"), "format"),
    "dtype": (lambda t: saved(t, dtype="float32"), "type float64"),
    "no layers": (lambda t: saved(t, layers=[]), "at least one layer"),
    "layers of another kind": (lambda t: saved(t, layers=7), "damaged"),
    "huge": (lambda t: saved(t, inputs=10**15), "W1 has shape"),
    "code for a cost": (lambda t: saved(t, cost={"name": "c", "formula": EVIL}), "not arithmetic"),
    "code for a name": (
        lambda t: saved(
            t, layers=[{"units": 2, "activation": {"name": EVIL, "formula": "z"}, "initial": "he"}]
        ),
        "name",
    ),
    "cost": (lambda t: saved(t, cost={"name": "quadradic"}), "mean 'quadratic'"),
    "parameters": (
        lambda t: saved(
            t,
            layers=[
                {
                    "units": 2,
                    "activation": {"name": "leaky_relu", "parameters": {"slope": "x"}},
                    "initial": "he",
                }
            ],
        ),
        "damaged",
    ),
}


def write(tmp_path, content):
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    return path


def foreign(tmp_path):
    path = tmp_path / "m.safetensors"
    save_file({"W1": np.ones(3)}, path)
    return path


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_gets_one_line(name, tmp_path):
    make, message = DAMAGED[name]
    path = make(tmp_path)
    with pytest.raises(gp.ModelFileError, match=message) as caught:
        gp.load(path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)
    assert not (tmp_path / "hacked").exists()


@pytest.mark.parametrize("place", ["none/m.safetensors", "."])
def test_a_place_that_cannot_be_written(place, tmp_path):
    with pytest.raises(gp.ModelFileError, match="folder"):
        gp.Network([3, 2]).save(tmp_path / place)
    assert not list(tmp_path.iterdir())
