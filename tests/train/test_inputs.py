"""Inputs of every kind, taken as they are by both engines, give what their plain copies give."""

import numpy as np
import pytest
from scipy import sparse

import glassprop as gp
from compile.engines import assert_close
from glassprop.train.examples.inputs import check_inputs
from glassprop.train.examples.targets import check_targets

FEATURES, N = 12, 37


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def numbers(density=1.0, n=N, features=FEATURES):
    random = np.random.default_rng(0)
    x = random.integers(0, 100, (n, features)) * (random.random((n, features)) < density)
    return x, random.integers(0, 3, n)


def gaps(x):
    wide = np.zeros((len(x), 2 * x.shape[1]))
    wide[:, ::2] = x
    return wide[:, ::2]


def unaligned(x):
    memory = np.zeros(x.size * 8 + 1, np.uint8)[1:]
    memory[:] = x.astype(">f8").reshape(-1).view(np.uint8)
    return memory.view(">f8").reshape(x.shape)


KINDS = {
    "bool": lambda x: x > 50,
    **{kind: lambda x, kind=kind: x.astype(kind) for kind in (
        "int8", "uint8", "int16", ">i2", "uint16", "int32", ">i4", "uint64", "int64",
        "float16", "float32", ">f4", "float64", ">f8", "longdouble",
    )},
    "columns first": np.asfortranarray,
    "gaps": gaps,
    "unaligned": unaligned,
    "list": lambda x: x.tolist(),
    "csr": lambda x: sparse.csr_matrix(x.astype("uint8")),
    "csr of floats": lambda x: sparse.csr_array(x.astype("float32")),
    "csc": lambda x: sparse.csc_matrix(x.astype("int16")),
    "coo": sparse.coo_array,
    "csr of truth values": lambda x: sparse.csr_matrix(x > 50),
}  # fmt: skip


def net_for(engine="numpy", dtype="float64"):
    return gp.Network([FEATURES, 5, 3], scale=1 / 100, seed=0, engine=engine, dtype=dtype)


