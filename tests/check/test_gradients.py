"""Gradients against numerical derivatives: estimates of errors that hold, and verdicts."""

import json
import math

import mpmath
import numpy as np
import pytest

import glassprop as gp
from glassprop.check.gradients.derivative import slope
from glassprop.check.gradients.noise import noise_along
from glassprop.errors import DataError, GradientError

CURVES = {
    "sine": lambda f, w, t: w[0] * f.sin(w[1] * t + w[2]),
    "tanh": lambda f, w, t: f.tanh(3 * w[0] * t + w[1]) * w[2] + w[3],
    "softplus": lambda f, w, t: f.log(1 + f.exp(5 * w[0] * t)) * w[1] + 1000 * w[2],
    "quotient": lambda f, w, t: f.exp(w[0] * t) / (1 + t * t),
}


@pytest.mark.parametrize("number", range(400))
def test_errors_are_not_larger_than_estimated(number):
    """Drawn by a seed: Hypothesis draws other numbers when other modules are imported."""
    random = np.random.default_rng(number)
    name = sorted(CURVES)[number % len(CURVES)]
    weights, x = tuple(random.uniform(-3, 3, 4)), float(random.uniform(-4, 4))
    curve = CURVES[name]
    with mpmath.workdps(40):
        exact = mpmath.diff(lambda t: curve(mpmath, weights, t), mpmath.mpf(x))

    def phi(t):
        return float(curve(math, weights, x + t))

    scale = max(abs(x), 0.1)
    found = slope(phi, phi(0.0), scale, noise_along(phi, phi(0.0), scale))
    assert abs(float(found.value - exact)) <= 4 * found.error
    assert found.sides is None
    assert found.error < 1e-5 * max(1, abs(float(exact)), abs(phi(0.0)))


@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-3, 0.02, 0.3])
def test_a_kink_is_told_from_a_slope(distance):
    def phi(t):
        return 2 * max(distance + t, 0.0) + math.sin(t)

    found = slope(phi, phi(0.0), 1.0, noise_along(phi, phi(0.0), 1.0))
    if distance < 1e-6:
        assert found.sides == pytest.approx((1.0, 3.0), abs=1e-4)
    else:
        assert found.sides is None and found.value == pytest.approx(3.0, abs=1e-7)


def test_the_noise_of_single_precision_is_seen():
    def phi(t):
        return float(np.sin(np.float32(0.7 + t)))

    assert 1e-9 < noise_along(phi, phi(0.0), 1.0) < 1e-6
    assert noise_along(lambda t: math.sin(0.7 + t), math.sin(0.7), 1.0) < 1e-15


X = np.random.default_rng(0).normal(size=(23, 5))
Y = np.random.default_rng(1).normal(size=(23, 3))
POINT = {
    name: np.random.default_rng(2).normal(size=shape)
    for name, shape in {"W1": (4, 5), "b1": (4,), "W2": (3, 4), "b2": (3,)}.items()
}


def forward(p):
    z = X @ p["W1"].T + p["b1"]
    a = 1 / (1 + np.exp(-z))
    return a, a @ p["W2"].T + p["b2"] - Y


def cost(p):
    return (forward(p)[1] ** 2).sum() / (2 * len(X))


def gradient(p, factor=1.0, slope_of_sigmoid=True):
    a, error = forward(p)
    delta = factor * error / len(X)
    back = delta @ p["W2"]
    if slope_of_sigmoid:
        back = back * a * (1 - a)
    return {"W1": back.T @ X, "b1": back.sum(0), "W2": delta.T @ a, "b2": delta.sum(0)}


def test_a_right_gradient_is_right_in_every_form():
    found = gp.check_gradient(cost, gradient, POINT)
    assert found.verdict == "right" and found and [a.verdict for a in found.arrays] == ["right"] * 4
    assert [one.entries for one in found.arrays] == [20, 4, 12, 3]
    names = list(POINT)

    def as_dict(arrays):
        return dict(zip(names, arrays, strict=True))

    for kind in (list, tuple):
        point = kind(POINT.values())
        whole = gp.check_gradient(
            lambda arrays: cost(as_dict(arrays)),
            lambda arrays, kind=kind: kind(gradient(as_dict(arrays)).values()),
            point,
        )
        assert whole.verdict == "right" and whole.arrays[1].name == "x[1]"
    assert gp.check_gradient(np.exp, np.exp(1.3), 1.3).verdict == "right"
    assert gp.check_gradient(lambda x: (x**2).sum(), [2, 4, 6], [1, 2, 3]).verdict == "right"


