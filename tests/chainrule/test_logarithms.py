"""Logarithms in costs of what activations give, far from zero, against mpmath.

Every cost is computed a second time with as many digits as it takes, its gradient by differences.
"""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

import glassprop as gp
from glassprop.chainrule.reverse_sweep import derive, derive_again
from glassprop.compile.pipeline import build
from glassprop.formula.algebra import softmax as softmax_of
from glassprop.formula.algebra import total
from glassprop.formula.axes import Axis
from glassprop.formula.evaluate import evaluate
from glassprop.formula.graph import Graph

EPS = {"float32": 2.0**-23, "float64": 2.0**-52}
DIGITS = 1000  # 1 − tanh(300) needs 261 of them, its derivative by differences as many again


def softmax(z):
    total = mpmath.fsum(mpmath.exp(value) for value in z)
    return [mpmath.exp(value) / total for value in z]


def each(function):
    return lambda z: [function(value) for value in z]


def sigmoid(z):
    return 1 / (1 + mpmath.exp(-z))


ACTIVATIONS = {
    "softmax": softmax,
    "sigmoid": each(sigmoid),
    "tanh": each(mpmath.tanh),
    "softplus": each(lambda z: mpmath.log(1 + mpmath.exp(z))),
    "exp": each(mpmath.exp),
    "square": each(lambda z: z * z),
    "log_probit": each(mpmath.ncdf),
    "log_half": each(lambda z: (1 + mpmath.tanh(z)) / 2),
    "log_logistic": each(sigmoid),
}
OWN = {
    "log_probit": "Phi(z)",
    "log_half": lambda z: (1 + gp.tanh(z)) / 2,
    "log_logistic": lambda z: 1 / (1 + gp.exp(-z)),
}
COSTS = {
    "log_of": ("-sum(y * log(a))", lambda a, y: -y * mpmath.log(a)),
    "log_bits": (
        "-sum(y * log(a) + (1 - y) * log(1 - a))",
        lambda a, y: -y * mpmath.log(a) - (1 - y) * mpmath.log(1 - a),
    ),
    "log_focal": (
        "-sum(y * (1 - a)**2 * log(a) + (1 - y) * a**2 * log(1 - a))",
        lambda a, y: -y * (1 - a) ** 2 * mpmath.log(a) - (1 - y) * a**2 * mpmath.log(1 - a),
    ),
    "log_ends": (
        "-sum((1 + y) * log((1 + a) / 2) + (1 - y) * log(3 - 3 * a))",
        lambda a, y: -(1 + y) * mpmath.log((1 + a) / 2) - (1 - y) * mpmath.log(3 - 3 * a),
    ),
    "log_over": ("sum(y * log(1 + a))", lambda a, y: y * mpmath.log(1 + a)),
}
UNIT = ("softmax", "sigmoid", "log_probit", "log_half", "log_logistic")
FITS = [
    *((name, cost) for name in UNIT for cost in ("log_of", "log_bits", "log_focal")),
    *((name, "log_of") for name in ("softplus", "exp", "square")),
    ("tanh", "log_ends"),
    ("exp", "log_over"),
    ("softmax", "binary_cross_entropy"),
    ("sigmoid", "binary_cross_entropy"),
]
POINTS = [(36, 0.25, 0.5), (-17, 40, 3), (-100, 30, 0.5), (300, -300, -3)]
NEAR = [(-35, 30, 0.5), (8, -8, -3)]
"""For Φ, whose values are much smaller still."""
TARGET = (1, 0, 0.25)


def stated(name, cost):
    activation = gp.activation(name, OWN[name]) if name in OWN else name
    return activation, gp.cost(cost, COSTS[cost][0]) if cost in COSTS else cost


def straight(activation, cost, dtype="float64", size=3, **settings):
    """A network whose weighted inputs are its inputs."""
    layer = gp.Dense(size, activation)
    net = gp.Network(size, layer, cost=cost, dtype=dtype, seed=0, **settings)
    net.parameters["W1"][...] = np.eye(size)
    net.parameters["b1"][...] = 0
    return net


