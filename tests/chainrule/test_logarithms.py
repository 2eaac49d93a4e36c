"""Logarithms in costs of what activations give, far from zero, against mpmath.

Every cost is computed a second time with as many digits as it takes, its gradient by differences.
"""

import mpmath
import numpy as np
import pytest

import glassprop as gp

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
