from pathlib import Path

import numpy as np
import pytest

from glassprop.data import load, mnist, write_idx
from glassprop.errors import DataError


def test_mnist_by_name_is_its_training_digits():
    x, y = load("mnist", features=784)
    train = mnist().train
    np.testing.assert_array_equal(x, train.x)
    np.testing.assert_array_equal(y, train.y)


def test_a_file_called_mnist_is_not_the_name(tmp_path, monkeypatch, refusal):
    monkeypatch.chdir(tmp_path)
    Path("mnist").touch()
    assert "unknown kind of data, no suffix" in refusal(load, Path("mnist"))


def write(path: Path) -> None:
    x = np.arange(12.0).reshape(4, 3)
    match path.suffix:
        case ".csv":
            np.savetxt(path, np.c_[x, np.arange(4)], delimiter=",")
        case ".tsv":
            np.savetxt(path, np.c_[x, np.arange(4)], delimiter="\t")
        case ".npz":
            np.savez(path, x=x, y=np.arange(4))
        case ".npy":
            np.save(path, x)
        case _:
            write_idx(path, x)


KINDS = ["a.csv", "a.tsv", "a.npz", "a.npy", "a.idx", "a-idx2-double.gz"]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_gives_the_same_features(tmp_path, name):
    write(tmp_path / name)
    for path in (tmp_path / name, str(tmp_path / name)):
        x, y = load(path, features=3)
        assert x.dtype == np.float64
        np.testing.assert_array_equal(x, np.arange(12).reshape(4, 3))
        assert y is None or y.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("name", KINDS)
def test_another_number_of_features_is_refused(tmp_path, refusal, name):
    write(tmp_path / name)
    message = refusal(load, tmp_path / name, features=784)
    assert "784" in message
    assert "input layer" in message
    assert "at least 1, found 0" in refusal(load, tmp_path / name, features=0)


def test_another_number_of_features_than_mnist_has_is_refused():
    with pytest.raises(DataError, match="mnist: expected 100 features, found 784"):
        load("mnist", features=100)


@pytest.mark.parametrize("name", [*KINDS, "a.xlsx"])
def test_a_missing_file_is_refused(tmp_path, refusal, name):
    assert "no such file" in refusal(load, tmp_path / name)


@pytest.mark.parametrize("name", [*KINDS, "a.xlsx", "a"])
def test_a_folder_is_refused(tmp_path, refusal, name):
    (tmp_path / name).mkdir()
    assert "found a folder" in refusal(load, tmp_path / name)


@pytest.mark.parametrize("name", KINDS)
def test_an_empty_file_is_refused(tmp_path, refusal, name):
    (tmp_path / name).touch()
    refusal(load, tmp_path / name)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_larger_than_memory_is_refused(tmp_path, refusal, monkeypatch, name):
    def full(*_):
        raise MemoryError

    write(tmp_path / name)
    monkeypatch.setattr(f"glassprop.data.loading.{reader(name)}", full)
    assert "fit in memory" in refusal(load, tmp_path / name)


def reader(name: str) -> str:
    kinds = {".npz": "read_npz", ".npy": "read_npy", ".csv": "read_delimited"}
    return kinds.get(Path(name).suffix.replace("tsv", "csv"), "read_images")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.npzz", "did you mean '.npz'?"),
        ("a.cvs", "did you mean '.csv'?"),
        ("a.xlsx", "unknown kind of data, the suffix '.xlsx'"),
        ("a.parquet", "known: .csv, .tsv, .npz, .npy, -idx3-ubyte, -idx3-ubyte.gz"),
        ("noidxhere", "no suffix; known: .csv"),
        ("a.csv.gz", "of packed files only IDX is read"),
        ("a.b\nc", r"the suffix '.b\nc'"),
    ],
)
def test_an_unknown_kind_is_refused(tmp_path, name, expected):
    (tmp_path / name).touch()
    with pytest.raises(DataError) as caught:
        load(tmp_path / name)
    assert expected in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("data", ["mnits", "minst", "MNIST", "fashion", "null\0byte", "x" * 5000])
def test_an_unknown_name_is_refused_with_the_known_one(data):
    with pytest.raises(DataError, match=r"no such file.*[kK]nown: mnist") as caught:
        load(data)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("data", ["", ".", "null\0byte.csv", "x" * 5000 + ".csv"])
def test_a_path_that_cannot_be_is_refused(data):
    with pytest.raises(DataError) as caught:
        load(data)
    assert len(str(caught.value).splitlines()) == 1


def test_raw_features_are_as_they_are_stored_and_mapped(tmp_path):
    images = np.arange(24, dtype="uint8").reshape(3, 2, 4)
    write_idx(tmp_path / "a-images-idx3-ubyte", images)
    write_idx(tmp_path / "a-labels-idx1-ubyte.gz", np.arange(3, dtype="uint8"))
    write_idx(tmp_path / "b-idx3-ubyte.gz", images)
    np.save(tmp_path / "x_train.npy", images)
    np.save(tmp_path / "y_train.npy", np.arange(3))
    for name, mapped in (("a-images-idx3-ubyte", 1), ("b-idx3-ubyte.gz", 0), ("x_train.npy", 1)):
        x, y = load(tmp_path / name, features=8, raw=True)
        assert x.dtype == np.uint8
        assert isinstance(x, np.memmap) == bool(mapped)
        np.testing.assert_array_equal(x, images.reshape(3, 8))
        assert (y is None) == name.startswith("b")
        assert y is None or y.tolist() == [0, 1, 2]
    x, y = load(tmp_path / "x_train.npy")
    assert x.dtype == np.float32 and not isinstance(x, np.memmap) and y.tolist() == [0, 1, 2]
    assert load("mnist", raw=True).x.dtype == np.uint8


def test_targets_beside_that_do_not_fit_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    np.save(tmp_path / "y.npy", np.ones(2))
    with pytest.raises(DataError, match=r"y\.npy: expected 3 targets"):
        load(tmp_path / "x.npy", raw=True)


@pytest.mark.parametrize("raw", [True, False])
def test_a_truncated_npy_file_is_refused(tmp_path, raw):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    whole = (tmp_path / "x.npy").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "x.npy").write_bytes(whole[:length])
        with pytest.raises(DataError, match="truncated or damaged"):
            load(tmp_path / "x.npy", raw=raw)
