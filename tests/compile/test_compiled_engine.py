"""Which engine trains, its source, its cache on disk, Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

import glassprop as gp
from compile.engines import data
from glassprop.compile.native import numba_loader
from glassprop.train.run.engine import estimate

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
    monkeypatch.setattr("glassprop.train.run.engine.WORTH", 0.0)
    net = fit(gp.Network([3, 4, 2], seed=0))
    assert net.engine == "compiled"


def test_auto_counts_the_work_of_earlier_fits_also_after_a_save(monkeypatch, tmp_path):
    x, _ = data(3, 2)
    net = gp.Network([3, 4, 2], seed=0)
    epoch = -(-len(x) // 4) * estimate(net.program(), 4)
    monkeypatch.setattr("glassprop.train.run.engine.WORTH", 3.5 * epoch)
    for number in range(1, 7):
        fit(net, epochs=1)
        assert net.engine == ("numpy" if number < 4 else "compiled")
        if number in (2, 5):
            net.save(tmp_path / "net.safetensors")
            net = gp.load(tmp_path / "net.safetensors")
    at_once = fit(gp.Network([3, 4, 2], seed=0), epochs=4)
    assert at_once.engine == "compiled"


def test_without_numba_numpy_trains_and_says_why_once(monkeypatch, capsys):
    monkeypatch.setattr(numba_loader, "find_spec", lambda name: None)
    with pytest.warns(RuntimeWarning, match="numba is not installed"):
        assert fit().engine == "numpy"
    monkeypatch.setattr("glassprop.train.run.engine.WORTH", 0.0)
    net = fit(gp.Network([3, 4, 2], seed=0))
    assert net.engine == "numpy"  # auto only notes it
    fit(net, progress=True)
    fit(net, progress=True)
    line = "training with the NumPy engine: numba is not installed (pip install 'glassprop[fast]')"
    assert capsys.readouterr().err.count(line) == 1


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
        "import sys; from glassprop.compile.native import numba_loader as native; "
        "sys.path.insert(0, 'tests'); from compile.test_compiled_engine import fit; "
        "load = native.Module.load; seen = []; "
        "native.Module.load = lambda self, *a: (load(self, *a), seen.append(self.cached))[0]; "
        "net = fit(); assert seen == [True], seen; print(repr(net.parameters['W1'].tolist()))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert eval(found.stdout) == parameters.tolist()


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
    (kept,) = cache.iterdir()  # and no lock, nor anything that is not whole
    assert kept.suffix == ".code"

    load, cached = numba_loader.Module.load, []

    def watched(self, *arguments):
        function = load(self, *arguments)
        cached.append(self.cached)
        return function

    monkeypatch.setattr(numba_loader.Module, "load", watched)
    parameters = fit().parameters["W1"].tolist()
    assert cached == [True]
    assert [eval(out) for out, _ in found] == [parameters, parameters]


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
