"""Compiled prediction against `net.predict`, and what a predictor promises."""

import copy
import inspect
import pickle
import subprocess
import sys
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from compile.programs import ACTIVATIONS, case_of
from glassprop.compile.native import numba_loader
from glassprop.compile.program import LacksError
from glassprop.compile.targets import TARGETS

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(folder))
        yield folder


def network(seed=0, **given):
    return gp.Network([5, 4, 3], seed=seed, dtype="float32", **given)


@pytest.fixture(scope="module")
def predictor(cache):
    return network().compile()


def inputs(n=23, features=5, dtype="float32", seed=0):
    return np.random.default_rng(seed).normal(size=(n, features)).astype(dtype)


def assert_same(net, predictor, x):
    tolerance = 1e-12 if net.dtype == "float64" else 1e-5
    expected, found = net.predict(x), predictor(x)
    assert found.dtype == net.dtype
    assert np.allclose(found, expected, tolerance, tolerance)
    for i in range(0, len(x), 7):
        assert np.array_equal(predictor(x[i]), found[i])
        assert np.array_equal(predictor(x[i:]), found[i:])


@settings(max_examples=3, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 150), min_size=2, max_size=4),
    st.sampled_from(["quadratic", "cross_entropy", "huber"]),
    st.sampled_from(["float64", "float32"]),
)
def test_random_networks_predict_alike_and_an_example_has_its_own_bits(sizes, cost, dtype):
    sizes[-1] = 1 + sizes[-1] % 40 + (cost == "cross_entropy")
    net = gp.Network(sizes, cost=cost, dtype=dtype, seed=1)
    assert_same(net, net.compile(), inputs(60, sizes[0], dtype))


@pytest.mark.parametrize(
    ("dtype", "names"),
    [
        ("float64", [name for name in ACTIVATIONS if name not in ("exp", "square")]),
        ("float32", ["gelu", "elu", "tanh"]),
    ],
)
def test_every_activation(dtype, names):
    layers = [gp.Dense(3, name) for name in [*names, "softmax"]]
    net = gp.Network(4, *layers, gp.Dense(3, "softmax"), dtype=dtype, seed=3)
    assert_same(net, net.compile(), inputs(20, 4, dtype))


def test_an_activation_of_ones_own_that_sums():
    norm = gp.activation("norm_of_tests", lambda z: z / (1 + gp.sum(z * z)))
    net = gp.Network(3, gp.Dense(5, norm), gp.Dense(1), seed=0)
    assert_same(net, net.compile(), inputs(9, 3, "float64"))


def test_a_wide_network_goes_in_panels_and_several_blocks():
    net = gp.Network([300, 70, 200, 2], dtype="float64", seed=0, activation="tanh")
    found = net.compile()
    assert "for p in range(" in found.source
    assert_same(net, found, inputs(130, 300, "float64"))


def test_extreme_inputs_behave_as_in_the_reference():
    net = gp.Network([3, 4, 2], seed=0)
    net.parameters["W1"][...] = np.random.default_rng(0).choice([-1.0, 1.0], (4, 3))
    found = net.compile()
    x = np.array([[1e4, 1e4, 1e4], [-1e4, 1e4, 0], [1e-310, 0, 0], [0, -0.0, 0], [1e300, 1, 1]])
    assert_same(net, found, x)
    wild = np.array([[np.inf, 0, 1], [np.nan, 0, 0], [np.inf, np.inf, -np.inf], [1, 2, 3.0]])
    values = net.parameters.values()
    with np.errstate(invalid="ignore"):
        expected = net._program().functions["predict"](wild, *values)
    assert np.allclose(found(wild), expected, 1e-12, equal_nan=True)
    assert np.isnan(found(wild[1])).all()


def test_inputs_of_other_kinds(predictor):
    net, x = network(), inputs()
    expected = predictor(x)
    assert np.allclose(expected, net.predict(x), 1e-5)
    frozen, odd = x.copy(), np.zeros(x.nbytes + 1, np.uint8)[1:].view("float32").reshape(x.shape)
    frozen.flags.writeable, odd[...] = False, x
    spread = np.repeat(x, 2, 1)[:, ::2]
    for same in (frozen, odd, spread, np.asfortranarray(x), x.astype(">f4"), x.astype(float)):
        assert np.array_equal(predictor(same), expected)
        assert np.array_equal(predictor(same[2]), expected[2])
    assert np.array_equal(predictor(x.tolist()), expected)
    assert np.array_equal(predictor(np.arange(5)), predictor(np.arange(5, dtype="float32")))
    assert predictor([True] * 5).shape == (3,)


def test_outputs_can_be_put_into_an_array(predictor):
    x = inputs()
    one, many = np.empty(3, "float32"), np.empty((23, 3), "float32")
    assert predictor(x[0], out=one) is one
    assert predictor(x, out=many) is many
    assert np.array_equal(many, predictor(x))
    assert np.array_equal(many[0], one)
    kind = np.empty((23, 3), "float32").view(np.matrix)
    assert predictor(x, out=kind) is kind
    assert np.array_equal(np.asarray(kind), many)


@pytest.mark.parametrize(
    ("out", "got"),
    [
        (np.empty(4, "float32"), r"got shape \(4,\)"),
        (np.empty(3), "type float64"),
        (np.empty(6, "float32")[::2], "entries in order in memory"),
        ([0, 0, 0], "got list"),
    ],
)
def test_another_out_is_refused(predictor, out, got):
    with pytest.raises(gp.DataError, match=got):
        predictor(inputs()[0], out=out)


