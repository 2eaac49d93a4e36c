import warnings

import mpmath
import numpy as np
import pytest

import glassprop as gp
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import apply
from glassprop.formula.graph import Graph
from glassprop.formula.parse import parse
from glassprop.formula.stability.scaled_exponentials import without_overflow
from glassprop.formula.text.write import to_text
from glassprop.formula.user.custom_functions import scalar_function_from

POINTS = (-1000.0, -800.0, -100.0, -30.0, -1.0, -1e-3, 0.5, 17.0, 30.0, 60.0, 100.0, 800.0)
EXACT = {
    "exp": mpmath.exp,
    "log": mpmath.log,
    "tanh": mpmath.tanh,
    "sqrt": mpmath.sqrt,
    "sigmoid": lambda u: 1 / (1 + mpmath.exp(-u)),
    "silu": lambda u: u / (1 + mpmath.exp(-u)),
    "softplus": lambda u: mpmath.log(1 + mpmath.exp(u)),
    "Phi": mpmath.ncdf,
    "phi": mpmath.npdf,
    "relu": lambda u: max(u, 0),
    "abs": abs,
    "maximum": max,
    "where": lambda c, u, v: u if c else v,
}
FORMULAS = [
    "z / (1 + exp(z)**2)",
    "exp(z)**2 / (1 + exp(z)**2)",
    "exp(-(z + z)) * silu(1 + z)",
    "log(2 + exp(z))",
    "(1 + exp(-z))**-0.5",
    "(1 + exp(-z))**-3",
    "z / (exp(z) - 1.5)",
    "log(1 - sigmoid(z))",
    "log(exp(z) + exp(-z))",
    "log((exp(z) + exp(-z)) / 2)",
    "z * tanh(exp(z))",
    "sqrt(1 + exp(z)) / (2 + exp(z))**2",
    "log(exp(z) + 0.5) / (exp(-z) + 2)",
    "maximum(0, z) - maximum(0, -2 * (exp(z / 2) - 1))",
    "((2 * z) / (1 + exp(z))) / (exp(1 - z) + exp(z))",
    "1 / (exp(z) + z**2 + 1)",
    "exp(z) * (1 - tanh(z)**2)",
    "log(1 - tanh(z))",
    "log(1 / sigmoid(z) - 1)",
    "relu(-z) * exp(z)",
    "log(maximum(exp(z), 2))",
    "log(where(z > 0, exp(z), 1))",
    "where(z > 0, exp(z), 2 * exp(-z)) * exp(-abs(z))",
    "maximum(exp(z), exp(-z)) * exp(-abs(z))",
]

CANCELLING = [
    "exp(2 * z) / (1 + exp(z))**2",
    "exp(2 * z) * softplus(-z)**2",
    "exp(z) * abs(softplus(-z))",
    "where(z > 0, exp(z), 2) / (1 + exp(z))",
    "sigmoid(z) / (sigmoid(z) + 2 * exp(z))",
    "softplus(z) / (softplus(z) + exp(z))",
    "maximum(exp(z), 1) / (exp(z) + 1)",
    "exp(z) * maximum(0, exp(-z) - 1)",
]
"""Formulas whose slope is a difference of terms of size 1, and has as many digits as that."""

PRESENT = "where(equal(y, 0), -1e+30, a)"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", FORMULAS + CANCELLING)
def test_values_and_slopes_far_from_zero(text, dtype):
    """What is representable is right; what is too large or small becomes infinity or 0."""
    made = gp.activation("far", text)
    net = gp.Network(1, gp.Dense(1, made), cost=gp.cost("linear", "sum(a - y)"), dtype=dtype)
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    largest = float(np.finfo(dtype).max)
    for at in POINTS:
        at = float(np.dtype(dtype).type(at))
        with mpmath.workdps(1200):
            function = lambda z: eval(text, EXACT, {"z": z})  # noqa: E731
            value = function(mpmath.mpf(at))
            slope = mpmath.diff(function, mpmath.mpf(at))
        x = np.array([[at]], dtype)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            found = float(net.predict(x)[0, 0]), float(net.gradients(x, x)["b1"][0])
        for what, got, right in (("value", found[0], value), ("slope", found[1], slope)):
            if abs(right) > largest:
                assert abs(got) == np.inf, (what, at)
            else:
                bound = 60 * max(1, abs(at)) * np.finfo(dtype).eps
                near = 1.0 if abs(at) <= 1 or text in CANCELLING else 1e-30
                assert abs(got - float(right)) <= bound * max(abs(float(right)), near), (what, at)