WRONG = {
    "sum": (lambda g: {n: 23 * a for n, a in g.items()}, "23 times what it should be"),
    "sign": (lambda g: {n: -a for n, a in g.items()}, "the sign is wrong"),
    "twice": (lambda g: {n: 2 * a for n, a in g.items()}, "a factor 2"),
    "half": (lambda g: {n: a / 2 for n, a in g.items()}, "a factor 1/2"),
    "decay": (lambda g: {**g, "W2": g["W2"] + 0.1 * POINT["W2"]}, "has too much of 0.1 times"),
    "none": (lambda g: {**g, "b2": 0 * g["b2"]}, "it is 0 throughout"),
    "moved": (lambda g: {**g, "W1": np.roll(g["W1"], -1, 1)}, "moved by one along axis 1"),
    "turned": (lambda g: {**g, "W1": g["W1"].T.reshape(4, 5)}, "those of the transpose"),
    "NaN": (lambda g: {**g, "b1": g["b1"] * np.nan}, "no finite numbers"),
}


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_is_wrong_is_said(name):
    change, words = WRONG[name]
    with pytest.raises(GradientError) as caught:
        gp.check_gradient(cost, change(gradient(POINT)), POINT)
    assert words in str(caught.value) and isinstance(caught.value, AssertionError)


def test_one_entry_among_many_is_found():
    random = np.random.default_rng(0)
    at, factors = random.normal(size=(2, 120, 90))
    right = factors * np.cos(factors * at)
    wrong = right.copy()
    wrong[17, 5] *= 1.01

    def function(x):
        return np.sin(factors * x).sum()

    assert gp.check_gradient(function, right, at).verdict == "right"
    found = gp.check_gradient(function, wrong, at, raises=False)
    (one,) = [each for each in found["x"].compared if each.place and each.verdict == "wrong"]
    assert one.place == (17, 5) and one.ratio == pytest.approx(1.01)
    with pytest.raises(GradientError, match=r"x\[17, 5\]: given .* found .* ratio 1.01"):
        gp.check_gradient(function, wrong, at)


def test_a_mistake_is_told_from_a_kink_and_from_a_lack_of_precision():
    at = np.array([1.0, -2.0, 0.0])
    kink = gp.check_gradient(lambda x: np.maximum(x, 0).sum(), (at > 0) * 1.0, at)
    assert kink.verdict == "kink nearby" and kink["x"].worst.place == (2,)
    assert "the slope is 0 on the left and 1 on the right" in str(kink)
    outside = gp.check_gradient(lambda x: np.maximum(x, 0).sum(), [1, 0, 2], at, raises=False)
    assert outside.verdict == "wrong"

    def flat(x):
        return 1 + 1 / (1 + np.exp(-x))

    with pytest.raises(GradientError, match="so small beside the function"):
        gp.check_gradient(flat, np.exp(-40.0), -40.0)
    assert gp.check_gradient(lambda x: 1 / (1 + np.exp(-x)), np.exp(-40.0), -40.0)
    coarse = {name: value.astype(np.float32) for name, value in POINT.items()}

    def single(p):
        return np.float32(cost(p)) * np.float32(1)

    assert gp.check_gradient(single, gradient(POINT), coarse).verdict == "right"
    with pytest.raises(GradientError, match="as in float32"):
        gp.check_gradient(lambda x: np.float32(1e6 + np.sin(x)), np.cos(0.5), 0.5)


def test_many_kinks_are_no_mistake():
    random = np.random.default_rng(3)
    x, y = random.normal(size=(40, 20)), random.normal(size=(40, 2))
    at = [random.normal(size=shape) * 0.2 for shape in ((100, 20), (100, 100), (2, 100))]

    def parts(w):
        z1 = x @ w[0].T
        z2 = np.maximum(z1, 0) @ w[1].T
        return z1, z2, np.maximum(z2, 0) @ w[2].T

    def function(w):
        return np.abs(parts(w)[2] - y).sum()

    def slopes(w, forgotten=False):
        z1, z2, out = parts(w)
        delta = np.sign(out - y)
        second = (delta @ w[2]) * (z2 > 0)
        first = (second @ w[1]) * ((z1 > 0) | forgotten)
        return [first.T @ x, second.T @ np.maximum(z1, 0), delta.T @ np.maximum(z2, 0)]

    assert gp.check_gradient(function, slopes, at).verdict == "right"
    found = gp.check_gradient(function, lambda w: slopes(w, True), at, raises=False)
    assert [one.verdict for one in found.arrays] == ["wrong", "right", "right"]


