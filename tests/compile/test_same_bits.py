"""The same seed gives the same bits: no clock, address, hash or cache reaches a number."""

import subprocess
import sys
from contextlib import nullcontext

import numpy as np
import pytest
import scipy.sparse

import glassprop as gp
from compile.engines import data, epoch_of
from glassprop.compile.native.numba_loader import key_of
from glassprop.compile.numba_source import training
from glassprop.train.run import compiled_epoch

numba = pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def paced(batches):
    """A pace at which each piece of an epoch has so many mini-batches, however long they take."""

    class Paced(compiled_epoch.Pace):
        def __init__(self):
            self.batches = batches

        def took(self, seconds, done):
            pass

    return Paced


def bits(net):
    states = net._states.arrays if net._states else []
    return b"".join(value.tobytes() for value in (*net.parameters.values(), *states))


def trained(x, y, rule, l2=0.1, threads=1, **given):
    net = gp.Network([x.shape[1], 128, 4], l2=l2, seed=1, engine="compiled", threads=threads)
    net.fit(x, y, epochs=2, batch_size=8, optimizer=rule, progress=False, **given)
    assert net.engine == "compiled"
    return net


@pytest.mark.parametrize(
    ("rule", "density", "staged", "threads"),
    [
        (gp.SGD(0.3), 0.1, False, 1),
        (gp.SGD(4.0), 0.1, False, 1),
        (gp.SGD(0.3), 0.1, False, 2),
        (gp.Adam(0.01), 1.0, True, 1),
    ],
)
def test_where_an_epoch_is_interrupted_changes_no_bit(monkeypatch, rule, density, staged, threads):
    monkeypatch.setattr(training, "DIVIDED", 0)
    x, y = data(40, 4, n=100, density=density)
    x = x.astype(">f8") if staged else x  # what loops cannot read goes through a stage
    found = set()
    for batches in (1, 2, 5, 100):
        monkeypatch.setattr(compiled_epoch, "Pace", paced(batches))
        net = trained(x, y, rule, threads=threads)
        assert np.isfinite(net.parameters["W1"]).all()
        found.add(bits(net))
    assert len(found) == 1


def test_weights_are_whole_wherever_training_stops():
    x, y = data(40, 4, n=100, density=0.1)
    net = gp.Network([40, 128, 4], l2=0.1, seed=1)
    start = [value.copy() for value in net.parameters.values()]
    examples = net._examples(x, y)
    run = net._run(gp.SGD(0.3), examples, None, 8, 0)
    run.step(x[:8], np.eye(4)[y[:8]], run.memory[2])
    expected = run.parameters[0].copy()
    source = epoch_of(run.program, examples, 8)
    assert source.scaled == 0

    def fail(done):
        raise MemoryError

    for advance in (lambda done: True, fail):
        for value, old in zip(run.parameters, start, strict=True):
            value[...] = old
        with pytest.raises(MemoryError) if advance is fail else nullcontext():
            compiled_epoch.CompiledEpoch(source, run).run(np.arange(100), advance)
        assert np.allclose(run.parameters[0], expected, 1e-12, 1e-14)


def shifted(array, by):
    """A copy whose memory begins some numbers later than a whole vector does."""
    size = array.dtype.itemsize
    room = np.zeros(array.size + 64 // size + by, array.dtype)
    start = -room.ctypes.data % 64 // size + by
    room[start : start + array.size] = array.ravel()
    return room[start : start + array.size].reshape(array.shape)


@pytest.mark.parametrize("density", [1.0, 0.1])
def test_addresses_change_no_bit(density):
    x, y = data(40, 4, n=100, density=density)
    found, predicted = set(), set()
    for by in (0, 1, 3, 7):
        given = shifted(x, by)
        if density < 1:
            rows = scipy.sparse.csr_matrix(x)
            parts = [shifted(part, by) for part in (rows.data, rows.indices, rows.indptr)]
            given = scipy.sparse.csr_matrix(tuple(parts), x.shape)
        net = trained(given, shifted(y, by), gp.Momentum(0.1, 0.5))
        found.add(bits(net))
        predicted.add(net.compile()(shifted(x, by)).tobytes())
    assert len(found) == len(predicted) == 1


def test_hashes_of_text_reach_no_source():
    code = (
        "import glassprop as gp;"
        "from glassprop.compile.numba_source.training import epoch_source;"
        "from glassprop.compile.numba_source.prediction import prediction;"
        "from glassprop.compile.program import Purpose;"
        "net = gp.Network(40, gp.Dense(30, 'gelu'), gp.Dense(7, 'softmax'), "
        "cost='cross_entropy', l2=0.1, seed=0); program = net._program(gp.Adam);"
        "from compile.programs import case_of, updates;"
        "cell = case_of('lstm', True).build(updates('descent')).source;"
        "sources = [epoch_source(program, Purpose('program', 64, d, t)).source "
        "for d in (1.0, 0.1) for t in (1, 2)];"
        "print(program.source, cell, prediction(program, '').source, *sources)"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


@pytest.mark.parametrize("name", ["OPT", "LOOP_VECTORIZE", "CPU_NAME", "USING_SVML"])
def test_code_that_numba_made_with_other_settings_is_not_taken_from_the_cache(monkeypatch, name):
    before = key_of("source")
    assert key_of("source") == before
    monkeypatch.setattr(numba.config, name, "other")
    assert key_of("source") != before


def test_where_numba_is_switched_off_numpy_trains(monkeypatch):
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    x, y = data(3, 2)
    net = gp.Network([3, 2], seed=0, engine="compiled")
    with pytest.warns(RuntimeWarning, match="numba is switched off"):
        net.fit(x, y, epochs=1, progress=False)
    assert net.engine == "numpy"
