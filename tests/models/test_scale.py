"""A scale of the inputs: the first formula of the network, in all that is made of it."""

import json
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import sparse

import glassprop as gp
from compile.engines import assert_close
from glassprop.models.architecture import Architecture, from_json


def test_a_scale_is_a_step_and_none_adds_nothing():
    plain, scaled = gp.Network([4, 3, 2], seed=0), gp.Network([4, 3, 2], seed=0, scale=1 / 255)
    names = [step.name for step in plain.derivation]
    assert [step.name for step in scaled.derivation] == ["a0", *names]
    assert "a⁰ᵢ = xᵢ / 255" in str(scaled.derivation)
    assert "a0 = x / 255" in scaled.source()
    assert "a0 = 0.3 * x" in gp.Network([4, 2], scale=0.3).source()
    one = gp.Network([4, 3, 2], seed=0, scale=1)
    assert str(one.derivation) == str(plain.derivation)
    assert one.source() == plain.source()


def test_a_deep_network_does_not_count_its_inputs_as_activations():
    text = gp.Network([3] * 9, scale=1 / 255).derivation.explain()
    assert "activation of layer l, l = 1 to 8" in text
    assert "scaled input\n" in text


@pytest.mark.parametrize("scale", [1 / 255, 0.3, 7, 1e-300])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gradients_are_those_of_scaled_inputs(scale, dtype):
    random = np.random.default_rng(0)
    x, y = random.random((6, 4)) / scale, random.integers(0, 3, 6)
    if dtype == "float32" and scale == 1e-300:
        pytest.skip("no float32 is as large as its inputs")
    made = {"cost": "cross_entropy", "activation": "tanh", "seed": 1, "dtype": dtype}
    net = gp.Network([4, 5, 3], scale=scale, **made)

    def cost(p):
        a = jnp.tanh(x * scale @ p["W1"].T + p["b1"]) @ p["W2"].T + p["b2"]
        return -jax.nn.log_softmax(a)[jnp.arange(6), y].mean()

    wanted = jax.grad(cost)({k: jnp.asarray(v, "float64") for k, v in net.parameters.items()})
    for name, value in net.gradients(x, y).items():
        close = 1e-12 if dtype == "float64" else 2e-5
        np.testing.assert_allclose(value, wanted[name], rtol=close, atol=close)


def test_models_with_a_scale_are_of_a_version_that_older_readers_refuse(tmp_path):
    net = gp.Network([4, 3], scale=1 / 255, seed=0)
    assert json.loads(net.architecture.to_json("float64"))["version"] == 2
    plain = json.loads(gp.Network([4, 3]).architecture.to_json("float64"))
    assert plain["version"] == 1 and "scale" not in plain
    net.save(tmp_path / "m.safetensors")
    again = gp.load(tmp_path / "m.safetensors")
    assert again.architecture.scale == 1 / 255
    assert again.source() == net.source()
    assert repr(again) == repr(net) and "4 inputs scaled by 1/255" in repr(net)
    assert "scaled by 0.3" in repr(gp.Network([2, 1], scale=0.3))


@pytest.mark.parametrize("scale", ["x", 0, -1, None, float("inf")])
def test_a_damaged_scale_in_a_file_is_refused(scale):
    saved = json.loads(gp.Network([4, 3], scale=2).architecture.to_json("float64"))
    for described in (saved | {"scale": scale}, {k: v for k, v in saved.items() if k != "scale"}):
        with pytest.raises(gp.ModelFileError, match="damaged"):
            from_json(json.dumps(described))


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), "1/255", True, None])
def test_what_is_no_scale_is_refused(scale):
    with pytest.raises(gp.NetworkError, match="scale: expected a positive number"):
        gp.Network([4, 3], scale=scale)
    assert isinstance(gp.Network([4, 3], scale=np.float32(2)).architecture, Architecture)


def test_the_standalone_file_takes_bytes(tmp_path):
    net = gp.Network([4, 3], scale=1 / 255, seed=0)
    x = np.random.default_rng(0).integers(0, 256, (5, 4), "uint8")
    (tmp_path / "own.py").write_text(net.standalone("own.npz"))
    np.savez(tmp_path / "own.npz", **net.parameters)
    np.save(tmp_path / "x.npy", x)
    code = "import numpy as np, own; np.save('a.npy', own.predict(np.load('x.npy')))"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert (np.load(tmp_path / "a.npy") == net.predict(x)).all()


@pytest.fixture(scope="module")
def pixels():
    digits = gp.data.mnist(raw=True).train
    return digits.x[:600], gp.data.mnist().train.x[:600], digits.y[:600]


def trained(engine, x, y, scale, dtype="float32", rule=None):
    net = gp.Network([784, 12, 10], scale=scale, seed=0, dtype=dtype, engine=engine)
    rule = gp.SGD(1.0) if rule is None else rule
    net.fit(x, y, epochs=2, batch_size=10, optimizer=rule, progress=False)
    assert net.engine == engine
    return net


def test_training_on_bytes_is_training_on_floats(pixels):
    x, floats, y = pixels
    assert x.dtype == np.uint8
    assert (x / np.float32(255) == floats).all()
    mine, theirs = trained("numpy", x, y, 1 / 255), trained("numpy", floats, y, 1)
    assert all((mine.parameters[k] == theirs.parameters[k]).all() for k in mine.parameters)
    assert mine.evaluate(x, y) == theirs.evaluate(floats, y)


@pytest.mark.parametrize("products", ["sparse", "dense", "csr"])
def test_so_it_is_in_compiled_loops(pixels, products, tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    x, floats, y = pixels
    if products == "dense":
        x = np.maximum(x, 1)
        floats = x / 255
    given = sparse.csr_array(x) if products == "csr" else x
    mine = trained("compiled", given, y, 1 / 255, "float64")
    assert ("gather_rows" in mine.source(engine="compiled")) == (products != "dense")
    theirs = trained("numpy", floats.astype("float64"), y, 1, "float64")
    assert_close(theirs, mine, 1e-5)  # what the loader divides in float32
    assert_close(trained("numpy", x, y, 1 / 255, "float64"), mine, 1e-11)