@pytest.mark.parametrize(
    ("function", "gradient", "x", "words"),
    [
        (lambda x: x, [1.0, 1.0], [1.0, 2.0], "expected a single number, got shape"),
        (lambda x: x.sum(), [1.0], [1.0, 2.0], "expected the shape .2,. of x, got .1,."),
        (lambda x: x.sum(), [1.0, 1.0], ["a", "b"], "x: expected an array of real numbers"),
        (lambda x: x.sum(), None, [1.0, 2.0], "gradient with respect to x: .* got None"),
        (lambda x: 0.0, {"b": 1.0}, {"a": 1.0}, "expected a dict with the keys"),
        (lambda x: 0.0, [], np.zeros((0,)), "at least one entry"),
    ],
)
def test_what_cannot_be_checked_is_said(function, gradient, x, words):
    with pytest.raises((DataError, GradientError), match=words):
        gp.check_gradient(function, gradient, x)


def test_reports(tmp_path):
    found = gp.check_gradient(cost, gradient(POINT, slope_of_sigmoid=False), POINT, raises=False)
    found.save(tmp_path / "c.html")
    found.save(tmp_path / "c.txt")
    assert (tmp_path / "c.txt").read_text() == f"{found}\n"
    page = (tmp_path / "c.html").read_text()
    assert page.startswith("<!doctype html>") and '<td class="wrong">WRONG</td>' in page
    assert json.loads(json.dumps(found.record()))["verdict"] == "wrong"
    with pytest.raises(gp.GlasspropError, match=r"\.html or \.txt"):
        found.save(tmp_path / "c.pdf")


@pytest.mark.parametrize("scale", [1e2, 1e5, 1e8, 1e-5, 1e-8])
def test_entries_may_differ_in_scale(scale):
    def function(x):
        return np.sin(x[0] / scale) + np.sin(x[1])

    def slopes(x, factor=1.0):
        return np.array([factor * np.cos(x[0] / scale) / scale, np.cos(x[1])])

    at = np.array([0.3 * scale, 0.4])
    assert gp.check_gradient(function, slopes, at).verdict == "right"
    wrong = gp.check_gradient(function, lambda x: slopes(x, 1.01), at, raises=False)
    assert [one.place for one in wrong["x"].compared if one.verdict == "wrong"] == [(0,)]


def test_near_the_end_of_a_domain():
    at = np.array([1e-6, 1e-10, 1e-3, 1.0])
    assert gp.check_gradient(lambda x: np.log(x).sum(), 1 / at, at).verdict == "right"
    assert gp.check_gradient(lambda x: np.sqrt(x).sum(), 0.5 / np.sqrt(at), at).verdict == "right"
    ends = np.array([1 - 1e-8, 0.5, -1 + 1e-5])
    slopes = 1 / np.sqrt(1 - ends**2)
    assert gp.check_gradient(lambda x: np.arcsin(x).sum(), slopes, ends).verdict == "right"


def test_what_others_hide_is_said():
    scales = np.array([1e-8, 1e8, 1.0, 1e-4])
    at = np.array([0.3, 0.4, 0.5, 0.6])
    found = gp.check_gradient(lambda x: (np.sin(x) * scales).sum(), np.cos(at) * scales, at)
    assert found["x"].hidden >= 1 and "cannot be judged" in str(found)


@pytest.mark.parametrize("weights", [(0.75, 0.75, 0.0, 0.0), (1e-5, 3.0, 0.0, 0.0)])
def test_a_value_of_nearly_0_says_nothing_of_rounding_elsewhere(weights):
    def phi(t):
        return CURVES["sine"](math, weights, 5e-19 + t)

    found = slope(phi, phi(0.0), 0.1, noise_along(phi, phi(0.0), 0.1))
    assert found.sides is None and found.error < 1e-10
    assert found.value == pytest.approx(weights[0] * weights[1], rel=1e-10)


def test_the_noise_of_tiny_values_is_seen_too():
    def softplus(t, factor=1.0):
        return factor * math.log(1 + math.exp(5 * (t - 2)))

    usual = noise_along(softplus, softplus(0.0), 2.0)
    tiny = noise_along(lambda t: softplus(t, 2e-281), softplus(0.0, 2e-281), 2.0)
    assert tiny == pytest.approx(2e-281 * usual, rel=0.1) and usual > 1e-17