@pytest.mark.parametrize(
    "text", ["log(z) * (z * z)", "z * z * log(z)", "relu(z) * relu(z) * exp(z)"]
)
def test_factors_that_stand_twice_are_kept(text):
    made = gp.activation("twice", text)
    right = eval(text, {"log": np.log, "exp": np.exp, "relu": lambda u: max(u, 0), "z": 0.7})
    assert apply(made.function, [np.array(0.7)]) == pytest.approx(right)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("(exp(2 * z) + 1) / (exp(z) + 3)**2", 1),
        ("exp(z) * (1 + 2 * exp(z))**-1", 0.5),
        ("exp(2 * z) / (1 + exp(z))**2", 1),
    ],
)
def test_exponents_that_cancel_do_so_exactly(text, limit):
    net = gp.Network(1, gp.Dense(1, gp.activation("far", text)), dtype="float32")
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    assert net.predict(np.array([[40.0], [900.0], [1e6]], np.float32)) == pytest.approx(limit)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("text", ["log(1 - Phi(z))", "phi(z) / Phi(z)", "phi(z) / (1 - Phi(z))"])
def test_the_normal_distribution_far_from_zero(text, dtype):
    made = gp.activation("far", text)
    net = gp.Network(1, gp.Dense(1, made), cost=gp.cost("linear", "sum(a - y)"), dtype=dtype)
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    with mpmath.workdps(60), warnings.catch_warnings():
        warnings.simplefilter("error")
        for at in (-300.0, -40.0, -5.0, 0.5, 5.0, 40.0, 300.0):
            lower = mpmath.erfc(-mpmath.mpf(at) / mpmath.sqrt(2)) / 2
            upper = mpmath.erfc(mpmath.mpf(at) / mpmath.sqrt(2)) / 2
            right = {
                "log(1 - Phi(z))": mpmath.log(upper),
                "phi(z) / Phi(z)": mpmath.npdf(at) / lower,
                "phi(z) / (1 - Phi(z))": mpmath.npdf(at) / upper,
            }[text]
            got = float(net.predict(np.array([[at]], dtype))[0, 0])
            bound = max(1e-3, abs(at)) * 60 * np.finfo(dtype).eps
            assert abs(got - float(right)) <= bound * max(abs(float(right)), 1e-30), at


