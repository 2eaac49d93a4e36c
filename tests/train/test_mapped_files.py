"""Data in mapped files: used where they are, refused when the file becomes shorter."""

import os
import subprocess
import sys

import numpy as np
import pytest

import glassprop as gp
from glassprop.errors import DataError
from glassprop.train.examples.mapped_files import check_files, mapped_files

WIDTH, N = 40, 500


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def idx(folder, x):
    gp.data.write_idx(folder / "x.idx", x)
    return gp.data.read_idx(folder / "x.idx", mmap=True)


def npy(folder, x):
    np.save(folder / "x.npy", x)
    return np.load(folder / "x.npy", mmap_mode="r")


def flat(folder, x):
    x.tofile(folder / "x.raw")
    return np.memmap(folder / "x.raw", x.dtype, "r", shape=x.shape)


def part(folder, x):
    return npy(folder, np.concatenate([x, x]))[: len(x)]


def data(kind="uint8"):
    random = np.random.default_rng(0)
    return random.integers(0, 100, (N, WIDTH)).astype(kind), random.integers(0, 3, N)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize(
    ("write", "kind"),
    [(idx, "uint8"), (idx, "int16"), (npy, "float32"), (flat, "float64"), (part, "uint8")],
)
def test_training_on_a_mapped_file_is_training_on_its_numbers(tmp_path, write, kind, engine):
    if engine == "compiled":
        pytest.importorskip("numba")
    x, y = data(kind)
    nets = [gp.Network([WIDTH, 3], scale=0.01, seed=0, engine=engine) for _ in "ab"]
    for net, inputs in zip(nets, (x, write(tmp_path, x)), strict=True):
        net.fit(inputs, y, epochs=2, validation=(inputs, y), progress=False)
        assert net.engine == engine
    same = {"rtol": 0} if kind != "int16" else {"rtol": 1e-12}  # staged: another order of sums
    for name, value in nets[0].parameters.items():
        np.testing.assert_allclose(nets[1].parameters[name], value, **same)
    assert (nets[1].predict(write(tmp_path, x)) == nets[1].predict(x)).all()


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("write", [idx, npy, flat, part])
def test_a_file_that_shrinks_while_training_is_an_error(tmp_path, write, engine):
    """In a process of its own, which would be killed."""
    if engine == "compiled":
        pytest.importorskip("numba")
    write(tmp_path, data()[0])
    (path,) = tmp_path.iterdir()
    opening = {
        idx: f"x = gp.data.read_idx({str(path)!r}, mmap=True)",
        npy: f"x = np.load({str(path)!r}, mmap_mode='r')",
        flat: f"x = np.memmap({str(path)!r}, 'uint8', 'r', shape=({N}, {WIDTH}))",
        part: f"x = np.load({str(path)!r}, mmap_mode='r')[:{N}]",
    }
    code = f"""
import os, numpy as np, glassprop as gp
{opening[write]}
y = np.arange(len(x)) % 3
net = gp.Network([{WIDTH}, 3], scale=0.01, seed=0, engine={engine!r})
def shrink(epoch):
    os.truncate({str(path)!r}, 4096)
for action in (
    lambda: net.fit(x, y, epochs=3, progress=shrink),
    lambda: net.fit(x, y, progress=False),
    lambda: net.predict(x),
    lambda: net.evaluate(x, y),
    lambda: net.gradients(x, y),
    lambda: net.trace(x, y),
):
    try:
        action()
    except gp.errors.DataError as error:
        assert {path.name!r} in str(error) and "truncated" in str(error), error
    else:
        raise AssertionError("not refused")
assert all(np.isfinite(value).all() for value in net.parameters.values())
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_targets_and_sparse_parts_that_were_cut_off_are_refused(tmp_path):
    code = f"""
import os, numpy as np, glassprop as gp
from scipy.sparse import csr_array
folder = {str(tmp_path)!r} + "/"
net = gp.Network([3, 4], seed=0)
x = np.ones((9000, 3))
whole = csr_array(x)
parts = {{"y": np.ones((9000, 4)), "d": whole.data, "i": whole.indices, "p": whole.indptr}}
for name, array in parts.items():
    np.save(folder + name, array)
y, d, i, p = (np.load(folder + name + ".npy", mmap_mode="r") for name in parts)
made = csr_array((9000, 3))
made.data, made.indices, made.indptr = d, i, p
labels = np.zeros(9000, int)
assert (net.predict(made) == net.predict(x)).all()
net.fit(x, y, epochs=1, progress=False)
for name in "yi":
    os.truncate(folder + name + ".npy", 5000)
for action, name in ((lambda: net.fit(x, y), "y.npy"), (lambda: net.fit(made, labels), "i.npy")):
    try:
        action()
    except gp.errors.DataError as error:
        assert name in str(error), error
    else:
        raise AssertionError("not refused")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_files_behind_arrays(tmp_path):
    x, _ = data()
    mapped = npy(tmp_path, x)
    views = (mapped, mapped[3:], np.asarray(mapped), np.asarray(mapped).view("int8"), mapped.T)
    for view in views:
        (file,) = mapped_files(view)
        assert file.name.endswith("x.npy")
        assert file.end == os.stat(file.name).st_size
    assert len(mapped_files(mapped, mapped[1:])) == 1
    assert mapped_files(x, x[1:], None) == ()
    far = np.memmap(tmp_path / "x.npy", "uint8", "r", offset=5000, shape=(10,))
    assert mapped_files(far)[0].end == 5010


def test_a_file_that_was_replaced_or_removed_is_still_there(tmp_path):
    mapped = npy(tmp_path, data()[0])
    files = mapped_files(mapped)
    (tmp_path / "new").write_bytes(b"short")
    os.replace(tmp_path / "new", tmp_path / "x.npy")
    check_files(files)
    os.remove(tmp_path / "x.npy")
    check_files(files)


def test_a_mapped_column_is_refused(tmp_path):
    column = npy(tmp_path, np.arange(10.0))
    with pytest.raises(DataError, match=r"\(n, 40\)"):
        gp.Network([WIDTH, 3]).predict(column)


def test_nan_in_a_mapped_file_is_found(tmp_path):
    x, y = data("float32")
    x[456, 7] = np.nan
    with pytest.raises(DataError, match="feature 7 of example 456 is nan"):
        gp.Network([WIDTH, 3]).fit(npy(tmp_path, x), y, progress=False)
