"""What is compared with a maximum made of it is one stored value, on both engines."""

import numpy as np
import pytest

import glassprop as gp
from compile.engines import assert_same, data
from glassprop.formula.nodes import Map, Reduce, Symbol, walk

pytest.importorskip("numba")


@pytest.fixture(autouse=True, scope="module")
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GLASSPROP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


COSTS = {
    "crammer_singer": "maximum(0, 1 + max(a - a * y) - sum(a * y))",
    "worst": "max((0.3 * a - y)**2 + 0.1 * a)",
    "two_maxima": "max(1.7 * a * y + 0.3 * a) - max(0.1 - a / 3) * max(abs(a) / (1 + abs(a)))",
}


@pytest.mark.parametrize(
    ("name", "dtype", "tolerance"),
    [
        ("crammer_singer", "float64", 1e-12),
        ("worst", "float32", 1e-4),
        ("two_maxima", "float64", 1e-12),
    ],
)
def test_gradients_of_maxima_agree(name, dtype, tolerance):
    x, y = data(4, 3, n=60)
    cost = gp.cost(f"{name}_of_tests", COSTS[name])

    def build(engine):
        layers = (gp.Dense(5, "tanh"), gp.Dense(3, "identity"))
        return gp.Network(4, *layers, cost=cost, dtype=dtype, seed=0, engine=engine)

    net = assert_same(build, x, np.eye(3)[y], gp.SGD(0.05), tolerance, epochs=5)
    assert all(np.isfinite(value).all() for value in net.parameters.values())


def test_an_activation_with_a_maximum_over_its_layer():
    layer = gp.activation("from_the_largest", "exp(0.3 * z + 0.1 - max(0.3 * z + 0.1)) * (z + 0.7)")
    x, y = data(4, 2, n=30)

    def build(engine):
        return gp.Network(4, gp.Dense(6, layer), gp.Dense(2), seed=0, engine=engine)

    net = assert_same(build, x, y, gp.SGD(0.1), 1e-12)
    assert np.allclose(net.compile()(x), net.predict(x), 1e-13, 1e-14)


@pytest.mark.parametrize("name", COSTS)
def test_an_operand_that_is_compared_has_a_name(name):
    cost = gp.cost(f"{name}_named", COSTS[name])
    net = gp.Network(4, gp.Dense(3, "identity"), cost=cost, seed=0)
    steps = net._program().routines["train_step"].steps.steps
    nodes = list(walk([step.formula for step in steps]))
    maxima = [node for node in nodes if isinstance(node, Reduce) and node.kind == "max"]
    equals = [n for n in nodes if isinstance(n, Map) and n.function.name == "equal"]
    assert len(maxima) >= 1
    for node in maxima:
        assert isinstance(node.operand, Symbol)
        assert any(node.operand in one.operands for one in equals)


@pytest.mark.parametrize(
    "formula", ["sum(where(a * y > 0.3, a * y - y, a))", "max(a * y) + sum(abs(a * y))"]
)
def test_what_is_looked_at_more_than_once_is_computed_once(formula):
    net = gp.Network(4, gp.Dense(3, "identity"), cost=gp.cost("looked_at", formula), seed=0)
    source = net.source()
    routine = source[source.index("def cost(") : source.index("def evaluate(")]
    assert routine.count("a1 * y") == 1


def test_a_long_weight_that_stands_twice_still_decides():
    """A name in its place would be a number, and 0 times infinity is none."""
    weight = " + ".join(f"step(a - {k})" for k in range(7))
    formula = f"sum(({weight}) * log(a)) + sum(({weight}) * y * sqrt(a))"
    net = gp.Network(2, gp.Dense(2), cost=gp.cost("of_a_long_weight", formula))
    net.parameters["W1"][...], net.parameters["b1"][...] = np.eye(2), 0
    found = net.gradients(np.array([[0.0, 1.5]]), np.array([[3.0, 4.0]]))["b1"]
    np.testing.assert_allclose(found, [0, 2 / 1.5 + 4 / np.sqrt(1.5)])


def test_near_a_tie_the_operands_are_compared_and_not_their_difference():
    layer = gp.activation("two_lines", "maximum(1.1 * z + 0.1, 0.3 * z + 0.5)")
    net = gp.Network(1, gp.Dense(1, layer), seed=0)
    net.parameters["W1"][...] = 1
    z = np.array([0.5 + k * np.spacing(0.5) for k in range(-8, 9)])
    program = net._program()
    values = [program.functions["trace"](x, 0 * x, *net.parameters.values()) for x in _each(z)]
    slopes = {round(float((v["delta1"] / v["dC_da1"]).item()), 9) for v in values}
    assert slopes == {0.3, 0.7, 1.1}  # with differences of rounded sums there is 1.8 as well


def _each(numbers):
    return np.asarray(numbers)[:, None, None]


@pytest.mark.parametrize(
    "formula", ["max((-0.3) + (a - y))", "max(-1 * y + a)", "max(-0.7 - y + 3 * a)"]
)
def test_the_largest_entry_is_compared_as_it_was_computed(formula):
    """A sum in another order has other bits: no entry was the largest, and 0 / 0 followed."""
    random = np.random.default_rng(5)
    net = gp.Network(2, gp.Dense(5), cost=gp.cost("largest", formula), seed=0)
    x, y = random.normal(size=(200, 2)), random.normal(size=(200, 5))
    found = net.gradients(x, y)["b1"]
    assert np.isfinite(found).all() and found.sum() == pytest.approx(
        3 if "3 *" in formula else 1, rel=1e-12
    )