@pytest.mark.parametrize(
    ("text", "a", "y", "value", "slope"),
    [
        # a target, or a relu, that is 0 beside an exponential that overflows
        ("sum(y * exp(a))", [800, 1], [0, 1], np.e, [0, np.e]),
        ("sum((1 - y) * exp(a))", [800, 1], [1, 0], np.e, [0, np.e]),
        ("sum(y * maximum(-a, 0) * exp(a))", [800, -1], [1, 1], np.exp(-1), [0, 0]),
        ("sum(y * relu(-a) * exp(a))", [800, -1], [1, 1], np.exp(-1), [0, 0]),
        ("sum(y * relu(-a) * exp(a))", [800, -2], [0, 1], 2 * np.exp(-2), [0, np.exp(-2)]),
        # an output that is 0 has a slope
        ("log(1 + sum(a * exp(a))) + sum(y)", [0, 1], [0, 0], np.log1p(np.e), None),
        ("sum(a) * log(sum(a)) + sum(y)", [0, 1], [0, 0], 0, [1, 1]),
        ("sum(a * log(a + 1)) + sum(y)", [0, 1], [0, 0], np.log(2), [0, np.log(2) + 0.5]),
        ("sum(exp(a)) / max(exp(a)) + sum(y)", [800, 799], [0, 0], 1 + np.exp(-1), None),
        # ln(1 − softmax) within the cost
        ("-sum(log(1 - softmax(a)) * y)", [38, 0, 0], [1, 0, 0], 38 - np.log(2), [1, -0.5, -0.5]),
        # a case that does not count beside factors with more axes
        ("where(sum(a) > 9, sum(y * a) * log(mean(a)), sum(a * y))", [-1, 1], [1, 2], 1, [1, 2]),
    ],
)
def test_costs_where_a_factor_is_zero_or_a_case_does_not_count(text, a, y, value, slope):
    made, outputs = gp.cost("far", text), len(a)
    net = gp.Network(outputs, gp.Dense(outputs), cost=made)
    net.parameters["W1"][:], net.parameters["b1"][:] = np.eye(outputs), 0
    x, target = np.array([a], float), np.array([y], float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert net.evaluate(x, target).cost == pytest.approx(value, rel=1e-12)
        got = net.gradients(x, target)["b1"]
    if slope is None:
        at = [np.array([a], float) + 1e-6 * np.eye(outputs)[k] for k in range(outputs)]
        slope = [(net.evaluate(u, target).cost - value) / 1e-6 for u in at]
        assert got == pytest.approx(slope, rel=1e-4, abs=1e-4)
    else:
        assert got == pytest.approx(slope, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("log(sum(exp(a))) - sum(y * a)", "logsumexp(a) - sum(y * a)"),
        ("-sum(y * log(exp(a) / sum(exp(a))))", "-sum(y * (a - logsumexp(a)))"),
        ("log(sum(y * exp(a)))", f"max({PRESENT}) + log(sum(y * exp({PRESENT} - max({PRESENT}))))"),
        ("sum(exp(a))", "sum(exp(a))"),
        ("sum(log(exp(a) + exp(y)))", "sum(a + softplus(y - a))"),
        ("sum(y * exp(a)) / sum(exp(a))", "sum(y * softmax(a))"),
        ("sum(y * exp(a) * sigmoid(-a))", "sum(y * sigmoid(a))"),
        ("sum(exp(a - y) * sigmoid(y - a))", "sum(sigmoid(-y + a))"),
        ("sum(a**2 * exp(-a)) / sum(exp(-a))", "sum(a**2 * softmax(-a))"),
        ("log(sum(a * exp(a)))", "max(a) + log(sum(a * exp(a - max(a))))"),
        ("max(2 * exp(a))", "max(2 * exp(a))"),
        ("sum(exp(a)) / max(2 * exp(a))", "exp(logsumexp(a) - max(a)) / 2"),
        ("sum(sum(y) * softmax(a))", "sum(sum(y) * softmax(a))"),
    ],
)
def test_costs_are_computed_with_exponents_apart(text, rewritten):
    graph, axis = Graph(), Axis("k", "K")
    names = {"a": graph.symbol("a", (axis,)), "y": graph.symbol("y", (axis,), "target")}
    assert to_text(without_overflow(parse(text, graph, names))) == rewritten


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("sum(a * y + exp(-a) * softmax(a))", "sum(a * y + exp(-logsumexp(a)))"),
        ("sum(y * a) + max(a * exp(a) / exp(a) - a)", "sum(y * a)"),
        ("sum(y * a) + logsumexp(exp(a) / exp(a))", "sum(y * a) + log(size(y)) + 1"),
        (
            "sum(softmax(a) / (exp(a) + 1)) - sum(y * a)",
            "sum(exp(-logsumexp(a) - softplus(-a))) - sum(y * a)",
        ),
    ],
)
def test_where_what_varied_along_an_axis_cancels(text, rewritten):
    assert gp.cost("mine", text).formula == rewritten
    a = np.array([0.3, -1.2, 2.0])
    y = np.array([0.2, 0.5, 0.3])
    space = {"a": a, "y": y, "exp": np.exp, "softmax": lambda u: np.exp(u) / np.exp(u).sum()}
    space |= {"sum": np.sum, "max": np.max, "logsumexp": lambda u: np.log(np.exp(u).sum())}
    assert cost_at(text, a, y)[0] == pytest.approx(eval(text, space), rel=1e-12)
    numbers = [(cost_at(text, a + s, y)[0] - cost_at(text, a - s, y)[0]) / 2e-6
               for s in 1e-6 * np.eye(3)]  # fmt: skip
    assert cost_at(text, a, y)[1] == pytest.approx(numbers, abs=1e-8)


