"""Threads that the system refuses, or that fail before they work: the others go on, and say so."""

import os
import threading
import time

import numpy as np
import pytest

import glassprop as gp
from glassprop.system import thread_team
from glassprop.system.thread_team import Team
from limits import limited, linux, run


def ways(*places):
    """Jobs that each note their place, and the notes."""
    done = []
    return [lambda place=place: done.append(place) for place in places], done


def test_each_job_is_done_by_a_thread_of_its_own():
    together, seen = threading.Barrier(3, timeout=60), set()

    def job():
        seen.add(threading.get_ident())
        together.wait()

    with Team(3) as found:
        assert found.size == 3
        for _ in range(3):
            found.run([job] * 3, together.abort)
    assert len(seen) == 3 and threading.get_ident() in seen


def test_threads_end_with_the_team():
    before = threading.active_count()
    ends = []
    with Team(4) as found:
        found.run([lambda: None] * 4, lambda: None)
        ends = found._members
    deadline = time.monotonic() + 60
    while any(jobs.qsize() for jobs in ends) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(jobs.qsize() for jobs in ends) and threading.active_count() <= before


@pytest.mark.parametrize("error", [RuntimeError("can't start new thread"), MemoryError()])
@pytest.mark.parametrize("most", [0, 1, 2])
def test_a_thread_that_is_refused(monkeypatch, most, error):
    start, left = thread_team.start_new_thread, [most]

    def refuse(*given):
        if not left[0]:
            raise error
        left[0] -= 1
        return start(*given)

    monkeypatch.setattr(thread_team, "start_new_thread", refuse)
    with Team(4) as found:
        assert found.size == 1 + most
        jobs, done = ways(*range(found.size))
        found.run(jobs, lambda: None)
    assert sorted(done) == list(range(1 + most))


def test_a_thread_that_never_comes_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(thread_team, "start_new_thread", lambda *given: 0)
    monkeypatch.setattr(thread_team, "PATIENCE", 0.01)
    with Team(3) as found:
        assert found.size == 1
        jobs, done = ways(0)
        found.run(jobs, lambda: None)
    assert done == [0]


def test_a_thread_that_comes_too_late_goes_again(monkeypatch):
    late = []
    monkeypatch.setattr(thread_team, "start_new_thread", lambda serve, given: late.append(serve))
    monkeypatch.setattr(thread_team, "PATIENCE", 0.01)
    with Team(2) as found:
        late[0]()  # it returns at once
        assert found.size == 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_nobody_waits_for_a_job_that_has_failed(place):
    together = threading.Barrier(3, timeout=60)

    def fail():
        raise MemoryError("no room")

    jobs = [fail if k == place else together.wait for k in range(3)]
    with Team(3) as found, pytest.raises(MemoryError, match="no room"):
        found.run(jobs, together.abort)


def test_an_interruption_comes_through_once_all_are_done():
    done = []

    def slow():
        time.sleep(0.05)
        done.append(1)

    def interrupted():
        raise KeyboardInterrupt

    with Team(2) as found, pytest.raises(KeyboardInterrupt):
        found.run([interrupted, slow], lambda: None)
    assert done == [1]


# -- training and prediction


