import mpmath
import numpy as np
import pytest

import glassprop as gp
from glassprop.compile.layout.choices import Conditions
from glassprop.errors import FormulaError
from glassprop.formula.conditions import complement, is_condition, is_weight
from glassprop.formula.derivatives import derivative
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph
from glassprop.formula.parse import parse
from glassprop.formula.text.write import to_text


def read(text):
    graph = Graph()
    return parse(text, graph, {name: graph.symbol(name) for name in "zw"})


@pytest.mark.parametrize(
    ("text", "weight", "condition"),
    [
        ("step(z)", True, True),
        ("1 - step(z)", True, True),
        ("(z > 1) * (2 > z)", True, True),
        ("z <= w", True, True),
        ("equal(z, w)", True, True),
        ("sign(z)", True, False),
        ("step(z) + equal(z, 0) / 2", True, False),
        ("2 * step(z)", True, False),
        ("where(z > 0, 1, 0.5)", True, False),
        ("z", False, False),
        ("z * step(z)", False, False),
        ("1 + z", False, False),
        ("2 - step(z)", True, False),
    ],
)
def test_what_is_a_weight_and_what_a_condition(text, weight, condition):
    root = read(text)
    assert (is_weight(root), is_condition(root)) == (weight, condition)


def test_the_complement_of_a_condition():
    root = read("1 - step(z)")
    inner = complement(root)
    assert inner is not None and to_text(inner) == "step(z)"
    assert complement(read("1 - z")) is None and complement(read("2 - step(z)")) is None


@pytest.mark.parametrize("text", ["where(z > 0, z, w)", "where((z > 2) * (w > 1), z**2, 0)"])
def test_cases_come_back_from_text(text):
    assert to_text(read(text)) == text


def test_cases_with_the_opposite_condition_change_places():
    assert to_text(read("where(z <= 0, z, w)")) == "where(z > 0, w, z)"
    assert to_text(read("where(z != 0, 1 / z, 0)")) == "where(equal(z, 0), 0, 1 / z)"


