"""Which engine trains, its source, its cache on disk, Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassprop as gp
from compile.engines import data
from glassprop.compile import native

pytest.importorskip("numba")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("GLASSPROP_CACHE", str(folder))
    return folder


def fit(net=None, **settings):
    net = gp.Network([3, 4, 2], seed=0, engine="compiled") if net is None else net
    x, y = data(3, 2)
    net.fit(x, y, **{"epochs": 2, "batch_size": 4, "progress": False, **settings})
    return net


def test_auto_does_not_compile_for_a_short_run():
    net = fit(gp.Network([3, 4, 2], seed=0))
    assert net.engine == "numpy"


def test_auto_compiles_for_a_long_run(monkeypatch):
    monkeypatch.setattr("glassprop.train.engine.WORTH", 0.0)
    net = fit(gp.Network([3, 4, 2], seed=0))
    assert net.engine == "compiled"


def test_without_numba_numpy_trains_and_says_why(monkeypatch):
    monkeypatch.setattr(native, "find_spec", lambda name: None)
    with pytest.warns(RuntimeWarning, match="numba is not installed"):
        assert fit().engine == "numpy"
    monkeypatch.setattr("glassprop.train.engine.WORTH", 0.0)
    assert fit(gp.Network([3, 4, 2], seed=0)).engine == "numpy"  # auto only notes it


def test_the_source_can_be_seen_before_training():
    source = gp.Network([784, 30, 10]).source(engine="compiled")
    assert "def epoch(x, y, order, size, W1, b1, W2, b2, learning_rate, work):" in source
    compile(source, "epoch", "exec")


def test_importing_and_building_does_not_load_numba():
    code = (
        "import sys, glassprop as gp; n = gp.Network([2, 3, 1]); n.source(engine='compiled'); "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_second_process_finds_the_code(cache):
    parameters = fit().parameters["W1"]
    code = (
        "import glassprop as gp; from glassprop.compile import native; import sys; "
        "sys.path.insert(0, 'tests'); from compile.test_compiled_engine import fit; "
        "compiled = native.Epoch._compiled; seen = []; "
        "native.Epoch._compiled = "
        "lambda self, *a: (compiled(self, *a), seen.append(self.cached))[0]; "
        "net = fit(); assert seen == [True], seen; print(repr(net.parameters['W1'].tolist()))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert eval(found.stdout) == parameters.tolist()


def test_damaged_code_is_compiled_again(cache):
    before = fit().parameters["W1"]
    for path in (cache / "__pycache__").iterdir():
        path.write_bytes(path.read_bytes()[:-20] + b"x" * 20)
    with pytest.warns(RuntimeWarning, match="damaged"):
        net = fit()
    assert np.array_equal(net.parameters["W1"], before)
    assert fit().engine == "compiled"  # and kept again, without a warning


@pytest.mark.skipif(os.name == "nt", reason="needs modes of files")
def test_a_folder_that_others_can_write_to_is_refused(cache):
    cache.mkdir()
    cache.chmod(0o777)
    with pytest.warns(RuntimeWarning, match="others can write"):
        assert fit().engine == "compiled"
    assert not list(cache.iterdir())


def test_a_folder_that_cannot_be_made_is_one_warning(cache, monkeypatch):
    cache.write_text("a file")
    with pytest.warns(RuntimeWarning, match="not kept"):
        assert fit().engine == "compiled"


def test_two_processes_fill_the_cache_at_once(cache, monkeypatch):
    code = (
        "import sys; sys.path.insert(0, 'tests'); from compile.test_compiled_engine import fit; "
        "net = fit(); assert net.engine == 'compiled'; print(net.parameters['W1'].tolist())"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    found = [process.communicate(timeout=300) for process in both]
    assert [err for _, err in found] == ["", ""]
    kept = sorted(path.name for path in cache.rglob("*.nb*"))
    assert len(kept) == 2  # one index, one file of code

    compiled, cached = native.Epoch._compiled, []

    def watched(self, *arguments):
        function = compiled(self, *arguments)
        cached.append(self.cached)
        return function

    monkeypatch.setattr(native.Epoch, "_compiled", watched)
    parameters = fit().parameters["W1"].tolist()
    assert cached == [True]
    assert [eval(out) for out, _ in found] == [parameters, parameters]


def test_a_read_only_folder_is_one_warning(cache, monkeypatch):
    cache.mkdir(mode=0o700)
    writable = os.access
    monkeypatch.setattr(
        "glassprop.compile.folder.os.access",
        lambda path, mode: mode != os.W_OK and writable(path, mode),
    )
    with pytest.warns(RuntimeWarning, match="not kept: .* cannot be written to") as warned:
        assert fit().engine == "compiled"
    assert len(warned) == 1 and not list(cache.iterdir())


def test_a_disk_that_turns_read_only_is_one_warning(cache, monkeypatch):
    def refuse(path, text):
        raise OSError(30, "Read-only file system", str(path))

    monkeypatch.setattr(native, "_replace", refuse)
    with pytest.warns(RuntimeWarning, match="Read-only file system") as warned:
        assert fit().engine == "compiled"
    assert len(warned) == 1


def test_digests_that_are_garbage_are_written_again(cache):
    before = fit().parameters["W1"]
    (digests,) = cache.glob("*.json")
    names = json.loads(digests.read_text()).keys()
    for content in (b"\xff garbage", b"[]"):
        digests.write_bytes(content)
        with pytest.warns(RuntimeWarning, match="damaged"):
            net = fit()
        assert np.array_equal(net.parameters["W1"], before)
        assert json.loads(digests.read_text()).keys() == names


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_ctrl_c_leaves_a_usable_network():
    net = fit()
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        fit(net, epochs=10_000_000)
    assert net.history.interrupted
    assert np.isfinite(net.predict(np.ones((1, 3)))).all()


def test_epochs_call_back():
    seen = []
    fit(epochs=3, progress=seen.append)
    assert [epoch.number for epoch in seen] == [1, 2, 3]
