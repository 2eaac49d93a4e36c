"""Whether whole-number targets are classes is asked where it may be otherwise."""

import warnings

import numpy as np
import pytest

import glassprop as gp
from glassprop.cli.entry_point import run
from glassprop.data import load
from glassprop.data.tables.whole_number_targets import meant, question

RANDOM = np.random.default_rng(0)
NUMBERS = {
    "prices": RANDOM.integers(50, 500, 300) * 1000 - 60,
    "years": RANDOM.integers(1950, 2025, 3000),
    "ages": RANDOM.integers(18, 91, 1000),
    "counts": RANDOM.integers(0, 40, 200),
    "one large": np.r_[np.zeros(50, int), 10**12],
}
CLASSES = {
    "two": RANDOM.integers(0, 2, 20),
    "digits": RANDOM.integers(0, 10, 12),
    "few": np.array([0, 1, 2]),
    "letters": RANDOM.integers(0, 26, 2000),
    "hundred": RANDOM.integers(0, 100, 10_000),
    "signs": RANDOM.choice([-1, 1], 30),
    "temperatures": RANDOM.integers(-20, 40, 50),
}


def table(folder, y):
    x = RANDOM.standard_normal((len(y), 2))
    path = folder / "t.csv"
    lines = (f"{a:.4f},{b:.4f},{c}" for (a, b), c in zip(x, y, strict=True))
    path.write_text("\n".join(["a,b,y", *lines]) + "\n")
    np.savez(folder / "t.npz", x=x, y=y)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".npz"])
@pytest.mark.parametrize("name", NUMBERS)
def test_what_may_be_numbers_is_asked_about(name, suffix, tmp_path, capsys):
    y, path = NUMBERS[name], table(tmp_path, NUMBERS[name]).with_suffix(suffix)
    with pytest.warns(UserWarning, match=r"as labels they make .* classes=False") as caught:
        found = load(path)
    assert caught[0].filename == __file__ and found.y.dtype == np.int64
    assert f"whole numbers up to {y.max():,}, {len(set(y.tolist())):,} different" in str(
        caught[0].message
    )
    out = tmp_path / "m.safetensors"
    assert run(["train", str(path), "--out", str(out), "--epochs", "1"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"as labels they make {y.max() + 1:,} classes; say --no-classes" in said
    assert not out.exists()

    options = ["--output-activation", "identity", "--lr", "1e-16", "--epochs", "1", "--seed", "0"]
    numbers = ["train", str(path), "--out", str(out), "--no-classes", *options]
    assert run(numbers) == 0
    assert gp.load(out).architecture.sizes == (2, 30, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        floats = load(path, classes=False).y
        assert floats.dtype == np.float64 and np.array_equal(floats, y)
        labels = load(path, classes=True).y
        assert labels.dtype == np.int64 and np.array_equal(labels, y)
    if y.max() < 100:
        assert run(["train", str(path), "--out", str(out), "--classes", "--epochs", "1"]) == 0
        assert gp.load(out).architecture.sizes[-1] == y.max() + 1
    capsys.readouterr()
    assert run(["train", str(path), "--layers", "2,4,1", *options]) == 0  # the layers say it
    assert run(["evaluate", str(out), str(path)]) == 0
    assert "as labels they make" not in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore:y. targets go from")
@pytest.mark.parametrize("name", CLASSES)
def test_what_are_classes_is_not_asked_about(name, tmp_path):
    assert question(CLASSES[name]) == ""
    path = table(tmp_path, CLASSES[name])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(load(path).y, CLASSES[name])
    out = tmp_path / "m.safetensors"
    command = ["train", str(path), "--out", str(out), "--epochs", "1", "--lr", "0.01"]
    assert run(command) == 0
    outputs = 1 if name in ("two", "signs", "temperatures") else CLASSES[name].max() + 1
    assert gp.load(out).architecture.sizes[-1] == outputs
    assert run([*command, "--no-classes"]) == 0
    assert gp.load(out).architecture.sizes[-1] == 1


def test_what_is_said_goes_before_the_cost(tmp_path):
    path, out = table(tmp_path, CLASSES["letters"]), tmp_path / "m.safetensors"
    for options, outputs in (([], 1), (["--classes"], 26), (["--no-classes"], 1)):
        command = ["train", str(path), "--out", str(out), "--epochs", "1", "--cost", "huber"]
        assert run([*command, *options]) == 0
        assert gp.load(out).architecture.sizes[-1] == outputs


NO_CLASSES = {
    "fractions": ([0, 1.5, 2], "found 1.5 in example 1"),
    "negative": ([0, -1, 2], "found -1 in example 1"),
    "rows": ([[0, 1], [1, 0]], "found rows of 2"),
    "not finite": ([0.0, 1e300], r"found 1e\+300 in example 1"),
}


@pytest.mark.parametrize("name", NO_CLASSES)
def test_classes_that_are_none(name, tmp_path, capsys):
    y, said = NO_CLASSES[name]
    np.savez(tmp_path / "t.npz", x=np.ones((len(y), 2)), y=np.array(y))
    with pytest.raises(gp.DataError, match=said):
        load(tmp_path / "t.npz", classes=True)
    assert run(["train", str(tmp_path / "t.npz"), "--classes"]) == 2
    assert "error: " in capsys.readouterr().err
    assert load(tmp_path / "t.npz", classes=False).y.dtype.kind == "f"


def test_classes_in_other_forms():
    for y in (np.array([0.0, 2.0]), np.array([[0], [2]], "float32"), np.array([0, 2], "uint8")):
        assert meant(y, True, "t").tolist() == [0, 2]
    assert meant(np.array([-1.0, 1.0]), True, "t").tolist() == [-1, 1]
    assert meant(None, True, "t") is None
    for odd in (1, "yes", [True]):
        with pytest.raises(gp.DataError, match="expected True, False or None as classes"):
            meant(np.zeros(2), odd, "t")


def test_the_digits_are_classes(capsys):
    assert run(["train", "mnist", "--no-classes"]) == 2
    assert "its targets are classes" in capsys.readouterr().err
    assert load("mnist", classes=True).y.max() == 9