def plain(x, dtype="float64"):
    return np.ascontiguousarray(x.toarray() if sparse.issparse(x) else x, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_what_its_plain_copy_gives(kind, dtype):
    whole, y = numbers(0.4)
    x = KINDS[kind](whole)
    net, other = net_for(dtype=dtype), net_for(dtype=dtype)
    copy = plain(x, dtype)
    assert (net.predict(x) == net.predict(copy)).all()
    assert (net.classify(x) == net.classify(copy)).all()
    assert net.evaluate(x, y) == net.evaluate(copy, y)
    for name, found in net.trace(x, y).items():
        assert (found == net.trace(copy, y)[name]).all()
    for name, found in net.gradients(x, y).items():
        assert (found == net.gradients(copy, y)[name]).all()
    for one, inputs in ((net, x), (other, copy)):
        one.fit(inputs, y, epochs=2, batch_size=10, validation=(inputs, y), progress=False)
    assert all((net.parameters[k] == other.parameters[k]).all() for k in net.parameters)
    assert net.history[1][:3] == other.history[1][:3]


@pytest.mark.parametrize(
    ("kind", "dense"),
    [*((kind, False) for kind in ("uint8", "int16", ">i2", "float32", "csr", "gaps", "bool")),
     ("int16", True), ("float32", True), ("bool", True)],
)  # fmt: skip
def test_the_compiled_engine_takes_them_too(kind, dense):
    pytest.importorskip("numba")
    whole, y = numbers(0.9 if dense else 0.15)
    x, nets = KINDS[kind](whole), [net_for(engine, "float32") for engine in ("numpy", "compiled")]
    for net in nets:
        net.fit(x, y, epochs=2, batch_size=10, progress=False)
    assert nets[1].engine == "compiled"
    assert_close(*nets, 1e-5)
    gathers = "gather_rows" in nets[1].source(engine="compiled")
    assert gathers == (not dense and kind not in (">i2", "gaps"))


def test_wide_types_do_not_widen_narrow_loops():
    pytest.importorskip("numba")
    x, y = numbers()
    net = net_for("compiled", "float32")
    net.fit(x.astype("float64"), np.eye(3)[y], epochs=1, progress=False)
    assert "real(x_i[j]) / real(100)" in net.source(engine="compiled")
    assert "real(y_i[j])" in net.source(engine="compiled")


@pytest.mark.parametrize("cost", ["quadratic", "hinge"])
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_labels_train_as_their_rows_do(engine, cost):
    if engine == "compiled":
        pytest.importorskip("numba")
    x, y = numbers()
    rows = np.eye(3)[y] * (2 if cost == "hinge" else 1) - (cost == "hinge")
    nets = [gp.Network([FEATURES, 3], cost=cost, scale=0.01, seed=0, engine=engine) for _ in "ab"]
    for net, targets in zip(nets, (y, rows), strict=True):
        net.fit(x, targets, epochs=2, batch_size=10, progress=False)
    assert all((nets[0].parameters[k] == nets[1].parameters[k]).all() for k in ("W1", "b1"))
    assert nets[0].history[1][:2] == nets[1].history[1][:2]


def test_dense_products_of_sparse_inputs_are_staged():
    pytest.importorskip("numba")
    whole, y = numbers(0.15)
    x = sparse.csr_matrix(whole)
    for rule, l2 in ((gp.Momentum(0.1, 0.5), 0.0), (gp.SGD(0.1), 0.1)):
        nets = [gp.Network([FEATURES, 3], l2=l2, scale=0.01, seed=0, engine=engine)
                for engine in ("numpy", "compiled")]  # fmt: skip
        for net in nets:
            net.fit(x, y, epochs=2, batch_size=10, optimizer=rule, progress=False)
        assert nets[1].engine == "compiled"
        assert_close(*nets, 1e-12)


def test_in_blocks_is_as_at_once(monkeypatch):
    x, y = numbers(0.3, n=50)
    net = net_for()
    at_once = net.predict(x), net.evaluate(x, y), net.gradients(x, y)
    monkeypatch.setattr("glassprop.train.examples.typed_rows.ENTRIES", 7 * FEATURES)
    for inputs in (x, sparse.csr_array(x)):
        np.testing.assert_allclose(net.predict(inputs), at_once[0], rtol=1e-13)
        found = net.evaluate(inputs, y)
        assert found.cost == pytest.approx(at_once[1].cost, rel=1e-13)
        assert found.correct == at_once[1].correct
        for name, value in net.gradients(inputs, y).items():
            np.testing.assert_allclose(value, at_once[2][name], rtol=1e-12, atol=1e-16)


def test_l2_counts_once_in_blocks(monkeypatch):
    x, y = numbers(n=50)
    net = gp.Network([FEATURES, 3], l2=0.3, scale=0.01, seed=0)
    at_once = net.gradients(x, y)
    monkeypatch.setattr("glassprop.train.examples.typed_rows.ENTRIES", 7 * FEATURES)
    for name, value in net.gradients(x, y).items():
        np.testing.assert_allclose(value, at_once[name], rtol=1e-12)


def test_nothing_is_copied():
    random = np.random.default_rng(0)
    for x in (
        random.integers(0, 9, (9, 4), "uint8"),
        random.random((9, 4)),
        random.random((4, 9)).T,
    ):
        assert check_inputs(x, 4, "float32").rows.given.base is x.base or (
            check_inputs(x, 4, "float32").rows.given is x
        )
    matrix = sparse.random_array((9, 4), density=0.5, format="csr", dtype="float64", rng=random)
    rows = check_inputs(matrix, 4, "float32").rows
    for mine, own in ((rows.starts, matrix.indptr), (rows.columns, matrix.indices),
                      (rows.values, matrix.data)):  # fmt: skip
        assert np.shares_memory(mine, own)
    targets = random.random((9, 2))
    found, labels, _ = check_targets(targets, 9, 2, gp.Network([1, 2]).architecture.cost, "float32")
    assert found.given is targets
    assert labels is None


def test_the_sample_is_measured_where_it_is():
    x, y = numbers(n=50)
    net = net_for()
    history = net.fit(x.astype("uint8"), y, epochs=1, measure=7, progress=False)
    chosen = np.linspace(0, 49, 7, dtype=int)
    assert history[0].training == net.evaluate(x[chosen], y[chosen])
    assert net.fit(x, y, epochs=1, measure=50, progress=False)[0].training.examples == 50


BAD = {
    "complex": (lambda x: x.astype(complex), "complex128"),
    "objects": (lambda x: x.astype(object), "object"),
    "no rows": (lambda x: x[:0].astype("uint8"), "at least one example"),
    "one axis": (lambda x: x[0].astype("uint8"), r"x\[None, :\]"),
    "NaN": (lambda x: np.where(x > 50, np.nan, x), "is nan"),
    "complex csr": (lambda x: sparse.csr_matrix(x.astype(complex)), "complex128"),
    "csr of another width": (lambda x: sparse.csr_matrix(x[:, :5]), r"\(n, 12\).* got \(37, 5\)"),
    "csr without rows": (lambda x: sparse.csr_matrix((0, FEATURES)), "at least one example"),
    "too large": (lambda x: x * 1e300, "is inf"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_inputs_are_refused_in_one_line(name):
    make, message = BAD[name]
    x, y = numbers()
    net = net_for(dtype="float32")
    for action in (lambda: net.predict(make(x)), lambda: net.fit(make(x), y, progress=False)):
        with pytest.raises(gp.errors.DataError, match=message) as caught:
            action()
        assert "\n" not in str(caught.value)


def test_sparse_targets_are_refused():
    x, y = numbers()
    with pytest.raises(gp.errors.DataError, match=r"y\.toarray\(\)"):
        net_for().fit(x, sparse.csr_matrix(np.eye(3)[y]))
