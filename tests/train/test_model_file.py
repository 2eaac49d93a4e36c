import json
from unittest.mock import Mock

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import glassprop as gp
from glassprop.train import model_file


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


def described(tmp_path, **changes):
    """A model file whose only layer, or whose description, is changed."""
    layer = {"units": 2, "activation": {"name": "q"}, "initial": "he"}
    own = {key: changes.pop(key) for key in ("units", "activation", "initial") if key in changes}
    return saved(tmp_path, **({"layers": [layer | own]} if own else {}), **changes)


NO_NUMBER = {
    **{
        f"{name} {value!r:.12}": {name: value}
        for name in ("inputs", "l2", "units")
        for value in ("0.1", None, True, [], {}, float("nan"), float("inf"), 10**400, -1)
    },
    **{
        f"slope {value!r:.12}": {
            "activation": {"name": "leaky_relu", "parameters": {"slope": value}}
        }
        for value in ("0.1", None, True, [], {}, float("nan"), float("inf"), 10**400)
    },
    **{
        f"formula {text}": {"activation": {"name": "q", "formula": text}}
        for text in (
            "1/0", "z/0", "z/(1-1)", "z**(1/0)", "2", "z-z", "0*z", "log(0-1)*z", "sqrt(-1)*z",
            "exp(1000)*z", "exp(exp(10))*z", "log(0)*z", "1e400*z", "(-8)**(1/3)*z", True, None, 7,
        )
    },
    **{
        f"cost {text}": {"cost": {"name": "q", "formula": text}}
        for text in ("sum(a-y)/0", "log(0-1)*sum(a-y)", "sum(a-y)**1e400", "2", "sum(a)", None)
    },
    "activation of another kind": {"activation": "relu"},
    "parameters of another kind": {"activation": {"name": "elu", "parameters": [1]}},
    "initial of another kind": {"initial": None},
    "cost of another kind": {"cost": "quadratic"},
    "dtype of another kind": {"dtype": 7},
    "version of another kind": {"version": None},
}  # fmt: skip


@pytest.mark.parametrize("name", NO_NUMBER)
def test_a_description_that_gives_no_network_gets_a_sentence(name, tmp_path):
    path = described(tmp_path, **NO_NUMBER[name])
    with pytest.raises(gp.ModelFileError, match=r"damaged: |W1 has shape") as caught:
        gp.load(path)
    text = str(caught.value)
    assert len(text) < 500 + len(str(path)) and "\n" not in text
    for pythons in ("NoneType", "subscriptable", "indices", "argument", "Contract(", "Const("):
        assert pythons not in text


@pytest.mark.parametrize(
    "text", ["{", "[]", "3", "null", "[" * 100_000, '{"format": ' + "9" * 9999]
)
def test_a_description_that_is_no_object_gets_a_sentence(text, tmp_path):
    path = tmp_path / "m.safetensors"
    save_file({"W1": np.ones(3)}, path, {"glassprop": text})
    with pytest.raises(gp.ModelFileError, match="damaged: it is") as caught:
        gp.load(path)
    assert len(str(caught.value)) < 300 + len(str(path))


@pytest.mark.parametrize("changes", [{"k" * 100_000: 1, "cost": {"k" * 100_000: 1}},
                                     {"format": "f" * 100_000},
                                     {"cost": {"name": "c d " * 25_000}},
                                     {"l2": ["x y"] * 25_000}])  # fmt: skip
def test_messages_quote_at_most_a_line(changes, tmp_path):
    with pytest.raises(gp.ModelFileError) as caught:
        gp.load(saved(tmp_path, **changes))
    assert len(str(caught.value)) < 600 + len(str(tmp_path))


@pytest.mark.parametrize("given", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400"])
def test_numbers_that_are_none_are_named(given, tmp_path):
    path = tmp_path / "m.safetensors"
    text = gp.Network([3, 2], l2=0.5).architecture.to_json("float64")
    save_file({"W1": np.ones(3)}, path, {"glassprop": text.replace("0.5", given)})
    with pytest.raises(gp.ModelFileError, match=rf"damaged: it has '?{given}'?(,| where)"):
        gp.load(path)


def tensors(tmp_path, size=16, **changes):
    """A model file whose tensors are said to be others."""
    path = saved(tmp_path)
    content = path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    for name, change in changes.items():
        header[name] |= change
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(size))
    return path


@pytest.mark.parametrize("change", [{"dtype": "Q"}, {"dtype": "Q" * 1000}, {"dtype": ["F64"] * 99},
                                    {"shape": [1] * 999 + [2, 3]}])  # fmt: skip
def test_messages_about_tensors_quote_at_most_a_line(change, tmp_path):
    path = tensors(tmp_path, 64, W1=change)
    with pytest.raises(gp.ModelFileError) as caught:
        gp.load(path)
    assert len(str(caught.value)) < 250 + len(str(path))


def test_types_that_numpy_has_not(tmp_path):
    first, second = ({"dtype": "BF16", "data_offsets": at} for at in ([0, 12], [12, 16]))
    path = tensors(tmp_path, W1=first, b1=second)
    with pytest.raises(gp.ModelFileError, match=r"has type (BF16|bfloat16), expected float64"):
        gp.load(path)


def test_types_that_cannot_be_read_are_named():
    """As those are where NumPy knows no bfloat16 at all."""
    file = Mock()
    file.get_tensor.side_effect = TypeError("data type 'bfloat16' not understood")
    file.get_slice.return_value.get_dtype.return_value = "BF16"
    with pytest.raises(gp.ModelFileError, match="W1 has type BF16, expected float64"):
        model_file._array(file, "W1", np.dtype("float64"))


@pytest.mark.parametrize(
    "name", ["a.onnx", "a.pt", "a.PTH", "a.h5", "a.npz", "a.pkl", "a.json", "a.safetensors.bak"]
)
def test_names_of_other_formats_are_refused(name, tmp_path):
    with pytest.raises(gp.ModelFileError, match=r"saved as safetensors.*such as a\.safetensors$"):
        gp.Network([3, 2]).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.safetensors", "a", "a.SAFETENSORS", "net-0.1", "net.v2"])
def test_names_that_can_be_a_networks(name, tmp_path):
    gp.Network([3, 2]).save(tmp_path / name)
    assert (tmp_path / name).is_file()


def test_a_file_keeps_the_engine_that_was_asked_for(tmp_path):
    for engine in ("auto", "numpy", "compiled"):
        gp.Network([2, 1], engine=engine).save(tmp_path / "net.safetensors")
        assert gp.load(tmp_path / "net.safetensors").engine == engine
        assert gp.load(tmp_path / "net.safetensors", engine="numpy").engine == "numpy"
