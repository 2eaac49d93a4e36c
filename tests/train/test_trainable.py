"""Networks that no training changes are not trained, since that would go on in silence."""

import warnings

import numpy as np
import pytest

import glassprop as gp

pytestmark = pytest.mark.usefixtures("one_cache")

RANDOM = np.random.default_rng(0)
X, Y = RANDOM.standard_normal((40, 3)), RANDOM.integers(0, 2, 40)
FLAT = {
    "step": lambda z: gp.step(z),
    "sign": lambda z: gp.sign(z),
    "comparison": lambda z: z > 0,
    "cases": lambda z: gp.where(z > 0, 2, 1),
    "shifted": "3 * sign(z - 1)**2 + 1",
    "equal": "equal(z, 0) + step(z)",
}
FLAT_VECTORS = {"largest": "equal(z, max(z))", "sum": "step(z) + sum(step(z))"}
COSTS = ["sum(step(a - y))", "sum(sign(a) * y)", "sum(a > y)", "max(step(a * y))", "mean(a == y)"]


def silent(net, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net.fit(X, Y, epochs=1, progress=False, measure=0, **given)


def once_compiled(cases):
    """Each with the NumPy engine; the first with the compiled one too, which takes seconds."""
    return [*((case, "numpy") for case in cases), (cases[0], "compiled")]


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize("name", [*FLAT, *FLAT_VECTORS])
def test_an_output_layer_without_a_slope(name, l2, engine):
    flat = gp.activation(f"flat_{name}", {**FLAT, **FLAT_VECTORS}[name])
    net = gp.Network(3, gp.Dense(4), gp.Dense(2, flat), l2=l2, seed=0, engine=engine)
    before = net.parameters.copy()
    said = f"gradient is 0 for any parameters, .* the activation 'flat_{name}' of layer 2"
    with pytest.raises(gp.NetworkError, match=said) as caught:
        silent(net)
    assert ("or the cost 'quadratic'" in str(caught.value)) == (name in FLAT_VECTORS)
    assert all(np.array_equal(net.parameters[key], before[key]) for key in before)
    found = net.gradients(X, Y)
    assert not found["b2"].any() and not found["b1"].any()
    assert net.predict(X).shape == (40, 2) and "b2" in net.source() and str(net.derivation)
    assert set(net.trace(X, Y)) > {"z2", "a2", "C"} and net.evaluate(X, Y).accuracy is not None


@pytest.mark.parametrize("formula", COSTS)
def test_a_cost_without_a_slope(formula, engine):
    cost = gp.cost("flat", formula)
    net = gp.Network(3, gp.Dense(4, "tanh"), gp.Dense(2), cost=cost, seed=0, engine=engine)
    with pytest.raises(gp.NetworkError, match=r"change nothing: the cost 'flat' has the slope 0"):
        silent(net)
    assert np.isfinite(net.evaluate(X, Y).cost)


@pytest.mark.parametrize(("name", "engine"), once_compiled([*FLAT, *FLAT_VECTORS]))
def test_layers_before_one_without_a_slope_are_said_not_to_be_trained(name, engine):
    flat = gp.activation("flat_hidden", {**FLAT, **FLAT_VECTORS}[name])
    layers = gp.Dense(4), gp.Dense(5, flat), gp.Dense(2)
    net = gp.Network(3, *layers, seed=0, engine=engine)
    before = net.parameters.copy()
    with pytest.warns(UserWarning, match=r"W1, b1, … b2 are not trained, .* of layer 2") as caught:
        net.fit(X, Y, epochs=1, progress=False, optimizer=gp.SGD(0.01))
    assert caught[0].filename == __file__
    changed = [key for key in before if not np.array_equal(net.parameters[key], before[key])]
    assert changed == ["W3", "b3"]


@pytest.mark.parametrize(
    ("formula", "engine"),
    once_compiled(
        ["max(z) + z", "where(z > 0, z, 0)", "step(z) * z", "step(z) + z / 10", "abs(z)"]
    ),
)
def test_layers_with_a_slope_are_trained(formula, engine):
    sloped = gp.activation("sloped", formula)
    net = gp.Network(3, gp.Dense(4, sloped), gp.Dense(2, sloped), seed=0, engine=engine)
    before = net.parameters.copy()
    silent(net, optimizer=gp.SGD(0.01))
    assert all(not np.array_equal(net.parameters[key], before[key]) for key in before)
