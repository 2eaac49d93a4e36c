import gzip
import hashlib
import re
import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import glassprop.data
import glassprop.errors
from glassprop.data import Mnist, mnist
from glassprop.data.digits import mnist_test, mnist_training
from glassprop.errors import DataError

FOLDER = Path(glassprop.data.__file__).parent / "mnist"


@pytest.fixture(scope="module")
def digits() -> Mnist:
    return mnist()


@pytest.mark.parametrize(
    ("part", "n", "labels"),
    [("train", 50_000, "50419"), ("validation", 10_000, "38696"), ("test", 10_000, "72104")],
)
def test_the_parts(digits, part, n, labels):
    x, y = getattr(digits, part)
    assert x.shape == (n, 784)
    assert x.dtype == np.float32
    assert (x.min(), x.max()) == (0, 1)
    assert y.shape == (n,)
    assert y.dtype == np.int64
    assert "".join(map(str, y[:5])) == labels
    assert set(y.tolist()) == set(range(10))
    for array in (x, y):
        assert array.flags.c_contiguous
        assert array.flags.writeable


def test_the_classes_are_as_many_as_published(digits):
    official = np.concatenate([digits.train.y, digits.validation.y])
    assert np.bincount(official).tolist() == [
        *(5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    ]
    assert np.bincount(digits.test.y).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]


@pytest.mark.parametrize(
    ("part", "file", "first"),
    [("train", "train", 0), ("validation", "train", 50_000), ("test", "t10k", 0)],
)
def test_pixels_and_labels_are_those_of_the_files(digits, part, file, first):
    def numbers(kind: str, header: int) -> np.ndarray:
        stored = (FOLDER / f"{file}-{kind}-ubyte.gz").read_bytes()
        return np.frombuffer(gzip.decompress(stored), np.uint8, offset=header)

    x, y = getattr(digits, part)
    rows = slice(first, first + len(x))
    pixels = numbers("images-idx3", 16).reshape(-1, 784)[rows]
    np.testing.assert_array_equal(np.rint(x * 255), pixels)
    np.testing.assert_allclose(x[::100], pixels[::100] / 255, rtol=1e-7)
    np.testing.assert_array_equal(y, numbers("labels-idx1", 8)[rows])


def test_the_licence_names_source_terms_and_checksums():
    licence = (FOLDER / "LICENSE.md").read_text(encoding="utf-8")
    for words in ("CC BY-SA 3.0", "Yann LeCun", "Corinna Cortes", "Christopher J. C. Burges"):
        assert words in licence
    checksums = dict(re.findall(r"\| (\S+-ubyte) \| ([0-9a-f]{64}) \|", licence))
    packed = sorted(FOLDER.glob("*.gz"))
    assert sorted(checksums) == [path.stem for path in packed]
    for path in packed:
        original = gzip.decompress(path.read_bytes())
        assert hashlib.sha256(original).hexdigest() == checksums[path.stem]


@pytest.mark.parametrize("damage", ["missing", "other"])
def test_a_broken_installation_is_refused(tmp_path, monkeypatch, damage):
    folder = tmp_path / "mnist"
    folder.mkdir()
    if damage == "other":
        (folder / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(b"\0\0\x08\x00\x01"))
    monkeypatch.setattr(resources, "files", lambda _: tmp_path)
    with pytest.raises(DataError) as caught:
        mnist()
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert "train-images-idx3-ubyte.gz" in message
    assert "reinstall glassprop" in message
    assert {"missing": "no such file", "other": "SHA-256"}[damage] in message


ALONE = """
import sys
archive, site = sys.argv[1:]
sys.path[:0] = [archive]
sys.path.append(site)
import numpy
before = set(sys.modules)
from glassprop import data
new = {module.partition(".")[0] for module in set(sys.modules) - before}
print(data.__file__)
print(*sorted(module for module in new - sys.stdlib_module_names if module[0] != "_"))
print(len(data.mnist().test.x), data.load("mnist").x.shape)
"""


def test_data_stands_alone_and_imports_only_numpy_even_from_an_archive(tmp_path):
    package = Path(glassprop.errors.__file__).parent
    with zipfile.ZipFile(tmp_path / "alone.zip", "w") as archive:
        archive.writestr("glassprop/__init__.py", "")
        archive.write(package / "errors.py", "glassprop/errors.py")
        for file in sorted([*(package / "system").rglob("*"), *(package / "data").rglob("*")]):
            if file.is_file() and file.suffix != ".pyc":
                archive.write(file, file.relative_to(package.parent))
    site = Path(np.__file__).parents[1]
    # Without -S an editable installation would offer the rest of glassprop.
    command = [sys.executable, "-S", "-c", ALONE, str(tmp_path / "alone.zip"), str(site)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    place, modules, sizes = done.stdout.splitlines()
    assert "alone.zip" in place
    assert modules == "glassprop numpy"
    assert sizes == "10000 (50000, 784)"


def test_parts_of_it_can_be_read_alone():
    for part, same in zip((*mnist_training(), mnist_test()), mnist(), strict=True):
        assert np.array_equal(part.x, same.x) and np.array_equal(part.y, same.y)
