import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop.system import threads


@pytest.fixture(autouse=True)
def no_wishes(monkeypatch):
    for name in (threads.VARIABLE, *threads.BLAS_VARIABLES):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def eight(monkeypatch):
    """A machine with eight processors."""
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)


def write(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


# -- what there is


def test_no_files_mean_all_processors(eight, tmp_path):
    found = threads.cores(tmp_path)
    assert (found.there, found.usable, found.limit) == (8, 8, "")


def test_a_system_without_affinity(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert threads.cores(tmp_path).usable == 1


def test_processors_that_a_process_is_not_bound_to_do_not_count(eight, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 6})
    found = threads.cores(tmp_path)
    assert found.usable == 3 and "processors given" in found.limit


def test_hyperthreads_of_a_core_count_once(eight, tmp_path):
    for k in range(8):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{k}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(f"{k % 4},{k % 4 + 4}\n")
    found = threads.cores(tmp_path)
    assert found.usable == 4 and "hyperthreads" in found.limit


def test_cores_from_cpuinfo(eight, tmp_path):
    blocks = [
        f"processor\t: {k}\nphysical id\t: {k // 4}\ncore id\t: {k % 4 // 2}\n" for k in range(8)
    ]
    write(tmp_path, proc__cpuinfo="\n".join(blocks))
    assert threads.cores(tmp_path).usable == 4


@pytest.mark.parametrize("text", ["", "processor : 0\n", "no colon\n\n: :\n", "\x00\xff"])
def test_cpuinfo_that_says_nothing(eight, tmp_path, text):
    write(tmp_path, proc__cpuinfo=text)
    assert threads.cores(tmp_path).usable == 8


@pytest.mark.parametrize(
    ("quota", "usable"),
    [("max 100000", 8), ("300000 100000", 3), ("250000 100000", 2), ("20000 100000", 1),
     ("", 8), ("x y", 8), ("1 0", 8), ("9000000 100000", 8)],
)  # fmt: skip
def test_quota_of_version_2(eight, tmp_path, quota, usable):
    write(tmp_path, proc__self__cgroup="0::/a/b\n", sys__fs__cgroup__a__cpu_dot_max=quota)
    found = threads.cores(tmp_path)
    assert found.usable == usable and ("quota" in found.limit) == (usable < 8)


def test_quota_of_version_1(eight, tmp_path):
    folder = tmp_path / "sys/fs/cgroup/cpu,cpuacct/docker/x"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text("200000\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    write(tmp_path, proc__self__cgroup="3:memory:/y\n4:cpu,cpuacct:/docker/x\n")
    assert threads.cores(tmp_path).usable == 2
    (folder / "cpu.cfs_quota_us").write_text("-1\n")
    assert threads.cores(tmp_path).usable == 8


def test_quota_of_a_container_is_at_the_base(eight, tmp_path):
    write(tmp_path, proc__self__cgroup="0::/outside\n", sys__fs__cgroup__cpu_dot_max="1 1")
    assert threads.cores(tmp_path).usable == 1


def test_this_machine():
    assert 1 <= threads.available() <= (os.cpu_count() or 1)


# -- what is wished


@pytest.mark.parametrize("bad", [0, -1, True, False, 1.0, "2", np.int64(2), [1]])
def test_threads_are_whole_numbers_from_1(bad):
    for use in (threads.count, lambda k: gp.Network([2, 1], threads=k)):
        with pytest.raises(gp.NetworkError, match="threads: expected a whole number"):
            use(bad)
    net = gp.Network([2, 1])
    with pytest.raises(gp.NetworkError, match="threads"):
        net.threads = bad


@pytest.mark.parametrize("bad", ["0", "-2", "two", "1.5", "²"])
def test_a_bad_variable_is_named(monkeypatch, bad):
    monkeypatch.setenv("GLASSPROP_THREADS", bad)
    with pytest.raises(gp.NetworkError, match=r"\$GLASSPROP_THREADS: expected"):
        threads.count(None)
    assert threads.count(1) == 1


def test_the_order_of_wishes(eight, monkeypatch):
    monkeypatch.setattr(threads, "available", lambda: 8)
    assert threads.count(None) == 8
    monkeypatch.setenv("OMP_NUM_THREADS", "4,2")
    assert threads.count(None) == 4
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    monkeypatch.setenv("MKL_NUM_THREADS", "nonsense")
    assert threads.count(None) == 3
    monkeypatch.setenv("GLASSPROP_THREADS", " 6 ")
    assert threads.count(None) == 6 and threads.asked(None) == 6
    assert threads.count(7) == 7


# -- more than there are


def test_more_threads_than_processors_are_cut_and_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4}, raising=False)
    words = "threads: 16 asked for, and this process may run on 2 processors; so many compute"
    with pytest.warns(RuntimeWarning, match=f"^{words}$"):
        net = gp.Network([3, 4, 2], threads=16)
    assert net.threads == 2
    with pytest.warns(RuntimeWarning, match="^threads: a very large number asked for"):
        net.threads = 10**5000
    assert net.threads == 2
    net.save(tmp_path / "m.safetensors")
    with pytest.warns(RuntimeWarning, match="^threads: 16"):
        assert gp.load(tmp_path / "m.safetensors", threads=16).threads == 2
    pytest.importorskip("numba")
    with pytest.warns(RuntimeWarning, match="^threads: 5"):
        assert net.compile(threads=5).threads == 2


def test_a_variable_that_is_too_large_is_cut_and_that_is_said_once(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 4}, raising=False)
    monkeypatch.setenv("GLASSPROP_THREADS", "9999")
    threads._say_once.cache_clear()
    with pytest.warns(RuntimeWarning, match=r"^\$GLASSPROP_THREADS: 9,999 asked for, .* 2 proc"):
        assert gp.Network([3, 4, 2]).threads == 2
    assert gp.Network([3, 4, 2]).threads == threads.asked(None) == 2


# -- networks


X, Y = np.linspace(0, 1, 24).reshape(8, 3), np.arange(8) % 2


def test_a_bad_variable_is_found_before_training(monkeypatch):
    monkeypatch.setenv("GLASSPROP_THREADS", "many")
    net = gp.Network([3, 4, 2])
    with pytest.raises(gp.NetworkError, match="GLASSPROP_THREADS"):
        net.fit(X, Y, epochs=1, batch_size=4, progress=False)
    assert not net.history.epochs


def test_threads_are_kept_in_pickles_and_given_to_load(eight, tmp_path):
    net = gp.Network([3, 4, 2], threads=7)
    assert pickle.loads(pickle.dumps(net)).threads == 7
    net.threads = None
    assert pickle.loads(pickle.dumps(net)).threads == threads.available()
    path = tmp_path / "m.safetensors"
    net.save(path)
    assert gp.load(path, threads=5).threads == 5
    with pytest.raises(gp.NetworkError, match="threads"):
        gp.load(path, threads=0)


def test_same_seed_and_threads_same_bits():
    found = []
    for _ in range(2):
        net = gp.Network([3, 40, 2], seed=1, threads=2)
        net.fit(X, Y, epochs=3, batch_size=8, progress=False)
        found.append(net.parameters["W1"].tobytes())
    assert found[0] == found[1]


def test_the_module_is_light():
    code = (
        "import sys, glassprop.system.threads;"
        "assert not {'numpy', 'threadpoolctl'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
