"""Costs and outputs by compiled code: NumPy's figures but for rounding, the same in every run."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassprop as gp
from glassprop.compile.targets import TARGETS
from glassprop.errors import NetworkError
from glassprop.train import evaluation
from glassprop.train.evaluation import evaluated, measure
from glassprop.train.run import compiled_measure
from glassprop.train.run.compiled_measure import measuring

pytest.importorskip("numba")
sparse = pytest.importorskip("scipy.sparse")
pytestmark = pytest.mark.usefixtures("one_cache")

ROUNDING = {"float64": 1e-12, "float32": 2e-5}
KINDS = {
    "rows": lambda x: x,
    "other type": lambda x: x.astype(np.int16),
    "turned": np.asfortranarray,
    "gaps": lambda x: np.repeat(x, 2, 1)[:, ::2],
    "swapped": lambda x: x.astype(x.dtype.newbyteorder()),
    "compressed": sparse.csr_matrix,
}


@pytest.fixture(autouse=True)
def always(monkeypatch):
    monkeypatch.setattr(evaluation, "COMPILED", 1)


def drawn(sizes, n, share=1.0, seed=0):
    random = np.random.default_rng(seed)
    x = random.integers(-3, 4, (n, sizes[0])) * (random.random((n, sizes[0])) < share)
    return x.astype(float), random.integers(0, sizes[-1], n)


def compiled(net, x, y, chosen=None, threads=1):
    found = measuring(net._program(), net._values(), (net._examples(x, y), chosen), "t", threads)
    assert found is not None
    return found


def outputs(parts):
    return np.concatenate([part.outputs.copy() for part in parts])


@settings(max_examples=6, deadline=None, derandomize=True)
@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=4),
    st.sampled_from(["quadratic", "absolute", "cross_entropy", "hinge", "binary_cross_entropy"]),
    st.sampled_from(["sigmoid", "relu", "tanh", "gelu"]),
    st.sampled_from(sorted(ROUNDING)),
    st.sampled_from([0.0, 0.1]),
    st.integers(1, 300),
    st.sampled_from([0.1, 1.0]),
)
def test_figures_are_those_of_the_program(sizes, cost, activation, dtype, l2, n, share):
    sizes[-1] += 1
    given = {"activation": activation, "cost": cost, "dtype": dtype, "l2": l2}
    net = gp.Network(sizes, **given, scale=0.5, seed=1)
    x, y = drawn(sizes, n, share)
    mine, values = compiled(net, x.astype(dtype), y), net._values()
    theirs = list(evaluated(net._program().functions["evaluate"], values, net._examples(x, y)))
    near = {"rtol": ROUNDING[dtype], "atol": ROUNDING[dtype]}
    np.testing.assert_allclose(outputs(mine.parts(values)), outputs(theirs), **near)
    found, right = measure(mine.parts(values), 0.5), measure(theirs, 0.5)
    assert found.cost == pytest.approx(right.cost, rel=10 * ROUNDING[dtype])
    assert found.examples == n and found.accuracy == pytest.approx(right.accuracy, abs=2 / n)


@pytest.mark.parametrize(
    ("kind", "share"),
    [("rows", 0.1), ("compressed", 0.1), *((kind, 1.0) for kind in sorted(KINDS))],
)
def test_inputs_may_come_in_any_way(kind, share, monkeypatch):
    monkeypatch.setattr("glassprop.train.examples.staging.ENTRIES", 5000)
    x, y = drawn([30, 4], 400, share)
    net = gp.Network([30, 8, 4], seed=0)
    values = net._values()
    plain = measure(compiled(net, x, y).parts(values), 0.5)
    found = measure(compiled(net, KINDS[kind](x), y).parts(values), 0.5)
    assert found.accuracy == plain.accuracy and found.cost == pytest.approx(plain.cost, rel=1e-13)
    rows = np.eye(4)[y]
    assert measure(compiled(net, x, rows).parts(values), 0.5) == plain


@pytest.mark.parametrize("share", [0.1, 1.0])
def test_neither_threads_nor_pieces_change_a_bit(share, monkeypatch):
    monkeypatch.setattr(compiled_measure, "WORTH", 1)
    x, y = drawn([20, 5], 1000, share)
    net = gp.Network([20, 16, 5], seed=0, dtype="float32")
    values, found = net._values(), []
    chosen = np.linspace(0, 999, 700, dtype=np.intp)
    for threads, piece in itertools.product((1, 2, 3), (1 << 14, 256)):
        monkeypatch.setattr(compiled_measure, "PIECE", piece)
        mine = compiled(net, x, y, chosen, threads)
        assert mine.threads == threads
        found.append((outputs(mine.parts(values)).tobytes(), measure(mine.parts(values), 0.5)))
    assert found == found[:1] * 6
    some = gp.Network([20, 16, 5], seed=0, dtype="float32")
    assert measure(compiled(some, x[chosen], y[chosen]).parts(values), 0.5) == found[0][1]


def test_a_network_for_compiled_code_says_the_same_everywhere(tmp_path):
    x, y = drawn([20, 3], 500, 0.5)
    net = gp.Network([20, 6, 3], seed=0, engine="compiled")
    history = net.fit(x, y, epochs=2, progress=False, validation=(x[:90], y[:90]))
    net.save(tmp_path / "m.safetensors")
    for one in (net, gp.load(tmp_path / "m.safetensors")):
        assert one.evaluate(x, y) == history[-1].training
        assert one.evaluate(x[:90], y[:90]) == history[-1].validation
        assert np.array_equal(one.predict(x), net.compile()(x))
        assert np.array_equal(one.classify(x), net.predict(x).argmax(1))


def test_parameters_that_change_are_measured_as_they_are():
    x, y = drawn([20, 3], 300)
    net = gp.Network([20, 6, 3], seed=0, engine="compiled")
    before, costs = net.evaluate(x, y), []

    def assign(epoch):
        costs.append(epoch.training.cost)
        net.parameters["W1"][...] = 0.0
        assert net.evaluate(x, y).cost != costs[-1]

    net.fit(x, y, epochs=2, progress=assign)
    assert len({before.cost, *costs}) == 3


def test_others_are_computed_by_numpy(monkeypatch):
    x, y = drawn([20, 3], 300)
    for engine in ("auto", "numpy"):
        net = gp.Network([20, 6, 3], seed=0, engine=engine)
        program, values = net._program(), net._values()
        found = measure(evaluated(program.functions["evaluate"], values, net._examples(x, y)), 0.5)
        assert net.evaluate(x, y) == found
        assert np.array_equal(net.predict(x), program.functions["predict"](x, *values))
    given = (program, values, (net._examples(x, y), None), "", 1)
    assert measuring(*given, target=TARGETS["numpy"]) is None
    monkeypatch.setattr(evaluation, "COMPILED", 10**9)  # too little work
    assert measuring(*given) is None


def test_what_the_loops_lack_is_left_to_numpy(monkeypatch):
    x, y = drawn([20, 3], 300)
    net = gp.Network([20, 3], seed=0, engine="compiled")
    monkeypatch.setattr("glassprop.compile.numba_source.measuring.OWN", {"a1"})
    assert measuring(net._program(), net._values(), (net._examples(x, y), None), "", 1) is None
    assert net.evaluate(x, y) == gp.Network([20, 3], seed=0).evaluate(x, y)


def test_a_cost_that_is_no_number_is_found():
    x, y = drawn([20, 3], 300)
    given = {"activation": "relu", "dtype": "float32", "engine": "compiled"}
    net = gp.Network([20, 3], seed=0, **given)
    net.parameters["W1"][...] = 1e25
    with pytest.raises(NetworkError, match=r"is inf after it, as C \(cost\) is inf for example 0"):
        net.fit(x, y, epochs=1, optimizer=gp.SGD(1e-30), progress=False)
