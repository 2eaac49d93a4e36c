"""Slopes of quotients: u/v² where v² is no number of the type, on both engines."""

import numpy as np
import pytest

import glassprop as gp
from glassprop.formula.algebra import tidy
from glassprop.formula.graph import Graph
from glassprop.formula.stability.reciprocals import divided_twice


def slopes(formula, x, dtype, engine):
    size = len(x)
    net = gp.Network(
        size,
        gp.Dense(size, gp.activation("far_quotient", formula)),
        cost=gp.cost("first", lambda a, y: gp.sum(a * y)),
        dtype=dtype,
        engine=engine,
    )
    net.parameters = {"W1": np.eye(size, dtype=dtype), "b1": np.zeros(size, dtype)}
    y = np.eye(size, dtype=dtype)[:1]
    found = net.gradients(np.array([x], dtype), y)["b1"]
    net.fit(np.array([x], dtype), y, epochs=1, optimizer=gp.SGD(1.0), progress=False)
    return found, -net.parameters["b1"]


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize(("dtype", "far"), [("float32", 1e19), ("float64", 1e160)])
def test_a_square_may_overflow(engine, dtype, far):
    if engine == "compiled":
        pytest.importorskip("numba")
    for found in slopes("z / sum(z)", [far, far / 2], dtype, engine):
        right = np.array([0.5, -1]) / far / 1.5**2
        np.testing.assert_allclose(found, right, rtol=1e-5)
    for found in slopes("z / (1 + abs(z))", [far], dtype, engine):
        assert abs(float(found[0])) <= np.finfo(dtype).tiny


def test_two_divisions_apart():
    graph = Graph()
    u, v, w = (graph.symbol(name) for name in "uvw")
    made = divided_twice(tidy(u * w / (v * v)))
    inverse = graph.reciprocal(v)
    assert made is None  # 1/(v · v) is none of its kind: v² is a square
    made = divided_twice(tidy(u / v**2 * w))
    assert [factor.node for factor in made.factors] == [u, inverse, w, inverse]
    assert divided_twice(1 / v**2) is None and divided_twice(u / v) is None
