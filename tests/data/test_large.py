"""What is no regular file, or out of proportion, is refused before it is read."""

import gzip
import os

import numpy as np
import pytest

from glassprop.data import load, memory, read_idx, write_idx
from glassprop.data.tables import delimited
from glassprop.errors import DataError

NAMES = ["a.csv", "a.tsv", "a.npy", "a.npz", "a-images-idx3-ubyte", "a.idx.gz", "a"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", NAMES)
def test_a_pipe_is_refused_and_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    for read in (load, read_idx):
        with pytest.raises(DataError, match=r"expected a regular file, found a pipe; .* or - and"):
            read(tmp_path / name)


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="needs /dev/zero")
@pytest.mark.parametrize("name", NAMES)
def test_a_device_is_refused(tmp_path, name):
    (tmp_path / name).symlink_to("/dev/zero")
    with pytest.raises(DataError, match=r"expected a regular file, found a device"):
        load(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_in_the_place_of_targets_is_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    os.mkfifo(tmp_path / "y.npy")
    write_idx(tmp_path / "a-images-idx3-ubyte", np.zeros((3, 2, 2), "uint8"))
    os.mkfifo(tmp_path / "a-labels-idx1-ubyte")
    for name in ("x.npy", "a-images-idx3-ubyte"):
        with pytest.raises(DataError, match=r"found a pipe"):
            load(tmp_path / name)


def write_all(folder):
    x, y = np.arange(600.0).reshape(100, 6), np.arange(100) % 3
    np.savetxt(folder / "a.csv", np.column_stack([x, y]), delimiter=",")
    np.save(folder / "a.npy", x)
    np.savez(folder / "a.npz", x=x, y=y)
    write_idx(folder / "a.idx", x)
    return ["a.csv", "a.npy", "a.npz", "a.idx"]


def test_what_takes_most_of_the_memory_has_to_be_confirmed(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: 8000)
    for name in write_all(tmp_path):
        with pytest.raises(DataError, match=rf"{name}.*: would take about .* --large"):
            load(tmp_path / name)
        assert len(load(tmp_path / name, large=True).x) == 100
    for name in ("a.npy", "a.idx"):  # what is mapped takes none
        assert len(load(tmp_path / name, raw=True).x) == 100
    packed = tmp_path / "b.idx.gz"
    packed.write_bytes(gzip.compress((tmp_path / "a.idx").read_bytes()))
    with pytest.raises(DataError, match=r"would take"):
        read_idx(packed)
    assert len(read_idx(packed, large=True)) == 100


def test_unknown_memory_is_no_reason_to_refuse(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "memory", lambda: 0)
    for name in write_all(tmp_path):
        assert len(load(tmp_path / name).x) == 100


def test_memory_is_that_of_the_container(tmp_path):
    (tmp_path / "sys/fs/cgroup").mkdir(parents=True)
    whole = memory.memory(tmp_path)
    (tmp_path / "sys/fs/cgroup/memory.max").write_text("max\n")
    assert memory.memory(tmp_path) == whole
    (tmp_path / "sys/fs/cgroup/memory.max").write_text("1000000\n")
    assert memory.memory(tmp_path) == 1_000_000


def test_a_line_out_of_proportion_has_to_be_confirmed(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "_LONGEST_LINE", 100)
    monkeypatch.setattr(delimited, "_MOST_COLUMNS", 20)
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join("1" * 21) + "\n")
    with pytest.raises(DataError, match=r"line 1: 21 cells in a line; .* --large"):
        load(wide)
    assert load(wide, large=True).x.shape == (1, 20)
    wide.write_text("1,2\n" + "3" * 101 + ",4\n")
    with pytest.raises(DataError, match=r"line 2: longer than 100 characters; .* --large"):
        load(wide)
    assert load(wide, large=True).x.shape == (2, 1)
