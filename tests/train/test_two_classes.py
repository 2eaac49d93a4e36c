"""The targets of one output, and the threshold that tells their classes apart, belong together."""

import pickle

import numpy as np
import pytest

import glassprop as gp

SIGNED = gp.activation("signed_sigmoid", lambda z: 2 * gp.sigmoid(2 * z) - 1)
WIDE = gp.activation("wide_tanh", lambda z: 1.7159 * gp.tanh(2 * z / 3))
OUTPUTS = ["sigmoid", "tanh", "sin", "identity", "softplus", SIGNED, WIDE]
NEGATIVE = ["tanh", "sin", "identity", SIGNED, WIDE]
"""Those that reach −1."""

CODES = {
    "labels": lambda c: c,
    "truth values": lambda c: c.astype(bool),
    "floats": lambda c: c.astype(float),
    "float32": lambda c: c.astype("float32"),
    "rows": lambda c: c[:, None].astype(float),
    "rows of integers": lambda c: c[:, None],
    "signs": lambda c: 2 * c - 1,
    "signs as floats": lambda c: 2.0 * c - 1,
    "rows of signs": lambda c: 2.0 * c[:, None] - 1,
}


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def examples():
    random = np.random.default_rng(3)
    classes = random.integers(0, 2, 60)
    return random.standard_normal((60, 2)) * 0.1 + np.where(classes, 1.0, -1.0)[:, None], classes


def name_of(value):
    return getattr(value, "name", value)


def trained(output, y, engine="numpy", cost="quadratic"):
    x, _ = examples()
    net = gp.Network(2, gp.Dense(1, output), cost=cost, seed=1, engine=engine)
    net.fit(x, y, epochs=60, batch_size=10, optimizer=gp.SGD(0.1), progress=False)
    return net


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("output", OUTPUTS, ids=name_of)
def test_two_classes_are_told_apart(output, code):
    if "signs" in code and output not in NEGATIVE:
        pytest.skip("out of reach")
    x, classes = examples()
    y = CODES[code](classes)
    net = trained(output, y)
    assert net.history.accuracy[-1] == 1
    assert (net.classify(x) == classes).all()
    for other in CODES:  # whatever stands for the classes now
        assert net.evaluate(x, CODES[other](classes)).accuracy == 1
    low = -1 if "signs" in code else 0
    middle = (net.predict(x)[:, 0] > (low + 1) / 2).astype(int)
    assert (net.classify(x) == middle).all()


@pytest.mark.parametrize("code", ["labels", "floats", "signs"])
@pytest.mark.parametrize("output", ["tanh", "sin", SIGNED], ids=name_of)
def test_both_engines_measure_alike(output, code):
    pytest.importorskip("numba")
    x, classes = examples()
    nets = [trained(output, CODES[code](classes), engine) for engine in ("numpy", "compiled")]
    assert nets[1].engine == "compiled"
    for net in nets:
        assert net.history.accuracy[-1] == 1
    predictor = nets[1].compile(threads=1)
    assert (predictor.classify(x) == classes).all()
    assert (pickle.loads(pickle.dumps(predictor)).classify(x) == classes).all()


@pytest.mark.parametrize("output", ["tanh", "sin", "identity", SIGNED], ids=name_of)
def test_an_untrained_network_is_measured_by_its_targets(output):
    net = gp.Network(1, gp.Dense(1, output), seed=0)
    net.parameters |= {"W1": np.array([[1.0]]), "b1": np.zeros(1)}
    x = np.array([[2e-5], [1.4]])
    assert net.evaluate(x, [0, 1]).accuracy == 1
    assert (net.classify(x) == [0, 1]).all()
    assert net.evaluate(np.array([[-0.4], [0.3]]), [-1, 1]).accuracy == 1


@pytest.mark.parametrize("code", ["labels", "signs"])
def test_a_file_and_a_pickle_know_what_an_output_means(tmp_path, code):
    x, classes = examples()
    net = trained("tanh", CODES[code](classes))
    net.save(tmp_path / "m.safetensors")
    line = np.linspace(-2, 2, 401)[:, None] * np.ones(2)
    between = line[(net.predict(line)[:, 0] > 0.05) & (net.predict(line)[:, 0] < 0.45)]
    assert len(between)
    for one in (net, gp.load(tmp_path / "m.safetensors"), pickle.loads(pickle.dumps(net))):
        assert one.architecture.signs == (code == "signs")
        assert (one.classify(x) == classes).all()
        assert (one.classify(between) == (code == "signs")).all()
        assert one.evaluate(x, classes) == net.evaluate(x, classes)


def test_only_one_class_does_not_say_which_other():
    net = trained("tanh", np.ones(60, int))
    assert net.architecture.signs is None and net.history.accuracy[-1] == 1
    assert trained("tanh", -np.ones(60, int)).architecture.signs


def test_numbers_are_no_classes():
    x, classes = examples()
    for y in (classes + 0.5, classes * 2, classes * np.nextafter(1, 2)):
        net = gp.Network(2, gp.Dense(1, "identity"), seed=1)
        assert net.evaluate(x, y).accuracy is None
        assert net.architecture.trained_on(None) is net.architecture


def test_rows_of_signs_are_classes_too():
    x, classes = examples()
    rows = np.eye(2)[classes]
    net = gp.Network(2, gp.Dense(2, "tanh"), seed=1)
    net.fit(x, 2 * rows - 1, epochs=30, progress=False)
    assert net.history.accuracy[-1] == 1
    assert net.evaluate(x, rows).accuracy == 1 and net.evaluate(x, classes).accuracy == 1
    assert net.evaluate(x, np.where(rows, 1, -0.5)).accuracy is None
    mixed = rows.copy()
    mixed[0] = 2 * mixed[0] - 1
    assert net.evaluate(x, mixed).accuracy is None


def test_rows_of_0_and_1_are_not_for_the_hinge_cost():
    x, classes = examples()
    net = gp.Network(2, gp.Dense(1, "identity"), cost="hinge", seed=1)
    for y in (classes[:, None], classes[:, None].astype(float)):
        with pytest.raises(gp.DataError, match=r"2 \* y - 1"):
            net.fit(x, y, progress=False)
    net.fit(x, classes, epochs=30, progress=False)
    assert net.evaluate(x, 2 * classes[:, None] - 1).accuracy == 1
    assert net.evaluate(x, np.ones((60, 1))).correct == classes.sum()
