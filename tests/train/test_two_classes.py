"""The targets of one output, and the threshold that tells their classes apart, belong together."""

import itertools
import pickle

import numpy as np
import pytest

import glassprop as gp
from glassprop.train.evaluation import classes

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


@pytest.mark.parametrize(
    ("output", "code"),
    [*itertools.product(["tanh", SIGNED], ["labels", "floats", "signs"]), ("sin", "signs")],
    ids=name_of,
)
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


HINGE = {
    **CODES,
    "rows of truth values": lambda c: c[:, None].astype(bool),
    "rows of bytes": lambda c: c[:, None].astype("uint8"),
    "one-hot": lambda c: np.eye(2)[c],
    "one-hot integers": lambda c: np.eye(2, dtype=int)[c],
    "one-hot signs": lambda c: 2 * np.eye(2)[c] - 1,
}


@pytest.mark.parametrize(
    ("code", "engine"),
    [*((code, "numpy") for code in HINGE), ("signs", "compiled"), ("one-hot", "compiled")],
)
def test_all_codes_of_two_classes_cost_the_same_with_hinge(code, engine):
    x, classes = examples()
    y = HINGE[code](classes)
    outputs = 1 if y.ndim == 1 or y.shape[1] == 1 else 2
    net, other = (gp.Network([2, outputs], cost="hinge", seed=1, engine=engine) for _ in range(2))
    given = classes if outputs == 2 else 2.0 * classes - 1
    for one, targets in ((net, y), (other, given)):
        one.fit(x, targets, epochs=2, progress=False, validation=(x, targets))
    assert net.history.cost == other.history.cost == other.history.validation_cost
    assert net.history.accuracy == other.history.accuracy
    assert np.array_equal(net.predict(x), other.predict(x))
    assert net.evaluate(x, y) == other.evaluate(x, y) == other.evaluate(x, given)


@pytest.mark.parametrize("outputs", [1, 2, 3])
def test_rows_of_0_and_1_with_any_outputs_are_signs_for_hinge(outputs, engine):
    x, _ = examples()
    several = np.random.default_rng(0).integers(0, 2, (60, outputs))
    costs = []
    for y in (several, several.astype(bool), 2 * several - 1.0):
        net = gp.Network([2, outputs], cost="hinge", seed=1, engine=engine)
        costs.append(net.fit(x, y, epochs=1, progress=False).cost)
    assert costs[0] == costs[1] == costs[2]


@pytest.mark.parametrize(
    "values, said",
    [
        ([0, 0.5], "target 0 of example 0, output 0: the cost hinge takes −1 and 1"),
        ([1, 0.5], "target 0.5 of example 1"),
        ([-1, 0, 1], "target 0 of example 1"),
        ([-1, 0], "target 0 of example 1"),
        ([1, 2], "target 2 of example 1"),
        ([-1, 1, -0.25], "target -0.25 of example 2"),
    ],
)
@pytest.mark.parametrize("rows", [False, True])
def test_other_targets_are_not_for_hinge(values, said, rows):
    x, _ = examples()
    y = np.resize(values, 60)
    net = gp.Network([2, 1], cost="hinge", seed=1)
    for use in (net.evaluate, net.gradients, net.fit):
        with pytest.raises(gp.DataError, match=said):
            use(x, y[:, None] if rows else y)
    net = gp.Network([2, 2], cost="hinge", seed=1)
    with pytest.raises(gp.DataError, match=said.split(",")[0]):
        net.evaluate(x, np.column_stack([y, np.ones(60)]))


@pytest.mark.parametrize("value", [0, 1, -1])
def test_one_class_alone_is_a_class_for_hinge(value):
    x, _ = examples()
    for y in (np.full(60, value), np.full((60, 1), value)):
        net = gp.Network([2, 1], cost="hinge", seed=1)
        net.fit(x, y, epochs=20, progress=False)
        assert net.history.accuracy[-1] == 1 and (net.classify(x) == (value == 1)).all()


@pytest.mark.parametrize("outputs", [1, 2])
def test_outputs_that_are_no_numbers_have_no_class(outputs):
    """Finite weights and inputs can give them: inf − inf."""
    x, y = np.ones((3, 2)), [0, 0, 0]
    x[1] = 800
    net = gp.Network(2, gp.Dense(2, "exp"), gp.Dense(outputs), seed=1)
    signs = np.resize([1, -1], (outputs, 2))
    net.parameters |= {"W1": np.eye(2), "b1": [0, 0], "W2": signs, "b2": np.zeros(outputs)}
    assert (net.classify(x[[0, 2]]) == 0).all()
    with np.errstate(all="ignore"):
        with pytest.raises(gp.NetworkError, match=r"example 1 has no class: .* is nan"):
            net.classify(x)
        found = net.evaluate(x, y)
    assert np.isnan(found.cost) and found.correct == 2


def test_an_infinite_output_wins_if_it_is_the_only_one():
    outputs = np.array([[1, np.inf, 2], [np.inf, 0, -np.inf], [-np.inf, 3, -np.inf]])
    assert classes(outputs, 0.5).tolist() == [1, 0, 1]
    assert classes(np.array([[np.inf], [-np.inf]]), 0.5).tolist() == [1, 0]
    for row in ([np.inf, 0, np.inf], [-np.inf] * 3, [np.nan, 0, 1], [0, np.inf, np.nan]):
        with pytest.raises(gp.NetworkError, match="example 3 has no class"):
            classes(np.vstack([outputs, row]), 0.5)


def test_a_predictor_tells_no_class_of_inputs_that_are_none():
    pytest.importorskip("numba")
    predictor = gp.Network([2, 3], seed=1).compile(threads=1)
    assert np.isnan(predictor([np.nan, 0])).all()
    for x in ([np.nan, 0], [[np.nan, 0]]):
        with pytest.raises(gp.NetworkError, match="example 0 has no class"):
            predictor.classify(x)