def test_out_in_the_memory_of_x_is_refused(predictor):
    memory = np.zeros((8, 5), "float32")
    with pytest.raises(gp.DataError, match="memory of its own"):
        predictor(memory, out=memory.reshape(-1)[:24].reshape(8, 3))


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros(4), r"expected an array of shape \(5,\) or \(n, 5\)"),
        (np.zeros((2, 4)), r"expected an array of shape \(5,\) or \(n, 5\)"),
        (np.zeros((2, 5, 1)), "flatten"),
        (np.zeros((0, 5)), "at least one example"),
        (None, "got None"),
        ("five", "real numbers"),
        (np.zeros(5, complex), "real numbers"),
        ([[1, 2], [3]], "rectangular"),
    ],
)
def test_inputs_that_the_network_cannot_take(predictor, x, message):
    with pytest.raises(gp.DataError, match=message):
        predictor(x)


def test_classes(predictor):
    net, x = network(), inputs()
    assert np.array_equal(predictor.classify(x), net.classify(x))
    assert predictor.classify(x[4]) == net.classify(x)[4]
    single = gp.Network([5, 1], seed=0, dtype="float32")
    assert np.array_equal(single.compile().classify(x), single.classify(x))


def test_parameters_are_those_of_the_time_of_compiling():
    net, x = network(seed=5), inputs()
    before = net.compile()
    expected = before(x)
    net.parameters["W1"][...] += 1
    assert np.array_equal(before(x), expected)
    after = net.compile()
    assert after.source == before.source
    assert not np.allclose(after(x), expected)
    assert np.allclose(after(x), net.predict(x), 1e-5)


def test_threads_share_the_examples_and_change_no_bit(monkeypatch):
    monkeypatch.setattr("glassprop.train.predictor.WORTH", 1)
    monkeypatch.setattr("glassprop.system.threads.processors", lambda: 8)
    x = inputs(1001)
    expected = network().compile(threads=1)(x)
    for threads in (2, 3, 5):
        assert np.array_equal(network().compile(threads=threads)(x), expected)


def test_what_goes_wrong_in_a_thread_is_raised(monkeypatch):
    monkeypatch.setattr("glassprop.train.predictor.WORTH", 1)
    predictor = network().compile(threads=2)

    def fail(*arguments):
        raise MemoryError("no room")

    monkeypatch.setattr(predictor, "_predict", fail)
    with pytest.raises(
        gp.NetworkError, match=r"predict: not enough memory \(no room\); give fewer"
    ):
        predictor(inputs())


def test_several_threads_may_call_at_once(predictor):
    x = inputs(40)
    expected, wrong = predictor(x), []

    def call(i):
        for _ in range(300):
            if not np.array_equal(predictor(x[i]), expected[i]):
                wrong.append(i)
            if not np.array_equal(predictor(x[i:]), expected[i:]):
                wrong.append(i)

    callers = [threading.Thread(target=call, args=(i,)) for i in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def test_calls_leave_no_memory_behind(predictor):
    resource = pytest.importorskip("resource")
    x = inputs(40)
    for _ in range(2000):  # until the allocators have what they need
        predictor(x), predictor(x[0])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    try:
        for _ in range(20_000):
            predictor(x), predictor(x[0])
        assert tracemalloc.get_traced_memory()[0] < 20_000
    finally:
        tracemalloc.stop()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * (1 if sys.platform == "darwin" else 1024) < 5_000_000  # a kilobyte a call: 20 MB


def test_copies_and_pickles_work(predictor):
    x = inputs()
    for other in (pickle.loads(pickle.dumps(predictor)), copy.deepcopy(predictor)):
        assert np.array_equal(other(x), predictor(x))
        assert other.source == predictor.source
        assert repr(other) == "Predictor(5 inputs, 3 outputs; float32)"


def test_a_second_process_finds_the_code(predictor, cache):
    code = (
        "import sys; sys.path.insert(0, 'tests'); "
        "from compile.test_prediction import inputs, network; "
        "from glassprop.compile.native import numba_loader as native; "
        "load = native.Module.load; seen = []; "
        "native.Module.load = lambda self, *a: (load(self, *a), seen.append(self.cached))[0]; "
        "found = network().compile()(inputs()); assert seen == [True], seen; print(found.tolist())"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert eval(found.stdout) == predictor(inputs()).tolist()


def test_the_source_is_what_runs(predictor):
    assert "product_t1(t1, x, W1_T, 0, n, 5)" in predictor.source
    assert inspect.getsource(predictor._predict.py_func) in predictor.source
    assert "def epoch(" in network().source(engine="compiled")


def test_without_numba_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(numba_loader, "find_spec", lambda name: None)
    with pytest.raises(gp.NetworkError, match=r"numba is not installed \(pip install"):
        network().compile()


def test_an_operation_that_is_lacking_is_named(monkeypatch):
    program = case_of("convolution", True).build()
    target = TARGETS["compiled"]
    with pytest.raises(gp.NetworkError, match="the compiled engine lacks data"), target.refusing():
        target.prediction(program, "convolution")

    def refuse(*arguments):
        raise LacksError("windows of an array")

    monkeypatch.setattr("glassprop.compile.numba_source.prediction.cut", refuse)
    with pytest.raises(gp.NetworkError, match="lacks windows"):
        network().compile()


def test_threads_must_be_a_whole_number():
    with pytest.raises(gp.NetworkError, match="threads"):
        network().compile(threads=0)


def test_importing_does_not_load_numba():
    code = (
        "import sys, glassprop as gp; gp.Predictor; gp.Network([2, 3, 1]); "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