def test_formulas_without_exponentials_stay_as_they_are():
    graph = Graph()
    z = graph.symbol("z")
    for text in ("z / (1 + abs(z))", "sqrt(z**2 + 1) - 1", "z + exp(z)", "exp(z) * z"):
        root = parse(text, graph, {"z": z})
        assert without_overflow(root) is root


def cost_at(formula, outputs, target, activation="identity", dtype="float64"):
    size = len(outputs)
    net = gp.Network(size, gp.Dense(size, activation), cost=gp.cost("mine", formula), dtype=dtype)
    net.parameters["W1"][:], net.parameters["b1"][:] = np.eye(size), 0
    x, y = np.array([outputs], float), np.array([target], float)
    return net.evaluate(x, y).cost, net.gradients(x, y)["b1"]


def log_cosh(a, y):
    return gp.sum(gp.log((gp.exp(a - y) + gp.exp(y - a)) / 2))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_costs_far_from_zero(dtype):
    cost, slope = cost_at(log_cosh, [712.0, -800.0], [0.0, 0.0], dtype=dtype)
    assert cost == pytest.approx(1512 - 2 * np.log(2), rel=1e-6)
    np.testing.assert_allclose(slope, [1, -1])
    cost, slope = cost_at("log(sum(exp(a))) - sum(y * a)", [800.0, 0.0], [0.0, 1.0], dtype=dtype)
    assert cost == pytest.approx(800) and list(slope) == [1, -1]
    cost, slope = cost_at("-sum(y * log(exp(a) / sum(exp(a))))", [800.0, 0.0], [0.0, 1.0])
    assert cost == pytest.approx(800) and list(slope) == [1, -1]


NORMS = {
    "sqrt({s})**2": 0.0,
    "exp(-sqrt({s})**2)": 1.0,
    "sqrt({s})**3": 0.0,
    "maximum(sqrt({s}), 1e-3)": 1e-3,
    "sqrt({s})": 0.0,
    "{s}**0.25 + {s}**1.5": 0.0,
}


@pytest.mark.parametrize("text", NORMS)
def test_norms_at_zero_have_the_gradient_zero(text):
    formula = text.format(s="sum((a - y)**2)")
    cost, slope = cost_at(formula, [1.0, 2.0], [1.0, 2.0])
    assert cost == NORMS[text] and list(slope) == [0, 0]


@pytest.mark.parametrize("z", [37.0, 100.0])
def test_the_focal_cost_where_a_class_is_certain(z):
    focal = "-sum(y * (1 - a)**0.5 * log(a) + (1 - y) * a**0.5 * log(1 - a))"
    cost, slope = cost_at(focal, [z], [0.0], "sigmoid")
    assert cost == pytest.approx(z) and slope[0] == pytest.approx(1)
    cost, slope = cost_at("-sum(y * (1 - a)**0.5 * log(a))", [800.0, 0.0], [0.0, 1.0], "softmax")
    assert cost == pytest.approx(800) and list(slope) == [1, -1]


@pytest.mark.parametrize(
    "formula",
    [
        "sum(y * log(y / a))",
        "sum(y * (log(y) - log(a)))",
        "sum(y * log(y) - y * log(a))",
        "sum(y * log(y)) - sum(y * log(a))",
    ],
)
def test_the_divergence_with_a_zero_in_the_target(formula):
    cost, slope = cost_at(formula, [1.0, 2.0, 3.0], [1.0, 0.0, 0.0], "softmax")
    assert cost == pytest.approx(2.40760596444438, rel=1e-14)
    softmax = np.exp([-2.0, -1, 0]) / np.exp([-2.0, -1, 0]).sum()
    np.testing.assert_allclose(slope, softmax - [1, 0, 0], rtol=1e-13)


def test_entropy_at_zero():
    record = scalar_function_from("entropy", "-z * log(z)")
    assert apply(record, [np.array([0.0, 1.0])]).tolist() == [0, 0]


def test_what_is_stated_of_a_whole_layer_is_as_finite_as_of_one_number():
    made = gp.activation("far", "log(1 - sigmoid(z)) - max(z)")
    assert made.formula == "-softplus(z) - max(z)"
