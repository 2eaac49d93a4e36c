"""What is known of arrays from one run to the next: nothing of one that was changed, or is gone."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

import numba.core.compiler  # noqa: F401

import glassprop as gp
from glassprop.errors import DataError
from glassprop.train.examples import compressed_rows, known_arrays
from glassprop.train.examples.known_arrays import facts_of


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch):
    monkeypatch.setattr(known_arrays, "LEAST", 64)
    known_arrays._known.clear()
    yield
    known_arrays._known.clear()


def known(array):
    """Have an array known, with a fact."""
    facts_of(array)
    facts_of(array)["fact"] = 1
    return array


def is_known(array):
    return facts_of(array) == {"fact": 1}


def test_an_array_is_known_from_the_second_time_on():
    array = np.arange(1000.0)
    assert facts_of(array) == {}
    facts = facts_of(array)
    facts["fact"] = 1
    assert facts_of(array) is facts
    assert is_known(array.reshape(1000)[:]) and is_known(array[:1000])
    assert not is_known(array.copy()) and not is_known(array[:999]) and not is_known(array[1:])
    assert not is_known(array.reshape(10, 100)) and not is_known(array.view(np.int64))
    assert is_known(array)


@pytest.mark.parametrize("dtype", ["u1", "?", "<f4", ">f8", "f2", "i8", "c16"])
@pytest.mark.parametrize("size", [64, 65, 1000, 8191, 8193, 20_007])
def test_any_changed_entry_is_seen(dtype, size):
    array = known(np.random.default_rng(0).integers(0, 2, size).astype(dtype))
    for place in (0, 1, size // 2, size - 2, size - 1):
        before = array[place]
        array[place] = not before
        assert not is_known(array)
        array[place] = before
        known(array)
        assert is_known(array)


@settings(max_examples=200)
@given(st.data())
def test_whatever_is_changed_is_seen(data):
    seed, size = data.draw(st.integers(0, 2**32)), data.draw(st.integers(64, 50_000))
    array = known(np.random.default_rng(seed).integers(0, 256, size, np.uint8))
    old = array.copy()
    places = st.integers(0, size - 1)
    match data.draw(st.sampled_from(["entries", "swap", "turn", "shift", "blocks"])):
        case "entries":
            for place in data.draw(st.lists(places, min_size=1, max_size=5)):
                array[place] = data.draw(st.integers(0, 255))
        case "swap":
            one, other = data.draw(places), data.draw(places)
            array[[one, other]] = array[[other, one]]
        case "turn":
            array[:] = array[::-1].copy()
        case "shift":
            array[:] = np.roll(array, data.draw(places))
        case "blocks":
            half = size // 2
            array[:half], array[half : 2 * half] = old[half : 2 * half], old[:half]
    assert is_known(array) == np.array_equal(array, old)


def test_what_is_known_goes_with_the_memory():
    array = known(np.arange(1000.0))
    part = array[:500]
    fact = facts_of(array).setdefault("large", np.zeros(10))
    gone = weakref.ref(fact), weakref.ref(array)
    del array, fact
    gc.collect()
    assert gone[1]() is not None  # by its part
    del part
    gc.collect()
    assert gone[0]() is None and gone[1]() is None
    facts_of(np.arange(1000.0))
    assert len(known_arrays._known) == 1


def test_few_arrays_are_known_at_a_time():
    arrays = [known(np.full(100, float(k))) for k in range(known_arrays.MOST + 2)]
    assert len(known_arrays._known) == known_arrays.MOST
    assert is_known(arrays[-1]) and not is_known(arrays[0])


def test_others_are_never_known(tmp_path):
    array = np.arange(1000.0)
    strided, small = array[::2], np.zeros(2)
    for other in (strided, small, array.view(np.recarray)):
        known(other)
        assert not is_known(other)


def net_of(**settings):
    return gp.Network([40, 6, 3], engine="compiled", seed=0, **settings)


def data(seed=0, n=200):
    random = np.random.default_rng(seed)
    x = random.random((n, 40)) * (random.random((n, 40)) < 0.1)
    return x, random.integers(0, 3, n)


def fit(net, x, y, times):
    for _ in range(times):
        net.fit(x, y, epochs=1, optimizer=gp.SGD(0.5), progress=False)
    return net


@pytest.mark.parametrize("rows", [False, True])
def test_data_are_prepared_once_for_several_fits(rows, monkeypatch):
    x, y = data()
    y = np.eye(3)[y] if rows else y
    whole = net_of()
    whole.fit(x.copy(), y, epochs=6, optimizer=gp.SGD(0.5), progress=False)
    made = []
    compress = compressed_rows.compress
    monkeypatch.setattr(compressed_rows, "compress", lambda x: made.append(1) or compress(x))
    net = fit(net_of(), x, y, 6)
    assert len(made) == 2  # the first, and the one after which it is known
    assert all(np.array_equal(net.parameters[k], whole.parameters[k]) for k in whole.parameters)


def test_data_that_were_changed_between_fits_are_prepared_again():
    x, y = data()
    net, other = fit(net_of(), x, y, 4), fit(net_of(), x, y, 4)
    x[17, 3] = 0.75
    fit(net, x, y, 2)
    fit(other, x.copy(), y, 1)
    fit(other, x.copy(), y, 1)
    assert all(np.array_equal(net.parameters[k], other.parameters[k]) for k in net.parameters)
    x[199, 39] = np.nan
    with pytest.raises(DataError, match="feature 39 of example 199 is nan"):
        fit(net, x, y, 1)


def test_targets_that_were_changed_between_fits_are_checked_again():
    x, y = data()
    rows = np.eye(3)[y]
    net = fit(net_of(), x, rows, 4)
    rows[100, 1] = np.inf
    with pytest.raises(DataError, match="output 1 of example 100 is inf"):
        fit(net, x, rows, 1)
    rows[100] = (0.5, 0.25, 0.25)
    fit(net, x, rows, 1)
    assert net.history.epochs[-1].training.accuracy is None  # they are no classes any more


def test_networks_of_other_types_and_costs_have_facts_of_their_own():
    x, y = data()
    x[3, 3] = 1e300
    fit(net_of(), x / 1e300, y, 3)
    wide = net_of(dtype="float64")
    wide.fit(x, np.eye(3)[y], epochs=1, optimizer=gp.SGD(1e-320), progress=False, measure=0)
    with pytest.raises(DataError, match="feature 3 of example 3 is inf"):
        for _ in range(3):
            fit(net_of(dtype="float32"), x, y, 1)


def test_the_digest_is_not_taken_without_the_compiled_engine(monkeypatch):
    array = np.arange(1000.0)
    monkeypatch.setattr(known_arrays, "_can_be_taken", lambda: False)
    known(array)
    assert not is_known(array)