X, Y = np.random.default_rng(0).normal(size=(64, 20)), np.arange(64) % 3
WARNING = "of 2 threads 1 computes: the system has refused"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    pytest.importorskip("numba")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def two(monkeypatch, cache):
    """Two processors, and work that is worth them."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr("glassprop.compile.numba_source.training.DIVIDED", 0)
    monkeypatch.setattr("glassprop.train.predictor.WORTH", 1)


def trained(threads=2):
    net = gp.Network([20, 16, 3], seed=1, engine="compiled", threads=threads)
    net.fit(X, Y, epochs=2, batch_size=16, progress=False, optimizer=gp.Momentum(0.1))
    return net


def refuse(*given):
    raise RuntimeError("can't start new thread")


def test_training_goes_on_with_the_threads_there_are(two, monkeypatch):
    expected = trained()
    monkeypatch.setattr(thread_team, "start_new_thread", refuse)
    with pytest.warns(RuntimeWarning, match=WARNING) as said:
        found = trained()
    assert len(said) == 1
    for name, value in expected.parameters.items():
        assert np.array_equal(value, found.parameters[name])


@pytest.mark.parametrize("failing", [0, 1])
def test_a_thread_without_memory_to_begin_with(two, monkeypatch, failing):
    from glassprop.train.run.compiled_epoch import CompiledEpoch

    expected, arguments = trained(), CompiledEpoch._arguments

    def lacking(self, order, updates, thread, threads):
        found = arguments(self, order, updates, thread, threads)
        if self.team.size > 1 and thread == failing:
            return found[:-1]  # which the compiled function refuses
        return found

    monkeypatch.setattr(CompiledEpoch, "_arguments", lacking)
    with pytest.warns(RuntimeWarning, match=f"{WARNING}.*TypeError"):
        found = trained()
    for name, value in expected.parameters.items():
        assert np.array_equal(value, found.parameters[name])


def test_an_interruption_while_threads_share_an_epoch(two, monkeypatch):
    from glassprop.train.run.compiled_epoch import CompiledEpoch

    arguments, calls = CompiledEpoch._arguments, []

    class Interrupting(tuple):
        def __iter__(self):
            raise KeyboardInterrupt

    def interrupted(self, order, updates, thread, threads):
        found = arguments(self, order, updates, thread, threads)
        calls.append(thread)
        return Interrupting(found) if self.team.size > 1 and thread == 0 else found

    monkeypatch.setattr(CompiledEpoch, "_arguments", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained()


def test_prediction_goes_on_with_the_threads_there_are(two, monkeypatch):
    predictor = gp.Network([20, 16, 3], seed=1).compile(threads=2)
    expected = predictor(X)
    monkeypatch.setattr(thread_team, "start_new_thread", refuse)
    with pytest.warns(RuntimeWarning, match=WARNING):
        assert np.array_equal(predictor(X), expected)


# -- a system that refuses them


CODE = """
import os, sys, warnings
import numpy as np, threadpoolctl
import glassprop as gp
from glassprop.system import blas
from glassprop.compile.numba_source import training as compiled
os.sched_getaffinity = lambda _: {0, 1}
compiled.DIVIDED, blas.PER_THREAD = 0, 1
x, y = np.random.default_rng(0).normal(size=(64, 20)), np.arange(64) % 3
net = gp.Network([20, 16, 3], seed=1, engine=sys.argv[1], threads=2)
net.fit(x, y, epochs=2, batch_size=16, progress=False, optimizer=gp.Momentum(0.1))
x = np.ones((2000, 20))
net.predict(x)
print(net.engine, np.isfinite(net.predict(x)).all())
"""


NO_THREADS = limited(1 << 32, 1 << 33)
"""Every thread's stack is larger than the address space."""


@linux
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_system_that_refuses_threads(engine, cache):
    found = run(["-c", CODE, engine], NO_THREADS, OPENBLAS_NUM_THREADS="1")
    assert (found.returncode, found.stdout) == (0, f"{engine} True\n"), found.stderr
    assert WARNING in found.stderr


@linux
def test_a_command_where_the_system_refuses_threads(tmp_path):
    path = tmp_path / "d.npz"
    np.savez(path, x=X, y=Y)
    command = ["-m", "glassprop", "train", str(path), "--epochs", "1", "--engine", "numpy"]
    found = run(command, NO_THREADS, OPENBLAS_NUM_THREADS="2")
    assert found.returncode == 0 and "epoch 1" in found.stdout, found.stderr
    assert found.stderr.startswith(f"warning: {WARNING}") and "OpenBLAS" not in found.stderr


PROCESSORS = """
import os, sys
os.sched_getaffinity = lambda _: {*range(16)}
os.cpu_count = lambda: 16
from glassprop.cli import main
main(sys.argv[1:])
"""


@linux
@pytest.mark.parametrize("megabytes", [500, 900, 1300])
def test_a_command_where_threads_for_blas_lack_room(megabytes, tmp_path):
    path = tmp_path / "d.npz"
    x = np.random.default_rng(0).normal(size=(1000, 256))
    np.savez(path, x=x, y=np.arange(1000) % 10)
    options = ["--layers", "256,300,10", "--batch-size", "500", "--threads", "16"]
    command = ["-c", PROCESSORS, "train", str(path), "--epochs", "1", "--engine", "numpy", *options]
    found = run(command, limited(megabytes * 1_000_000))
    assert found.returncode == 0 and "epoch 1" in found.stdout, found.stderr
    assert "OpenBLAS" not in found.stderr and "of 16 threads" in found.stderr