@pytest.mark.parametrize(
    "text", ["where(z, z, w)", "where(z + 1, 1, 2)", "where(2 * step(z), 1, 2)"]
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(FormulaError, match="the first operand of where is a condition"):
        read(text)


def test_cases_of_numbers_are_numbers():
    assert gp.where(2 > 1, 3, 4) == 3.0 and gp.where(np.float64(1) > 2, 3, 4) == 4.0
    with pytest.raises(FormulaError, match="a condition"):
        gp.where(0.5, 1, 2)


@pytest.mark.parametrize(
    ("text", "at", "value", "slope"),
    [
        ("step(z) * sqrt(z)", -4.0, 0.0, 0.0),
        ("where(z > 0, log(z), z)", -1.0, -1.0, 1.0),
        ("step(z) * z + (1 - step(z)) * (exp(z) - 1)", 2000.0, 2000.0, 1.0),
        ("sqrt(maximum(z, 0))", -4.0, 0.0, 0.0),
        ("maximum(z, 0)**0.7", -4.0, 0.0, 0.0),
        ("relu(z)**0.5", -4.0, 0.0, 0.0),
        ("sqrt(abs(z))", 0.0, 0.0, 0.0),
        ("z * step(z) / z", 0.0, 0.0, 0.0),  # a product within a product
        ("where(equal(z, 0), 1, sin(z) / z)", 0.0, 1.0, 0.0),
    ],
)
def test_what_does_not_count_may_be_infinite(text, at, value, slope):
    root = read(text)
    change = derivative(root, root.graph.find("z"))
    found = evaluate([root, change], {"z": at})
    assert float(found[root]) == value and float(found[change]) == slope


STYLES = {
    "cases": lambda z: gp.where(z > 0, z, gp.exp(z) - 1),
    "steps": lambda z: gp.step(z) * z + (1 - gp.step(z)) * (gp.exp(z) - 1),
    "not positive": lambda z: gp.where(z <= 0, gp.exp(z) - 1, z),
}


def one_neuron(activation, engine="numpy", dtype="float64", cost="sum(a - y)"):
    net = gp.Network(
        1, gp.Dense(1, activation), cost=gp.cost("linear", cost), engine=engine, dtype=dtype
    )
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    return net


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_network_with_cases(style, engine):
    net = one_neuron(gp.activation("elu_of_mine", STYLES[style]), engine)
    x = np.array([[20.0], [40], [60], [100], [2000], [-3], [0], [-800]])
    exact = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
    slopes = np.where(x > 0, 1, np.exp(np.minimum(x, 0)))
    np.testing.assert_allclose(net.predict(x), exact, rtol=1e-12)
    np.testing.assert_allclose(net.compile()(x), exact, rtol=1e-12)
    for place in range(len(x)):
        found = net.gradients(x[place : place + 1], x[:1])["b1"]
        np.testing.assert_allclose(found, slopes[place], rtol=1e-12)
    net.fit(x, x, epochs=1, batch_size=8, optimizer=gp.SGD(1.0))
    np.testing.assert_allclose(net.parameters["b1"], -slopes.mean(), rtol=1e-12)


@pytest.mark.parametrize("part", ["sqrt(z)", "z**0.7", "z**-2", "z**-2.5", "log(z)"])
def test_parts_without_a_value_where_they_do_not_count(part):
    net = one_neuron(gp.activation("of_one_side", f"z + step(z) * {part}"))
    x = np.array([[-4.0], [0], [1]])
    right = np.array([[-4.0], [0], [1 if "log" in part else 2]])
    np.testing.assert_allclose(net.predict(x), right)
    np.testing.assert_allclose(net.compile()(x), right)


def test_the_source_decides_about_all_of_a_nested_product():
    root = read("z * step(z) / z")
    assert [to_text(factor.node) for factor in Conditions(root, frozenset()).weights] == ["step(z)"]


def test_nan_is_not_hidden_by_cases():
    net = one_neuron(gp.activation("elu_of_mine", STYLES["cases"]))
    predict = net._program().functions["predict"]
    assert np.isnan(predict(np.array([[np.nan]]), *net.parameters.values())).all()


@pytest.mark.parametrize(
    ("record", "parameters", "at"),
    [
        ("leaky_relu", {"slope": -0.5}, (-2.0, 2.0, -0.1)),
        ("leaky_relu", {"slope": 0.0}, (-2.0, 2.0)),
        ("elu", {"alpha": -1.0}, (-2.0, 2.0, -40.0)),
        ("elu", {"alpha": 1.0}, (-2.0, -20.0, -40.0, 3.0)),
    ],
)
def test_parameters_outside_what_a_form_assumes(record, parameters, at):
    (constant,) = parameters.values()
    with mpmath.workdps(50):
        formula = {
            "leaky_relu": lambda z: z if z > 0 else constant * z,
            "elu": lambda z: z if z > 0 else constant * (mpmath.exp(z) - 1),
        }[record]
        slopes = [float(mpmath.diff(formula, z)) for z in at]
    net = one_neuron(gp.activation(record, **parameters))
    for z, slope in zip(at, slopes, strict=True):
        found = net.gradients(np.array([[z]]), np.zeros((1, 1)))["b1"]
        np.testing.assert_allclose(found, slope, rtol=1e-12)


def test_a_parameter_for_which_a_function_is_not_defined_is_refused():
    with pytest.raises(FormulaError, match="delta of huber: expected a number of at least 0"):
        gp.huber(0.5, delta=-1)


def test_clip_with_a_negative_bound_means_one_thing():
    graph = Graph()
    z, w = graph.symbol("z"), graph.symbol("w")
    root = gp.clip(z, w)
    change = derivative(root, w)
    for at in (-3.0, -0.5, 0.2, 4.0):
        found = evaluate([root, change], {"z": at, "w": -0.7})
        assert (float(found[root]), float(found[change])) == (0.7, -1.0)
        assert gp.clip(at, -0.7) == 0.7
    net = one_neuron(gp.activation("clipped_below", "clip(z, -0.7) + 0 * z + z - z / 2"))
    x = np.array([[-3.0], [0.2], [4.0]])
    np.testing.assert_allclose(net.predict(x), 0.7 + x / 2)
    np.testing.assert_allclose(net.compile()(x), 0.7 + x / 2)