def exact(name, cost, z, y=TARGET):
    """The cost and its gradient, by differences of numbers with very many digits."""
    one = COSTS["log_bits" if cost == "binary_cross_entropy" else cost][1]

    def at(z):
        a = ACTIVATIONS[name](z)
        return mpmath.fsum(one(*pair) for pair in zip(a, map(mpmath.mpf, y), strict=True))

    with mpmath.workdps(DIGITS):
        z, step = [mpmath.mpf(float(value)) for value in z], mpmath.mpf(10) ** -(DIGITS // 3)
        ends = [
            [[v + sign * step * (j == k) for j, v in enumerate(z)] for sign in (1, -1)]
            for k in range(len(z))
        ]
        slopes = [(at(up) - at(down)) / (2 * step) for up, down in ends]
        return at(z), slopes


@mpmath.workdps(50)
def of_softmax(z, y):
    """Binary cross-entropy of a softmax and its gradient, by sums of positive numbers alone."""
    z, y = [mpmath.mpf(float(value)) for value in z], [mpmath.mpf(float(value)) for value in y]
    places = range(len(z))
    size = [mpmath.exp(value) for value in z]
    total = mpmath.fsum(size)
    others = [mpmath.fsum(size[j] for j in places if j != k) for k in places]
    value = mpmath.fsum(
        y[k] * mpmath.log1p(others[k] / size[k]) + (1 - y[k]) * mpmath.log1p(size[k] / others[k])
        for k in places
    )
    slopes = [
        (1 - y[j]) * size[j] / total
        - y[j] * others[j] / total
        + mpmath.fsum(
            y[k] * size[j] / total - (1 - y[k]) * size[j] / others[k] * size[k] / total
            for k in places
            if k != j
        )
        for j in places
    ]
    return value, slopes


@pytest.mark.parametrize(("name", "cost"), FITS)
def test_costs_with_logarithms_are_right_far_from_zero(name, cost):
    net = straight(*stated(name, cost))
    for z in NEAR if name == "log_probit" else POINTS:
        x, y = np.array([z], float), np.array([TARGET])
        value, slopes = exact(name, cost, z)
        with np.errstate(all="raise", under="ignore", over="ignore"):
            found = net.evaluate(x, y).cost
            gradient = net.gradients(x, y)["b1"]
        assert abs(mpmath.mpf(found) - value) <= 1e-13 * abs(value)
        largest = max(1, *map(abs, slopes))
        assert max(abs(g - s) for g, s in zip(gradient, slopes, strict=True)) <= 1e-13 * largest


@pytest.mark.parametrize("gap", [16, 36, 800, 10_000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_binary_cross_entropy_of_a_softmax(dtype, gap):
    net = straight("softmax", "binary_cross_entropy", dtype)
    for target in np.eye(3):
        x = np.array([[gap, 0, 0]], dtype)
        value, slopes = of_softmax(x[0], target)
        found = net.evaluate(x, target[None]).cost
        tiny = float(np.finfo(dtype).smallest_subnormal)
        assert abs(mpmath.mpf(float(found)) - value) <= 4 * EPS[dtype] * abs(value) + 4 * tiny
        gradient = net.gradients(x, target[None])["b1"]
        assert max(abs(g - s) for g, s in zip(gradient, slopes, strict=True)) <= 4 * EPS[dtype]


def test_the_number_that_was_asked_for():
    net = straight("softmax", "binary_cross_entropy")
    found = net.evaluate([[36.0, 0, 0]], [[1, 0, 0]]).cost
    assert found == pytest.approx(9.278091320974e-16, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "cost"),
    [("softmax", "binary_cross_entropy"), ("log_probit", "log_bits"), ("softplus", "log_of")],
)
def test_the_compiled_engine_trains_on_logarithms(name, cost):
    x, y = np.array([[-100.0, 40, 3], [0.3, -0.2, 1], [36, 0, -9000]]), np.array([TARGET] * 3)
    found = {}
    for engine in ("numpy", "compiled"):
        net = straight(*stated(name, cost), engine=engine)
        net.fit(x, y, epochs=1, batch_size=3, optimizer=gp.SGD(1e-3), progress=False)
        assert net.engine == engine
        found[engine] = net.parameters["W1"]
    assert np.all(np.isfinite(found["numpy"]))
    np.testing.assert_allclose(found["compiled"], found["numpy"], rtol=1e-11, atol=1e-11)


def test_the_gradient_stays_short_where_it_was():
    for name in ("sigmoid", "softmax"):
        cost = "binary_cross_entropy" if name == "sigmoid" else "cross_entropy"
        net = gp.Network(2, gp.Dense(3, name), cost=cost)
        assert "δ¹ⱼ = a¹ⱼ − yⱼ" in str(net.derivation)
    text = str(gp.Network(2, gp.Dense(3, "softmax"), cost="binary_cross_entropy").derivation)
    assert "[j ≠ k] exp(z¹ₖ)" in text and "log odds" in text
    assert "t₁ⱼ = (1 − yⱼ) a¹ⱼ" in text  # the sigmoid of the log odds is the softmax again


@pytest.mark.parametrize(("axes", "over"), [("tk", 1), ("tk", 0), ("kt", 1)])
def test_one_minus_a_softmax_along_any_axis_twice_differentiated(axes, over):
    graph = Graph()
    sizes = {"t": Axis("t", 2), "k": Axis("k", 3)}
    z, y = (
        graph.symbol(name, tuple(sizes[k] for k in axes), role)
        for name, role in (("z", "parameter"), ("y", "target"))
    )
    a = graph.let("a", softmax_of(z, z.axes[over]))
    cost = -total(y * graph.apply("log", a) + (1 - y) * graph.apply("log", 1 - a))
    first = derive(graph.let("C", cost), [z], (a,))
    v = graph.symbol("v", z.axes, "input")
    along = total(first.gradients[z] * v)
    second = derive_again(first, graph.let("H", along), [z])
    random = np.random.default_rng(0)
    values = {name: random.random([axis.size for axis in z.axes]) for name in "zyv"}

    def stated(z):
        a = jax.nn.softmax(z, over)
        return -jnp.sum(values["y"] * jnp.log(a) + (1 - values["y"]) * jnp.log(1 - a))

    slope = jax.grad(stated)
    exact = {
        first.gradients[z]: slope(values["z"]),
        second.gradients[z]: jax.jvp(slope, (values["z"],), (values["v"],))[1],
    }
    found = evaluate(list(exact), values, second.steps)
    for symbol, value in exact.items():
        np.testing.assert_allclose(found[symbol], value, rtol=1e-12, atol=1e-14)
    gradients = build(first, mini_batch=False).functions["gradients"]
    np.testing.assert_allclose(gradients(values["y"], values["z"]), slope(values["z"]), rtol=1e-12)
    batch = np.stack([values["y"], values["v"]])
    many = build(first).functions["gradients"](batch, values["z"])
    alone = [gradients(row, values["z"]) for row in batch]
    np.testing.assert_allclose(many, np.mean(alone, 0), rtol=1e-12)


@pytest.mark.parametrize(
    ("formula", "activation", "z", "y", "cost", "slope"),
    [
        ("sum(y * log(y / a))", "softmax", [0, 400, 0], [0.2, 0.3, 0.5], None, [-0.2, 0.7, -0.5]),
        ("sum(y * log(1 / a))", "softmax", [0, 400, 0], [0.2, 0.3, 0.5], 280, [-0.2, 0.7, -0.5]),
        ("-sum(y * log(a / sum(a)))", "exp", [0, 360, 0], [0.2, 0.3, 0.5], 252, [-0.2, 0.7, -0.5]),
        ("sum(a * log(a / y))", "softmax", [0, 750], [0.4, 0.6], -np.log(0.6), [0, 0]),
        ("sum((log(a / (1 - a)) - y)**2)", "sigmoid", [37], [0], 1369, [74]),
        ("sum((log(a / (1 - a)) - y)**2)", "sigmoid", [-750], [0], 562500, [-1500]),
    ],
)
def test_logarithms_of_quotients_do_not_overflow(formula, activation, z, y, cost, slope):
    size = len(z)
    made = gp.cost("of_quotients", formula)
    net = gp.Network(size, gp.Dense(size, activation), cost=made)
    net.parameters["W1"][:], net.parameters["b1"][:] = np.eye(size), 0
    x, y = np.array([z], float), np.array([y], float)
    if cost is not None:
        assert net.evaluate(x, y).cost == pytest.approx(cost, rel=1e-13)
    np.testing.assert_allclose(net.gradients(x, y)["b1"], slope, rtol=1e-12, atol=1e-14)


def test_a_quotient_of_unknown_signs_stays_one():
    """ln(a / y) is defined where both are negative; ln a − ln y is not."""
    net = gp.Network(1, gp.Dense(1), cost=gp.cost("both_signs", "sum(log(a / y)**2)"))
    net.parameters["W1"][:], net.parameters["b1"][:] = 1, 0
    found = net.evaluate(np.array([[-6.0]]), np.array([[-2.0]])).cost
    assert found == pytest.approx(np.log(3) ** 2)
