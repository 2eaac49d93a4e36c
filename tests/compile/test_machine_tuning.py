"""What is measured of a machine: remembered, checked, and without any bit of consequence."""

import json
import warnings

import numpy as np
import pytest

pytest.importorskip("numba")

import glassprop as gp
from compile.engines import assert_same, data
from glassprop.compile import machine_tuning
from glassprop.compile.kernels import packing_choice
from glassprop.compile.kernels.packing_choice import Choices
from glassprop.compile.kernels.products import large_product

MEASURED = {65536: np.inf, 262144: 60.0, 1048576: 20.5, 4194304: 16.0}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSPROP_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def counted(monkeypatch):
    """How often is measured; the measurement itself is a table."""
    calls = []
    monkeypatch.setattr(machine_tuning, "measure", lambda: calls.append(1) or dict(MEASURED))
    return calls


@pytest.fixture
def chosen(monkeypatch):
    """Has sources compiled by some choices."""

    def choose(made):
        monkeypatch.setattr(machine_tuning, "find", lambda: made)
        machine_tuning._looked.clear()
        large_product.cache_clear()

    before = packing_choice.choices()
    yield choose
    packing_choice.choose(before)
    machine_tuning._looked.clear()
    large_product.cache_clear()


def test_a_product_is_packed_from_the_rows_on_that_its_size_says():
    found = Choices(MEASURED)
    assert not found.packs(10**6, 65536)
    assert not found.packs(10**6, 100)
    assert found.packs(60, 262144) and not found.packs(59, 262144)
    assert found.packs(21, 700_000) and found.packs(16, 10**9)
    assert not Choices().packs(10**6, 10**9)


def test_training_has_the_same_bits_whatever_the_machine_packs(folder, chosen):
    x, y = data(1003, 2, n=75)

    def build(engine):
        return gp.Network([1003, 20, 2], seed=0, engine=engine)

    found = []
    for least in (1.0, np.inf):
        chosen(Choices({65536: least}))
        net = assert_same(build, x, y, gp.SGD(0.01), batch_size=37)
        assert "large_product(" in net.source(engine="compiled")
        assert packing_choice.choices() == Choices({65536: least})
        found.append(net.parameters)
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])
    assert len(list(folder.glob("epoch_*.code"))) == 2


def test_it_is_measured_once(folder, counted):
    assert machine_tuning.find().packing == MEASURED
    assert machine_tuning.find().packing == MEASURED
    assert len(counted) == 1
    machine_tuning.find(again=True)
    assert len(counted) == 2


def poison(text):
    def change(content):
        return text

    return change


def foreign(content):
    return json.dumps({**json.loads(content), "for": "0" * 32})


def lacking(content):
    found = json.loads(content)
    del found["packing"]["65536"]
    return json.dumps(found)


def odd(value):
    def change(content):
        found = json.loads(content)
        found["packing"]["262144"] = value
        return json.dumps(found)

    return change


@pytest.mark.parametrize(
    "change",
    [
        *map(poison, ("", "{", "[]", "null", "{}", "[" * 5000, "x" * 20_000)),
        *(foreign, lacking),
        *map(odd, ("60.0", True, 60, -1.0, 0.0, float("nan"), float("inf"), [1.0])),
    ],
)
def test_a_file_that_is_not_as_written_is_measured_again_with_one_line(change, folder, counted):
    machine_tuning.find()
    (file,) = folder.glob("machine_*.json")
    file.write_text(change(file.read_text()))
    with pytest.warns(RuntimeWarning, match="is damaged, measuring again: ") as told:
        assert machine_tuning.find().packing == MEASURED
    assert len(told) == 1 and "\n" not in str(told[0].message)
    assert len(counted) == 2
    assert machine_tuning.find().packing == MEASURED
    assert len(counted) == 2


def test_a_file_that_is_a_link_is_not_read(folder, counted, tmp_path_factory):
    machine_tuning.find()
    (file,) = folder.glob("machine_*.json")
    other = tmp_path_factory.mktemp("other") / "file.json"
    file.rename(other)
    file.symlink_to(other)
    with pytest.warns(RuntimeWarning, match="it is a link"):
        machine_tuning.find()
    assert not file.is_symlink()


def test_where_nothing_may_be_kept_nothing_is_measured(folder, counted, monkeypatch):
    monkeypatch.setenv("GLASSPROP_CACHE_MB", "0")
    found = machine_tuning.find()
    monkeypatch.delenv("GLASSPROP_CACHE_MB")
    monkeypatch.setenv("GLASSPROP_CACHE", str(folder / "file" / "folder"))
    (folder / "file").write_text("")
    assert machine_tuning.find() == found == machine_tuning.suggested()
    assert not counted
    assert found.packs(32, 4_194_304) and not found.packs(10**6, 1000)


def test_it_is_measured_in_earnest(folder):
    found = machine_tuning.find()
    assert list(found.packing) == list(MEASURED)
    assert all(rows >= 1 for rows in found.packing.values())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert machine_tuning.find() == found


@pytest.mark.parametrize(
    ("place", "few", "many", "rows"),
    [(64, 16, 40, 17.0), (64, 8, 32, 1.0), (64, 80, 128, np.inf)],
)
def test_packing_pays_from_where_its_copying_is_made_up_for(place, few, many, rows):
    found = machine_tuning._least_rows(place, few, many)
    assert found == pytest.approx(rows, abs=0.1)
