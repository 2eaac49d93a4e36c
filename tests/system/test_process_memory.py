"""Too little memory: a sentence, and the work goes on where it can."""

import errno

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli import entry_point
from glassprop.compile.native import compile_memory
from glassprop.system import memory
from glassprop.train import evaluation
from limits import limited, linux, run

MB = 1 << 20


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "blobs.npz"
    x = np.random.default_rng(0).normal(size=(1000, 200))
    np.savez(path, x=x, y=np.arange(1000) % 10)
    return path


# -- what is said


def test_a_lack_of_memory_is_told_from_other_errors():
    lacks = [
        MemoryError(),
        MemoryError("Unable to allocate 8.94 GiB"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("x.so: failed to map segment from shared object"),
        OSError("libx.so: cannot allocate memory in static TLS block"),
    ]
    others = [ValueError("memory"), OSError(errno.ENOSPC, "full"), ImportError("no module named x")]
    assert all(memory.lack(error).startswith("not enough memory") for error in lacks)
    assert not any(memory.lack(error) for error in others)
    words = r"^fit: not enough memory \(8 GiB\); wait$"
    with pytest.raises(gp.NetworkError, match=words), memory.fitting("fit", "wait"):
        raise MemoryError("8\nGiB")
    with pytest.raises(KeyError), memory.fitting("fit", "wait"):
        raise KeyError


def test_what_is_larger_than_the_memory_is_refused():
    memory.require(10, 10), memory.require(10, 0)
    with pytest.raises(MemoryError, match=r"2\.0 GB of 1\.0 GB"):
        memory.require(2 * 10**9, 10**9)


def test_room_that_there_is_and_is_not():
    assert memory.can_have(1)
    assert not memory.can_have(1 << 62) and not memory.can_have(1 << 70)


X, Y = np.random.default_rng(0).normal(size=(40, 3)), np.arange(40) % 2
USES = {
    "predict": lambda net: net.predict(X),
    "evaluate": lambda net: net.evaluate(X, Y),
    "gradients": lambda net: net.gradients(X, Y),
    "trace": lambda net: net.trace(X, Y),
    "fit": lambda net: net.fit(X, Y, progress=False),
}


@pytest.mark.parametrize("name", USES)
def test_a_network_says_what_does_not_fit(name):
    net = gp.Network([3, 4, 2], engine="numpy")

    def fail(*arguments):
        raise MemoryError("Unable to allocate 8.94 GiB")

    functions = net._program().functions
    functions["train_step" if name == "fit" else name] = fail
    with pytest.raises(gp.NetworkError, match=rf"^{name}: not enough memory \(Unable.*\); give"):
        USES[name](net)
    fresh = gp.Network([3, 4, 2], engine="numpy")
    USES[name](fresh)  # and BLAS and the network are as before
    with pytest.raises(gp.NetworkError, match="not enough memory"):
        USES[name](net)


def test_a_mini_batch_that_is_larger_than_the_memory(monkeypatch, engine, one_cache):
    monkeypatch.setattr("glassprop.train.run.run.memory", lambda: 1000)
    monkeypatch.setattr("glassprop.train.run.compiled_epoch.memory", lambda: 1000)
    net = gp.Network([3, 4, 2], engine=engine)
    with pytest.raises(
        gp.NetworkError, match=r"fit: not enough memory .* give a smaller batch_size"
    ):
        net.fit(X, Y, batch_size=10**9, progress=False)


# -- prediction in blocks


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_prediction_in_blocks_is_prediction_at_once(monkeypatch, dtype):
    net = gp.Network([5, 7, 3], seed=0, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(10_001, 5)).astype(dtype)
    whole, calls = net.predict(x), []
    predict = net._program().functions["predict"]

    def watched(x, *parameters):
        calls.append(len(x))
        return predict(x, *parameters)

    net._program().functions["predict"] = watched
    assert np.array_equal(net.predict(x), whole) and calls == [10_001]
    monkeypatch.setattr(evaluation, "AT_ONCE", 100_000)
    found = net.predict(x)
    assert calls[1:] == [4096, 4096, 1809]
    assert found.dtype == whole.dtype
    assert np.allclose(found, whole, rtol=1e-13 if dtype == "float64" else 1e-5)


def test_gradients_in_blocks_are_gradients_at_once(monkeypatch):
    net = gp.Network([5, 7, 3], seed=0)
    x, y = np.random.default_rng(0).normal(size=(10_001, 5)), np.arange(10_001) % 3
    whole, calls = net.gradients(x, y), []
    gradients = net._program().functions["gradients"]

    def watched(x, *rest):
        calls.append(len(x))
        return gradients(x, *rest)

    net._program().functions["gradients"] = watched
    monkeypatch.setattr(evaluation, "AT_ONCE", 100_009)
    net.gradients(x, y)
    assert calls == [4096, 4096, 1809]
    monkeypatch.setattr(evaluation, "AT_ONCE", 100_010)
    assert all(np.array_equal(value, whole[name]) for name, value in net.gradients(x, y).items())
    monkeypatch.setattr(evaluation, "AT_ONCE", 0)
    for name, value in net.gradients(x, y).items():
        assert np.allclose(value, whole[name], rtol=1e-9)


def test_what_does_not_fit_at_once_goes_in_blocks():
    net = gp.Network([5, 7, 3], seed=0)
    x = np.random.default_rng(0).normal(size=(10_001, 5))
    whole = net.predict(x)
    predict = net._program().functions["predict"]

    def lacking(x, *parameters):
        if len(x) > 5000:
            raise MemoryError
        return predict(x, *parameters)

    net._program().functions["predict"] = lacking
    assert np.allclose(net.predict(x), whole, rtol=1e-13)


# -- compiling


def test_without_room_to_compile_the_numpy_engine_trains(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(compile_memory, "can_have", lambda size: False)
    net = gp.Network([3, 4, 2], engine="compiled")
    with pytest.warns(RuntimeWarning, match=r"NumPy engine: compiling takes about \d+ MB of mem"):
        net.fit(X, Y, epochs=1, progress=False)
    assert net.engine == "numpy"
    with pytest.raises(gp.NetworkError, match=r"prediction: compiling takes about .* \(ulimit"):
        net.compile()


# -- limits of the system


@linux
@pytest.mark.parametrize("megabytes", [300, 500, 650, 900, 1445])
def test_training_within_a_limit(megabytes, blobs, one_cache):
    pytest.importorskip("numba")
    command = f"-m glassprop train {blobs} --layers 200,256,10 --batch-size 512 --epochs 1"
    limit = limited(megabytes * MB)
    found = run([*command.split(), "--engine", "compiled", "--threads", "16"], limit)
    assert found.returncode == 0 and "epoch 1" in found.stdout, found.stderr
    assert "Traceback" not in found.stderr and "threads: 16 asked for" in found.stderr
    if megabytes < 600:
        assert "training with the NumPy engine: compiling takes about" in found.stderr


@linux
def test_a_command_that_does_not_fit_says_so(blobs, tmp_path):
    path = tmp_path / "m.safetensors"
    gp.Network([200, 30_000, 10], seed=0).save(path)
    command = ["-m", "glassprop", "evaluate", str(path), str(blobs)]
    found = run(command, limited(450 * MB), OPENBLAS_NUM_THREADS="1")
    assert found.returncode == 2 and found.stderr.count("\n") == 1, found.stderr
    assert found.stderr.startswith("error: ") and "not enough memory" in found.stderr


def test_other_lacks_are_a_line_as_well(monkeypatch, capsys):
    def fail(*arguments, **settings):
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr("glassprop.cli.train_action.train", fail)
    assert entry_point.run(["train", "mnist"]) == 2
    assert capsys.readouterr().err.startswith("error: not enough memory ([Errno 12] Cannot")
